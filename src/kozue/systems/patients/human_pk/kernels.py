"""Gaussian process on similarities of structures and of numbers.

Rasmussen and Williams, Gaussian Processes for Machine Learning, MIT Press 2006: chapter 2 for prediction,
chapter 5 for choosing the kernels' weights by the marginal likelihood. The similarity of two count
fingerprints is the sum of the smaller counts over the sum of the larger ones (Ralaivola et al., Neural
Networks 2005, 18, 1093).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_STEPS = 10
_JITTER = 1e-6
_LOG_LOW, _LOG_HIGH = -7.0, 3.0


class CountLibrary:
    """Count fingerprints that are asked for similarities again and again.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (m, size), uint8.
    """

    def __init__(self, counts: np.ndarray) -> None:
        self._columns = np.ascontiguousarray(counts.T)
        self._total = counts.sum(axis=1, dtype=np.int32)

    def similarity(self, queries: np.ndarray) -> np.ndarray:
        """Return similarities, shape (n, m), float64; a row depends on its query alone.

        Parameters
        ----------
        queries : numpy.ndarray
            Shape (n, size), uint8.
        """
        out = np.zeros((len(queries), len(self._total)))
        for row, query in enumerate(queries):
            on = np.flatnonzero(query)
            shared = np.minimum(self._columns[on], query[on, None]).sum(axis=0, dtype=np.int32)
            union = self._total + int(query.sum(dtype=np.int32)) - shared
            out[row] = shared / np.maximum(union, 1)
        return out


def squared_distances(queries: np.ndarray, library: np.ndarray) -> np.ndarray:
    """Return squared Euclidean distances, shape (n, m); each row is computed on its own."""
    return np.array([((library - query) ** 2).sum(axis=1) for query in queries]).reshape(
        len(queries), len(library)
    )


@dataclass(frozen=True, slots=True)
class Process:
    """A fitted Gaussian process.

    Parameters
    ----------
    weights : numpy.ndarray
        Shape (j + 1,), of the kernels and of the noise.
    dual : numpy.ndarray
        Shape (m,), weight of each training molecule, in the unit of the target.
    mean : float
        Prediction at no similarity at all.
    """

    weights: np.ndarray
    dual: np.ndarray
    mean: float

    def predict(self, kernels: Sequence[np.ndarray]) -> np.ndarray:
        """Return predictions, shape (n,), from kernels of shape (n, m) each."""
        mixed = sum(weight * kernel for weight, kernel in zip(self.weights[:-1], kernels, strict=True))
        return (mixed * self.dual).sum(axis=1) + self.mean


def fit_process(
    kernels: Sequence[np.ndarray], target: np.ndarray, weights: np.ndarray | None = None
) -> Process:
    """Condition on the target, with weights of the kernels that are given or chosen by the marginal likelihood.

    Parameters
    ----------
    kernels : sequence of numpy.ndarray
        j kernels of shape (m, m).
    target : numpy.ndarray
        Shape (m,).
    weights : numpy.ndarray, optional
        Shape (j + 1,), as another process found them.
    """
    from scipy.linalg import cho_factor, cho_solve

    mean, spread = float(target.mean()), float(target.std()) or 1.0
    wanted = (target - mean) / spread
    if weights is None:
        weights = _choose(kernels, wanted)
    dual = cho_solve(cho_factor(_mixed(kernels, weights), lower=True, check_finite=False), wanted)
    return Process(weights, dual * spread, mean)


def _mixed(kernels: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    mixed = weights[0] * kernels[0]
    for weight, kernel in zip(weights[1:-1], kernels[1:], strict=True):
        mixed += weight * kernel
    mixed[np.diag_indices_from(mixed)] += weights[-1] + _JITTER
    return mixed


def _choose(kernels: Sequence[np.ndarray], wanted: np.ndarray) -> np.ndarray:
    """Return the weights of the highest marginal likelihood, shape (j + 1,)."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.linalg.lapack import dpotri
    from scipy.optimize import minimize

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        weights = np.exp(logs)
        factor = cho_factor(_mixed(kernels, weights), lower=True, check_finite=False)
        dual = cho_solve(factor, wanted, check_finite=False)
        lower = np.tril(dpotri(factor[0], lower=1)[0])
        # Kernels are symmetric: the lower triangle counts twice, the diagonal once.
        inverse = 2 * lower
        inverse[np.diag_indices_from(inverse)] /= 2
        trace = float(np.diag(inverse).sum())
        slopes = [
            0.5 * weight * (float(np.vdot(inverse, kernel)) - float(dual @ (kernel @ dual)))
            for weight, kernel in zip(weights[:-1], kernels, strict=True)
        ]
        slopes.append(0.5 * weights[-1] * (trace - float(dual @ dual)))
        # A weak pull towards moderate weights keeps kernels that say the same from running away.
        value = 0.5 * wanted @ dual + np.log(np.diag(factor[0])).sum() + 0.025 * ((logs + 1.5) ** 2).sum()
        return float(value), np.array(slopes) + 0.05 * (logs + 1.5)

    found = minimize(
        loss,
        np.full(len(kernels) + 1, -1.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LOG_LOW, _LOG_HIGH)] * len(kernels) + [(-4.0, 1.0)],
        options={"maxiter": _STEPS},
    )
    weights: np.ndarray = np.exp(found.x)
    return weights
