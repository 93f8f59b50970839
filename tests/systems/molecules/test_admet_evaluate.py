"""``admet.evaluate`` without records: official test rows, places on the public leaderboard, with and without leaks."""

from __future__ import annotations

import zipfile

import pytest

from kozue import run
from kozue.core.errors import SettingsError
from kozue.core.registry import get_registry
from kozue.systems.molecules.admet import benchmark, evaluating
from kozue.systems.molecules.admet.outputs import EVALUATION_SCHEMA, LEADERBOARD_SCHEMA

EVALUATE = get_registry().operation("admet.evaluate")
DRUGS = {
    "CC(=O)Oc1ccccc1C(=O)O": (0, 0),
    "CC(=O)Nc1ccc(O)cc1": (1, 0),
    "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21": (0, 1),
    "Clc1ccc(C(c2ccccc2Cl)n2ccnc2)cc1": (1, 1),
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1": (1, 0),
    "O=C(O)Cc1ccccc1Nc1c(Cl)cccc1Cl": (1, 1),
    "CN1CCC[C@H]1c1cccnc1": (0, 0),
    "C1CC": (0, 1),
}
BOARD = """dataset,metric,rank,model,mean,std,url
dili,AUROC,1,Perfect,1.01,0.002,u
dili,AUROC,2,MapLight + GNN,0.4,,u
dili,AUROC,3,Last,-0.1,0.01,u
cyp2c9_veith,AUPRC,1,MapLight + GNN,1.2,0.002,u
cyp2c9_veith,AUPRC,2,ContextPred,1.1,0.002,u
cyp2c9_veith,AUPRC,3,Honest,0.01,0.002,u
bioavailability_ma,AUROC,1,Copied,0.9,0.002,u
"""


@pytest.fixture
def small_group(tmp_path, monkeypatch):
    """Three small sets and a board with leaked entries, read as the real ones are."""
    path = tmp_path / "admet_group.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for place, name in enumerate(("dili", "cyp2c9_veith", "bioavailability_ma")):
            lines = [f"{i},{smiles},{labels[place % 2]}" for i, (smiles, labels) in enumerate(DRUGS.items())]
            for part in ("train_val", "test"):
                archive.writestr(f"admet_group/{name}/{part}.csv", "\n".join(["Drug_ID,Drug,Y", *lines]))
    (tmp_path / "leaderboard_tdc_2026-03.csv").write_text(BOARD, encoding="utf-8")
    group = benchmark.load_group({"admet_group.zip": path})
    monkeypatch.setattr(evaluating, "load_group", lambda: group)
    return group


def test_places_with_and_without_the_entries_that_saw_the_labels(small_group):
    wanted = {"endpoints": ["dili", "cyp2c9_inhibitor", "bioavailability"]}
    answer = run.answer(EVALUATE, None, wanted)
    lines = {line["endpoint"]: line for line in answer.table.to_pylist()}
    assert {line["n"] for line in lines.values()} == {len(DRUGS)}  # one of them cannot be read, and counts
    assert all(line["low"] <= line["value"] <= line["high"] for line in lines.values())
    dili, cyp = lines["dili"], lines["cyp2c9_inhibitor"]
    assert (dili["rank"], dili["entries"], dili["best_entry"], dili["best_public"]) == (2, 4, "Perfect", 1.01)
    assert dili["rank_without_leaks"] == 2  # the same network is no leak there
    assert (cyp["rank"], cyp["rank_without_leaks"], cyp["entries"]) == (3, 1, 4)
    assert lines["bioavailability"]["rank"] is None  # the public board repeats another set's scores

    board = answer.tables["leaderboard"].to_pylist()
    of_cyp = [(row["place"], row["entry"]) for row in board if row["endpoint"] == "cyp2c9_inhibitor"]
    assert of_cyp == [(1, "MapLight + GNN"), (2, "ContextPred"), (3, "Kozue (fast)"), (4, "Honest")]
    ours = [row for row in board if row["is_ours"]]
    assert {row["endpoint"]: row["value"] for row in ours} == {
        key: lines[key]["value"] for key in (*lines,)[:2]
    }
    assert [row["is_leaked"] for row in board] == [False] * 4 + [True, True, False, False]
    assert [row["spread"] for row in board][:3] == [0.002, ours[0]["spread"], None]
    assert answer.summary["boards"] == 2
    assert (answer.summary["mean_place"], answer.summary["mean_place_without_leaks"]) == (2.5, 1.5)
    assert (answer.summary["first_on"], answer.summary["first_on_without_leaks"]) == (0, 1)
    assert (answer.summary["top_3_on"], answer.summary["worst_place"]) == (2, 3)
    (picture,) = answer.figures.values()
    assert picture.startswith("<svg")


def test_equal_scores_share_the_better_place():
    rows = [
        {"dataset": "d", "metric": "MAE", "model": name, "mean": mean, "std": ""} for name, mean in BOARD_MAE
    ]
    group = benchmark.Group({}, "", rows)
    assert group.standing("d", "MAE", 0.3).place == 2
    assert group.standing("d", "MAE", 0.2999).place == 2
    assert group.standing("d", "MAE", 0.9).place == 4
    assert group.standing("d", "MAE", 0.1).best.name == "first"
    assert group.standing("other", "MAE", 0.1) is None


BOARD_MAE = [("second", "0.3"), ("first", "0.2"), ("third", "0.4")]


def test_no_board_no_place(small_group):
    small_group.leaderboard.clear()
    answer = run.answer(EVALUATE, None, {"endpoints": ["dili"]})
    assert answer.table.to_pylist()[0]["rank"] is None
    assert "leaderboard" not in answer.tables
    assert "no_leaderboard" in {warned.code for warned in answer.warnings}


def test_endpoints_without_official_rows_are_refused(small_group):
    with pytest.raises(SettingsError, match="official test rows"):
        run.answer(EVALUATE, None, {"endpoints": ["logd"]})


def test_columns_have_japanese_labels():
    for schema in (EVALUATION_SCHEMA, LEADERBOARD_SCHEMA):
        assert all(any(ord(letter) > 0x3000 for letter in column.title("ja")) for column in schema)


def test_the_public_rows(mirror):
    answer = run.answer(EVALUATE, None, {"endpoints": ["dili", "bioavailability"]})
    dili, _ = answer.table.to_pylist()
    assert dili["n"] == 96
    assert dili["value"] > 0.85
    board = answer.tables["leaderboard"].to_pylist()
    assert len(board) == dili["entries"] == 21
    assert [row["place"] for row in board if row["is_ours"]] == [dili["rank"]]
    values = [row["value"] for row in board]
    assert values == sorted(values, reverse=True)
