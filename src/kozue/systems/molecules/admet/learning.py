"""Train a model on a user's own measurements: the work behind ``admet.train``."""

from __future__ import annotations

from collections.abc import Iterator
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
from kozue.systems.molecules.admet.cleaning import Measured, clean
from kozue.systems.molecules.admet.ensemble import networks_version, shipped_library, shipped_networks
from kozue.systems.molecules.admet.features import Prepared, featuriser, prepare
from kozue.systems.molecules.admet.fitting import FOLDS, Fitted, Sample, fit
from kozue.systems.molecules.admet.library import BITS, library_arrays
from kozue.systems.molecules.admet.measurements import Reading, read_columns
from kozue.systems.molecules.admet.model import Scale
from kozue.systems.molecules.admet.recipes import recipe_for
from kozue.systems.molecules.admet.unusual import SENTENCES, unusual

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import TrainSettings


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
    _warn_about(prepared, context)
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
            bounds=measured.bounds,
            complete=settings.censored == "learn",
        )
        scale = Scale(floor=_floor(measured, settings))
        fitted.append(fit(sample, measured.is_class, scale, recipe_for(len(places)), context.seed, tick))
    card = keep(settings, jobs, fitted, keys, prepared, reading.smiles)
    public = shipped_library()
    used = {keys[place] for measured in jobs for place in measured.places}
    return scoring.result(settings, jobs, fitted, keys, card, len(used & public))


def _warn_about(prepared: Prepared, context: Context) -> None:
    """Say which molecules are not taken as they are, or are none that these models are made for."""
    if prepared.stripped:
        context.warn(
            "salts_removed",
            "{count} {structure is a salt or mixture|structures are salts or mixtures}: only the largest part, "
            "uncharged, is learned from.",
            prepared.stripped,
        )
    for kind, count in unusual(prepared.mols).items():
        context.warn(f"unusual_{kind}", SENTENCES[kind], count)


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
    ends = measured.bounds[np.isfinite(measured.bounds) & (measured.bounds > 0)]
    return float(min(smallest, ends.min()))


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
            "limits": int((~measured.is_measured).sum()),
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
