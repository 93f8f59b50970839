"""What each shipped model's card says."""

from __future__ import annotations

from typing import Any

import numpy as np

from kozue.ml.metrics import Estimate, bootstrap, coverage, ece
from kozue.systems.molecules.admet.benchmark import BOARD
from kozue.systems.molecules.admet.endpoints import Endpoint
from kozue.systems.molecules.admet.sources import Material
from kozue.systems.molecules.admet.tasks import TASKS
from kozue.systems.molecules.admet.teaching import FOLDS

_USE = "A first look at small organic molecules in drug discovery, before anything is measured."
_LIMITS = (
    "Not for inorganic compounds, metals, polymers, peptides above about 500 heavy atoms or mixtures: only the "
    "largest part of a salt is looked at. Trust falls with distance from the training molecules; see the domain and "
    "neighbours of each prediction. Not a substitute for a measurement, and not for dosing people."
)


def judged(
    endpoint: Endpoint, truth: np.ndarray, value: np.ndarray, **interval: np.ndarray
) -> dict[str, Any]:
    """Return the endpoint's metric with its bootstrap interval, and how honest the uncertainty is.

    Parameters
    ----------
    endpoint : Endpoint
        What was predicted.
    truth, value : numpy.ndarray
        Shape (n,), measured unit or probability.
    interval : tuple of numpy.ndarray, optional
        Lower and upper ends, each shape (n,); for classes it says that ``value`` is calibrated.
    """
    found: Estimate = bootstrap(endpoint.metric, truth, value)
    line: dict[str, Any] = {
        "metric": endpoint.metric,
        "value": round(found.value, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "interval": "95 % bootstrap",
        "n": found.n,
    }
    if interval is not None and endpoint.is_class:
        line["calibration_error"] = round(ece(truth, value), 4)
    elif interval is not None:
        line["coverage_of_90_percent_interval"] = round(coverage(truth, *interval), 4)
    return line


def endpoint_card(
    endpoint: Endpoint, material: Material, values: np.ndarray, metrics: dict[str, Any]
) -> dict[str, Any]:
    """Return the card of an endpoint without its ``model`` table."""
    source = material.sources[endpoint.source]
    best = material.group.best(endpoint.dataset) if endpoint.is_benchmark else None
    if best is not None:
        metrics["best_public"] = {"entry": best[0], "value": best[1], "board": BOARD}
    spread = (
        f"{int(values.sum())} positive, {int((1 - values).sum())} negative"
        if endpoint.is_class
        else f"values from {values.min():.4g} to {values.max():.4g} {endpoint.unit}"
    )
    split = (
        "the official train_val rows only; the official test rows were never trained on"
        if endpoint.is_benchmark
        else "all rows but those whose molecules stand in an official test set of a like property"
    )
    return {
        "name": f"admet/{endpoint.key}",
        "title": endpoint.label.en,
        "kind": endpoint.kind,
        "unit": endpoint.unit,
        "reading": endpoint.reading.en,
        "licence": f"Apache-2.0 (weights); training data {source.licence}",
        "split": f"{FOLDS} scaffold folds of {split}",
        "use": _USE,
        "limits": _LIMITS,
        "data": {
            "name": source.name,
            "set": endpoint.dataset,
            "sha256": source.sha256,
            "licence": source.licence,
            "citation": source.citation,
            "molecules": len(values),
            "spread": spread,
        },
        "metrics": metrics,
    }


def library_card(material: Material, molecules: int) -> dict[str, Any]:
    """Return the card of the training molecules."""
    return {
        "name": "admet/library",
        "title": "Training molecules of all endpoints",
        "kind": "library",
        "licence": _licences(material),
        "split": "official train_val rows only, and rows of the other sets that stand in no like test set",
        "use": "Similarity, nearest measured neighbours, and the kernel part of the models.",
        "limits": "Standardised structures (parent, uncharged); Morgan bits of radius 2 folded to 1024.",
        "data": _data(material, molecules),
        "metrics": {},
    }


def networks_card(material: Material, molecules: int) -> dict[str, Any]:
    """Return the card of the shared networks."""
    return {
        "name": "admet/networks",
        "title": "Networks shared by all endpoints",
        "kind": "networks",
        "licence": f"Apache-2.0 (weights); training data {_licences(material)}",
        "split": (
            f"{FOLDS} scaffold folds over all {len(TASKS)} tasks; no value of a like property of any molecule of "
            "an official test set"
        ),
        "use": "One learner among several of each endpoint, and the start of models trained on own measurements.",
        "limits": _LIMITS,
        "data": _data(material, molecules),
        "metrics": {},
    }


def _licences(material: Material) -> str:
    return ", ".join(sorted({source.licence for source in material.sources.values()}))


def _data(material: Material, molecules: int) -> dict[str, Any]:
    sources = list(material.sources.values())
    return {
        "name": ", ".join(source.name for source in sources),
        "sha256": ", ".join(source.sha256 for source in sources),
        "licence": _licences(material),
        "citation": "; ".join(source.citation for source in sources),
        "molecules": molecules,
    }
