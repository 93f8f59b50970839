"""The known molecules nearest to designed ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator


class Known:
    """Molecules of the input, and a sample of what the prior has learned.

    Parameters
    ----------
    given, reference : sequence of str
        SMILES; those given are named first among equals.
    """

    def __init__(self, given: Sequence[str], reference: Sequence[str]) -> None:
        self._smiles = [*dict.fromkeys([*given, *reference])]
        self._make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
        self._prints = [self._print(smiles) for smiles in self._smiles]

    def _print(self, smiles: str) -> DataStructs.ExplicitBitVect:
        return self._make.GetFingerprint(Chem.MolFromSmiles(smiles))

    def nearest(self, smiles: Sequence[str]) -> tuple[list[str | None], np.ndarray]:
        """Return for each molecule the nearest known one and the Tanimoto coefficient (ECFP4), shape (n,).

        None and NaN if nothing is known.
        """
        if not self._smiles:
            return [None] * len(smiles), np.full(len(smiles), np.nan)
        names: list[str | None] = []
        values = np.zeros(len(smiles))
        for place, text in enumerate(smiles):
            found = np.array(DataStructs.BulkTanimotoSimilarity(self._print(text), self._prints))
            best = int(found.argmax())
            names.append(self._smiles[best])
            values[place] = found[best]
        return names, values
