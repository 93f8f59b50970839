"""Bad training data through the command line: each gets its sentence, and what no model can learn from is refused."""

from __future__ import annotations

import csv

import pyarrow.parquet as pq
import pytest
from kozue_series import series

from kozue.chem import parse, standardise
from kozue.doors.cli import main
from kozue.ml import store
from kozue.systems.molecules.admet.unusual import unusual

SMILES = series(5)
VALUES = [float(place % 13) + place / 30 for place in range(len(SMILES))]
PEPTIDE = "C[C@H](N)C(=O)" + "NCC(=O)" * 6 + "O"


@pytest.fixture
def trained(tmp_path, capsys):
    """Return a function that trains from rows and returns exit code, all that was said, and the run's folder."""

    def train(rows, *options):
        path = tmp_path / "own.csv"
        out = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
        with path.open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows([("smiles", "y"), *rows])
        code = 0
        try:
            main(["admet", "train", str(path), "--target", "y", "--transfer=false", "-o", str(out), *options])
        except SystemExit as done:
            code = done.code or 0
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split()), out

    return train


def good():
    return list(zip(SMILES, VALUES, strict=True))


def aside(out):
    (path,) = out.glob("**/set_aside.parquet")
    return {row["row"]: row["error_message"] for row in pq.read_table(path).to_pylist()}


def test_compounds_the_models_are_not_made_for_are_named(trained):
    odd = [
        "[Pt](Cl)(Cl)(N)N",
        "C[Hg]C",
        "[Na+].[Cl-]",
        "CC(=O)[O-].[Na+]",
        "CCO.c1ccccc1CC",
        PEPTIDE,
        "*CC(*)C",
        "C1CC",
    ]
    code, said, out = trained([*good(), *((smiles, 2.0) for smiles in odd)])
    assert code == 0
    for words in (
        "2 molecules hold a metal",
        "1 molecule has no carbon",
        "1 molecule is a peptide",
        "3 structures are salts or mixtures",
        "2 of 38 records have no result",
    ):
        assert words in said
    told = aside(out)
    assert "wildcard atom ('*')" in told[37]
    assert "cannot be read" in told[38]


def test_polymers_alone_are_refused_with_the_reason(trained):
    code, said, _ = trained([(f"*{'C' * (place + 1)}*", float(place)) for place in range(30)])
    assert code != 0
    assert "Only 0 distinct molecules have a measured value of 'y'" in said
    assert not [model for model in store.list_models() if not model.shipped]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(smiles, 7.5) for smiles in SMILES], "All values of 'y' are 7.5; there is nothing to learn."),
        ([(smiles, "active") for smiles in SMILES], "'y' has 30 positive and 0 negative molecules"),
        ([(smiles, 0) for smiles in SMILES], "'y' has 0 positive and 30 negative molecules"),
        ([(smiles, place < 2) for place, smiles in enumerate(SMILES)], "each class needs at least 5"),
        ([(smiles, ">10") for smiles in SMILES], "(of the records 30 only above a limit)"),
        ([(smiles, "<10 uM") for smiles in SMILES], "Only 0 distinct molecules"),
        ([(smiles, "high") for smiles in SMILES], "Only 0 distinct molecules"),
        (list(zip(SMILES[:19], VALUES, strict=False)), "Only 19 distinct molecules"),
        ([("CCO", value) for value in VALUES], "Only 1 distinct molecules"),
    ],
)
def test_refused_with_the_reason(trained, rows, words):
    code, said, _ = trained(rows)
    assert code != 0
    assert words in said
    assert not [model for model in store.list_models() if not model.shipped]


def test_contradictory_duplicates_are_reported(trained):
    rows = [*good(), (SMILES[3], VALUES[3] + 50), ("OC1CCCCC1", 8.2), ("C1CCC(O)CC1", 8.3)]
    code, said, out = trained(rows)
    assert code == 0
    assert "1 molecule has contradictory values of 'y'; see the table 'cleaning'." in said
    (path,) = out.glob("**/cleaning.parquet")
    merged = {row["smiles"]: row for row in pq.read_table(path).to_pylist()}
    assert sum(row["doubtful"] for row in merged.values()) == 1
    assert merged["OC1CCCCC1"]["measurements"] == 3  # two spellings and one of the good ones


def test_contradictory_labels_that_tie_are_left_out(trained):
    rows = [(smiles, place % 2) for place, smiles in enumerate(SMILES)]
    code, said, _ = trained([*rows, (SMILES[0], 1)])
    assert code == 0
    assert "1 molecule has contradictory values" in said
    (model,) = [model for model in store.list_models() if not model.shipped]
    assert store.show_model(model.name)["data"]["molecules"] == len(SMILES) - 1


@pytest.mark.parametrize(
    ("unit", "factor", "told"),
    [("M", 100.0, True), ("nM", 100.0, False), ("nM", 1e-9, True), ("M", 1e-9, False)],
)
def test_a_unit_that_does_not_fit_is_told(trained, unit, factor, told):
    rows = [(smiles, f"{(value + 1) * factor:.6g}") for smiles, value in good()]
    code, said, _ = trained(rows, "--unit", unit, "--scale", "log10")
    assert code == 0
    assert (f"values cannot be in {unit}" in said) is told


def test_a_column_of_text_with_limits_is_learned_from(trained):
    rows = [(smiles, ">10" if value > 10 else f"{value:.3f}") for smiles, value in good()]
    rows[0] = (SMILES[0], "lots")
    code, said, out = trained(rows)
    count = sum(value > 10 for value in VALUES)
    assert code == 0
    assert f"({count} only above a limit)" in said
    assert aside(out) == {1: "y is 'lots', which is not a number."}
    code, said, out = trained(rows, "--censored", "drop", "--name", "dropped")
    assert code == 0
    assert "they were left out" in said
    assert len(aside(out)) == 1 + count


@pytest.mark.parametrize(
    ("smiles", "kinds"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", {}),
        ("OB(O)c1ccccc1I", {}),
        ("C[Si](C)(C)CBr", {}),
        ("[Na+].[O-]C(=O)C", {}),
        ("c1ccc(cc1)[Sn](C)(C)C", {"metals": 1}),
        ("OP(=O)(O)O", {"inorganic": 1}),
        ("[Fe+2]", {"metals": 1}),
        (PEPTIDE, {"peptides": 1}),
        ("NCC(=O)NCC(=O)O", {}),
    ],
)
def test_what_is_unusual(smiles, kinds):
    assert unusual([standardise(parse(smiles))]) == kinds
