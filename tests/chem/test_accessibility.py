"""Synthetic accessibility equals what RDKit's own contribution computes."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import rdkit
from rdkit import Chem

from kozue.chem import accessibility
from kozue.core.errors import ModelError

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)O",
    "CC1CCC(C)CC1",
    "C1CCCCCCCCCCC1",
    "C1CC2CCC1CC2",
    "C1CC2(CC1)CCNC2",
    "[Na+].[Cl-]",
    "O",
    "CC1(C)[C@@H]2CC[C@@]1(C)C(=O)C2",
    "C" * 60,
    "[Si](F)(Cl)(Br)I",
]


def test_equals_rdkit():
    sascorer = pytest.importorskip("rdkit.Contrib.SA_Score.sascorer")
    mols = [Chem.MolFromSmiles(text) for text in SMILES]
    expected = [sascorer.calculateScore(mol) for mol in mols]
    np.testing.assert_allclose(accessibility.synthetic_accessibility(mols), expected, rtol=0, atol=1e-12)


def test_a_molecule_without_atoms_has_none():
    scores = accessibility.synthetic_accessibility([Chem.Mol(), Chem.MolFromSmiles("CCO")])
    assert np.isnan(scores[0]) and 1 <= scores[1] <= 10
    assert accessibility.synthetic_accessibility([]).shape == (0,)


@pytest.mark.parametrize("content", [b"no table", gzip.compress(b"(lp0\nF1.0\naI1\na.")])
def test_another_table_is_refused(content, tmp_path, monkeypatch):
    folder = tmp_path / "Contrib" / "SA_Score"
    folder.mkdir(parents=True)
    (folder / "fpscores.pkl.gz").write_bytes(content)
    monkeypatch.setattr(rdkit, "__file__", str(tmp_path / "__init__.py"))
    accessibility._table.cache_clear()
    with pytest.raises(ModelError, match="fragment table"):
        accessibility.synthetic_accessibility([Chem.MolFromSmiles("CCO")])
    accessibility._table.cache_clear()
