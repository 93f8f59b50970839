"""Has the model seen anything like this: similarity to the nearest training records."""

from __future__ import annotations

import numpy as np

INSIDE, EDGE, OUTSIDE = "inside", "edge", "outside"


def nearest(similarity: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k most similar records of each row.

    Parameters
    ----------
    similarity : numpy.ndarray
        Shape (n, m).
    k : int
        At most m are returned.

    Returns
    -------
    places : numpy.ndarray
        Shape (n, k), positions in the library, most similar first; ties by position.
    values : numpy.ndarray
        Shape (n, k), their similarities.
    """
    k = min(k, similarity.shape[1])
    if k == 0:
        return np.zeros((len(similarity), 0), np.int64), np.zeros((len(similarity), 0), similarity.dtype)
    places = np.empty((len(similarity), k), np.int64)
    for row, values in enumerate(similarity):
        # Everything at least as similar as the k-th: ties must not depend on how partition shuffles.
        threshold = np.partition(values, len(values) - k)[len(values) - k]
        among = np.flatnonzero(values >= threshold)
        places[row] = among[np.argsort(-values[among], kind="stable")[:k]]
    return places, np.take_along_axis(similarity, places, axis=1)


def judge(similarity: np.ndarray, inside: float, edge: float) -> list[str]:
    """Name each record's place by its highest similarity, shape (n,).

    Parameters
    ----------
    similarity : numpy.ndarray
        Shape (n,), to the nearest training record.
    inside, edge : float
        At least ``inside`` is inside; at least ``edge`` is on the edge; less is outside.
    """
    return [INSIDE if value >= inside else EDGE if value >= edge else OUTSIDE for value in similarity]


def thresholds(similarity: np.ndarray) -> tuple[float, float]:
    """Choose limits from the training records' similarity to the other folds.

    Records as near as the better four fifths of the training data are inside; those farther than all
    but 2.5 % of it are outside.
    """
    edge, inside = np.quantile(np.asarray(similarity, float), [0.025, 0.2])
    return float(inside), float(edge)
