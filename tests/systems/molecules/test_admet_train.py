from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kozue_series import series

from kozue import run
from kozue.core.errors import KozueError, ModelError, SettingsError, TrainingError, UnknownNameError
from kozue.core.registry import get_registry
from kozue.ml import store
from kozue.systems.molecules.admet.measurements import (
    looks_like_classes,
    merge_replicates,
    read_cell,
    read_class,
)

TRAIN = get_registry().operation("admet.train")


def molecules(n):
    sixty = series(10)
    return [f"{'C' * (place // 60)}{sixty[place % 60]}" for place in range(n)]


def records(values, smiles=None):
    smiles = smiles or molecules(len(values))
    return [{"smiles": s, "y": v} for s, v in zip(smiles, values, strict=True)]


def logp(smiles):
    from rdkit.Chem import Crippen, MolFromSmiles

    return [round(Crippen.MolLogP(MolFromSmiles(text)), 3) for text in smiles]


def test_train_then_apply():
    smiles = molecules(90)
    answer = run.answer(
        TRAIN, records(logp(smiles), smiles), {"target": ["y"], "name": "mine", "unit": "log10"}
    )
    scores = {row["metric"]: row for row in answer.table.to_pylist()}
    assert scores["Spearman"]["value"] > 0.5
    assert scores["MAE"]["low"] < scores["MAE"]["value"] < scores["MAE"]["high"]
    assert 0.75 <= scores["coverage"]["value"] <= 1
    assert answer.tables["held_out"].num_rows == 90
    assert next(iter(answer.figures.values())).startswith("<svg")
    assert answer.summary["kinds"] == {"y": "regression"}

    card = store.show_model("mine")
    store.verify_model(store.find_model("mine").folder)
    assert card["targets"]["target_0"]["column"] == "y"

    new = run.answer("admet.apply", ["CCCCCCc1ccccc1", "OCC(O)CO", "C1CC"], {"model": "mine"})
    rows = new.table.to_pylist()
    assert rows[0]["predicted_y"] > rows[1]["predicted_y"]
    assert rows[0]["predicted_y_low"] < rows[0]["predicted_y"] < rows[0]["predicted_y_high"]
    assert len(rows[0]["predicted_y_neighbours"]) == 3
    assert rows[2]["error_code"] == "unreadable_molecule"
    assert [model.name for model in new.models] == ["mine"]
    field = new.table.schema.field("predicted_y")
    assert field.metadata[b"kozue.unit"] == b"log10"

    known = run.answer("admet.apply", [smiles[5]], {"model": "mine"}).table.to_pylist()[0]
    nearest = known["predicted_y_neighbours"][0]
    assert nearest["similarity"] == 1.0
    assert nearest["value"] == pytest.approx(logp([smiles[5]])[0], abs=1e-5)


def test_classes_with_words_two_targets_and_replacing():
    smiles = molecules(60)
    rows = [
        {"smiles": s, "toxic": "active" if "n" in s or "S" in s else "inactive", "size": len(s)}
        for s in smiles
    ]
    wanted = {"target": ["toxic", "size"], "name": "two"}
    answer = run.answer(TRAIN, rows, wanted)
    assert answer.summary["kinds"] == {"toxic": "classification", "size": "regression"}
    assert {row["target"] for row in answer.table.to_pylist()} == {"toxic", "size"}
    with pytest.raises(ModelError, match="already have"):
        run.answer(TRAIN, rows, wanted)
    run.answer(TRAIN, rows, {**wanted, "replace": True})
    row = run.answer("admet.apply", ["c1ccncc1"], {"model": "two"}).table.to_pylist()[0]
    assert 0 <= row["predicted_toxic_low"] <= row["predicted_toxic"] <= row["predicted_toxic_high"] <= 1
    assert 0 < row["predicted_toxic"] < 1


def test_same_seed_same_model():
    rows = records(np.arange(60.0).tolist())
    hashes = []
    for name in ("a", "b"):
        run.answer(TRAIN, rows, {"target": ["y"], "name": name}, seed=7)
        hashes.append(store.model_hash(store.find_model(name).folder))
    assert hashes[0] == hashes[1]


def test_what_was_done_to_the_values_is_reported():
    values = [float(place % 17) for place in range(60)]
    rows = records(values)
    rows += [{"smiles": rows[0]["smiles"], "y": 16.0}, {"smiles": rows[1]["smiles"], "y": values[1]}]
    rows += [{"smiles": "CCBr", "y": "<5"}, {"smiles": "CCI", "y": "n.d."}, {"smiles": "C1CC", "y": 1}]
    rows += [{"smiles": "CCF", "y": "lots"}]
    wanted = {"target": ["y"], "name": "clean", "kind": "regression", "censored": "drop"}
    answer = run.answer(TRAIN, rows, wanted)
    codes = [warned.code for warned in answer.warnings]
    assert {"censored_values", "empty_values", "contradictory_values"} <= set(codes)
    merged = {row["smiles"]: row for row in answer.tables["cleaning"].to_pylist()}
    assert len(merged) == 2
    assert sum(row["doubtful"] for row in merged.values()) == 1
    aside = answer.tables["set_aside"].to_pylist()
    assert [row["row"] for row in aside] == [63, 65, 66]
    assert answer.n_failed == 3
    kept = run.answer(
        TRAIN, rows, {"target": ["y"], "name": "limits", "kind": "regression", "censored": "limit"}
    )
    assert kept.summary["molecules"] == answer.summary["molecules"] + 1


@pytest.mark.parametrize(
    ("rows", "values", "error", "words"),
    [
        (records([1.0] * 60), {}, TrainingError, "positive and 0 negative"),
        (records([2.5] * 60), {}, TrainingError, "nothing to learn"),
        (records([1.0, 2.0, 3.0]), {}, TrainingError, "Only 3 distinct"),
        (records(["yes"] * 58 + ["no"] * 2), {}, TrainingError, "58 positive and 2 negative"),
        (records([float(i) for i in range(60)]), {"target": ["z"]}, SettingsError, "no column 'z'"),
        (records([float(i) for i in range(60)]), {"scale": "log10"}, TrainingError, "no logarithm"),
        (records(["<1"] * 60), {}, TrainingError, "Only 0 distinct"),
        (records([1.0] * 60, ["CCO"] * 60), {}, TrainingError, "Only 1 distinct"),
        (records([1.0, 2.0], ["C1CC", "bad("]), {}, TrainingError, "Only 0 distinct"),
    ],
)
def test_refuses_what_no_model_can_learn_from(rows, values, error, words):
    with pytest.raises(error, match=words):
        run.answer(TRAIN, rows, {"target": ["y"], "name": "none", **values})
    assert not [model for model in store.list_models() if not model.shipped]


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".x", "x" * 65])
def test_names_that_are_no_names(name):
    with pytest.raises(SettingsError, match="name"):
        TRAIN.parse({"target": ["y"], "name": name})


def test_apply_without_or_with_a_wrong_model():
    with pytest.raises(SettingsError, match="Name the model"):
        run.answer("admet.apply", ["CCO"], {})
    with pytest.raises(UnknownNameError, match="admet/herg"):
        run.answer("admet.apply", ["CCO"], {"model": "admet/hreg"})
    with pytest.raises(KozueError, match="not a model that"):
        run.answer("admet.apply", ["CCO"], {"model": "admet/library"})


def test_apply_with_a_shipped_model_says_what_predict_says():
    smiles = ["CCO", "CC(=O)Oc1ccccc1C(=O)O"]
    applied = run.answer("admet.apply", smiles, {"model": "admet/herg"}).table
    predicted = run.answer("admet.predict", smiles, {"endpoints": ["herg"]}).table
    assert applied.equals(predicted)


def test_a_damaged_model_is_refused():
    run.answer(TRAIN, records(np.arange(60.0).tolist()), {"target": ["y"], "name": "hurt"})
    path = store.find_model("hurt").folder / "target_0.npz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="sha256 differs"):
        run.answer("admet.apply", ["CCO"], {"model": "hurt"})


@pytest.mark.parametrize(
    ("cell", "value", "problem"),
    [
        (1.5, 1.5, ""),
        ("1.5", 1.5, ""),
        (" 1,234.5 ", 1234.5, ""),
        ("1,5", None, "not_a_number"),
        ("1e-3", 0.001, ""),
        (">10", 10.0, "censored"),
        ("<= 5", 5.0, "censored"),
        ("~3", 3.0, "censored"),
        ("", None, "empty"),
        ("n.d.", None, "empty"),
        (float("nan"), None, "empty"),
        (None, None, "empty"),
        ("inf", None, "not_a_number"),
        ("abc", None, "not_a_number"),
        (True, 1.0, ""),
    ],
)
def test_reads_numbers_as_people_write_them(cell, value, problem):
    found = read_cell(cell)
    assert (found.value, found.problem) == (value, problem)


def test_reads_classes_as_people_write_them():
    assert [read_class(cell).value for cell in ("Active", 1, "0.0", "陰性", False, "maybe")] == [
        1,
        1,
        0,
        0,
        0,
        None,
    ]
    assert looks_like_classes(["yes", None, "no"])
    assert not looks_like_classes([0, 1, 2])
    assert not looks_like_classes([None, ""])


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.booleans()))
def test_any_cell_is_a_number_or_has_a_problem(cell):
    for read in (read_cell, read_class):
        found = read(cell)
        assert (found.value is None) <= bool(found.problem)
        assert found.value is None or np.isfinite(found.value)


def test_replicates():
    assert merge_replicates([1.0, 5.0, 2.0], False).value == 2.0
    assert merge_replicates([1, 0, 1], True).value == 1.0
    assert merge_replicates([1, 0], True).value is None


def dated(n=60):
    years = [2010 + row % 12 for row in range(n)]
    return [
        {"smiles": smiles, "y": float(len(smiles) + row % 3), "date": f"{year}-03-01"}
        for row, (smiles, year) in enumerate(zip(molecules(n), years, strict=True))
    ]


def test_time_and_cluster_splits_keep_periods_and_likes_apart():
    found = {}
    for split in ("time", "cluster"):
        answer = run.answer("admet.train", dated(), {"target": ["y"], "name": f"by-{split}", "split": split})
        found[split] = answer.tables["held_out"].to_pandas()
        assert len(answer.tables["audit"]) == 4
    dates = pd.Series([row["date"] for row in dated()])
    by_time = found["time"].assign(date=dates.iloc[found["time"]["row"] - 1].to_numpy())
    assert (by_time.groupby("date")["fold"].nunique() == 1).all()


def test_a_time_that_is_none_is_refused():
    rows = [{**row, "date": "last spring"} for row in dated()]
    with pytest.raises(TrainingError, match="last spring"):
        run.answer("admet.train", rows, {"target": ["y"], "name": "late", "split": "time"})


@pytest.mark.parametrize("transfer", [True, False])
def test_transfer_can_be_left_out(transfer):
    run.answer("admet.train", dated(), {"target": ["y"], "name": "moved", "transfer": transfer})
    arrays = store.load_arrays(store.find_model("moved").folder, "target_0")
    assert ("transfer" in arrays) is transfer
