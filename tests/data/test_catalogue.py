"""The catalogue is complete, and the mirror holds what it says."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kozue.core.errors import DataError, UnknownNameError
from kozue.data import catalogue, describe, get
from kozue.data.prepare import WAYS, content_hash


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_entry_is_complete(name):
    entry = catalogue()[name]
    assert entry.title.en and entry.title.ja and entry.description and entry.citation
    assert re.match(r"(CC-BY-4\.0|CC0-1\.0|MIT|Apache-2\.0)( \(|$)", entry.licence)
    assert entry.rows > 0 and entry.columns and entry.homepage.startswith("https://")
    for file in entry.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        if file.sources:
            assert re.fullmatch("[0-9a-f]{64}", file.content) and file.prepare in WAYS
        assert all(source.url.startswith("https://") for source in file.sources)
        assert len(file.datasets) in (0, len(file.sources))


@pytest.mark.parametrize("name", list(catalogue()))
def test_mirror_holds_what_the_catalogue_says(name, mirror):
    import pandas as pd

    entry = catalogue()[name]
    files = get(name)
    for file in entry.files:
        path = files[file.name]
        assert str(path).startswith(str(mirror))
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert {column.name for column in entry.columns} & set(arrays.files)
                assert file.rows in map(len, (arrays[name].ravel() for name in arrays.files))
            continue
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        assert len(table) == file.rows
        assert content_hash(table) == file.content
        assert {column.name for column in entry.columns} & set(table.columns)


def test_description_names_licence_source_and_columns():
    text = describe("pksmart")
    assert "Apache-2.0" in text and "human_CL_mL_min_kg [mL/min/kg]" in text and "https://" in text


def test_unknown_name_lists_what_exists():
    with pytest.raises(UnknownNameError, match="pharmabench"):
        get("pharmabnch")


def test_damaged_mirror_is_refused(tmp_path, monkeypatch):
    entry = catalogue()["pharmabench"]
    folder = tmp_path / entry.mirror
    folder.mkdir(parents=True)
    (folder / entry.files[0].name).write_bytes(b"something else")
    monkeypatch.setenv("KOZUE_MIRROR", str(tmp_path))
    with pytest.raises(DataError, match="not the file that the catalogue describes"):
        get("pharmabench")


def test_what_has_no_safe_source_says_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.delenv("KOZUE_MIRROR", raising=False)
    monkeypatch.setenv("KOZUE_HOME", str(tmp_path))
    with pytest.raises(DataError, match=r"never does.*KOZUE_MIRROR.*design/pmo_oracles/gsk3b_rf\.npz"):
        get("pmo_oracles")
