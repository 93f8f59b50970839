"""Fold errors: how far predictions are off, in the terms of the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from kozue.ml.conformal import ConformalIntervals
from kozue.ml.metrics import Estimate, bootstrap, r2
from kozue.systems.patients.human_pk.outputs import EVALUATION_SCHEMA


def fold_error(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return the geometric mean fold error of log10 values (GMFE; 1 is perfect)."""
    return float(10 ** np.abs(truth - predicted).mean())


def within(folds: float) -> Any:
    """Return the metric "share of predictions within so many folds", in percent."""

    def metric(truth: np.ndarray, predicted: np.ndarray) -> float:
        # A hair of slack: 2-fold off in binary floating point is still 2-fold off.
        return float(100 * (np.abs(truth - predicted) <= np.log10(folds) + 1e-9).mean())

    return metric


_METRICS = {"GMFE": fold_error, "within_2_fold": within(2), "within_3_fold": within(3), "R2_log": r2}


def lines(
    endpoint: str,
    setting: str,
    molecules: str,
    truth: np.ndarray,
    predicted: np.ndarray,
    protocol: str,
    half: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """Return the lines of one comparison, one a metric, with 95 % bootstrap intervals.

    Parameters
    ----------
    endpoint, setting, molecules, protocol : str
        What is compared.
    truth, predicted : numpy.ndarray
        Shape (n,), log10; pairs with a NaN are left out.
    half : numpy.ndarray, optional
        Shape (n,), half of each interval's width, for the coverage.
    """
    both = np.isfinite(truth) & np.isfinite(predicted)
    if not both.any():
        return []
    found = {name: bootstrap(metric, truth[both], predicted[both]) for name, metric in _METRICS.items()}
    if half is not None:
        inside = (np.abs(truth - predicted) <= half)[both].astype(float) * 100
        found["coverage"] = bootstrap(lambda _, share: float(share.mean()), inside, inside)
    head = {"endpoint": endpoint, "setting": setting, "molecules": molecules, "protocol": protocol}
    return [{**head, "metric": name, **_shown(estimate)} for name, estimate in found.items()]


def published(
    endpoint: str, tool: str, protocol: str, n: int | None, **values: float
) -> list[dict[str, Any]]:
    """Return the lines of a figure that somebody else printed."""
    head = {"endpoint": endpoint, "setting": tool, "molecules": "their own", "protocol": protocol, "n": n}
    return [{**head, "metric": name, "value": value} for name, value in values.items()]


def _shown(estimate: Estimate) -> dict[str, Any]:
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    # NaN (a metric that the data do not define) becomes null.
    shown: dict[str, Any] = {name: None if value != value else value for name, value in numbers.items()}
    return {**shown, "n": estimate.n}


def table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return lines as the evaluation's table."""
    schema = EVALUATION_SCHEMA.to_arrow()
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )


def leave_fold_out(
    error: np.ndarray,
    deviation: np.ndarray,
    similarity: np.ndarray,
    fold: np.ndarray,
    confidence: float,
    pool: np.ndarray | None = None,
) -> np.ndarray:
    """Return half widths, shape (n,), calibrated on the errors of the other folds.

    Parameters
    ----------
    error, deviation, similarity, fold : numpy.ndarray
        Shape (n,): log10 error, standard deviation of the joint distribution, similarity to the nearest
        compound of another fold, fold number; NaN errors are left out.
    confidence : float
        Of the intervals.
    pool : numpy.ndarray, optional
        Shape (n,), bool: which errors to learn from; all by default.
    """
    half = np.full(len(error), np.nan)
    usable = np.isfinite(error) & (pool if pool is not None else True)
    for k in np.unique(fold):
        learn, own = usable & (fold != k), fold == k
        if not learn.any():
            continue
        fitted = ConformalIntervals.fit(error[learn] / deviation[learn], similarity[learn])
        half[own] = deviation[own] * fitted.half_width(similarity[own], confidence)
    return half
