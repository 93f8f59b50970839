from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.chem import atomwise, descriptors, fingerprints, parse

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "O",
    "[2H]C([2H])([2H])Oc1ccc(S(N)(=O)=O)cc1",
    "C[N+](C)(C)CC(=O)[O-]",
    "FC(F)(F)c1nc2cc(Cl)c(Br)cc2[nH]1",
    "CC1CC2(CCCCC2)N2C(=O)C(=O)c3cccc1c32",
    "C[Si](C)(C)C#CP(=O)(O)O",
    "c1ccc2c(c1)ccc1ccccc12",
]


@pytest.mark.parametrize("smiles", SMILES)
def test_terms_add_up_to_the_descriptor(smiles):
    values = dict(zip(descriptors.PROPERTY_NAMES, descriptors.properties([parse(smiles)])[0], strict=True))
    terms = atomwise.terms(parse(smiles))
    assert len(terms) > 60
    for name, of_atoms in terms.items():
        assert of_atoms.sum() == pytest.approx(values[name], abs=1e-3, rel=1e-4), name


@pytest.mark.parametrize("smiles", SMILES)
def test_environments_and_matches_are_what_is_counted(smiles):
    mol = parse(smiles)
    bits, covered = atomwise.environments(mol, "morgan", 1024)
    assert np.array_equal(np.bincount(bits, minlength=1024), fingerprints.counts([mol], "morgan", 1024)[0])
    assert covered.any(axis=1).all()
    groups, matched = atomwise.group_matches(mol)
    counted = descriptors.fragments([mol])[0]
    assert np.array_equal(np.bincount(groups, minlength=len(counted)), counted)
    assert matched.shape == (len(groups), mol.GetNumAtoms())


@given(st.sampled_from(SMILES), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_atoms_keep_their_terms_and_kinds_in_any_order(smiles, random):
    mol = parse(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)
    other = Chem.RenumberAtoms(mol, order)
    Chem.SanitizeMol(other)
    for name, of_atoms in atomwise.terms(mol).items():
        assert np.allclose(of_atoms[order], atomwise.terms(other)[name], atol=1e-4), name
    same, shuffled = atomwise.kinds(mol)[order], atomwise.kinds(other)
    assert np.array_equal(same[:, None] == same, shuffled[:, None] == shuffled)


def test_kinds_tell_atoms_by_their_neighbours():
    kinds = atomwise.kinds(parse("CCOC"))
    assert len(set(kinds)) == 4
    assert len(set(atomwise.kinds(parse("c1ccccc1")))) == 1
    assert len(atomwise.kinds(parse("O"))) == 1
