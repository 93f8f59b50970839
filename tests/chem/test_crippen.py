from __future__ import annotations

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, RDConfig, rdBase
from rdkit.Chem import rdMolDescriptors

from kozue.chem import crippen
from kozue.chem.crippen import contributions

PIECES = (
    "c1ccccc1", "C(=O)O", "C(=O)[O-]", "C(=O)N", "N(C)C", "S(=O)(=O)N", "C#N", "[N+](=O)[O-]", "C1OC1", "C=CC=O", "N=N",
    "c1c[nH]cc1", "C(F)(F)F", "Cl", "OC", "O", "OO", "ON", "C=C(O)", "P(=O)(O)O", "[Si](C)C", "C(=O)Cl", "C(=S)O", "OS",
    "c1ccc(=O)oc1", "N=O", "C=C=O", "[N+](C)(C)C", "B(O)O", "I", "[Se]C", "C(=O)c1ccccc1", "N=[N+]=[N-]", "C=[N+](C)O",
)  # fmt: skip
ODD = (
    "[2H]OC",
    "[H][H]",
    "N->[Pt]",
    "[Na+].[Cl-]",
    "[Xe]",
    "O",
    "[OH-]",
    "[O-][O-]",
    "C[Hg]",
    "[H]O[H]",
    "[13CH4]",
)

molecules = st.one_of(
    st.sampled_from(ODD), st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)
)


@settings(max_examples=300, deadline=None)
@given(molecules)
def test_values_are_those_of_rdkit_to_the_last_bit(smiles):
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return
    found = contributions(Chem.Mol(mol))
    own = np.array(rdMolDescriptors._CalcCrippenContribs(mol))
    np.testing.assert_array_equal(found.logp, own[:, 0])
    np.testing.assert_array_equal(found.refractivity, own[:, 1])
    assert found[2:] == rdMolDescriptors.CalcCrippenDescriptors(mol)


def test_the_scheme_looks_no_farther_than_is_remembered():
    """RDKit's table: one bond from an atom, two from an oxygen, one more from a hydrogen; no rings."""
    with open(os.path.join(RDConfig.RDDataDir, "Crippen.txt")) as lines:
        rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    assert len(rows) == 110
    for row in rows:
        query = Chem.MolFromSmarts(row[1])
        start = query.GetAtomWithIdx(0).GetSmarts()
        reach = Chem.GetDistanceMatrix(query)[0].max()
        assert reach <= (3 if row[1].startswith("[#1]O") else 2 if "O" in start else 1), row[1]
        assert not set("rRvxD@$^") - {"R"} & set(row[1].replace("Br", "")), row[1]


def test_what_is_not_remembered_is_asked_for(monkeypatch):
    mol = Chem.MolFromSmiles("OC(=O)c1ccccc1")
    usual = contributions(mol)
    monkeypatch.setattr(crippen, "_MOST", -1)
    asked = contributions(mol)
    np.testing.assert_array_equal(asked.logp, usual.logp)
    assert asked[2:] == usual[2:]
