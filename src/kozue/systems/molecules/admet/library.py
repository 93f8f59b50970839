"""The training molecules: for similarity, nearest neighbours and the kernel part of the models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kozue.chem.fingerprints import BitLibrary
from kozue.ml.store import load_arrays

BITS = 1024


@dataclass(frozen=True, slots=True)
class Library:
    """Distinct training molecules.

    Parameters
    ----------
    smiles : list of str
        Shape (m,), standardised.
    index : BitLibrary
        Morgan bits of radius 2, shape (m, 1024).
    """

    smiles: list[str]
    index: BitLibrary

    @classmethod
    def load(cls, folder: Path) -> Library:
        """Read a library from its folder."""
        arrays = load_arrays(folder, "library")
        smiles = arrays["smiles"].tobytes().decode().split("\n")
        bits = np.unpackbits(arrays["bits"], axis=1, count=len(smiles)).T
        return cls(smiles, BitLibrary(bits))


def library_arrays(smiles: list[str], bits: np.ndarray) -> dict[str, np.ndarray]:
    """Return what has to be stored: text joined by line ends, bits packed fingerprint bit by bit.

    Parameters
    ----------
    smiles : list of str
        Shape (m,).
    bits : numpy.ndarray
        Shape (m, 1024), uint8 of 0 and 1.
    """
    text = np.frombuffer("\n".join(smiles).encode(), np.uint8)
    return {"smiles": text, "bits": np.packbits(np.ascontiguousarray(bits.T), axis=1)}
