"""Edges of answering: odd values, jobs without records, strictness, operations that misbehave."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from kozue.core.errors import InputError, RunError, SettingsError
from kozue.core.operation import JobResult, job, operation
from kozue.core.records import Column, Label, Molecule, Schema, result_batch
from kozue.core.settings import Settings
from kozue.run import answer
from kozue.run.answers import json_value

NUMBER = Column("number", "double", role="value")
TITLE = Label("Test", "試験")


@job("odd.none", takes=None, gives=Schema("n", (NUMBER,)), title=TITLE)
def nothing_in(batches, settings: Settings, context):
    """Take no records and give an empty table."""
    return JobResult(tables={"n": pa.table({"number": pa.array([], pa.float64())})})


@job("odd.empty", takes=Molecule, gives=Schema("n", (NUMBER,)), title=TITLE, input_optional=True)
def no_tables(batches, settings: Settings, context):
    """Give nothing at all."""
    return JobResult(summary={"records": sum(batch.num_rows for batch in batches)})


@operation("odd.early", takes=Molecule, gives=Schema("n", (NUMBER,)), title=TITLE)
def ends_early(batches, settings: Settings, context):
    """End before the first answer."""
    yield from itertools.islice(batches, 0)


@operation("odd.eager", takes=Molecule, gives=Schema("n", (NUMBER,)), title=TITLE)
def answers_unasked(batches, settings: Settings, context):
    """Answer before a record was read."""
    yield result_batch({NUMBER: [1.0]})


@operation("odd.lacking", takes=Molecule, gives=Schema("n", (NUMBER,)), title=TITLE)
def lacks_a_column(batches, settings: Settings, context):
    """Leave out the promised column."""
    for batch in batches:
        yield result_batch({}, rows=batch.num_rows)


def test_values_become_json():
    assert json_value(float("inf")) is None
    assert json_value(np.float64(1.5)) == 1.5
    assert json_value({"a": (1, np.int64(2)), 3: [float("nan")]}) == {"a": [1, 2], "3": [None]}
    assert json_value(b"x") == "b'x'"


def test_a_job_without_records_takes_none():
    found = answer(nothing_in)
    assert found.n_in == 0
    assert [warned.code for warned in found.warnings] == ["empty_result"]
    with pytest.raises(InputError, match="takes no records"):
        answer(nothing_in, ["C"])


def test_records_may_be_optional():
    assert answer(no_tables).summary == {"records": 0}
    assert answer(no_tables, ["C", "CC"]).summary == {"records": 2}


@pytest.mark.parametrize(
    ("op", "said"),
    [
        (ends_early, "ended before"),
        (answers_unasked, "before it had read"),
        (lacks_a_column, "did not give the columns"),
    ],
)
def test_an_operation_that_breaks_its_promise_is_named(op, said):
    with pytest.raises(RunError, match=said):
        answer(op, ["C", "CC"])


def test_strict_jobs_fail(toys):
    with pytest.raises(InputError, match="1 record has no result"):
        answer(toys.total, ["C", "reject"], strict=True)
    assert answer(toys.total, ["C"], strict=True).n_failed == 0


def test_settings_may_be_made_before(toys):
    assert answer(toys.length, ["CC"], toys.Letters(at_most=5)).n_ok == 1
    with pytest.raises(SettingsError):
        answer(toys.length, ["CC"], {"at_most": "many"})


def test_tables_are_cut_where_asked(toys):
    body = answer(toys.total, ["C"]).as_dict(limit=2)
    assert [row["square"] for row in body["tables"]["squares"]] == [0, 1]


def test_a_file_is_answered_in_memory(toys, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("smiles\nCC\n")
    assert answer(toys.length, path).n_ok == 1
    assert answer(toys.length, b"smiles\nCC\n", filename="a.csv").n_ok == 1
