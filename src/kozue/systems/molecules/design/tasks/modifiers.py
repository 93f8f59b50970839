"""How the GuacaMol tasks turn a number into a score from 0 to 1, and scores into one.

Brown et al., J. Chem. Inf. Model. 2019, 59, 1096. All take and return arrays of shape (n,).
"""

from __future__ import annotations

import numpy as np


def near(x: np.ndarray, target: float, width: float) -> np.ndarray:
    """Return 1 at the target, falling on both sides as a Gaussian bell of this standard deviation."""
    return np.exp(-0.5 * ((x - target) / width) ** 2)


def at_least(x: np.ndarray, target: float, width: float) -> np.ndarray:
    """Return 1 from the target on, a half Gaussian bell below."""
    return near(np.minimum(x, target), target, width)


def at_most(x: np.ndarray, target: float, width: float) -> np.ndarray:
    """Return 1 up to the target, a half Gaussian bell above."""
    return near(np.maximum(x, target), target, width)


def ramp(x: np.ndarray, top: float) -> np.ndarray:
    """Return ``x / top``, but never more than 1."""
    return np.clip(x / top, 0.0, 1.0)


def geometric_mean(*scores: np.ndarray) -> np.ndarray:
    """Return the geometric mean, 0 where one score is."""
    stacked = np.stack(scores)
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.log(stacked).mean(axis=0)))
