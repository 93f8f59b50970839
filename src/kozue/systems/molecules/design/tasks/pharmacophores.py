"""Pharmacophore fingerprints of two and three points, after Gobbi and Poppinger (Biotech. Bioeng. 1998, 61, 47).

A key says which kinds of points lie at which distances: 2 to 7 bonds, or more. The keys correspond one to one to the
bits of RDKit's ``Gobbi_Pharm2D`` fingerprint, with its rules for the order of like points, but are enumerated for a
whole molecule at once.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from rdkit import Chem
from rdkit.Chem.Pharm2D import Gobbi_Pharm2D

_NEAREST, _FARTHEST = 2, 100  # bonds; closer points make no pair, farther ones lie in different parts
_LAST_BIN = 8  # bonds; this many and more are one distance
_BINS = 7
_POINT_KINDS = 8
_KEPT = 64  # tables of index triples up to this many points are kept


def pharmacophore_keys(mol: Chem.Mol) -> np.ndarray:
    """Return the distinct keys of a molecule, ascending, int64."""
    kinds, atoms = _points(mol)
    if len(kinds) < 2:
        return np.zeros(0, np.int64)
    far = np.minimum(Chem.GetDistanceMatrix(mol), _FARTHEST).astype(np.int64)[np.ix_(atoms, atoms)]
    fits = (far >= _NEAREST) & (far < _FARTHEST)
    one, two = np.triu_indices(len(kinds), 1)
    kept = fits[one, two]
    one, two = one[kept], two[kept]
    pairs = (kinds[one] * _POINT_KINDS + kinds[two]) * _BINS + _binned(far[one, two])
    first, second, third = _triples(len(kinds))
    kept = fits[first, second] & fits[first, third] & fits[second, third]
    first, second, third = first[kept], second[kept], third[kept]
    sides = np.stack([far[first, second], far[first, third], far[second, third]])
    ordered = _ordered(kinds[first], kinds[second], kinds[third], sides)
    triples = ((kinds[first] * _POINT_KINDS + kinds[second]) * _POINT_KINDS + kinds[third]) * _BINS**3
    triples += np.array([_BINS**2, _BINS, 1]) @ _binned(ordered)
    return np.unique(np.concatenate([pairs, _POINT_KINDS**2 * _BINS + triples]))


def tanimoto(keys: np.ndarray, others: np.ndarray) -> float:
    """Return the Tanimoto similarity of two sets of keys; 0 where both are empty."""
    shared = len(np.intersect1d(keys, others, assume_unique=True))
    either = len(keys) + len(others) - shared
    return shared / either if either else 0.0


@cache
def _queries() -> tuple[Chem.Mol, ...]:
    """Return one query a kind of point, in the order of RDKit's fingerprint; each names one atom."""
    factory: Any = Gobbi_Pharm2D.factory  # has no types
    definitions = factory.featFactory.GetFeatureDefs()
    by_family = {name.partition(".")[0]: text for name, text in definitions.items()}
    return tuple(Chem.MolFromSmarts(by_family[family]) for family in factory.GetFeatFamilies())


def _points(mol: Chem.Mol) -> tuple[np.ndarray, np.ndarray]:
    """Return the kinds and the atoms of a molecule's points, by kind and then by atom."""
    kinds: list[int] = []
    atoms: list[int] = []
    for kind, query in enumerate(_queries()):
        found = sorted(match[0] for match in mol.GetSubstructMatches(query))
        kinds += [kind] * len(found)
        atoms += found
    return np.array(kinds, np.int64), np.array(atoms, np.int64)


def _binned(far: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(far, _LAST_BIN) - _NEAREST)


def _triples(points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all index triples ``i < j < k``."""
    return _kept_triples(points) if points <= _KEPT else _make_triples(points)


@cache
def _kept_triples(points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return _make_triples(points)


def _make_triples(points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    i, j = np.triu_indices(points, 1)
    later = points - 1 - j
    first, second = np.repeat(i, later), np.repeat(j, later)
    begins = np.repeat(np.cumsum(later) - later, later)
    return first, second, np.arange(len(first)) - begins + second + 1


def _ordered(one: np.ndarray, two: np.ndarray, three: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Bring the sides of triangles with like points into RDKit's order.

    Parameters
    ----------
    one, two, three : numpy.ndarray
        Kinds of the points, ascending, shape (n,).
    sides : numpy.ndarray
        Bonds between the first and second, first and third, second and third point, shape (3, n).

    Returns
    -------
    numpy.ndarray
        Shape (3, n). Of three like points: the two longest sides first, the longer before the shorter. Of two: the
        longer of the sides that join the third point, first.
    """
    a, b, c = sides
    out = sides.copy()
    front, back = one == two, two == three
    swap = front & ~back & (b <= c)
    out[1:, swap] = sides[[2, 1]][:, swap]
    swap = back & ~front & (a <= b)
    out[:2, swap] = sides[[1, 0]][:, swap]
    alike = front & back
    longest = np.maximum(np.maximum(a + b, a + c), b + c)
    by_sum = [
        (a + b == longest, (0, 1, 2), (1, 0, 2)),
        (a + c == longest, (0, 2, 1), (2, 0, 1)),
        (b + c == longest, (1, 2, 0), (2, 1, 0)),
    ]
    left = alike
    for holds, larger_first, smaller_first in by_sum:
        here = left & holds
        x, y, _ = larger_first
        for rows, order in (
            (here & (sides[x] > sides[y]), larger_first),
            (here & (sides[x] <= sides[y]), smaller_first),
        ):
            out[:, rows] = sides[list(order)][:, rows]
        left = left & ~holds
    return out
