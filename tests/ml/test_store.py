from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import ArchiveError, ModelError, UnknownNameError
from kozue.ml import store
from kozue.ml.cards import read_card, to_toml

CARD = {
    "name": "mine",
    "title": "Mine",
    "kind": "test",
    "licence": "mine",
    "split": "random",
    "use": "tests",
    "limits": "all",
    "data": {"sha256": "0" * 64},
    "metrics": {"MAE": {"value": 0.5}},
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KOZUE_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def mine(home):
    folder = store.own_model_folder("mine")
    store.save_model(folder, {"model": {"weights": np.arange(5.0)}}, CARD)
    return folder


def test_saves_and_loads(mine):
    assert store.load_arrays(mine, "model")["weights"].tolist() == [0, 1, 2, 3, 4]
    assert [model.name for model in store.list_models() if not model.shipped] == ["mine"]
    shown = store.show_model("mine")
    assert shown["metrics"]["MAE"]["value"] == 0.5
    assert len(shown["sha256"]) == 64
    store.verify_model(mine)


def test_same_weights_same_bytes(mine, home):
    before = store.model_hash(mine), (mine / "model.npz").read_bytes()
    store.save_model(mine, {"model": {"weights": np.arange(5.0)}}, CARD)
    assert (store.model_hash(mine), (mine / "model.npz").read_bytes()) == before
    assert not [path for path in mine.parent.iterdir() if path.name != "mine"]


def test_unknown_model_names_the_nearest(mine):
    with pytest.raises(UnknownNameError, match="mine"):
        store.find_model("mime")


def test_python_objects_are_refused(mine):
    packed = io.BytesIO()
    np.savez(packed, weights=np.array([{"a": 1}], object))
    (mine / "model.npz").write_bytes(packed.getvalue())
    with pytest.raises(ModelError, match="cannot be read"):
        store.load_arrays(mine, "model")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut short"])
def test_damaged_weights(mine, content):
    (mine / "model.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.npz"):
        store.load_arrays(mine, "model")
    with pytest.raises(ModelError, match="sha256 differs"):
        store.verify_model(mine)


def test_export_and_import(mine, home):
    path = store.export_model("mine", home)
    assert path.name == "mine.zip"
    with pytest.raises(ModelError, match="already have"):
        store.import_model(path)
    copy = store.import_model(path, "copy")
    assert store.model_hash(copy.folder) == store.model_hash(mine)
    assert store.import_model(path, replace=True).name == "mine"


def _zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ({"../evil.json": b"{}"}, ArchiveError),
        ({"/tmp/evil.json": b"{}"}, ArchiveError),
        ({"a\\..\\evil.json": b"{}"}, ArchiveError),
        ({"folder/evil.json": b"{}"}, ArchiveError),
        ({".hidden.json": b"{}"}, ArchiveError),
        ({"model.pkl": b"cos\nsystem\n"}, ModelError),
        ({"model.py": b"import os"}, ModelError),
        ({"bomb.json": b"0" * 50_000_000}, ArchiveError),
        ({f"{number}.json": b"{}" for number in range(201)}, ArchiveError),
        ({"model.npz": b"x"}, ModelError),
        ({"card.toml": b"= broken"}, ModelError),
        ({"card.toml": b"name = 'x'"}, ModelError),
        (
            {"card.toml": to_toml({**CARD, "files": {"a.json": "0" * 64}}).encode(), "a.json": b"{}"},
            ModelError,
        ),
        ({"card.toml": to_toml({**CARD, "files": {}}).encode(), "a.json": b"{}"}, ModelError),
        ({"card.toml": to_toml({**CARD, "files": {"a.json": "0" * 64}}).encode()}, ModelError),
    ],
)
def test_unsafe_or_wrong_archives_are_refused(home, entries, error):
    path = _zip(home / "given.zip", entries)
    with pytest.raises(error):
        store.import_model(path)
    assert not [p for p in home.rglob("*evil*")]
    assert not list(store.own_folder().iterdir())


def test_links_are_refused(home):
    entry = zipfile.ZipInfo("link.json")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(home / "given.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(ArchiveError):
        store.import_model(home / "given.zip")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a" * 65, ".hidden", "ü", "a b", "x\n"])
def test_names_that_could_leave_the_folder(home, name):
    with pytest.raises(ModelError):
        store.own_model_folder(name)


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=10), st.one_of(VALUES, st.dictionaries(st.text(max_size=5), VALUES)), max_size=5
    )
)
def test_cards_are_written_as_they_are_read(values):
    import tomllib

    text = to_toml(values).encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    assert tomllib.loads(text) == values


def test_shipped_models_are_whole():
    for model in store.shipped_models().values():
        store.verify_model(model.folder)
        assert read_card(model.folder)["name"] == model.name
