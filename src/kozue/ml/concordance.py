"""How often predictions are in the right order, where some truths are known only as limits.

Harrell et al., Statistics in Medicine 1996, 15, 361: of all pairs whose order is known, the share that the
predictions put in that order; a tie of predictions counts half.
"""

from __future__ import annotations

import numpy as np

from kozue.ml.metrics import Estimate

_STEP = 1000  # rows of the table of pairs at a time


def concordance(
    bounds: np.ndarray, predicted: np.ndarray, *, rounds: int = 200, level: float = 0.95, seed: int = 0
) -> Estimate:
    """Return the concordance index and its percentile bootstrap interval; NaN if no pair's order is known.

    Parameters
    ----------
    bounds : numpy.ndarray
        Shape (n, 2): what each truth lies between; equal ends: it is known; an infinite end: only a limit is. The
        order of two is known if one's lower bound is not below the other's upper bound; equal truths have none.
    predicted : numpy.ndarray
        Shape (n,).
    rounds, seed : int
        Resamples of records and their seed.
    level : float
        Width of the interval.
    """
    low, high = np.asarray(bounds, float).T
    predicted = np.asarray(predicted, float)
    n = len(predicted)
    if not n:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), rounds)
    # One column of weights for the records as they are, the others for resamples.
    weights = np.column_stack([np.ones(n), *draws]).astype(np.float32)
    right, known = np.zeros(weights.shape[1]), np.zeros(weights.shape[1])
    for start in range(0, n, _STEP):
        rows = slice(start, start + _STEP)
        is_above = low[rows, None] >= high
        is_above &= ~((low[rows, None] == high[rows, None]) & (low == high) & (low[rows, None] == high))
        agrees = np.sign(predicted[rows, None] - predicted) / 2 + 0.5
        known += (weights[rows] * (is_above.astype(np.float32) @ weights)).sum(axis=0, dtype=float)
        scored = np.where(is_above, agrees, 0).astype(np.float32)
        right += (weights[rows] * (scored @ weights)).sum(axis=0, dtype=float)
    share = np.divide(right, known, out=np.full_like(right, np.nan), where=known > 0)
    found = share[1:][np.isfinite(share[1:])]
    if not len(found):
        return Estimate(float(share[0]), float("nan"), float("nan"), n)
    ends = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(share[0]), float(ends[0]), float(ends[1]), n)
