"""The known molecules nearest to designed ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator


@lru_cache(maxsize=4)
def _prints(smiles: tuple[str, ...]) -> list[DataStructs.ExplicitBitVect]:
    """Return fingerprints; a prior's sample is asked for after every search."""
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    return [make.GetFingerprint(Chem.MolFromSmiles(text)) for text in smiles]


class Known:
    """Molecules of the input, and a sample of what the prior has learned.

    Parameters
    ----------
    given, reference : sequence of str
        SMILES; those given are named first among equals.
    """

    def __init__(self, given: Sequence[str], reference: Sequence[str]) -> None:
        self._smiles = [*given, *reference]
        self._prints = [*_prints(tuple(given)), *_prints(tuple(reference))]

    def nearest(self, smiles: Sequence[str]) -> tuple[list[str | None], np.ndarray]:
        """Return for each molecule the nearest known one and the Tanimoto coefficient (ECFP4), shape (n,).

        None and NaN if nothing is known.
        """
        if not self._smiles:
            return [None] * len(smiles), np.full(len(smiles), np.nan)
        names: list[str | None] = []
        values = np.zeros(len(smiles))
        for place, own in enumerate(_prints(tuple(smiles))):
            found = np.array(DataStructs.BulkTanimotoSimilarity(own, self._prints))
            best = int(found.argmax())
            names.append(self._smiles[best])
            values[place] = found[best]
        return names, values
