"""Fold errors: how far predictions are off, in the terms of the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from kozue.ml.conformal import ConformalIntervals
from kozue.systems.patients.human_pk.outputs import EVALUATION_SCHEMA

#: 2-fold off in binary floating point is still 2-fold off.
_SLACK = 1e-9


def fold_error(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return the geometric mean fold error of log10 values (GMFE; 1 is perfect)."""
    return float(10 ** np.abs(truth - predicted).mean())


def within(folds: float) -> Any:
    """Return the metric "share of predictions within so many folds", in percent."""

    def metric(truth: np.ndarray, predicted: np.ndarray) -> float:
        return float(100 * (np.abs(truth - predicted) <= np.log10(folds) + _SLACK).mean())

    return metric


_ROUNDS, _LEVEL = 1000, 0.95


def _draws(n: int) -> np.ndarray:
    """Return how often each of n records is in each resample, shape (rounds, n); the first holds all once."""
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), _ROUNDS)
    return np.concatenate([np.ones((1, n)), drawn])


def _metrics(truth: np.ndarray, predicted: np.ndarray, inside: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return every metric for all records and for each resample, shape (rounds + 1,).

    All of them are made from means over records, so that one matrix product does all resamples.
    """
    error = np.abs(truth - predicted)
    columns = [error, error <= np.log10(2) + _SLACK, error <= np.log10(3) + _SLACK, error**2, truth, truth**2]
    if inside is not None:
        columns.append(inside)
    stacked = np.stack([np.asarray(column, float) for column in columns], axis=1)
    means = _draws(len(truth)) @ stacked / len(truth)
    spread = means[:, 5] - means[:, 4] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(spread > 1e-12, 1 - means[:, 3] / spread, np.nan)
    found = {
        "GMFE": 10 ** means[:, 0],
        "within_2_fold": 100 * means[:, 1],
        "within_3_fold": 100 * means[:, 2],
        "R2_log": explained,
    }
    return found if inside is None else {**found, "coverage": 100 * means[:, 6]}


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
    inside = None if half is None else (np.abs(truth - predicted) <= half)[both]
    head = {"endpoint": endpoint, "setting": setting, "molecules": molecules, "protocol": protocol}
    return [
        {**head, "metric": name, **_shown(values), "n": int(both.sum())}
        for name, values in _metrics(truth[both], predicted[both], inside).items()
    ]


def published(
    endpoint: str, tool: str, protocol: str, n: int | None, **values: float
) -> list[dict[str, Any]]:
    """Return the lines of a figure that somebody else printed."""
    head = {"endpoint": endpoint, "setting": tool, "molecules": "their own", "protocol": protocol, "n": n}
    return [{**head, "metric": name, "value": value} for name, value in values.items()]


def _shown(values: np.ndarray) -> dict[str, Any]:
    """Return value and percentile interval; a metric that the data do not define is null."""
    drawn = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]) if len(drawn) else (None, None)
    numbers = {"value": values[0], "low": low, "high": high}
    return {
        name: None if number is None or not np.isfinite(number) else float(number)
        for name, number in numbers.items()
    }


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
