from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.chem import canonical_smiles, parse
from kozue.core.context import Context
from kozue.core.registry import get_registry
from kozue.systems.molecules.admet import explaining_report, matched_pairs_building
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.matched_pairs import (
    HYDROGEN,
    WEIGHTS,
    Cut,
    Exchanges,
    cuts,
    hydrogens,
    joined,
    shrunken,
)
from kozue.systems.molecules.admet.matched_pairs_suggesting import direction, shown

EXPLAIN = get_registry().operation("admet.explain")
SMILES = [
    "CC(=O)Nc1ccc(O)cc1",
    "CN(C)CCC=C1c2ccccc2CCc2ccccc12",
    "O=C(O)c1ccccc1Nc1cccc(C(F)(F)F)c1",
    "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1",
    "C[C@H](N)Cc1ccccc1",
]
shipped = pytest.mark.skipif(not WEIGHTS.is_dir(), reason="the matched pairs are not built")


def explain(smiles, **values):
    batch = pa.RecordBatch.from_pydict({"smiles": pa.array(smiles, pa.string())})
    return next(iter(EXPLAIN(iter([batch]), EXPLAIN.parse(values), Context())))


@given(st.sampled_from(SMILES))
@settings(max_examples=10, deadline=None)
def test_what_was_taken_apart_can_be_put_together(smiles):
    mol = parse(smiles)
    found = [*cuts(mol), *hydrogens(mol)]
    assert found
    for cut in found:
        again = joined(cut.constant, cut.variable)
        assert again is not None
        assert canonical_smiles(again) == canonical_smiles(mol)


def test_anchors_tell_atoms_apart():
    found = {cut.anchor for cut in hydrogens(parse("CC(=O)Nc1ccc(CO)cc1"))}
    assert found == {"C", "N=", "c", "O"}


def test_pairs_of_a_small_library_and_their_means():
    smiles = [
        f"{group}c1ccc(CCN{tail})cc1" for group in ("", "F", "Cl", "C") for tail in ("", "C", "CC", "C(C)C")
    ]
    smiles = [canonical_smiles(parse(text)) for text in smiles]
    effect = {"": 0.0, "F": 1.0, "Cl": 2.0, "C": -1.0}
    values = dict(enumerate(value for value in effect.values() for _ in range(4)))
    pairs = matched_pairs_building.find_pairs(smiles)
    found = matched_pairs_building.changes(pairs, values)
    assert np.allclose(found["c", "Cl[*:1]", "F[*:1]"], -1.0)
    assert len(found["c", "Cl[*:1]", "F[*:1]"]) == 4
    assert np.allclose(found["c", "F[*:1]", HYDROGEN], -1.0)
    arrays = matched_pairs_building.packed({"herg": found})
    known = Exchanges(arrays)
    there = {e.after: e for e in known.of("herg", Cut("", "F[*:1]", "c"))}
    assert there["Cl[*:1]"].delta == pytest.approx(1.0, abs=0.02)
    assert there["Cl[*:1]"].pairs == 4
    back = {e.after: e for e in known.of("herg", Cut("", "Cl[*:1]", "c"))}
    assert back["F[*:1]"].delta == -there["Cl[*:1]"].delta
    assert not list(known.of("herg", Cut("", "F[*:1]", "N")))
    assert not list(known.of("ames", Cut("", "F[*:1]", "c")))


def test_shrinking():
    assert shrunken(1.0, 1000, 1.0, 1.0)[0] == pytest.approx(1.0, abs=0.01)
    assert shrunken(1.0, 3, 1.0, 0.1)[0] == pytest.approx(0.1 / (0.1 + 1 / 3))
    assert shrunken(1.0, 3, 1.0, 0.0) == (0.0, 0.0)
    few, many = shrunken(1.0, 3, 1.0, 0.5), shrunken(1.0, 30, 1.0, 0.5)
    assert few[0] < many[0]
    assert few[1] > many[1]


def test_nothing_or_one_exchange_is_no_reason_to_fail():
    assert matched_pairs_building.variances({}) == (0.0, 0.0)
    assert not list(Exchanges(matched_pairs_building.packed({"herg": {}})).of("herg", Cut("", "F[*:1]", "c")))


def test_direction():
    assert direction(ENDPOINTS["herg"], 0.9) == -1
    middle = dataclasses.replace(ENDPOINTS["lipophilicity"], better="middle", good=1.0, poor=3.0)
    assert [direction(middle, value) for value in (0.0, 2.0, 4.0)] == [1, 0, -1]


def test_groups_are_written_for_people():
    assert [shown(group) for group in (HYDROGEN, "Cl[*:1]", "FC(F)(F)[*:1]")] == ["*H", "*Cl", "*C(F)(F)F"]


@shipped
@pytest.mark.parametrize("endpoint", ["herg", "solubility", "clearance_microsome"])
def test_suggestions_are_other_valid_molecules_in_the_good_direction(endpoint):
    answer = explain([*SMILES, "C1CC"], endpoint=endpoint, suggestions=4)
    rows = answer.to_pylist()
    assert rows[-1]["error_code"] is not None
    assert rows[-1]["suggestions"] is None
    assert any(row["suggestions"] for row in rows)
    for text, row in zip(SMILES, rows, strict=False):
        sign = direction(ENDPOINTS[endpoint], row["prediction"])
        seen = [entry["smiles"] for entry in row["suggestions"]]
        assert len(seen) == len(set(seen)) <= 4
        for entry in row["suggestions"]:
            mol = parse(entry["smiles"])
            assert entry["smiles"] == canonical_smiles(mol) != canonical_smiles(parse(text))
            assert entry["delta"] * sign > 0
            assert entry["low"] <= entry["delta"] <= entry["high"]
            assert entry["pairs"] >= matched_pairs_building.FEWEST
            assert ">>" in entry["change"]


@shipped
def test_the_models_own_change_is_that_of_the_model():
    ensemble = Ensemble.load(("solubility",))
    row = explain(["CC(=O)Nc1ccc(O)cc1"], endpoint="solubility").to_pylist()[0]
    mols = [parse("CC(=O)Nc1ccc(O)cc1"), *(parse(entry["smiles"]) for entry in row["suggestions"])]
    raw = ensemble.raw("solubility", mols)
    assert np.allclose([e["model"] for e in row["suggestions"]], raw[1:] - raw[0], atol=1e-3)


@shipped
def test_suggestions_do_not_depend_on_the_order_of_atoms():
    one, two = explain(["CC(=O)Nc1ccc(O)cc1", "Oc1ccc(NC(C)=O)cc1"], endpoint="herg").to_pylist()
    assert [e["smiles"] for e in one["suggestions"]] == [e["smiles"] for e in two["suggestions"]]


def test_no_suggestions_when_none_are_wanted():
    answer = explain(["CCO"], suggestions=0)
    assert "suggestions" not in answer.schema.names
    assert answer.schema.names[:-2] == EXPLAIN.output_schema(EXPLAIN.parse({"suggestions": 0})).names


@shipped
def test_the_report_draws_suggestions():
    answer = explain(["CC(=O)Nc1ccc(O)cc1", "C1CC"], endpoint="solubility")
    table = pa.Table.from_batches([answer]).append_column("smiles", pa.array(["CC(=O)Nc1ccc(O)cc1", "C1CC"]))
    (section,) = explaining_report.sections(table, EXPLAIN.parse({"endpoint": "solubility"}))
    entries = answer.to_pylist()[0]["suggestions"]
    assert section["html"].count("<svg") == len(entries) > 0
    assert section["title"]["ja"]
    assert explaining_report.sections(table.drop_columns("suggestions"), EXPLAIN.parse({})) == []


@shipped
def test_weights_are_small_and_come_from_training_molecules():
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) < 1_000_000
    known = Exchanges.load()
    assert set(known.endpoints) <= set(ENDPOINTS)
    for group in known.groups:
        assert Chem.MolFromSmiles(group) is not None
