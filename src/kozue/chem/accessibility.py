"""Synthetic accessibility of molecules, 1 (easy) to 10 (hard).

Ertl and Schuffenhauer, J. Cheminform. 2009, 1, 8, in the form that RDKit carries in its Contrib folder: fragments that
are frequent in PubChem make a molecule easier, size, stereo centres, spiro and bridgehead atoms and large rings harder.
"""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import rdkit
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from kozue.core.errors import ModelError

_UNSEEN = -4.0  # contribution of a fragment that PubChem's sample lacks
_LOWEST, _HIGHEST = -4.0, 2.5  # raw scores that are mapped onto 10 and 1
_MACROCYCLE = 8  # more atoms make one
_FRAGMENTS = 100_000  # a complete table has seven times as many
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2)


def synthetic_accessibility(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return scores from 1 (easy to make) to 10 (hard), shape (n,); NaN for a molecule without atoms.

    Parameters
    ----------
    mols : sequence of rdkit.Chem.Mol
        Shape (n,).

    Raises
    ------
    ModelError
        If RDKit's table of fragments is missing or not the one known here.
    """
    found = [_MORGAN.GetSparseCountFingerprint(mol).GetNonzeroElements() for mol in mols]
    lengths = np.array([len(each) for each in found], np.int64)
    keys = np.fromiter((key for each in found for key in each), np.int64, int(lengths.sum()))
    counts = np.fromiter((count for each in found for count in each.values()), float, len(keys))
    weighted = _contributions(keys) * counts
    ends = np.cumsum(lengths)
    out = np.full(len(mols), np.nan)
    for row, (mol, end, length) in enumerate(zip(mols, ends, lengths, strict=True)):
        if length:
            part = slice(end - length, end)
            fragments = weighted[part].sum() / counts[part].sum()
            out[row] = _scaled(fragments - _complexity(mol) + _symmetry(mol, int(length)))
    return out


def _complexity(mol: Chem.Mol) -> float:
    atoms = mol.GetNumAtoms()
    centres = rdMolDescriptors.CalcNumAtomStereoCenters(mol)
    spiro = rdMolDescriptors.CalcNumSpiroAtoms(mol)
    bridgeheads = rdMolDescriptors.CalcNumBridgeheadAtoms(mol)
    large = any(len(ring) > _MACROCYCLE for ring in mol.GetRingInfo().AtomRings())
    return (
        float(atoms**1.005)
        - atoms
        + math.log10(centres + 1)
        + math.log10(spiro + 1)
        + math.log10(bridgeheads + 1)
        + (math.log10(2) if large else 0.0)
    )


def _symmetry(mol: Chem.Mol, fragments: int) -> float:
    """Return what a molecule of few different fragments is credited with."""
    atoms = mol.GetNumAtoms()
    return 0.5 * math.log(atoms / fragments) if atoms > fragments else 0.0


def _scaled(raw: float) -> float:
    score = 11.0 - (raw - _LOWEST + 1.0) / (_HIGHEST - _LOWEST) * 9.0
    if score > 8.0:
        score = 8.0 + math.log(score - 8.0)
    return min(max(score, 1.0), 10.0)


def _contributions(keys: np.ndarray) -> np.ndarray:
    known, values = _table()
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[place] == keys, values[place], _UNSEEN)


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """Return fragment identifiers, ascending, and their contributions.

    RDKit's file is a serialised list of lists in a textual form: a number with a point, ``F-2.8254``, and the
    identifiers that have this contribution, ``I910163969``. It is read as text, so that nothing in it can run.
    """
    path = Path(rdkit.__file__).parent / "Contrib" / "SA_Score" / "fpscores.pkl.gz"
    try:
        text = gzip.decompress(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"RDKit's fragment table of synthetic accessibility cannot be read: {error}.",
            "Install RDKit from PyPI; its wheel carries Contrib/SA_Score.",
        ) from error
    keys: list[np.ndarray] = []
    values: list[np.ndarray] = []
    for group in text.split(b"\nF")[1:]:
        value, _, rest = group.partition(b"\n")
        members = np.array(re.findall(rb"^aI(\d+)$", rest, re.MULTILINE), dtype="S12").astype(np.int64)
        keys.append(members)
        values.append(np.full(len(members), float(value)))
    if sum(map(len, keys)) < _FRAGMENTS:
        raise ModelError(
            "RDKit's fragment table of synthetic accessibility has a form that is not known here.",
            "Use another version of RDKit, or report this with the version installed.",
        )
    joined = np.concatenate(keys)
    order = np.argsort(joined, kind="stable")
    return joined[order], np.concatenate(values)[order]
