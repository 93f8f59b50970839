"""The Python door: functions with signatures, DataFrames with counts, warnings that are seen."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pandas as pd
import pytest

import kozue
from kozue.core.errors import SettingsError
from kozue.doors.python import KozueWarning, namespace


@pytest.fixture
def toy(toys):
    namespace.cache_clear()
    yield kozue.toy
    namespace.cache_clear()


def test_a_list_gives_a_frame(toy):
    frame = toy.length(["CC", "CCC"])
    assert frame["length"].tolist() == [2, 3]
    assert frame.attrs["n_ok"] == 2
    assert frame.attrs["units"] == {"length": "letters"}


def test_a_frame_gives_a_frame_with_its_columns(toy):
    frame = toy.length(pd.DataFrame({"structure": ["CC"], "batch": [7]}), columns={"smiles": "structure"})
    assert frame["batch"].tolist() == [7]
    assert frame["length"].tolist() == [2]


def test_a_failed_record_is_a_warning(toy):
    with pytest.warns(KozueWarning, match="1 of 2 records has no result"):
        frame = toy.length(["CC", ""])
    assert frame["error_code"].isna().tolist() == [True, False]


def test_a_job_gives_an_answer(toy):
    assert toy.total(["CC", "CCC"]).table.to_pylist() == [{"total": 5}]


def test_a_folder_keeps_the_run(toy, tmp_path):
    frame = toy.length(["CC"], out=tmp_path / "run")
    assert (tmp_path / "run" / "report.html").exists()
    assert frame["length"].tolist() == [2]


def test_the_signature_shows_the_settings(toy):
    parameters = inspect.signature(toy.length).parameters
    assert list(parameters)[:3] == ["records", "at_most", "seconds"]
    assert parameters["at_most"].default == 1000
    assert "Longer texts are refused" in toy.length.__doc__


def test_a_misspelt_setting_is_refused(toy):
    with pytest.raises(SettingsError, match="did you mean 'at_most'"):
        toy.length(["CC"], at_mots=3)


def test_unknown_names_say_what_there_is(toy):
    with pytest.raises(AttributeError, match="it has length"):
        _ = toy.lenght
    with pytest.raises(AttributeError, match="has no system 'nonsense'"):
        _ = kozue.nonsense


def test_the_public_names():
    assert kozue.__all__ == ["KozueError", "KozueWarning", "__version__", "molecule_sheet"]
    assert all(getattr(kozue, name) for name in kozue.__all__)
    assert "admet" in dir(kozue)


def test_importing_kozue_loads_nothing_heavy():
    heavy = "numpy pandas pyarrow torch rdkit sklearn lightgbm mcp fastapi"
    code = f"import kozue, sys; kozue.admet; print([m for m in '{heavy}'.split() if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
