"""The makers of broken inputs make broken inputs: none passes the reader and the settings in silence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from kozue.core.errors import KozueError
from kozue.core.operation import operation
from kozue.core.records import Column, Label, Schema
from kozue.core.settings import Settings


def _load():
    name = "broken_inputs"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("broken_inputs.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


broken = _load()
Protein = Schema(
    "protein", (Column("sequence", role="protein_sequence"), Column("value", "double", role="value"))
)


def _folding():
    @operation("toy.fold", takes=Protein, gives=Schema("folded", ()), title=Label("Fold", "折る"))
    def fold(batches, settings: Settings, context):
        """Do nothing."""
        yield from batches

    return fold


def _silent(op, case):
    """Tell whether reader and settings say nothing at all about a case."""
    from kozue.io import open_records

    try:
        op.parse(case.settings)
        if case.source is None:
            return True
        source = open_records(case.source, op.takes, columns=case.columns)
        errors = sum(batch.num_rows - batch["error_code"].null_count for batch in source.batches())
    except KozueError:
        return False
    return not errors and not source.warnings


@pytest.mark.parametrize("name", ["toy.length", "toy.total", "toy.fold"])
def test_at_least_twenty_and_none_silent(name, toys, tmp_path):
    from kozue.core.registry import get_registry

    op = _folding() if name == "toy.fold" else get_registry().operation(name)
    cases = broken.broken_inputs(op, tmp_path)
    assert len(cases) >= 20 and len({case.name for case in cases}) == len(cases)
    # What only the science can notice is left to the suite that runs the operations themselves.
    science = ("unreadable in one row", "with markup")
    silent = [
        case.name for case in cases if _silent(op, case) and not any(word in case.name for word in science)
    ]
    assert silent == []
