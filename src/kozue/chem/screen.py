"""Many substructure queries against one molecule, most of them ruled out by one bit comparison.

RDKit's pattern fingerprint of a query is contained in that of every molecule that has the
substructure. Comparing bits first leaves a few of several hundred queries for the real match.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, DataStructs

BITS = 2048
_MEMO = "_kozue_pattern_bits"


def pattern_bits(mol: Chem.Mol) -> np.ndarray:
    """Return the pattern fingerprint as 64-bit words, shape (32,); remembered on the molecule."""
    found = getattr(mol, _MEMO, None)
    if found is None:
        text = DataStructs.BitVectToBinaryText(Chem.PatternFingerprint(mol, BITS))
        found = np.frombuffer(text, dtype=np.uint64)
        setattr(mol, _MEMO, found)
    return found


class Screen:
    """Candidates among a fixed list of queries.

    Parameters
    ----------
    queries : sequence of rdkit.Chem.Mol or None
        Shape (q,); None is never ruled out.
    """

    def __init__(self, queries: Sequence[Chem.Mol | None]) -> None:
        rows = [
            np.zeros(BITS // 64, np.uint64) if query is None else pattern_bits(query) for query in queries
        ]
        self._bits = np.array(rows, np.uint64).reshape(len(rows), BITS // 64)

    def candidates(self, mol: Chem.Mol) -> np.ndarray:
        """Return the positions of the queries that the molecule may contain, ascending."""
        missing = self._bits & ~pattern_bits(mol)
        return np.flatnonzero(~missing.any(axis=1))
