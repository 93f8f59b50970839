"""Tanimoto similarity to a reference molecule by unfolded count fingerprints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

Kind = Literal["ECFP4", "ECFP6", "FCFP4", "AP"]
_LONGEST_PAIR = 10  # bonds between the atoms of a pair


@cache
def generator(kind: Kind) -> rdFingerprintGenerator.FingerprintGenerator64:
    """Return RDKit's generator for a fingerprint by the name that GuacaMol gives it.

    Rogers and Hahn, J. Chem. Inf. Model. 2010, 50, 742 (ECFP, FCFP: features instead of elements);
    Carhart, Smith and Venkataraghavan, J. Chem. Inf. Comput. Sci. 1985, 25, 64 (AP: atom pairs).
    """
    if kind == "AP":
        return rdFingerprintGenerator.GetAtomPairGenerator(maxDistance=_LONGEST_PAIR)
    if kind == "FCFP4":
        features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
        return rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=features)
    return rdFingerprintGenerator.GetMorganGenerator(radius=2 if kind == "ECFP4" else 3)


def fingerprints(mols: Sequence[Chem.Mol], kind: Kind) -> list[Any]:
    """Return sparse count fingerprints, one a molecule."""
    make = generator(kind)
    return [make.GetSparseCountFingerprint(mol) for mol in mols]


def to_reference(found: Sequence[Any], smiles: str, kind: Kind) -> np.ndarray:
    """Return the Tanimoto similarity of fingerprints to that of a molecule, shape (n,)."""
    if not found:
        return np.zeros(0)
    return np.array(DataStructs.BulkTanimotoSimilarity(_reference(smiles, kind), list(found)))


def similarity(mols: Sequence[Chem.Mol], smiles: str, kind: Kind) -> np.ndarray:
    """Return the Tanimoto similarity of molecules to a molecule, shape (n,)."""
    return to_reference(fingerprints(mols, kind), smiles, kind)


@cache
def _reference(smiles: str, kind: Kind) -> Any:
    return generator(kind).GetSparseCountFingerprint(Chem.MolFromSmiles(smiles))
