"""n records in are n records out, in order, whatever the operation does."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import InputError, RunError, SettingsError, UnknownNameError
from kozue.core.records import ERROR_CODE
from kozue.run import answer


def test_results_stay_in_their_rows(toys):
    found = answer("toy.length", ["CCO", "", "C" * 30, None, "N"], {"at_most": 10})
    assert found.table.column("length").to_pylist() == [3, None, None, None, 1]
    assert found.table.column(ERROR_CODE).to_pylist() == [
        None,
        "empty_value",
        "too_long",
        "empty_value",
        None,
    ]
    assert (found.n_in, found.n_ok, found.n_failed) == (5, 2, 3)
    assert [warned.code for warned in found.warnings] == ["failed_records"]
    assert "record 2" in found.warnings[0].text


@given(texts=st.lists(st.one_of(st.none(), st.text("CNOQ", max_size=6)), min_size=1, max_size=70))
@settings(max_examples=60, deadline=None)
def test_a_breaking_operation_loses_no_row(texts):
    import kozue_toys

    if all(not text for text in texts):
        return
    broken = [bool(text) and "Q" in text for text in texts]
    if sum(broken) == sum(bool(text) for text in texts):
        return  # every record breaks it: that is the operation's fault, see below
    try:
        found = answer(kozue_toys.fragile, texts)
    except RunError:
        return  # one whole batch broke
    assert found.n_in == len(texts)
    for text, length, code in zip(
        texts,
        found.table.column("length").to_pylist(),
        found.table.column(ERROR_CODE).to_pylist(),
        strict=True,
    ):
        if not text:
            assert (length, code) == (None, "empty_value")
        elif "Q" in text:
            assert (length, code) == (None, "internal_error")
        else:
            assert (length, code) == (len(text), None)


def test_an_operation_that_fails_on_everything_is_an_error(toys):
    with pytest.raises(RunError, match="failed on every one of 3 records: ZeroDivisionError"):
        answer(toys.fragile, ["Q", "QQ", "Q"])


def test_too_few_results_are_an_error(toys):
    with pytest.raises(RunError, match="gave 2 results for 3 records"):
        answer(toys.short, ["C", "CC", "CCC"])


def test_the_users_columns_come_back(toys):
    records = pa.table({"smiles": ["C", "CC"], "my note": ["a", "b"], "length": [7, 8]})
    found = answer(toys.length, records)
    assert found.table.column("my note").to_pylist() == ["a", "b"]
    assert found.table.column("input_length").to_pylist() == [7, 8]
    assert found.table.column("length").to_pylist() == [1, 2]


def test_units_and_labels_travel_with_the_result(toys):
    columns = {column["name"]: column for column in answer(toys.length, ["C"]).as_dict()["columns"]}
    assert columns["length"]["unit"] == "letters"
    assert columns["length"]["label"] == {"en": "Length", "ja": "長さ"}
    assert columns["smiles"]["role"] == "molecule"


def test_strict_fails_and_names_the_record(toys):
    with pytest.raises(InputError, match="Record 2"):
        answer(toys.length, ["C", "CCC"], {"at_most": 2}, strict=True)


def test_a_misspelt_setting_is_named_with_its_neighbour(toys):
    with pytest.raises(SettingsError, match="did you mean 'at_most'"):
        answer(toys.length, ["C"], {"at_mots": 2})


def test_a_setting_out_of_bounds_is_refused(toys):
    with pytest.raises(SettingsError, match="at_most should be greater than or equal to 1"):
        answer(toys.length, ["C"], {"at_most": 0})


def test_a_misspelt_operation_is_named_with_its_neighbour(toys):
    with pytest.raises(UnknownNameError) as caught:
        answer("toy.lenght", ["C"])
    assert "toy.length" in caught.value.hint


def test_no_records_is_an_error(toys):
    with pytest.raises(InputError):
        answer(toys.length, [])
    with pytest.raises(InputError, match="needs records"):
        answer(toys.length)


def test_an_operation_calls_another_by_name(toys):
    from kozue.run.answers import make_context

    batch = pa.RecordBatch.from_pydict({"smiles": ["CC", "C"]})
    assert make_context().call("toy.length", batch).column("length").to_pylist() == [2, 1]
    with pytest.raises(RunError, match="is a job"):
        make_context().call("toy.total", batch)


def test_a_job_counts_and_names_what_it_sets_aside(toys):
    found = answer(toys.total, ["CC", "reject", "", "CCC"])
    assert found.table.to_pylist() == [{"total": 5}]
    assert (found.n_in, found.n_ok, found.n_failed) == (4, 2, 2)
    assert found.tables["set_aside"].column("row").to_pylist() == [2, 3]
    assert found.tables["squares"].column("square").to_pylist() == [0, 1, 4, 9, 16]


def test_an_answer_is_json_without_nan(toys):
    import json

    text = json.dumps(answer(toys.noise, ["C"] * 3).as_dict(limit=2), allow_nan=False)
    assert "Only the first 2 of 3 rows" in text
