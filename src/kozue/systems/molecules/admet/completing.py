"""What a value beyond a limit may be: fill in ``>10`` before learning, instead of leaving it out.

Each censored value is replaced by its expectation under a normal error around a prediction that did not see it,
given that it lies beyond its limit; predictions, spread and expectations take turns for some rounds (Schmee and
Hahn, Technometrics 1979, 21, 417; Buckley and James, Biometrika 1979, 66, 429). The spread is that of all values,
with the conditional variance of the censored ones (Dempster, Laird and Rubin, J. R. Stat. Soc. B 1977, 39, 1):
the errors of the measured values alone are cut off at the limit and too small.

The predictions are ridge regressions, on similarity and on a network's hidden layer where there is one: only their
right-hand side changes from round to round. Whatever learner comes after takes the filled values as measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

ROUNDS = 3
LARGE = 4000  # molecules from which the linear systems are solved in single precision
TRANSFER_RIDGE = 30.0

Line = Callable[[np.ndarray], np.ndarray]


def completed(
    bounds: np.ndarray,
    folds: np.ndarray,
    similarity: np.ndarray,
    hidden: np.ndarray | None,
    ridge: float,
    rounds: int = ROUNDS,
) -> np.ndarray:
    """Return measured values as they are and expectations in place of limits, shape (n,).

    Parameters
    ----------
    bounds : numpy.ndarray
        Shape (n, 2), model scale: what each value lies between. Equal ends: it was measured; an infinite end:
        it is a limit of one side.
    folds : numpy.ndarray
        Shape (n,); a molecule is predicted from those of the other folds.
    similarity : numpy.ndarray
        Shape (n, n), Tanimoto.
    hidden : numpy.ndarray, optional
        Shape (n, e), hidden layer of a shared network.
    ridge : float
        Of the kernel.
    rounds : int
        How often predictions and expectations take turns.
    """
    low, high = bounds.T
    censored = low != high
    target = middle(bounds)
    if not censored.any():
        return target
    lines = _lines(_at_least_two(folds), similarity, hidden, ridge)
    guess, spread = target, 0.0
    for _ in range(rounds):
        guess = np.empty(len(target))
        for test, line in lines:
            guess[test] = line(target[~test])
        if not spread:
            spread = float(np.sqrt(np.mean((target - guess)[~censored] ** 2)))
        spread = max(spread, 1e-6 * float(np.ptp(target)), 1e-12)
        squares = (target - guess) ** 2
        target = target.copy()
        target[censored], squares[censored] = expectation(
            guess[censored], spread, low[censored], high[censored]
        )
        spread = float(np.sqrt(squares.mean()))
    return target


def middle(bounds: np.ndarray) -> np.ndarray:
    """Return the value of each pair of bounds if it must be one number: the limit, or the middle of two."""
    low, high = bounds.T
    one_sided = np.where(np.isfinite(low), low, high)
    both = np.isfinite(low) & np.isfinite(high)
    return np.where(both, np.where(both, low, 0) / 2 + np.where(both, high, 0) / 2, one_sided)


def expectation(
    guess: np.ndarray, spread: float, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of a normal value between its bounds, and its mean square about the guess; both shape (n,).

    Parameters
    ----------
    guess : numpy.ndarray
        Shape (n,), means without the bounds.
    spread : float
        Standard deviation without the bounds.
    low, high : numpy.ndarray
        Shape (n,), infinite where there is no bound.
    """
    from scipy.special import log_ndtr

    # Mirrored where the guess lies above, so that the bounds are in the upper half, whose tail is exact.
    mirror = np.where(low + high < 2 * guess, -1.0, 1.0)
    a = np.minimum(mirror * (low - guess), mirror * (high - guess)) / spread
    b = np.maximum(mirror * (low - guess), mirror * (high - guess)) / spread
    # log of P(a < z < b) = log(P(z > a) - P(z > b))
    upper, beyond = log_ndtr(-a), log_ndtr(-b)
    log_inside = upper + np.log(-np.expm1(np.minimum(beyond - upper, -1e-12)))
    at_a = np.exp(_log_density(a) - log_inside)
    at_b = np.exp(_log_density(b) - log_inside)
    mean = np.clip(at_a - at_b, np.nan_to_num(a, neginf=-1e300), np.nan_to_num(b, posinf=1e300))
    square = 1 + np.where(np.isfinite(a), a, 0) * at_a - np.where(np.isfinite(b), b, 0) * at_b
    return guess + spread * mirror * mean, spread**2 * np.maximum(square, mean**2)


def _log_density(z: np.ndarray) -> np.ndarray:
    return -0.5 * z**2 - 0.5 * np.log(2 * np.pi)


def _at_least_two(folds: np.ndarray) -> np.ndarray:
    return folds if len(np.unique(folds)) > 1 else np.arange(len(folds)) % 2


def _lines(
    folds: np.ndarray, similarity: np.ndarray, hidden: np.ndarray | None, ridge: float
) -> list[tuple[np.ndarray, Line]]:
    """Return each fold's molecules, shape (n,), and how the others' values predict them."""
    lines = []
    for fold in np.unique(folds):
        test = folds == fold
        parts = [_kernel_line(similarity, test, ridge)]
        if hidden is not None:
            parts.append(_transfer_line(hidden, test))
        lines.append((test, _mean_of(parts)))
    return lines


def _mean_of(parts: list[Line]) -> Line:
    return lambda target: np.mean([part(target) for part in parts], axis=0)


def _kernel_line(similarity: np.ndarray, test: np.ndarray, ridge: float) -> Line:
    from scipy.linalg import cho_factor, cho_solve

    train = ~test
    exact = np.float64 if train.sum() < LARGE else np.float32
    system = similarity[np.ix_(train, train)].astype(exact)
    system[np.diag_indices_from(system)] += ridge
    factor = cho_factor(system, overwrite_a=True)
    across = similarity[np.ix_(test, train)].astype(exact)

    def line(target: np.ndarray) -> np.ndarray:
        offset = target.mean()
        return across @ cho_solve(factor, (target - offset).astype(exact)) + offset

    return line


def _transfer_line(hidden: np.ndarray, test: np.ndarray) -> Line:
    from scipy.linalg import cho_factor, cho_solve

    rows = hidden[~test].astype(np.float64)
    centre = rows.mean(axis=0)
    rows -= centre
    factor = cho_factor(rows.T @ rows + TRANSFER_RIDGE * np.eye(rows.shape[1]))
    wanted = hidden[test].astype(np.float64) - centre

    def line(target: np.ndarray) -> np.ndarray:
        return wanted @ cho_solve(factor, rows.T @ (target - target.mean())) + target.mean()

    return line
