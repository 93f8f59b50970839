"""Train a model on a user's own measurements: the work behind ``admet.train``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kozue.chem import canonical_smiles, scaffold
from kozue.chem.fingerprints import bits as similarity_bits
from kozue.core.context import Context
from kozue.core.errors import ModelError, TrainingError
from kozue.core.operation import JobResult
from kozue.core.records import Batch
from kozue.ml.store import own_model_folder, save_model
from kozue.systems.molecules.admet import parting, scoring
from kozue.systems.molecules.admet.ensemble import networks_version, shipped_library, shipped_networks
from kozue.systems.molecules.admet.features import Prepared, featuriser, prepare
from kozue.systems.molecules.admet.fitting import FOLDS, Fitted, Sample, fit
from kozue.systems.molecules.admet.library import BITS, library_arrays
from kozue.systems.molecules.admet.measurements import (
    Merged,
    Reading,
    looks_like_classes,
    merge_replicates,
    read_cell,
    read_class,
    read_columns,
)
from kozue.systems.molecules.admet.model import Scale
from kozue.systems.molecules.admet.plausible import misfit
from kozue.systems.molecules.admet.recipes import recipe_for

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import TrainSettings

FEWEST = 20
FEWEST_OF_A_CLASS = 5


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
        Shape (n,).
    cleaning : list of dict
        What was merged, dropped or doubtful.
    """

    is_class: bool
    places: list[int]
    rows: list[int]
    values: np.ndarray
    cleaning: list[dict[str, Any]]


def train(batches: Iterator[Batch], settings: TrainSettings, context: Context) -> JobResult:
    """Clean, split, fit, judge and keep a model for every target column."""
    folder = own_model_folder(settings.name)
    if folder.exists() and not settings.replace:
        raise ModelError(
            f"You already have a model named {settings.name!r}.", "Give another name, or set replace to true."
        )
    timed = (settings.time_column,) if settings.split == "time" else ()
    reading = read_columns(batches, [*settings.target, *timed], context.check_cancelled)
    prepared = prepare(reading.smiles)
    for row, error in prepared.errors.items():
        context.reject(reading.rows[row], error.code, error.message)
    keys = [canonical_smiles(mol) for mol in prepared.mols]
    jobs = [
        clean(target, reading.values[target], prepared, keys, reading.rows, settings, context)
        for target in settings.target
    ]
    features, bits = prepared.features(), prepared.bits()
    hidden = shipped_networks().hidden(features) if settings.transfer else None
    scaffolds = [scaffold(mol) for mol in prepared.mols]
    total, done = len(jobs) * (FOLDS + 1), 0

    def tick() -> None:
        nonlocal done
        done += 1
        context.progress(done, total, "fitting")

    fitted = []
    for measured in jobs:
        places = measured.places
        folds = parting.fold(
            settings.split,
            measured.values,
            measured.is_class,
            [scaffolds[place] for place in places],
            bits[places],
            _times(settings, reading, [prepared.rows[place] for place in places]),
            context,
        )
        sample = Sample(
            features[places],
            bits[places],
            measured.values,
            folds,
            hidden=None if hidden is None else hidden[places],
        )
        scale = Scale(floor=_floor(measured, settings))
        fitted.append(fit(sample, measured.is_class, scale, recipe_for(len(places)), context.seed, tick))
    card = keep(settings, jobs, fitted, keys, prepared, reading.smiles)
    public = shipped_library()
    used = {keys[place] for measured in jobs for place in measured.places}
    return scoring.result(settings, jobs, fitted, keys, card, len(used & public))


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
    read = read_class if is_class else read_cell
    found: dict[str, list[tuple[int, float]]] = {}
    cleaning: list[dict[str, Any]] = []
    dropped = {"censored": 0, "not_a_number": 0, "not_a_class": 0, "empty": 0}
    for place, row in enumerate(prepared.rows):
        cell = read(cells[row])
        keep_limit = cell.problem == "censored" and settings.censored == "limit"
        if cell.problem and not keep_limit:
            dropped[cell.problem] += 1
            if cell.problem != "empty":
                context.reject(rows[row], cell.problem, _why(target, cells[row], cell.problem))
            continue
        found.setdefault(keys[place], []).append((place, float(cell.value or 0.0)))
    _warn_about(dropped, target, context)
    places, values = [], []
    ranges = {key: merge_replicates([value for _, value in pairs], is_class) for key, pairs in found.items()}
    usual = _usual_range(ranges)
    for key, pairs in found.items():
        merged = ranges[key]
        doubt = merged.count > 1 and merged.high - merged.low > usual
        if merged.count > 1:
            cleaning.append(_cleaned(target, key, merged, doubt))
        if merged.value is not None:
            places.append(pairs[0][0])
            values.append(merged.value)
    doubtful = sum(entry["doubtful"] for entry in cleaning)
    if doubtful:
        context.warn(
            "contradictory_values",
            f"{doubtful} molecules have contradictory values of {target!r}; see the table 'cleaning'.",
        )
    measured = Measured(
        is_class, places, [rows[prepared.rows[place]] for place in places], np.array(values), cleaning
    )
    _check(measured, target)
    odd = "" if is_class else misfit(measured.values, settings.unit)
    if odd:
        context.warn(
            "implausible_unit", f"{target}: {odd}. Check the unit; the model was trained all the same."
        )
    return measured


def _why(target: str, cell: Any, problem: str) -> str:
    shown = repr(str(cell)[:40])
    if problem == "censored":
        return f"{target} is only a limit ({shown}); set 'censored' to 'limit' to train on the limit itself."
    return f"{target} is {shown}, which is not a {'class' if problem == 'not_a_class' else 'number'}."


def _warn_about(dropped: dict[str, int], target: str, context: Context) -> None:
    if dropped["empty"]:
        context.warn(
            "empty_values", f"{dropped['empty']} records have no {target!r} and were left out of it."
        )
    if dropped["censored"]:
        context.warn(
            "censored_values",
            f"{dropped['censored']} records say only that {target!r} is above or below a limit and were left out.",
        )


def _usual_range(ranges: dict[str, Merged]) -> float:
    """Return the range of replicates above which they contradict: any for classes, a fifth of all for values."""
    values = [merged.value for merged in ranges.values() if merged.value is not None]
    low, high = np.quantile(values, [0.05, 0.95]) if values else (0.0, 0.0)
    return 0.2 * float(high - low)


def _cleaned(target: str, key: str, merged: Merged, doubt: bool) -> dict[str, Any]:
    return {
        "target": target,
        "smiles": key,
        "measurements": merged.count,
        "low": merged.low,
        "high": merged.high,
        "used": merged.value,
        "doubtful": bool(doubt),
    }


def _check(measured: Measured, target: str) -> None:
    """Refuse what no model can learn from.

    Raises
    ------
    TrainingError
        With the reason.
    """
    n = len(measured.values)
    if n < FEWEST:
        raise TrainingError(
            f"Only {n} distinct molecules have a usable value of {target!r}; at least {FEWEST} are needed.",
            "Check the column, and how values below a limit are treated ('censored').",
        )
    if measured.is_class:
        positive = int(measured.values.sum())
        if min(positive, n - positive) < FEWEST_OF_A_CLASS:
            raise TrainingError(
                f"{target!r} has {positive} positive and {n - positive} negative molecules; "
                f"each class needs at least {FEWEST_OF_A_CLASS}.",
                "Bring more of the rarer class.",
            )
    elif np.ptp(measured.values) == 0:
        raise TrainingError(
            f"All values of {target!r} are {measured.values[0]:g}; there is nothing to learn."
        )


def _times(settings: TrainSettings, reading: Reading, rows: list[int]) -> np.ndarray | None:
    """Return the time of each molecule's record, if the split needs it."""
    if settings.split != "time":
        return None
    cells = reading.values[settings.time_column]
    return parting.when([cells[row] for row in rows], settings.time_column)


def _floor(measured: Measured, settings: TrainSettings) -> float | None:
    """Return the smallest value of a target that is learned on the logarithm, None if it is not.

    Raises
    ------
    TrainingError
        If the logarithm is asked for and values are not positive.
    """
    if measured.is_class or settings.scale == "linear":
        return None
    smallest = float(measured.values.min())
    if smallest <= 0:
        raise TrainingError(f"Values down to {smallest:g} have no logarithm.", "Set 'scale' to 'linear'.")
    return smallest


def keep(
    settings: TrainSettings,
    jobs: list[Measured],
    fitted: list[Fitted],
    keys: list[str],
    prepared: Prepared,
    given: list[str],
) -> dict[str, Any]:
    """Store the model among the user's own and return its card."""
    used = sorted({keys[place] for measured in jobs for place in measured.places})
    place_of = {key: place for place, key in enumerate(keys)}
    library = similarity_bits([prepared.mols[place_of[key]] for key in used], "morgan", BITS)
    position = {key: place for place, key in enumerate(used)}
    arrays = {"library": library_arrays(used, library)}
    base = {"networks": networks_version()} if settings.transfer else {}
    targets: dict[str, Any] = {}
    for number, (measured, fit_) in enumerate(zip(jobs, fitted, strict=True)):
        members = np.array([position[keys[place]] for place in measured.places])
        order = np.argsort(members, kind="stable")
        stored = dict(fit_.arrays)
        for name in ("values", "kernel"):
            stored[name] = stored[name][order]
        stored["members"] = np.diff(members[order], prepend=0).astype(np.uint32)
        arrays[f"target_{number}"] = stored
        targets[f"target_{number}"] = {
            "column": settings.target[number],
            "kind": "classification" if measured.is_class else "regression",
            "unit": "probability" if measured.is_class else settings.unit,
            "molecules": len(measured.values),
            "metrics": scoring.metrics(measured, fit_),
            "model": {**fit_.facts, "features": featuriser().version, **base},
        }
    card = {
        "name": settings.name,
        "title": settings.name,
        "kind": "admet.train",
        "licence": "yours",
        "split": f"{FOLDS}-fold cross-validation, {settings.split} split",
        "use": "admet.apply",
        "limits": "Judged by cross-validation on these molecules alone; trust falls with distance from them.",
        "data": {"molecules": len(used), "sha256": scoring.fingerprint(keys, jobs), "licence": "yours"},
        "metrics": {},
        "targets": targets,
    }
    save_model(own_model_folder(settings.name), arrays, card)
    return card
