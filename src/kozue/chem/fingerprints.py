"""Count and bit fingerprints, and the similarity between them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from rdkit import Chem
from rdkit.Avalon import pyAvalonTools
from rdkit.Chem import rdFingerprintGenerator, rdReducedGraphs

_PATHS = ("DistanceMatrix", "DistanceMatrix_Paths")
ERG_SIZE = 315


@cache
def generator(kind: str, size: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    """Return RDKit's generator for ``morgan``, ``torsion`` or ``pair`` at a folded size."""
    if kind == "morgan":
        return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=size)
    if kind == "torsion":
        return rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=size)
    if kind == "pair":
        return rdFingerprintGenerator.GetAtomPairGenerator(fpSize=size)
    raise ValueError(f"There is no fingerprint kind {kind!r}.")


def counts(mols: Sequence[Chem.Mol], kind: str, size: int) -> np.ndarray:
    """Count fingerprints, shape (n, size), int32."""
    out = np.zeros((len(mols), size), np.int32)
    make = generator(kind, size)
    for row, mol in enumerate(mols):
        out[row] = make.GetCountFingerprintAsNumPy(mol)
    return out


def bits(mols: Sequence[Chem.Mol], kind: str = "morgan", size: int = 1024) -> np.ndarray:
    """Bit fingerprints, shape (n, size), uint8 of 0 and 1."""
    out = np.zeros((len(mols), size), np.uint8)
    make = generator(kind, size)
    for row, mol in enumerate(mols):
        out[row] = make.GetFingerprintAsNumPy(mol)
    return out


def stepped_counts(mols: Sequence[Chem.Mol], size: int = 2048) -> np.ndarray:
    """ECFP4 counts as bits, shape (n, size), uint8: one bit each for at least 1, 2, 4 and 8 of a fragment.

    So that a similarity of bits also sees how often a fragment occurs ("count simulation" in RDKit).
    """
    out = np.zeros((len(mols), size), np.uint8)
    make = _stepped(size)
    for row, mol in enumerate(mols):
        out[row] = make.GetFingerprintAsNumPy(mol)
    return out


@cache
def _stepped(size: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=size, countSimulation=True)


def avalon_counts(mols: Sequence[Chem.Mol], size: int) -> np.ndarray:
    """Avalon count fingerprints, shape (n, size), int32.

    Gedeck, Rohde and Bartels, J. Chem. Inf. Model. 2006, 46, 1924.
    """
    out = np.zeros((len(mols), size), np.int32)
    for row, mol in enumerate(mols):
        for bit, count in pyAvalonTools.GetAvalonCountFP(mol, nBits=size).GetNonzeroElements().items():
            out[row, bit] = count
    return out


def reduced_graph(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Make extended reduced graph fingerprints, shape (n, 315), float32.

    Stiefl et al., J. Chem. Inf. Model. 2006, 46, 208.

    RDKit takes shortest paths from the molecule if some other descriptor left them there, and those may be others of
    the same length: they are forgotten first, so that a molecule's history does not matter.
    """
    out = np.zeros((len(mols), ERG_SIZE), np.float32)
    for row, mol in enumerate(mols):
        for left in _PATHS:
            mol.ClearProp(left)
        out[row] = rdReducedGraphs.GetErGFingerprint(mol)
    return out


def tanimoto(queries: np.ndarray, library: np.ndarray) -> np.ndarray:
    """Tanimoto similarity of bit fingerprints.

    Parameters
    ----------
    queries : numpy.ndarray
        Shape (n, size), uint8 of 0 and 1.
    library : numpy.ndarray
        Shape (m, size), uint8 of 0 and 1.

    Returns
    -------
    numpy.ndarray
        Shape (n, m), float32. Integer counts are exact, so that the result does not depend on the batch.
    """
    return BitLibrary(library).similarity(queries)


class BitLibrary:
    """A set of bit fingerprints that is asked for similarities again and again.

    Stored bit by bit: a query reads only the rows of its own on-bits (about fifty of a thousand),
    which is several times faster than comparing packed words. A byte counts for two fingerprints, four
    bits each, so that fifteen rows can be added before the halves have to be taken apart.

    Parameters
    ----------
    library : numpy.ndarray
        Shape (m, size), uint8 of 0 and 1.
    """

    def __init__(self, library: np.ndarray) -> None:
        self.size = library.shape[1]
        self._half = (len(library) + 1) // 2
        self._columns = np.ascontiguousarray(library[: self._half].T)
        self._columns[:, : len(library) - self._half] |= library[self._half :].T << np.uint8(4)
        self.on_bits = library.sum(axis=1, dtype=np.int32)
        self._on_bits = self.on_bits.astype(np.float32)

    def __len__(self) -> int:
        return len(self.on_bits)

    def similarity(self, queries: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Tanimoto similarity, shape (n, m), float32; 0 where both have no bit.

        Parameters
        ----------
        queries : numpy.ndarray
            Shape (n, size), uint8 of 0 and 1.
        out : numpy.ndarray, optional
            Shape (n, m), float32, filled and returned.
        """
        found = np.empty((len(queries), len(self)), np.float32) if out is None else out
        for row, query in zip(found, queries, strict=True):
            on = np.flatnonzero(query)
            shared = self._shared(on)
            # Counts below 2^24 are exact in single precision.
            union = self._on_bits + np.float32(len(on))
            union -= shared
            if not len(on):  # perhaps neither side has a bit
                np.maximum(union, 1, out=union)
            np.divide(shared, union, out=row)
        return found

    def _shared(self, on: np.ndarray) -> np.ndarray:
        """Count the on-bits that each fingerprint has too, shape (m,), float32."""
        whole = np.zeros(2 * self._half, np.uint8 if len(on) < 256 else np.uint16)
        for start in range(0, len(on), 15):
            some = self._columns[on[start]].copy()
            for bit in on[start + 1 : start + 15]:
                np.add(some, self._columns[bit], out=some)
            low, high = whole[: self._half], whole[self._half :]
            np.add(low, some & np.uint8(15), out=low)
            np.add(high, some >> np.uint8(4), out=high)
        found: np.ndarray = whole[: len(self)].astype(np.float32)
        return found
