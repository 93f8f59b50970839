"""Measured values as people write them, one clean value a molecule."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kozue.core.errors import SettingsError
from kozue.core.records import ROW, Batch

_NUMBER = r"([-+]?[\d.,]+(?:[eE][-+]?\d+)?)"
_LIMIT = re.compile(rf"^([<>≤≥＜＞]=?|=[<>]|[~≈])\s*{_NUMBER}$")
_RANGE = re.compile(rf"^{_NUMBER}\s*(?:-|–|—|to|〜|～)\s*{_NUMBER}$")
_YES = {"1", "true", "yes", "y", "active", "positive", "pos", "+", "toxic", "はい", "陽性", "活性", "有"}
_NO = {
    "0",
    "false",
    "no",
    "n",
    "inactive",
    "negative",
    "neg",
    "-",
    "nontoxic",
    "non-toxic",
    "いいえ",
    "陰性",
    "不活性",
    "無",
}
_EMPTY = {"", "na", "n/a", "nan", "none", "null", "nd", "n.d.", "-"}


@dataclass(slots=True)
class Reading:
    """A column of measured values, read record by record.

    Parameters
    ----------
    rows : list of int
        Input positions of the records.
    smiles : list of str
        Their structures.
    values : dict of str to list
        By column: the cell as text, number, or None.
    """

    rows: list[int] = field(default_factory=list)
    smiles: list[str] = field(default_factory=list)
    values: dict[str, list[Any]] = field(default_factory=dict)


def read_columns(batches: Iterator[Batch], columns: Sequence[str], tick: Callable[[], None]) -> Reading:
    """Collect structures and some columns of all records.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles`` and further columns.
    columns : sequence of str
        Columns that must be there.
    tick : callable
        Called after each batch.

    Raises
    ------
    SettingsError
        If a column is not there; names the nearest ones.
    """
    reading = Reading(values={column: [] for column in columns})
    for batch in batches:
        for column in columns:
            if column not in batch.schema.names:
                raise missing_column(column, [name for name in batch.schema.names if name != ROW])
            reading.values[column] += batch.column(column).to_pylist()
        start = len(reading.rows)
        numbered = ROW in batch.schema.names
        reading.rows += batch.column(ROW).to_pylist() if numbered else range(start, start + batch.num_rows)
        reading.smiles += batch.column("smiles").to_pylist()
        tick()
    return reading


def missing_column(column: str, available: Sequence[str]) -> SettingsError:
    """Build the error for a column that the input does not have."""
    near = difflib.get_close_matches(column, available, n=3, cutoff=0.4)
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    return SettingsError(
        f"The input has no column {column[:80]!r}.", f"{meant}Its columns: {', '.join(available)[:500]}."
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One measured value.

    Parameters
    ----------
    value : float or None
        The number; None if there is none.
    problem : str
        ``""``, ``"empty"``, ``"censored"`` (the value is then the limit, or the middle of a range) or
        ``"not_a_number"``.
    side : {"", "above", "below", "between", "about"}
        What a censored value says: beyond which side of the limit, within a range, or near a number (``~3``).
    ends : tuple of float, optional
        Of a range.
    """

    value: float | None
    problem: str = ""
    side: str = ""
    ends: tuple[float, float] | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """What the value lies between; equal ends for a number. Only for cells that have one."""
        value = math.nan if self.value is None else self.value
        if self.ends is not None:
            return self.ends
        return -math.inf if self.side == "below" else value, math.inf if self.side == "above" else value


def read_cell(cell: Any) -> Cell:
    """Read a number as people write it: ``1,234.5``, ``<5``, ``5-10``, ``n.d.``."""
    if isinstance(cell, bool):
        return Cell(float(cell))
    if isinstance(cell, (int, float)):
        return Cell(float(cell)) if math.isfinite(cell) else Cell(None, "empty")
    text = "" if cell is None else str(cell).strip()
    if text.lower() in _EMPTY:
        return Cell(None, "empty")
    number = _number(text)
    if number is not None:
        return Cell(number)
    if limit := _LIMIT.match(text):
        number = _number(limit[2])
        side = "about" if limit[1] in "~≈" else "above" if re.search("[>≥＞]", limit[1]) else "below"
        return Cell(None, "not_a_number") if number is None else Cell(number, "censored", side)
    if ends := _RANGE.match(text):
        low, high = _number(ends[1]), _number(ends[2])
        if low is not None and high is not None and low < high:
            return Cell(low / 2 + high / 2, "censored", "between", (low, high))
    return Cell(None, "not_a_number")


def _number(text: str) -> float | None:
    """Read a plain number. A comma groups thousands only where it can: ``1,5`` is refused rather than read as 15."""
    if "," in text:
        if not re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
            return None
        text = text.replace(",", "")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_class(cell: Any) -> Cell:
    """Read a class: 0/1, true/false, yes/no, active/inactive, positive/negative (陽性/陰性)."""
    text = "" if cell is None else str(cell).strip().lower()
    if text in _EMPTY and text != "-":
        return Cell(None, "empty")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if text in _YES or number == 1:
        return Cell(1.0)
    if text in _NO or number == 0:
        return Cell(0.0)
    return Cell(None, "not_a_class")


def looks_like_classes(cells: Sequence[Any]) -> bool:
    """Whether every filled cell reads as a class."""
    filled = [cell for cell in cells if read_cell(cell).problem != "empty"]
    return bool(filled) and all(read_class(cell).value is not None for cell in filled)


@dataclass(frozen=True, slots=True)
class Merged:
    """Values of one distinct molecule.

    Parameters
    ----------
    value : float or None
        Median or majority, or the limit where nothing better is known; None if the labels tie or nothing is known.
    count : int
        Measurements.
    low, high : float
        The range of the numbers, limits among them.
    bounds : tuple of float
        What the value lies between; equal ends: it was measured.
    limits : int
        Measurements that are only limits.
    gap : float
        How far replicates are from agreeing: the range of the values, or how far a limit excludes their median.
    clash : bool
        Whether limits exclude each other, so that no value satisfies them all.
    """

    value: float | None
    count: int
    low: float
    high: float
    bounds: tuple[float, float] = (math.nan, math.nan)
    limits: int = 0
    gap: float = 0.0
    clash: bool = False


def merge_replicates(values: Sequence[float], is_class: bool) -> Merged:
    """Give one molecule one value."""
    found = np.asarray(values, float)
    if not is_class:
        return merge_bounds([(value, value) for value in found])
    low, high, share = float(found.min()), float(found.max()), found.mean()
    value = None if share == 0.5 else float(share > 0.5)
    return Merged(value, len(found), low, high, gap=high - low)


def merge_bounds(bounds: Sequence[tuple[float, float]]) -> Merged:
    """Give one molecule one value, or the bounds between which it lies.

    Limits that allow the median of the measured values say nothing new. If one excludes it, or if there are
    contradictory limits alone, the result is the median of all, known only between the medians of the lower and of
    the upper bounds: 8 and >10 give >9; 8, >10 and >10 give >10. Limits that agree are put together: >5 and <10 give
    5 to 10.

    Parameters
    ----------
    bounds : sequence of tuple of float
        Of each measurement, see :attr:`Cell.bounds`.
    """
    low, high = np.asarray(bounds, float).T
    is_value = low == high
    numbers = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    gap, clash = 0.0, False
    ends = float(low.max()), float(high.min())
    if is_value.any():
        centre = float(np.median(low[is_value]))
        outside = float(np.maximum(low - centre, centre - high)[~is_value].max(initial=0.0))
        gap = max(float(np.ptp(low[is_value])), outside)
        ends = (centre, centre)
        if outside > 0:
            ends = float(np.median(low)), float(np.median(high))
    elif ends[0] > ends[1]:
        clash = True
        gap = ends[0] - ends[1]
        ends = float(np.median(low)), float(np.median(high))
    return Merged(
        one_number(ends),
        len(low),
        float(numbers.min()),
        float(numbers.max()),
        ends,
        int((~is_value).sum()),
        gap,
        clash,
    )


def one_number(bounds: tuple[float, float]) -> float | None:
    """Return the value, the limit, or the middle of a range; None if neither end is known."""
    known = [end for end in bounds if math.isfinite(end)]
    return sum(end / len(known) for end in known) if known else None


def bounds_text(low: float, high: float) -> str:
    """Return bounds as people write them: ``>10``, ``<5``, ``5 to 10``; ``""`` for a measured value."""
    if low == high:
        return ""
    if math.isfinite(low) and math.isfinite(high):
        return f"{low:g} to {high:g}"
    return f">{low:g}" if math.isfinite(low) else f"<{high:g}"
