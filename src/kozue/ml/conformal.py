"""Intervals that hold the truth as often as they say.

Cross-conformal prediction, normalised by difficulty: out-of-fold errors of the training records are
divided by the error usual at their distance from the model's data; the interval of a new record is
the quantile of those ratios times the error usual at its own distance.
Vovk, Ann. Math. Artif. Intell. 2015, 74, 9 (cross-conformal); Papadopoulos et al., ICTAI 2008
(normalised).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ConformalIntervals:
    """Interval widths by similarity to the training records.

    Parameters
    ----------
    similarity, spread : numpy.ndarray
        Shape (m,): knots of the error usual at a similarity, falling; between them linear.
    ratios : numpy.ndarray
        Shape (q,), sorted absolute errors over the usual error.
    """

    similarity: np.ndarray
    spread: np.ndarray
    ratios: np.ndarray

    @classmethod
    def fit(cls, error: np.ndarray, similarity: np.ndarray) -> ConformalIntervals:
        """Learn from out-of-fold errors.

        Parameters
        ----------
        error : numpy.ndarray
            Shape (n,), truth minus out-of-fold prediction.
        similarity : numpy.ndarray
            Shape (n,), highest similarity to a record of the folds that the prediction came from.
        """
        size = np.abs(np.asarray(error, float))
        near = np.asarray(similarity, float)
        knots, spread = _falling(near, size)
        ratios = np.sort(size / np.interp(near, knots, spread))
        return cls(knots.astype(np.float32), spread.astype(np.float32), _thin(ratios).astype(np.float32))

    def half_width(self, similarity: np.ndarray, confidence: float) -> np.ndarray:
        """Return half the interval's width, shape (n,), for records at these similarities.

        The quantile is the ceil((q + 1) * confidence)-th smallest ratio; the largest one if q is too
        small for the confidence asked for.
        """
        q = len(self.ratios)
        place = min(int(np.ceil((q + 1) * confidence)), q) - 1
        usual = np.interp(
            np.asarray(similarity, float), self.similarity.astype(float), self.spread.astype(float)
        )
        return usual * float(self.ratios[place])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what has to be stored."""
        return {"similarity": self.similarity, "spread": self.spread, "ratios": self.ratios}


def _falling(near: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit the usual error as a falling function of similarity: bin means, then isotonic."""
    order = np.argsort(near, kind="stable")
    bins = max(1, min(12, len(order) // 40))
    parts = np.array_split(order, bins)
    knots = np.array([near[part].mean() for part in parts])
    means = np.array([size[part].mean() for part in parts])
    weights = np.array([len(part) for part in parts], float)
    spread = -pool_adjacent(-means, weights)
    overall = size.mean()
    # Shrink towards the mean: a few lucky neighbours must not make an interval close to nothing.
    spread = (spread * weights + overall * 20) / (weights + 20)
    spread = np.maximum(spread, max(0.25 * overall, 1e-6))
    knots, first = np.unique(knots, return_index=True)
    return knots, spread[first]


def pool_adjacent(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Least-squares rising fit to a sequence (pool adjacent violators), shape as given."""
    from scipy.optimize import isotonic_regression

    return isotonic_regression(values, weights=weights).x


def _thin(ratios: np.ndarray, most: int = 999) -> np.ndarray:
    """Keep at most ``most`` of the sorted ratios, at even ranks, rounded up (never too narrow)."""
    if len(ratios) <= most:
        return ratios
    place = np.ceil(np.arange(1, most + 1) * (len(ratios) + 1) / (most + 1)).astype(int)
    return ratios[np.minimum(place, len(ratios)) - 1]
