"""How good predictions are, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Metric = Callable[[np.ndarray, np.ndarray], float]


def mae(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error, in the unit of the values."""
    return float(np.abs(truth - predicted).mean())


def rmse(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Root of the mean squared error, in the unit of the values."""
    return float(np.sqrt(((truth - predicted) ** 2).mean()))


def r2(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Coefficient of determination; NaN when the truth is constant."""
    spread = ((truth - truth.mean()) ** 2).sum()
    return float(1 - ((truth - predicted) ** 2).sum() / spread) if spread > 0 else float("nan")


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties share their mean rank; shape as given."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def spearman(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Rank correlation; NaN when either side is constant."""
    a, b = ranks(truth), ranks(predicted)
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if size > 0 else float("nan")


def auroc(truth: np.ndarray, score: np.ndarray) -> float:
    """Area under the receiver operating characteristic; NaN with one class only."""
    positive = truth > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    return float((ranks(score)[positive].sum() - n * (n + 1) / 2) / (n * m))


def auprc(truth: np.ndarray, score: np.ndarray) -> float:
    """Average precision (the step-wise area under precision and recall); NaN without positives."""
    positive = (truth > 0.5).astype(float)
    if positive.sum() in (0, len(positive)):
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits, scores = np.cumsum(positive[order]), score[order]
    last = np.append(scores[1:] != scores[:-1], True)  # ties are one step
    precision = (hits / np.arange(1, len(hits) + 1))[last]
    recall = hits[last] / hits[-1]
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def brier(truth: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared error of probabilities."""
    return float(((probability - truth) ** 2).mean())


def ece(truth: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error over equally filled bins of the probability."""
    # Equal probabilities share a bin, so that the order of the records does not matter.
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, probability, side="left")
    gaps = np.bincount(place, truth - probability)
    return float(np.abs(gaps).sum() / len(truth))


def coverage(truth: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Share of truths inside their interval."""
    return float(((truth >= low) & (truth <= high)).mean())


METRICS: dict[str, Metric] = {
    "MAE": mae,
    "RMSE": rmse,
    "R2": r2,
    "Spearman": spearman,
    "AUROC": auroc,
    "AUPRC": auprc,
    "Brier": brier,
    "ECE": ece,
}
SMALLER_IS_BETTER = frozenset({"MAE", "RMSE", "Brier", "ECE"})


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with its interval.

    Parameters
    ----------
    value, low, high : float
        Point value and percentile bootstrap interval.
    n : int
        Records.
    """

    value: float
    low: float
    high: float
    n: int


def bootstrap(
    metric: Metric | str,
    truth: np.ndarray,
    predicted: np.ndarray,
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Resample records to see how far a metric may be off by chance.

    Parameters
    ----------
    metric : callable or str
        ``(truth, predicted) -> float`` or a name of :data:`METRICS`.
    truth, predicted : numpy.ndarray
        Shape (n,).
    rounds, seed : int
        Resamples and their seed.
    level : float
        Width of the interval.
    """
    function = METRICS[metric] if isinstance(metric, str) else metric
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    n = len(truth)
    if n == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    rng = np.random.default_rng(seed)
    draws = np.array([function(truth[rows], predicted[rows]) for rows in rng.integers(0, n, (rounds, n))])
    draws = draws[np.isfinite(draws)]
    value = function(truth, predicted)
    if not len(draws):
        return Estimate(value, float("nan"), float("nan"), n)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), n)
