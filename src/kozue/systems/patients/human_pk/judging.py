"""Fold errors: how far predictions are off, in the terms of the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def _metrics(
    truth: np.ndarray, predicted: np.ndarray, half: np.ndarray | None, middle: np.ndarray
) -> dict[str, np.ndarray]:
    """Return every metric for all records and for each resample, shape (rounds + 1,).

    All of them are made from means over records, so that one matrix product does all resamples.
    """
    error = np.abs(truth - predicted)
    columns = [error, error <= np.log10(2) + _SLACK, error <= np.log10(3) + _SLACK, error**2, truth, truth**2]
    if half is not None:
        columns += [np.abs(truth - middle) <= half + _SLACK, half]
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
    if half is None:
        return found
    return {**found, "coverage": 100 * means[:, 6], "interval_fold": 10 ** means[:, 7]}


def lines(
    endpoint: str,
    setting: str,
    molecules: str,
    truth: np.ndarray,
    predicted: np.ndarray,
    protocol: str,
    half: np.ndarray | None = None,
    middle: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """Return the lines of one comparison, one a metric, with 95 % bootstrap intervals.

    Parameters
    ----------
    endpoint, setting, molecules, protocol : str
        What is compared.
    truth, predicted : numpy.ndarray
        Shape (n,), log10; pairs with a NaN are left out.
    half : numpy.ndarray, optional
        Shape (n,), half of each interval's width, for the coverage and for ``interval_fold``, the geometric mean
        of how many times an interval's upper end is above its middle.
    middle : numpy.ndarray, optional
        Shape (n,), of each interval; the prediction by default.
    """
    both = np.isfinite(truth) & np.isfinite(predicted)
    if not both.any():
        return []
    wide = None if half is None else half[both]
    centre = predicted if middle is None else middle
    head = {"endpoint": endpoint, "setting": setting, "molecules": molecules, "protocol": protocol}
    return [
        {**head, "metric": name, **_shown(values), "n": int(both.sum())}
        for name, values in _metrics(truth[both], predicted[both], wide, centre[both]).items()
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


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Predictions for compounds that their models have not seen.

    Parameters
    ----------
    truth, predicted : numpy.ndarray
        Shape (n,), log10; NaN where nothing was measured or asked.
    deviation : numpy.ndarray
        Shape (n,), standard deviation of the joint distribution.
    similarity : numpy.ndarray
        Shape (n,), to the nearest compound of another fold.
    """

    truth: np.ndarray
    predicted: np.ndarray
    deviation: np.ndarray
    similarity: np.ndarray


def leave_fold_out(
    errors: OutOfFold,
    fold: np.ndarray,
    confidence: float,
    pool: np.ndarray | None = None,
    judged: OutOfFold | None = None,
) -> np.ndarray:
    """Return half widths, shape (n,), calibrated on the errors of the other folds.

    Parameters
    ----------
    errors : OutOfFold
        What the intervals are learned from.
    fold : numpy.ndarray
        Shape (n,): the intervals of a fold are learned without its compounds.
    confidence : float
        Of the intervals.
    pool : numpy.ndarray, optional
        Shape (n,), bool: which errors to learn from; all by default.
    judged : OutOfFold, optional
        Predictions of the same compounds that get the intervals; by default those that they are learned from.
    """
    error = errors.truth - errors.predicted
    asked = errors if judged is None else judged
    half = np.full(len(error), np.nan)
    usable = np.isfinite(error) & (pool if pool is not None else True)
    for k in np.unique(fold):
        learn, own = usable & (fold != k), fold == k
        if not learn.any():
            continue
        fitted = ConformalIntervals.fit(error[learn] / errors.deviation[learn], errors.similarity[learn])
        half[own] = asked.deviation[own] * fitted.half_width(asked.similarity[own], confidence)
    return half
