"""The nouns: errors, schemas, operations, registry, context."""

from __future__ import annotations

import importlib.metadata
import pickle
import subprocess
import sys

import pyarrow as pa
import pytest
from pydantic import Field

from kozue.core import errors
from kozue.core.context import Checkpoint, Context, Progress, Warned, merge_warnings
from kozue.core.operation import operation
from kozue.core.records import Column, Label, Molecule, RecordError, column_of, result_batch
from kozue.core.registry import Registry, discover
from kozue.core.settings import Settings, parse_settings


def all_errors(root=errors.KozueError):
    for child in root.__subclasses__():
        yield child
        yield from all_errors(child)


@pytest.mark.parametrize("kind", [errors.KozueError, *all_errors()])
def test_errors_become_problems_and_cross_processes(kind):
    error = pickle.loads(pickle.dumps(kind("It broke.", "Mend it.", {"row": 3})))
    assert (error.message, error.hint, error.where) == ("It broke.", "Mend it.", {"row": 3})
    problem = error.problem()
    assert problem["status"] == kind.status
    assert problem["detail"] == "It broke."
    assert str(error) == "It broke. Mend it."


def test_the_error_tree_is_drawn_in_the_docstring():
    for kind in all_errors():
        if kind.__module__ == errors.__name__:
            assert kind.__name__ in errors.__doc__


def test_codes_are_unique():
    codes = [kind.code for kind in all_errors()]
    assert len(codes) == len(set(codes))


def test_an_unknown_name_lists_what_there_is():
    error = errors.unknown_name("model", "herk", ["herg", "ames"])
    assert "Did you mean herg" in error.hint
    assert "ames, herg" in error.hint
    assert "none yet" in errors.unknown_name("run", "x", []).hint
    assert "25 in all" in errors.unknown_name("run", "zz", [f"r{n}" for n in range(25)]).hint


def test_a_missing_extra_gives_the_pip_line():
    assert "pip install 'kozue[cluster]'" in errors.missing_extra("cluster", "ray").hint


def test_a_column_survives_arrow():
    column = Column("y", "double", "value", "mg/L", Label("Why", "なぜ"), "A number.", False, "g")
    from kozue.core.records import arrow_field

    assert column_of(arrow_field(column)) == column


def test_schemas_are_found_by_name():
    assert "smiles" in Molecule
    assert Molecule["smiles"].role == "molecule"
    with pytest.raises(KeyError):
        _ = Molecule["nothing"]
    assert [column.name for column in Molecule.required] == ["smiles"]
    assert Molecule.with_columns(Column("x")).names[-1] == "x"
    assert Molecule["id"].title("ja") == "ID"
    assert Column("a_b").title() == "a b"


def test_a_result_batch_names_failed_rows():
    batch = result_batch({Column("y", "double"): [1.0, float("nan")]}, {1: RecordError("bad", "Too bad.")})
    assert batch.to_pylist() == [
        {"y": 1.0, "error_code": None, "error_message": None},
        {"y": None, "error_code": "bad", "error_message": "Too bad."},
    ]
    assert result_batch({}, rows=2).num_rows == 2
    assert result_batch({Column("y", "int64"): pa.chunked_array([[1], [2]])}).num_rows == 2


class Knobs(Settings):
    """Some settings."""

    size: int = Field(3, ge=1, le=9, description="How big.")
    needed: str = Field(description="Must be given.")


def test_settings_say_everything_that_is_wrong():
    with pytest.raises(errors.SettingsError) as caught:
        parse_settings(Knobs, {"size": 99, "sise": 1}, "a.b")
    message = caught.value.message
    assert "size should be less than or equal to 9, not '99'" in message
    assert "'sise' is not a setting (did you mean 'size'?)" in message
    assert "needed is missing" in message
    assert parse_settings(Knobs, {"needed": "x"}).size == 3


def test_an_operation_is_checked_when_it_is_written():
    with pytest.raises(TypeError, match=r"system\.verb"):
        operation("nodot", takes=Molecule, gives=Molecule, title=Label("", ""))(
            lambda batches, settings, context: None
        )
    with pytest.raises(TypeError, match="batches, settings, context"):
        operation("a.b", takes=Molecule, gives=Molecule, title=Label("", ""))(lambda x: None)

    def unsettled(batches, settings: int, context):
        """Do nothing."""

    with pytest.raises(TypeError, match="annotate 'settings'"):
        operation("a.b", takes=Molecule, gives=Molecule, title=Label("", ""))(unsettled)

    def fine(batches, settings: Knobs, context):
        """Do nothing.

        At all.

        Parameters
        ----------
        batches
        """

    with pytest.raises(TypeError, match="multiple of batch_rows"):
        operation("a.b", takes=Molecule, gives=Molecule, title=Label("", ""), batch_rows=7, part_rows=9)(fine)
    built = operation("a.b", takes=Molecule, gives=Molecule, title=Label("", ""))(fine)
    assert (built.system, built.verb, built.summary) == ("a", "b", "Do nothing.")
    assert built.description == "Do nothing.\n\nAt all."
    assert built.example_path is None


def test_two_operations_cannot_share_a_name(toys):
    registry = Registry()
    registry.add_module(toys)
    registry.add_module(toys)

    import types

    other = types.ModuleType("other")

    def length(batches, settings: Knobs, context):
        """Do nothing."""

    other.length = operation("toy.length", takes=Molecule, gives=Molecule, title=Label("", ""))(length)
    with pytest.raises(TypeError, match="Two operations are named"):
        registry.add_module(other)


class FakeEntry:
    """An entry point of somebody else's package."""

    def __init__(self, name, loaded):
        self.name, self.loaded, self.dist = name, loaded, None

    def load(self):
        """Return the module, or fail as its author made it."""
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


def test_plugins_are_found_and_broken_ones_named(toys, monkeypatch):
    entries = [FakeEntry("toy", toys), FakeEntry("sad", ImportError("no module 'x'"))]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    registry = discover()
    assert registry.operation("toy.length") is toys.length
    assert registry.broken[0].reason == "ImportError: no module 'x'"
    with pytest.raises(errors.PluginError, match="could not be loaded"):
        registry.operation("sad.verb")
    with pytest.raises(errors.UnknownNameError):
        registry.operation("toy.lengt")
    with pytest.raises(errors.UnknownNameError):
        registry.of_system("toyy")
    assert toys.length in registry.of_system("toy")


def test_warnings_are_counted_together():
    context = Context()
    context.warn("far", "{count} records are far.", 2)
    context.warn("far", "{count} records are far.", 3)
    context.warn("odd", "Odd.")
    context.warn("odd", "Odd.")
    assert [warned.text for warned in context.warnings] == ["5 records are far.", "Odd."]
    assert merge_warnings([Warned("a", "x"), Warned("a", "x")]) == [Warned("a", "x")]


def test_context_reports_cancels_and_draws_by_part():
    seen: list[Progress] = []
    context = Context(seed=1, stream=0, on_progress=seen.append)
    context.progress(3, 3, "done")
    assert seen == [Progress(3, 3, "done")]
    assert Context(1, 0).rng.random() == Context(1, 0).rng.random() != Context(1, 1).rng.random()
    with pytest.raises(errors.Cancelled):
        Context(is_cancelled=lambda: True).progress(1)
    with pytest.raises(RuntimeError):
        context.call("a.b", None)
    assert list(context.map(str, [1, 2])) == ["1", "2"]
    context.reject(4, "bad", "Bad.")
    assert context.rejected[0].row == 4


@pytest.mark.parametrize("on_disk", [True, False])
def test_checkpoints_are_kept(tmp_path, on_disk):
    checkpoint = Checkpoint(tmp_path / "c" if on_disk else None)
    assert checkpoint.load("step") is None
    checkpoint.save("step", {"n": 1})
    checkpoint.save("step", {"n": 2})
    assert checkpoint.load("step") == {"n": 2}


def test_home_can_be_chosen(monkeypatch, tmp_path):
    from kozue.core.paths import home

    assert str(home()) != str(tmp_path)
    monkeypatch.setenv("KOZUE_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("KOZUE_HOME")
    assert home().name == "kozue"


def test_the_registry_loads_nothing_heavy():
    heavy = "numpy pandas pyarrow torch rdkit sklearn lightgbm scipy matplotlib duckdb"
    code = (
        "import sys\nfrom kozue.core.registry import get_registry\n"
        "for op in get_registry().operations.values():\n    op.settings.model_json_schema()\n    op.description\n"
        f"print([m for m in '{heavy}'.split() if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_type_names_can_be_nested():
    import pyarrow as pa

    from kozue.core.records import NEIGHBOURS_TYPE, arrow_type

    neighbour = pa.struct([("smiles", pa.string()), ("value", pa.float32()), ("similarity", pa.float32())])
    assert arrow_type(NEIGHBOURS_TYPE) == pa.list_(neighbour)
    assert arrow_type("list<int32>") == pa.list_(pa.int32())
    assert arrow_type("list<list<double>>") == pa.list_(pa.list_(pa.float64()))
    for unknown in ("list<complex>", "list<struct<a>>", "double>"):
        with pytest.raises(KeyError):
            arrow_type(unknown)
