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

_CENSORED = re.compile(r"^\s*(?:[<>≤≥]=?|~)\s*([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*$")
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
        ``""``, ``"empty"``, ``"censored"`` (the value is then the limit) or ``"not_a_number"``.
    """

    value: float | None
    problem: str = ""


def read_cell(cell: Any) -> Cell:
    """Read a number as people write it: ``1,234.5``, ``<5``, ``n.d.``."""
    if isinstance(cell, bool):
        return Cell(float(cell))
    if isinstance(cell, (int, float)):
        return Cell(float(cell)) if math.isfinite(cell) else Cell(None, "empty")
    text = "" if cell is None else str(cell).strip()
    if text.lower() in _EMPTY:
        return Cell(None, "empty")
    censored = _CENSORED.match(text)
    number = _number(censored[1] if censored else text)
    if number is None:
        return Cell(None, "not_a_number")
    return Cell(number, "censored" if censored else "")


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
        Median or majority; None if the labels tie.
    count : int
        Measurements.
    low, high : float
        Their range.
    """

    value: float | None
    count: int
    low: float
    high: float


def merge_replicates(values: Sequence[float], is_class: bool) -> Merged:
    """Give one molecule one value."""
    found = np.asarray(values, float)
    low, high = float(found.min()), float(found.max())
    if not is_class:
        return Merged(float(np.median(found)), len(found), low, high)
    share = found.mean()
    return Merged(None if share == 0.5 else float(share > 0.5), len(found), low, high)
