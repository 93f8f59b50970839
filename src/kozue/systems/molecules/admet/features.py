"""Records to arrays: the standard form of a molecule, its features and its similarity bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rdkit import Chem

from kozue.chem import Featuriser, parse_many, standardise
from kozue.chem.fingerprints import bits
from kozue.core.records import RecordError
from kozue.systems.molecules.admet.library import BITS

BLOCKS = ("morgan", "erg", "properties", "fragments")


GIVEN_INDEX = "given_index"  # each atom's place in the structure as it was given


@cache
def featuriser() -> Featuriser:
    """Return the featuriser that all models of this system share."""
    return Featuriser(BLOCKS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Molecules ready for the models.

    Parameters
    ----------
    rows : list of int
        Shape (k,), 0-based positions of the readable records.
    mols : list of rdkit.Chem.Mol
        Shape (k,), standardised.
    errors : dict of int to RecordError
        The other records.
    stripped : int
        How many were salts or mixtures, of which only the largest part is used.
    """

    rows: list[int]
    mols: list[Chem.Mol]
    errors: dict[int, RecordError]
    stripped: int

    def features(self) -> np.ndarray:
        """Return features, shape (k, d), float32, without NaN."""
        return features(self.mols)

    def bits(self) -> np.ndarray:
        """Return similarity bits, shape (k, 1024), uint8."""
        return bits(self.mols, "morgan", BITS)


def features(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return the model features of standardised molecules, shape (n, d), float32.

    Undefined charges (metals) become 0: the trees are trained without missing values.
    """
    return np.nan_to_num(featuriser().transform(mols), nan=0.0)


def bits_of(table: np.ndarray) -> np.ndarray:
    """Return the similarity bits, shape (n, 1024), uint8, of rows of features: where a Morgan count is not 0."""
    return (table[:, :BITS] > 0).astype(np.uint8)


def prepare(smiles: Sequence[str | None], track: bool = False) -> Prepared:
    """Read and standardise; what cannot be read becomes an error of its row.

    Parameters
    ----------
    smiles : sequence of str or None
        Shape (n,).
    track : bool
        Whether atoms remember their place in the given structure (property ``given_index``).
    """
    mols, errors = parse_many(smiles)
    rows, ready, stripped = [], [], 0
    for row, mol in enumerate(mols):
        if mol is None:
            continue
        if track:
            for atom in mol.GetAtoms():
                atom.SetIntProp(GIVEN_INDEX, atom.GetIdx())
        try:
            standard = standardise(mol)
        except (ValueError, RuntimeError) as error:
            errors[row] = RecordError(
                "unreadable_molecule", f"The structure cannot be brought into its standard form: {error}."
            )
            continue
        stripped += len(Chem.GetMolFrags(mol)) > 1
        rows.append(row)
        ready.append(standard)
    return Prepared(rows, ready, errors, stripped)
