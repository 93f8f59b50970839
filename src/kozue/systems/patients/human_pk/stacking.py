"""Everything that may be known of a compound as one distribution, conditioned on whatever is given.

The logarithms of human values, animal values and in-vitro values, together with what the structure models
say, are taken as jointly t-distributed. Mean and scatter come from incomplete records by expectation and
maximisation (Liu and Rubin, Stat. Sin. 1995, 5, 19); heavy tails keep one odd record from tilting all
regressions. Any subset of measured values then gives a prediction by the conditional mean, so that there is
one model and not one for each combination.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FREEDOM = 8.0
SHRINKAGE = 30.0
_ROUNDS = 40
_CLOSE = 1e-3


@dataclass(frozen=True, slots=True)
class Joint:
    """Mean and scatter of d quantities.

    Parameters
    ----------
    names : tuple of str
        Shape (d,).
    mean : numpy.ndarray
        Shape (d,).
    scatter : numpy.ndarray
        Shape (d, d).
    """

    names: tuple[str, ...]
    mean: np.ndarray
    scatter: np.ndarray

    def condition(self, row: np.ndarray, wanted: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return mean, shape (w,), and scatter, shape (w, w), of some quantities given all finite ones.

        Parameters
        ----------
        row : numpy.ndarray
            Shape (d,), NaN where nothing is known; wanted entries are not looked at.
        wanted : list of int
            Positions.
        """
        known = np.isfinite(row)
        known[wanted] = False
        block = self.scatter[np.ix_(known, known)]
        gain = np.linalg.solve(block, self.scatter[np.ix_(known, wanted)]).T
        mean = self.mean[wanted] + gain @ (row[known] - self.mean[known])
        return mean, self.scatter[np.ix_(wanted, wanted)] - gain @ self.scatter[np.ix_(known, wanted)]


def fit_joint(names: tuple[str, ...], records: np.ndarray) -> Joint:
    """Fit mean and scatter to incomplete records.

    Parameters
    ----------
    names : tuple of str
        Shape (d,).
    records : numpy.ndarray
        Shape (n, d), NaN where a quantity was not measured.
    """
    centre, width = np.nanmean(records, axis=0), np.nanstd(records, axis=0) + 1e-9
    scaled = (records - centre) / width
    n, d = scaled.shape
    patterns: dict[bytes, list[int]] = {}
    for row in range(n):
        patterns.setdefault(np.isfinite(scaled[row]).tobytes(), []).append(row)
    mean, scatter = np.zeros(d), np.eye(d)
    for _ in range(_ROUNDS):
        filled, spare, trust = _expect(scaled, patterns, mean, scatter)
        mean = (trust[:, None] * filled).sum(axis=0) / trust.sum()
        away = filled - mean
        # A few records of unit scatter: correlations that rest on few pairs are pulled towards none.
        total = (away * trust[:, None]).T @ away + spare + SHRINKAGE * np.eye(d)
        updated = total / (trust.sum() + SHRINKAGE)
        moved = np.abs(updated - scatter).max()
        scatter = updated
        if moved < _CLOSE:
            break
    return Joint(names, centre + mean * width, scatter * np.outer(width, width))


def _expect(
    scaled: np.ndarray, patterns: dict[bytes, list[int]], mean: np.ndarray, scatter: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fill gaps with their expectation; return the records, the scatter of the gaps, and each record's trust."""
    n, d = scaled.shape
    filled, spare, trust = np.where(np.isfinite(scaled), scaled, 0.0), np.zeros((d, d)), np.ones(n)
    for pattern, rows in patterns.items():
        known = np.frombuffer(pattern, bool)
        gaps = ~known
        block = scatter[np.ix_(known, known)]
        away = scaled[np.ix_(rows, known)] - mean[known]
        far = (away * np.linalg.solve(block, away.T).T).sum(axis=1)
        trust[rows] = (FREEDOM + known.sum()) / (FREEDOM + far)
        if gaps.any():
            gain = np.linalg.solve(block, scatter[np.ix_(known, gaps)]).T
            filled[np.ix_(rows, gaps)] = mean[gaps] + away @ gain.T
            spare[np.ix_(gaps, gaps)] += len(rows) * (
                scatter[np.ix_(gaps, gaps)] - gain @ scatter[np.ix_(known, gaps)]
            )
    return filled, spare, trust
