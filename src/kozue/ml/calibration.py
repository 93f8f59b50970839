"""From a score to a probability that means what it says.

Beta calibration (Kull, Silva Filho and Flach, AISTATS 2017) gives the probability: it is smooth and
keeps the order of the scores. Venn-Abers (Vovk and Petej, UAI 2014) gives the interval around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kozue.ml.conformal import pool_adjacent

_GRID = 201
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability and Venn-Abers interval of a score between 0 and 1.

    No probability is more certain than the records can tell: with n of them it stays between 1 / (n + 2)
    and (n + 1) / (n + 2), Laplace's rule of succession.

    Parameters
    ----------
    beta : numpy.ndarray
        Shape (4,): weights of log(s), of -log(1 - s), the offset, and the number of records n.
    grid, low, high : numpy.ndarray
        Shape (g,): scores and the Venn-Abers probabilities at them.
    """

    beta: np.ndarray
    grid: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fit(cls, score: np.ndarray, truth: np.ndarray) -> Calibration:
        """Learn from out-of-fold scores (shape (n,), 0 to 1) and truths (shape (n,), 0 or 1)."""
        score = np.asarray(score, float)
        truth = np.asarray(truth, float)
        grid = np.unique(np.quantile(score, np.linspace(0, 1, _GRID)))
        bounds = np.array([_venn_abers(score, truth, point) for point in grid])
        # Each bound rises with the score; thinning to a grid may leave tiny dips.
        low, high = np.maximum.accumulate(bounds[:, 0]), np.maximum.accumulate(bounds[:, 1])
        return cls(
            np.append(_fit_beta(score, truth), float(len(score))),
            *(part.astype(np.float32) for part in (grid, low, high)),
        )

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, shape (n,)."""
        inside = np.clip(np.asarray(score, float), _EDGE, 1 - _EDGE)
        a, b, c, n = (float(value) for value in self.beta)
        raw = 1 / (1 + np.exp(-(a * np.log(inside) - b * np.log1p(-inside) + c)))
        return (n * raw + 1) / (n + 2)

    def interval(self, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the Venn-Abers bounds, each shape (n,), widened to hold the probability."""
        value = np.asarray(score, float)
        middle = self.probability(value)
        grid = self.grid.astype(float)
        low = np.interp(value, grid, self.low.astype(float))
        high = np.interp(value, grid, self.high.astype(float))
        return np.minimum(low, middle), np.maximum(high, middle)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what has to be stored."""
        return {"beta": self.beta, "grid": self.grid, "low": self.low, "high": self.high}


def _fit_beta(score: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Maximum likelihood with a light pull to the identity; both slopes stay positive."""
    from scipy.optimize import minimize

    inside = np.clip(score, _EDGE, 1 - _EDGE)
    design = np.stack([np.log(inside), -np.log1p(-inside), np.ones_like(inside)], axis=1)
    pull = np.array([1.0, 1.0, 0.0])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logit = design @ weights
        probability = 1 / (1 + np.exp(-logit))
        value = np.logaddexp(0, logit).sum() - (truth * logit).sum() + 0.5 * ((weights - pull) ** 2).sum()
        return value, design.T @ (probability - truth) + (weights - pull)

    bounds = [(0.01, None), (0.01, None), (None, None)]
    found = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x.astype(np.float64)


def isotonic(score: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rising step fit of truth on score: distinct scores and their levels, each shape (m,)."""
    points, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, truth) / counts
    return points, pool_adjacent(means, counts.astype(float))


def _venn_abers(score: np.ndarray, truth: np.ndarray, point: float) -> tuple[float, float]:
    """Isotonic level at ``point`` if its label were 0, and if it were 1."""
    levels = []
    for label in (0.0, 1.0):
        points, fitted = isotonic(np.append(score, point), np.append(truth, label))
        levels.append(float(fitted[np.searchsorted(points, point)]))
    return levels[0], levels[1]
