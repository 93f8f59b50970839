from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.chem import parse
from kozue.core.context import Context
from kozue.core.errors import SettingsError
from kozue.core.registry import get_registry
from kozue.systems.molecules.admet import explaining, features, fitting, hiding
from kozue.systems.molecules.admet.model import Scale

EXPLAIN = get_registry().operation("admet.explain")
PREDICT = get_registry().operation("admet.predict")


def explain(smiles, **values):
    batch = pa.RecordBatch.from_pydict({"smiles": pa.array(smiles, pa.string())})
    context = Context()
    return next(iter(EXPLAIN(iter([batch]), EXPLAIN.parse(values), context))).to_pylist(), context


@pytest.mark.parametrize("endpoint", ["solubility", "herg", "vdss"])
def test_explains_the_prediction_that_was_given(endpoint):
    smiles = ["CC(=O)Oc1ccccc1C(=O)O", "CN(C)CCC=C1c2ccccc2CCc2ccccc12.Cl", "C1CC", "O"]
    rows, _ = explain(smiles, endpoint=endpoint)
    batch = pa.RecordBatch.from_pydict({"smiles": smiles})
    predicted = next(
        iter(PREDICT(iter([batch]), PREDICT.parse({"endpoints": [endpoint]}), Context()))
    ).to_pylist()
    for text, row, other in zip(smiles, rows, predicted, strict=True):
        assert row["prediction"] == other[endpoint]
        assert row["error_code"] == other["error_code"]
        if row["error_code"] is None:
            assert len(row["atom_weights"]) == parse(text).GetNumAtoms()
            assert np.isfinite(row["atom_weights"]).all()
            assert 1 <= len(row["top_fragments"]) <= 3


def test_counter_ions_have_no_weight():
    rows, context = explain(["Cl.CN(C)CCC=C1c2ccccc2CCc2ccccc12"], endpoint="herg")
    assert rows[0]["atom_weights"][0] == 0.0
    assert any(weight != 0 for weight in rows[0]["atom_weights"][1:])
    assert "salts_removed" in [warned.code for warned in context.warnings]


def test_too_large_for_an_explanation_is_an_error_of_the_record():
    rows, _ = explain(["C" * 151, "CCO"])
    assert rows[0]["error_code"] == "molecule_too_large"
    assert rows[1]["error_code"] is None


def test_unknown_endpoint():
    with pytest.raises(SettingsError, match="did you mean solubility"):
        EXPLAIN.parse({"endpoint": "solubilty"})


def test_pieces_are_ring_systems_and_chains():
    mol = parse("CC(=O)Oc1ccccc1C(=O)O")
    parts = explaining.pieces(mol)
    assert sorted(atom for part in parts for atom in part) == list(range(13))
    assert sorted(len(part) for part in parts) == [3, 4, 6]
    assert explaining.pieces(parse("CCO")) == [(0, 1, 2)]


def test_finds_a_planted_substructure():
    """A model of 'has a nitro group' must point at the nitro group."""
    from rdkit import Chem

    from kozue.chem.fingerprints import BitLibrary
    from kozue.systems.molecules.admet.ensemble import Ensemble
    from kozue.systems.molecules.admet.library import Library

    rng = np.random.default_rng(0)
    rings = ["c1ccc({})cc1", "c1cc({})ccn1", "C1CCC({})CC1", "c1cc({})cs1", "c1ccc2cc({})ccc2c1"]
    groups = ["[N+](=O)[O-]", "C", "O", "C(=O)O", "Cl", "N", "C#N", "CCO", "C(F)(F)F", "S(N)(=O)=O"]
    smiles = sorted(
        {"C" * int(rng.integers(0, 5)) + ring.format(group) for ring in rings for group in groups}
    )
    ready = features.prepare(smiles * 1)
    query = Chem.MolFromSmarts("[N+](=O)[O-]")
    truth = np.array([float(mol.HasSubstructMatch(query)) for mol in ready.mols])
    sample = fitting.Sample(ready.features(), ready.bits(), truth, np.arange(len(truth)) % 3)
    recipe = fitting.Recipe(trees=60, leaves=4, rate=0.1, columns=0.3)
    fitted = fitting.fit(sample, True, Scale(), recipe)
    model = dataclasses.replace(fitted.model, members=np.arange(len(truth)))
    ensemble = Ensemble(Library([""] * len(truth), BitLibrary(ready.bits())), {"nitro": model})
    mol = parse("CCOc1ccc([N+](=O)[O-])cc1C")
    weights = explaining.atom_weights(mol, "nitro", ensemble)
    nitro = set(mol.GetSubstructMatch(query))
    assert int(np.argmax(weights)) in nitro
    # Two groups that both suffice share the weight: neither is overlooked because the other is there.
    twice = parse("Cc1c([N+](=O)[O-])cc(C)cc1[N+](=O)[O-]")
    weights = explaining.atom_weights(twice, "nitro", ensemble)
    known = [atom for match in twice.GetSubstructMatches(query) for atom in match]
    others = np.delete(weights, known)
    assert weights[known].max() > others.max()


SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN(C)CCC=C1c2ccccc2CCc2ccccc12",
    "C[N+](C)(C)CCO",
    "O=c1[nH]c2ccccc2s1",
    "C[Si](C)(C)c1ccccc1",
]


@given(st.sampled_from(SMILES), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_weights_do_not_depend_on_the_order_of_atoms(smiles, random):
    from rdkit import Chem

    from kozue.systems.molecules.admet.ensemble import Ensemble

    ensemble = Ensemble.load(("solubility",))
    mol = parse(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)
    shuffled = Chem.RenumberAtoms(mol, order)
    Chem.SanitizeMol(shuffled)
    one = explaining.atom_weights(mol, "solubility", ensemble)
    other = explaining.atom_weights(shuffled, "solubility", ensemble)
    assert np.allclose(one[order], other, atol=0.02)


def test_hiding_nothing_changes_nothing_and_hiding_all_leaves_no_terms():
    mol = parse("CC(=O)Oc1ccccc1C(=O)O")
    own = features.features([mol])[0]
    masks = np.array([np.zeros(13, bool), np.ones(13, bool)])
    copies = [hiding.hide(mol, np.flatnonzero(mask)) for mask in masks]
    table = hiding.features(mol, masks, copies, own)
    assert np.allclose(table[0], own, atol=1e-4)
    names = list(features.featuriser().names)
    for name in ("morgan_0", "tpsa", "CrippenClogP", "fr_COO", "exactmw", "mqn12"):
        assert table[1, names.index(name)] == pytest.approx(0, abs=1e-3), name


def test_weights_do_not_depend_on_what_was_computed_before():
    """RDKit remembers logP and surface with a molecule; copies with hidden atoms must not inherit them."""
    from kozue.systems.molecules.admet.ensemble import Ensemble

    ensemble = Ensemble.load(("lipophilicity",))
    used = parse("CC(=O)Oc1ccccc1C(=O)O")
    features.features([used])
    fresh = explaining.atom_weights(parse("CC(=O)Oc1ccccc1C(=O)O"), "lipophilicity", ensemble)
    assert np.array_equal(explaining.atom_weights(used, "lipophilicity", ensemble), fresh)
