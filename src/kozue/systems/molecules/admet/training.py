"""Rebuild the shipped weights: ``python -m kozue.systems.molecules.admet.training``.

Reads the TDC ADMET group from the data catalogue, trains on its ``train_val`` rows only, and writes
``weights/``. The test rows are touched once, after everything is fixed, for the model cards.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from kozue.chem import canonical_smiles, scaffold
from kozue.chem.fingerprints import BitLibrary
from kozue.ml.metrics import bootstrap, coverage, ece
from kozue.ml.splits import scaffold_folds
from kozue.ml.store import save_model
from kozue.systems.molecules.admet import benchmark
from kozue.systems.molecules.admet.endpoints import ENDPOINTS, Endpoint
from kozue.systems.molecules.admet.features import featuriser, prepare
from kozue.systems.molecules.admet.fitting import FOLDS, Fitted, Sample, fit
from kozue.systems.molecules.admet.library import library_arrays
from kozue.systems.molecules.admet.model import EndpointModel, Scale, look_around
from kozue.systems.molecules.admet.recipes import recipe_for

WEIGHTS = Path(__file__).parent / "weights"
SEED = 20261
CONFIDENCE = 0.9

Test: TypeAlias = "tuple[list[Compound | None], np.ndarray]"


@dataclass(frozen=True, slots=True)
class Compound:
    """A distinct standardised molecule.

    Parameters
    ----------
    smiles, scaffold : str
        Standard SMILES, and its Bemis-Murcko scaffold.
    features, bits : numpy.ndarray
        Shapes (d,) and (1024,).
    """

    smiles: str
    scaffold: str
    features: np.ndarray
    bits: np.ndarray


def describe(smiles: Sequence[str]) -> list[Compound | None]:
    """Standardise and featurise, None where a SMILES cannot be read."""
    ready = prepare(smiles)
    features, bits = ready.features(), ready.bits()
    out: list[Compound | None] = [None] * len(smiles)
    for place, row in enumerate(ready.rows):
        mol = ready.mols[place]
        out[row] = Compound(canonical_smiles(mol), scaffold(mol), features[place], bits[place])
    return out


def merge(
    compounds: Sequence[Compound], values: np.ndarray, is_class: bool
) -> tuple[list[Compound], np.ndarray]:
    """Give each distinct molecule one value: the median, or the majority (a tie is left out)."""
    found: dict[str, tuple[Compound, list[float]]] = {}
    for compound, value in zip(compounds, values, strict=True):
        found.setdefault(compound.smiles, (compound, []))[1].append(float(value))
    kept, merged = [], []
    for compound, measured in found.values():
        middle = float(np.mean(measured)) if is_class else float(np.median(measured))
        if is_class and middle == 0.5:
            continue
        kept.append(compound)
        merged.append(float(middle > 0.5) if is_class else middle)
    return kept, np.array(merged)


def train_endpoint(
    endpoint: Endpoint, train: tuple[list[Compound], np.ndarray], seed: int
) -> tuple[Endpoint, list[Compound], np.ndarray, Fitted]:
    """Fit one endpoint on its merged training molecules."""
    # Sorted, so that the stored positions in the library ascend.
    order = np.argsort([compound.scaffold + " " + compound.smiles for compound in train[0]], kind="stable")
    compounds, values = [train[0][place] for place in order], train[1][order]
    sample = Sample(
        np.array([compound.features for compound in compounds]),
        np.array([compound.bits for compound in compounds]),
        values,
        scaffold_folds([compound.scaffold for compound in compounds], FOLDS, seed),
    )
    scale = Scale(endpoint.floor, endpoint.lowest, endpoint.highest)
    fitted = fit(sample, endpoint.is_class, scale, recipe_for(len(values)), seed)
    print(f"{endpoint.key}: {len(values)} molecules", file=sys.stderr, flush=True)
    return endpoint, compounds, values, fitted


def judge(
    endpoint: Endpoint,
    fitted: Fitted,
    values: np.ndarray,
    model: EndpointModel,
    index: BitLibrary,
    test: Test,
) -> dict[str, Any]:
    """Return the card's metrics: cross-validated, and on the official test rows.

    Parameters
    ----------
    endpoint : Endpoint
        What is predicted.
    fitted : Fitted
        With the out-of-fold predictions of ``values``.
    values : numpy.ndarray
        Shape (n,), training values.
    model : EndpointModel
        As it will be shipped.
    index : BitLibrary
        The library that the model's members lie in.
    test : tuple
        Compounds (None where unreadable) and truths of the test rows.
    """
    raw = fitted.out_of_fold
    known = raw if endpoint.is_class else model.scale.backward(raw)
    compounds, truth = test
    value, low, high = predict_rows(model, index, compounds)
    official = _estimate(endpoint.metric, bootstrap(endpoint.metric, truth, value))
    if endpoint.is_class:
        official["calibration_error"] = round(ece(truth, value), 4)
    else:
        official["coverage_of_90_percent_interval"] = round(coverage(truth, low, high), 4)
    return {
        "cross_validated": _estimate(endpoint.metric, bootstrap(endpoint.metric, values, known)),
        "test": official,
    }


def predict_rows(
    model: EndpointModel, index: BitLibrary, compounds: Sequence[Compound | None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predict value, low and high, each shape (n,).

    An unreadable row gets the mean training value: the benchmark wants a number for every row.
    """
    known = [place for place, compound in enumerate(compounds) if compound is not None]
    ready = [compound for compound in compounds if compound is not None]
    around = look_around(index, np.array([compound.bits for compound in ready]), {"": model}, 1)[""]
    answer = model.answer(np.array([compound.features for compound in ready]), around, CONFIDENCE, 1)
    columns = np.full((3, len(compounds)), float(model.values.mean()))
    columns[:, known] = [answer.value, answer.low, answer.high]
    return columns[0], columns[1], columns[2]


def _estimate(metric: str, estimate: Any) -> dict[str, Any]:
    return {
        "metric": metric,
        "value": round(estimate.value, 4),
        "low": round(estimate.low, 4),
        "high": round(estimate.high, 4),
        "interval": "95 % bootstrap",
        "n": estimate.n,
    }


def card_of(
    endpoint: Endpoint, group: benchmark.Group, values: np.ndarray, metrics: dict[str, Any]
) -> dict[str, Any]:
    """Return the model card without its ``model`` table."""
    best = group.best(endpoint.dataset)
    if best is not None:
        metrics["best_public"] = {"entry": best[0], "value": best[1], "board": "TDC ADMET group, March 2026"}
    spread = (
        f"{int(values.sum())} positive, {int((1 - values).sum())} negative"
        if endpoint.is_class
        else f"values from {values.min():.4g} to {values.max():.4g} {endpoint.unit}"
    )
    return {
        "name": f"admet/{endpoint.key}",
        "title": endpoint.label.en,
        "kind": endpoint.kind,
        "unit": endpoint.unit,
        "reading": endpoint.reading.en,
        "licence": "Apache-2.0 (weights); training data " + benchmark.LICENCE,
        "split": f"{FOLDS} scaffold folds of the official train_val rows; the official test rows were never trained on",
        "use": "A first look at small organic molecules in drug discovery, before anything is measured.",
        "limits": (
            "Not for inorganic compounds, metals, polymers, peptides above about 500 heavy atoms or mixtures: only "
            "the largest part of a salt is looked at. Trust falls with distance from the training molecules; see the "
            "domain and neighbours of each prediction. Not a substitute for a measurement, and not for dosing people."
        ),
        "data": {
            "name": benchmark.DATA_SET,
            "set": endpoint.dataset,
            "sha256": group.sha256,
            "licence": benchmark.LICENCE,
            "citation": benchmark.CITATION,
            "molecules": len(values),
            "spread": spread,
        },
        "metrics": metrics,
    }


def build(
    group: benchmark.Group, keys: Sequence[str], workers: int, seed: int, weights: Path = WEIGHTS
) -> None:
    """Train endpoints and write their folders and the library's."""
    everything = sorted({smiles for part in group.parts.values() for smiles in part.smiles})
    chunks = [everything[start : start + 500] for start in range(0, len(everything), 500)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = [compound for chunk in pool.map(describe, chunks) for compound in chunk]
        compounds = dict(zip(everything, found, strict=True))
        jobs = []
        for key in keys:
            endpoint = ENDPOINTS[key]
            rows = group.parts[endpoint.dataset, "train_val"]
            usable = [
                (compounds[s], v) for s, v in zip(rows.smiles, rows.values, strict=True) if compounds[s]
            ]
            merged = merge([c for c, _ in usable], np.array([v for _, v in usable]), endpoint.is_class)
            jobs.append(pool.submit(train_endpoint, endpoint, merged, seed))
        trained = [job.result() for job in jobs]
    members = sorted({(c.scaffold + " " + c.smiles, c.smiles) for _, cs, _, _ in trained for c in cs})
    smiles = [text for _, text in members]
    place = {text: position for position, text in enumerate(smiles)}
    bits = {c.smiles: c.bits for _, cs, _, _ in trained for c in cs}
    library = np.array([bits[text] for text in smiles])
    save_model(
        weights / "library", {"library": library_arrays(smiles, library)}, library_card(group, len(smiles))
    )
    index = BitLibrary(library)
    for endpoint, own, values, fitted in trained:
        positions = np.array([place[compound.smiles] for compound in own])
        arrays = {**fitted.arrays, "members": np.diff(positions, prepend=0).astype(np.uint16)}
        model = EndpointModel.from_arrays(arrays, {"kind": endpoint.kind, "model": fitted.facts})
        rows = group.parts[endpoint.dataset, "test"]
        metrics = judge(
            endpoint, fitted, values, model, index, ([compounds[s] for s in rows.smiles], rows.values)
        )
        print(endpoint.key, metrics, file=sys.stderr, flush=True)
        facts = {**fitted.facts, "features": featuriser().version, "seed": seed}
        card = {**card_of(endpoint, group, values, metrics), "model": facts}
        save_model(weights / endpoint.key, {"model": arrays}, card)


def library_card(group: benchmark.Group, molecules: int) -> dict[str, Any]:
    """Return the card of the training molecules."""
    return {
        "name": "admet/library",
        "title": "Training molecules of all endpoints",
        "kind": "library",
        "licence": benchmark.LICENCE,
        "split": "official train_val rows only",
        "use": "Similarity, nearest measured neighbours, and the kernel part of the models.",
        "limits": "Standardised structures (parent, uncharged); Morgan bits of radius 2 folded to 1024.",
        "data": {
            "name": benchmark.DATA_SET,
            "sha256": group.sha256,
            "licence": benchmark.LICENCE,
            "citation": benchmark.CITATION,
            "molecules": molecules,
        },
        "metrics": {},
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild the shipped ADMET weights.")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder to write")
    chosen = parser.parse_args()
    build(benchmark.load_group(), list(ENDPOINTS), chosen.workers, chosen.seed, chosen.weights)


if __name__ == "__main__":
    main()
