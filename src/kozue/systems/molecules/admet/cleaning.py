"""From a column as people filled it to one value or limit a molecule: what ``admet.train`` learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kozue.core.context import Context
from kozue.core.errors import TrainingError
from kozue.systems.molecules.admet.features import Prepared
from kozue.systems.molecules.admet.measurements import (
    Merged,
    bounds_text,
    looks_like_classes,
    merge_bounds,
    merge_replicates,
    read_cell,
    read_class,
)
from kozue.systems.molecules.admet.plausible import misfit

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import TrainSettings

FEWEST = 20
FEWEST_OF_A_CLASS = 5
SIDES = ("above", "below", "between", "about")
_DONE = {
    "drop": "they were left out",
    "limit": "the limit was taken as the value",
    "learn": "what may lie beyond was estimated while learning",
}


@dataclass(slots=True)
class Measured:
    """Distinct molecules and what was measured, for one target.

    Parameters
    ----------
    is_class : bool
        Whether values are 0/1.
    places : list of int
        Shape (n,), positions in :class:`Prepared` of one record of each molecule.
    rows : list of int
        Shape (n,), input position of that record.
    values : numpy.ndarray
        Shape (n,); of a limit the limit itself.
    cleaning : list of dict
        What was merged, dropped or doubtful.
    bounds : numpy.ndarray
        Shape (n, 2), what each value lies between; equal ends: it was measured.
    limits : dict of str to int
        By side: how many records gave only a limit.
    """

    is_class: bool
    places: list[int]
    rows: list[int]
    values: np.ndarray
    cleaning: list[dict[str, Any]]
    bounds: np.ndarray
    limits: dict[str, int] = field(default_factory=dict)

    @property
    def is_measured(self) -> np.ndarray:
        """Shape (n,), whether each value is one, not a limit."""
        return self.bounds[:, 0] == self.bounds[:, 1]


@dataclass(slots=True)
class _Column:
    """A column's usable cells by molecule (place and bounds of each record), and what was not usable."""

    found: dict[str, list[tuple[int, tuple[float, float]]]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    empty: int = 0
    useless: int = 0


def clean(
    target: str,
    cells: list[Any],
    prepared: Prepared,
    keys: list[str],
    rows: list[int],
    settings: TrainSettings,
    context: Context,
) -> Measured:
    """Turn one column into one value a molecule, and report everything that was done to it.

    Raises
    ------
    TrainingError
        If what is left cannot give a meaningful model.
    """
    is_class = settings.kind == "classification" or (settings.kind == "auto" and looks_like_classes(cells))
    column = _read(target, cells, is_class, prepared, keys, rows, settings, context)
    _warn_about(column, target, settings, context)
    merged = {
        key: merge_replicates([low for _, (low, _) in pairs], True)
        if is_class
        else merge_bounds([bounds for _, bounds in pairs])
        for key, pairs in column.found.items()
    }
    usual = _usual_range(merged)
    places, used, cleaning = [], [], []
    for key, one in merged.items():
        if one.count > 1:
            cleaning.append(_cleaned(target, key, one, one.clash or one.gap > usual))
        if one.value is not None:
            places.append(column.found[key][0][0])
            used.append((one.value, *((one.value, one.value) if is_class else one.bounds)))
    doubtful = sum(entry["doubtful"] for entry in cleaning)
    if doubtful:
        context.warn(
            "contradictory_values",
            f"{{count}} {{molecule has|molecules have}} contradictory values of {_plain(target)}; see the table "
            "'cleaning'.",
            doubtful,
        )
    table = np.array(used, float).reshape(-1, 3)
    measured = Measured(
        is_class,
        places,
        [rows[prepared.rows[place]] for place in places],
        table[:, 0],
        cleaning,
        table[:, 1:],
        {side: count for side, count in column.limits.items() if count},
    )
    _check(measured, target)
    odd = "" if is_class else misfit(measured.values, settings.unit)
    if odd:
        context.warn(
            "implausible_unit", f"{target}: {odd}. Check the unit; the model was trained all the same."
        )
    return measured


def _read(
    target: str,
    cells: list[Any],
    is_class: bool,
    prepared: Prepared,
    keys: list[str],
    rows: list[int],
    settings: TrainSettings,
    context: Context,
) -> _Column:
    """Read every readable molecule's cell, and set aside what cannot be used."""
    read = read_class if is_class else read_cell
    column = _Column()
    for place, row in enumerate(prepared.rows):
        cell = read(cells[row])
        if cell.problem == "empty":
            column.empty += 1
            continue
        if cell.problem == "censored":
            column.limits[cell.side] += 1
        if cell.problem and (cell.problem != "censored" or settings.censored == "drop"):
            context.reject(rows[row], cell.problem, _why(target, cells[row], cell.problem))
            continue
        low, high = cell.bounds
        if settings.censored == "learn" and settings.scale == "log10" and low <= 0 and high == np.inf:
            column.useless += 1
            context.reject(rows[row], "says_nothing", _why(target, cells[row], "says_nothing"))
            continue
        column.found.setdefault(keys[place], []).append((place, (low, high)))
    return column


def _plain(target: str) -> str:
    """Return a column's name, quoted, without the braces that mean something in a counted sentence."""
    return repr(target.replace("{", "(").replace("}", ")"))


def _why(target: str, cell: Any, problem: str) -> str:
    shown = repr(str(cell)[:40])
    if problem == "censored":
        return f"{target} is only a limit ({shown}); set 'censored' to 'learn' to learn from it."
    if problem == "says_nothing":
        return f"{target} is {shown}, which every value with a logarithm is."
    return f"{target} is {shown}, which is not a {'class' if problem == 'not_a_class' else 'number'}."


def limits_text(limits: Mapping[str, int]) -> str:
    """Return how many limits there were of which side, in words."""
    words = {
        "above": "only above a limit",
        "below": "only below a limit",
        "between": "only within a range",
        "about": "only approximate ('~')",
    }
    return ", ".join(f"{limits[side]} {words[side]}" for side in SIDES if limits.get(side))


def _warn_about(column: _Column, target: str, settings: TrainSettings, context: Context) -> None:
    if column.empty:
        context.warn(
            "empty_values",
            f"{{count}} {{record has|records have}} no {_plain(target)} and {{was|were}} left out of it.",
            column.empty,
        )
    told = limits_text(column.limits)
    if told:
        done = _DONE[settings.censored]
        if column.limits["about"] and settings.censored != "drop":
            done += "; approximate ones count as measured"
        context.warn(
            "censored_values", f"Some values of {target!r} are limits, not numbers ({told}): {done}."
        )


def _usual_range(merged: Mapping[str, Merged]) -> float:
    """Return the range of replicates above which they contradict: any for classes, a fifth of all for values."""
    values = [one.value for one in merged.values() if one.value is not None]
    low, high = np.quantile(values, [0.05, 0.95]) if values else (0.0, 0.0)
    return 0.2 * float(high - low)


def _cleaned(target: str, key: str, merged: Merged, doubt: bool) -> dict[str, Any]:
    return {
        "target": target,
        "smiles": key,
        "measurements": merged.count,
        "limits": merged.limits,
        "low": merged.low,
        "high": merged.high,
        "used": merged.value,
        "used_limit": bounds_text(*merged.bounds) if merged.limits and merged.value is not None else "",
        "doubtful": bool(doubt),
    }


def _check(measured: Measured, target: str) -> None:
    """Refuse what no model can learn from.

    Raises
    ------
    TrainingError
        With the reason.
    """
    values = measured.values[measured.is_measured]
    n = len(values)
    if n < FEWEST:
        told = limits_text(measured.limits)
        raise TrainingError(
            f"Only {n} distinct molecules have a measured value of {target!r}; at least {FEWEST} are needed"
            + (f" (of the records {told})." if told else "."),
            "Bring more measured values: limits alone do not say how far beyond them values lie."
            if told
            else "Check the column and its unreadable records.",
        )
    if measured.is_class:
        positive = int(values.sum())
        if min(positive, n - positive) < FEWEST_OF_A_CLASS:
            raise TrainingError(
                f"{target!r} has {positive} positive and {n - positive} negative molecules; "
                f"each class needs at least {FEWEST_OF_A_CLASS}.",
                "Bring more of the rarer class.",
            )
    elif np.ptp(values) == 0:
        raise TrainingError(f"All values of {target!r} are {values[0]:g}; there is nothing to learn.")
