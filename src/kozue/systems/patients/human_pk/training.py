"""Rebuild the shipped weights: ``python -m kozue.systems.patients.human_pk.training``.

Reads the pharmacokinetic tables and the sets of the assistants from the data catalogue, cross-validates the
whole method for the cards and the intervals, fits it to everything, and writes ``weights/``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kozue.chem import parse
from kozue.data import catalogue
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.domain import thresholds
from kozue.ml.metrics import bootstrap
from kozue.ml.store import save_model
from kozue.ml.trees import Trees
from kozue.systems.patients.human_pk import crossvalidation, judging, sources
from kozue.systems.patients.human_pk.allometry import fit_line
from kozue.systems.patients.human_pk.chemistry import GROUP_NAMES, names_of, tables
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS, LEARNED
from kozue.systems.patients.human_pk.forests import boost
from kozue.systems.patients.human_pk.measured import SPECIES
from kozue.systems.patients.human_pk.model import SHARED, WEIGHTS, deviations, residence
from kozue.systems.patients.human_pk.pipeline import (
    FOLDS,
    Conditioned,
    Folded,
    Material,
    Say,
    cross_stack,
    fit_stack,
    fold_structures,
    material_of,
    mixed_folds,
    own_fold,
)
from kozue.systems.patients.human_pk.structure import (
    Neighbourhood,
    StructureModel,
    assistant_features,
    draw,
    fit_structure,
)

SEED = 20261
CONFIDENCE = 0.9
#: Choices whose errors together calibrate intervals where something was measured.
_MEASURED = tuple(name for name in crossvalidation.CHOICES if name != "structure")
_LIMITS = (
    "Small organic molecules only: no metals, mixtures, antibodies or large peptides. Intravenous plasma kinetics of "
    "healthy adults as published; linear kinetics assumed. Not for dosing people."
)


def gather(say: Say) -> tuple[Material, list[Trees]]:
    """Read the tables, train the assistants and compute kernels; no pharmacokinetic value is learned yet."""
    compounds = sources.load_compounds()
    avoid = set(compounds.keys)
    assistants = []
    for number, name in enumerate(sources.ASSISTANTS):
        say(number, len(sources.ASSISTANTS), f"assistant {name}")
        mols, values = sources.load_assistant(name, avoid, SEED)
        fresh = [parse(text) for text in names_of(mols)]
        assistants.append(boost(assistant_features(tables(fresh)), values, SEED))
    return assembled(compounds, assistants), assistants


def assembled(compounds: sources.Compounds, assistants: Sequence[Trees]) -> Material:
    """Turn compounds into what folds are cut from.

    Parameters
    ----------
    compounds : Compounds
        Of the tables.
    assistants : sequence of Trees
        Trained on molecules that are not among the compounds, so that they are the same in every fold.
    """
    # Stored leaves are in half precision: learn from what will be predicted with.
    walkers = [Trees.from_arrays(trees.arrays()).walker() for trees in assistants]
    drawn = draw(compounds.mols, walkers)
    in_vitro = sources.measured_in_vitro(compounds.keys)
    return material_of(compounds, drawn, in_vitro, tuple(sources.ASSISTANTS), GROUP_NAMES)


def build(weights: Path, say: Say) -> None:
    """Train everything and write the folders of :data:`WEIGHTS`."""
    material, assistants = gather(say)
    folded = fold_structures(material, mixed_folds(material.compounds, SEED), SEED, say)
    stacked = cross_stack(material, folded, crossvalidation.CHOICES)
    errors = {key: errors_of(material, folded, stacked, key) for key in ENDPOINTS}
    for key in LEARNED:
        members = np.flatnonzero(np.isfinite(material.compounds.human[key]))
        model = fit_structure(
            ENDPOINTS[key],
            material.kernels,
            material.drawn.forest,
            material.compounds.human[key],
            members,
            SEED,
        )
        arrays = {**structure_arrays(model, material.compounds.human[key]), **errors[key]}
        save_model(weights / key, {"model": arrays}, card(key, material, folded, stacked))
    save_model(weights / "mrt", {"model": errors["mrt"]}, card("mrt", material, folded, stacked))
    arrays, facts = shared(material, folded, assistants)
    save_model(weights / SHARED, {"model": arrays}, {**shared_card(material), "model": facts})


def structure_arrays(model: StructureModel, values: np.ndarray) -> dict[str, np.ndarray]:
    """Return what has to be stored of a structure model."""
    trees = {f"tree_{name}": array for name, array in model.trees.arrays().items()}
    return {
        **trees,
        "process_weights": model.process.weights,
        "process_dual": model.process.dual.astype(np.float32),
        "process_mean": np.array([model.process.mean]),
        "members": model.members.astype(np.uint16),
        "values": values[model.members].astype(np.float32),
    }


def truth_and_error(
    material: Material, stacked: Conditioned, key: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth, prediction and deviation of an endpoint, each shape (n,), log10."""
    compounds = material.compounds
    if key == "mrt":
        truth = compounds.paired["vdss"] - compounds.paired["cl"] - np.log10(0.06)
        mean, deviation = residence(stacked.mean, stacked.scatter)
        return truth, mean, deviation
    column = LEARNED.index(key)
    return compounds.paired[key], stacked.mean[:, column], deviations(stacked.scatter)[:, column]


def errors_of(
    material: Material, folded: Folded, stacked: Mapping[str, Conditioned], key: str
) -> dict[str, np.ndarray]:
    """Learn an endpoint's interval widths from its out-of-fold errors."""
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"structure": [], "measured": []}
    for name, given in crossvalidation.CHOICES.items():
        truth, mean, deviation = truth_and_error(material, stacked[name], key)
        rows = np.isfinite(truth) & np.isfinite(mean)
        if name in _MEASURED:
            has = np.any([np.isfinite(material.given[entry]) for entry in given], axis=0)
            rows &= has
        ratio = (truth - mean)[rows] / np.maximum(deviation[rows], 1e-6)
        parts["measured" if name in _MEASURED else "structure"].append((ratio, folded.similarity[rows]))
    arrays = {}
    for kind, found in parts.items():
        fitted = ConformalIntervals.fit(*(np.concatenate(pieces) for pieces in zip(*found, strict=True)))
        arrays |= {f"{kind}_error_{name}": array for name, array in fitted.arrays().items()}
    return arrays


def shared(
    material: Material, folded: Folded, assistants: Sequence[Trees]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and facts that all endpoints share."""
    hood = Neighbourhood.of(material.drawn)
    joint = fit_stack(material, own_fold(folded), np.ones(len(material.compounds), bool))
    arrays = {
        "smiles": np.frombuffer("\n".join(material.compounds.smiles).encode(), np.uint8),
        "wide": hood.wide.astype(np.float16),
        "narrow": hood.narrow.astype(np.float16),
        "measure_mean": hood.measure.mean,
        "measure_width": hood.measure.width,
        "joint_mean": joint.mean,
        "joint_scatter": joint.scatter,
    }
    for number, trees in enumerate(assistants):
        arrays |= {f"assistant{number}_{name}": array for name, array in trees.arrays().items()}
    truth = material.compounds.paired["cl"]
    inside, edge = thresholds(folded.similarity)
    facts = {
        "assistants": list(sources.ASSISTANTS),
        "few": hood.measure.assistants,
        "wide": hood.measure.wide,
        "narrow": hood.measure.narrow,
        "inside": inside,
        "edge": edge,
        "lines": {species: list(fit_line(material.given[f"{species}_cl"], truth)) for species in SPECIES},
        "seed": SEED,
    }
    return arrays, facts


def card(key: str, material: Material, folded: Folded, stacked: Mapping[str, Conditioned]) -> dict[str, Any]:
    """Return an endpoint's card, its metrics cross-validated."""
    endpoint = ENDPOINTS[key]
    metrics: dict[str, Any] = {}
    for name, choice in (
        ("structure_only", "structure"),
        ("with_all_animal_values", "structure + all animal values"),
    ):
        truth, mean, deviation = truth_and_error(material, stacked[choice], key)
        if choice != "structure":
            animal = material.compounds.in_animal & np.isfinite(truth)
            truth = np.where(animal, truth, np.nan)
        rows = np.isfinite(truth) & np.isfinite(mean)
        errors = judging.OutOfFold(truth, mean, np.maximum(deviation, 1e-6), folded.similarity)
        half = judging.leave_fold_out(errors, folded.fold, CONFIDENCE)
        found = bootstrap(judging.fold_error, truth[rows], mean[rows])
        metrics[name] = {
            "metric": "GMFE",
            "value": round(found.value, 4),
            "low": round(found.low, 4),
            "high": round(found.high, 4),
            "interval": "95 % bootstrap",
            "n": found.n,
            "percent_within_2_fold": round(judging.within(2)(truth[rows], mean[rows]), 1),
            "coverage_of_90_percent_interval": round(
                float((np.abs(truth - mean)[rows] <= half[rows]).mean()), 4
            ),
        }
    own = next((line for line in crossvalidation.PUBLISHED if line["endpoint"] == key), None)
    if own is not None:
        metrics["best_public"] = {
            "entry": own["setting"],
            "value": own["value"],
            "board": own["protocol"],
        }
    return {
        **_card(f"human_pk/{key}", endpoint.label.en),
        "kind": "regression",
        "unit": endpoint.unit,
        "reading": endpoint.reading.en,
        "data": _data(material),
        "metrics": metrics,
    }


def shared_card(material: Material) -> dict[str, Any]:
    """Return the card of what all endpoints share."""
    return {
        **_card("human_pk/shared", "Training molecules, assistants and joint distribution"),
        "kind": "library",
        "data": {
            **_data(material),
            "assistants": "training rows of the TDC ADMET group (CC BY 4.0) and PharmaBench (CC0) whose molecules are "
            "in neither table, by the first block of the InChIKey; measured intrinsic clearances of those that are",
        },
        "metrics": {},
    }


def _card(name: str, title: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "licence": "Apache-2.0 (weights and data)",
        "split": f"{FOLDS} folds, stereoisomers together (first block of the InChIKey), everything refitted in each; "
        "shipped weights are fitted to all compounds",
        "use": "A first look at human pharmacokinetics before a first dose, from structure and non-clinical data.",
        "limits": _LIMITS,
    }


def _data(material: Material) -> dict[str, Any]:
    files = catalogue()["pksmart"].files
    return {
        "name": "pksmart",
        "sha256": " ".join(file.sha256 for file in files),
        "licence": "Apache-2.0",
        "citation": sources.CITATION,
        "molecules": len(material.compounds),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild the shipped human pharmacokinetics weights.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder to write")
    chosen = parser.parse_args()

    def say(done: int, total: int, message: str) -> None:
        print(f"{done}/{total} {message}", file=sys.stderr, flush=True)

    build(chosen.weights, say)


if __name__ == "__main__":
    main()
