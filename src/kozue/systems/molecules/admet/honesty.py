"""Whether intervals and probabilities mean what they say, on molecules that they were not fitted on."""

from __future__ import annotations

import numpy as np

from kozue.ml.calibration import Calibration
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.metrics import coverage, ece
from kozue.ml.splits import random_folds
from kozue.systems.molecules.admet.fitting import Fitted
from kozue.systems.molecules.admet.modes import Mode

CONFIDENCE = 0.9
FOLDS = 5


def cross_calibrated(values: np.ndarray, fitted: Fitted, mode: Mode = "fast") -> np.ndarray:
    """Return probabilities whose calibration did not see the molecule, shape (n,).

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n,), 0 or 1.
    fitted : Fitted
        With the out-of-fold predictions of the same molecules.
    mode : {"fast", "accurate", "minimol"}
        Of the predictions.
    """
    scores, out = fitted.by_mode[mode], np.empty(len(values))
    folds = random_folds(len(out), FOLDS, 0, values.astype(int))
    for fold in range(FOLDS):
        rest = folds != fold
        fit = Calibration.fit(scores[rest], values[rest])
        out[~rest] = fit.probability(scores[~rest])
    return out


def cross_coverage(values: np.ndarray, fitted: Fitted, mode: Mode = "fast") -> float:
    """Return how often 90 % intervals that did not see the molecule hold its value.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n,), measured unit.
    fitted, mode
        As above.
    """
    truth, guess = fitted.model.scale.forward(values), fitted.by_mode[mode]
    folds = random_folds(len(truth), FOLDS, 0)
    half = np.empty(len(truth))
    for fold in range(FOLDS):
        rest = folds != fold
        fit = ConformalIntervals.fit((truth - guess)[rest], fitted.similarity[rest])
        half[~rest] = fit.half_width(fitted.similarity[~rest], CONFIDENCE)
    return coverage(truth, guess - half, guess + half)


def honest(values: np.ndarray, fitted: Fitted, mode: Mode) -> dict[str, float]:
    """Return the cross-fitted coverage or calibration error, named as in model cards."""
    if fitted.model.is_class:
        return {"calibration_error": round(ece(values, cross_calibrated(values, fitted, mode)), 4)}
    return {"coverage_of_90_percent_interval": round(cross_coverage(values, fitted, mode), 4)}
