"""Pareto fronts: what nothing else beats in every objective.

Deb et al., IEEE Trans. Evol. Comput. 2002, 6, 182 (non-dominated sorting and crowding distance).
"""

from __future__ import annotations

import numpy as np


def ranks(worth: np.ndarray) -> np.ndarray:
    """Return the front of each row, from 1.

    Parameters
    ----------
    worth : numpy.ndarray
        Shape (n, k), more is better, without NaN.

    Returns
    -------
    numpy.ndarray
        Shape (n,), int64; 1: nothing is at least as good everywhere and better somewhere.
    """
    found = np.zeros(len(worth), np.int64)
    # Best sum first, equal sums by the columns: a row can only be beaten by one that came before it.
    order = np.lexsort((*-worth.T, -worth.sum(axis=1)))
    fronts: list[list[int]] = []
    for row in order.tolist():
        low, high = 0, len(fronts)
        while low < high:  # a row beaten on one front is beaten on all better ones
            middle = (low + high) // 2
            low, high = (middle + 1, high) if _is_beaten(worth, row, fronts[middle]) else (low, middle)
        if low == len(fronts):
            fronts.append([])
        fronts[low].append(row)
        found[row] = low + 1
    return found


def crowding(worth: np.ndarray, fronts: np.ndarray) -> np.ndarray:
    """Return how alone a row stands on its front, shape (n,); infinite at its ends.

    Parameters
    ----------
    worth : numpy.ndarray
        Shape (n, k).
    fronts : numpy.ndarray
        Shape (n,), as :func:`ranks` gives them.
    """
    found = np.zeros(len(worth))
    for front in np.unique(fronts).tolist():
        rows = np.flatnonzero(fronts == front)
        for column in worth.T:
            order = rows[np.argsort(column[rows], kind="stable")]
            spread = float(column[order[-1]] - column[order[0]])
            found[order[[0, -1]]] = np.inf
            if spread > 0 and len(order) > 2:
                found[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / spread
    return found


def _is_beaten(worth: np.ndarray, row: int, front: list[int]) -> bool:
    others = worth[front]
    beats = (others >= worth[row]).all(axis=1) & (others > worth[row]).any(axis=1)
    return bool(beats.any())
