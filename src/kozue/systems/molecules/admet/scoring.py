"""What a training run shows: metrics with intervals, held-out predictions, cleaning, pictures."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kozue.core.operation import JobResult
from kozue.core.records import Column, Label, arrow_field
from kozue.core.svg import as_svg
from kozue.ml.concordance import concordance
from kozue.ml.metrics import bootstrap, ece
from kozue.systems.molecules.admet import parting
from kozue.systems.molecules.admet.honesty import cross_calibrated, cross_coverage
from kozue.systems.molecules.admet.measurements import bounds_text
from kozue.systems.molecules.admet.outputs import METRICS_SCHEMA

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.cleaning import Measured
    from kozue.systems.molecules.admet.fitting import Fitted
    from kozue.systems.molecules.admet.settings import TrainSettings


def shown(fitted: Fitted) -> np.ndarray:
    """Return out-of-fold predictions in the measured unit, or as scores for classes; shape (n,)."""
    scale = fitted.model.scale
    return fitted.out_of_fold if fitted.model.is_class else scale.backward(fitted.out_of_fold)


def metrics(measured: Measured, fitted: Fitted) -> dict[str, Any]:
    """Return metrics for the card: name to value, low, high and number of molecules.

    Limits have no value to compare with: only ``concordance``, which asks for the order, counts them.
    """
    names = ("AUROC", "AUPRC") if measured.is_class else ("MAE", "RMSE", "R2", "Spearman")
    known = measured.is_measured
    values, predicted = measured.values[known], shown(fitted)
    of_measured = dataclasses.replace(
        fitted,
        by_mode={mode: column[known] for mode, column in fitted.by_mode.items()},
        similarity=fitted.similarity[known],
    )
    found: dict[str, Any] = {}
    for name in names:
        estimate = bootstrap(name, values, predicted[known], rounds=500)
        found[name] = dataclasses.asdict(estimate)
    if measured.is_class:
        found["ECE"] = {"value": ece(values, cross_calibrated(values, of_measured)), "n": len(values)}
        return found
    found["concordance"] = dataclasses.asdict(concordance(measured.bounds, predicted))
    found["coverage"] = {"value": cross_coverage(values, of_measured), "n": len(values)}
    return found


def result(
    settings: TrainSettings,
    jobs: list[Measured],
    fitted: list[Fitted],
    keys: list[str],
    card: dict[str, Any],
    known: int,
) -> JobResult:
    """Build the tables and figures; ``known``: how many molecules the shipped models were trained on."""
    lines: dict[str, list[Any]] = {column.name: [] for column in METRICS_SCHEMA}
    held: dict[str, list[Any]] = {
        name: [] for name in ("row", "target", "smiles", "measured", "limit", "predicted", "fold")
    }
    figures: dict[str, str] = {}
    for target, measured, fit, described in zip(
        settings.target, jobs, fitted, card["targets"].values(), strict=True
    ):
        for name, found in described["metrics"].items():
            cells = (target, name, found["value"], found.get("low"), found.get("high"), found["n"])
            for column, cell in zip(lines, cells, strict=True):
                lines[column].append(cell)
        predicted = shown(fit)
        held["row"] += [row + 1 for row in measured.rows]
        held["target"] += [target] * len(measured.rows)
        held["smiles"] += [keys[place] for place in measured.places]
        held["measured"] += np.where(measured.is_measured, measured.values, None).tolist()
        held["limit"] += [bounds_text(low, high) for low, high in measured.bounds]
        held["predicted"] += predicted.tolist()
        held["fold"] += fit.folds.tolist()
        figures[f"{target}: measured and predicted"] = picture(target, measured, predicted)
    cleaning = [entry for measured in jobs for entry in measured.cleaning]
    columns = (
        "target",
        "smiles",
        "measurements",
        "limits",
        "low",
        "high",
        "used",
        "used_limit",
        "doubtful",
    )
    tables = {
        "metrics": pa.table(
            [pa.array(lines[column.name], arrow_field(column).type) for column in METRICS_SCHEMA],
            schema=METRICS_SCHEMA.to_arrow(),
        ),
        "held_out": _molecules(held),
        "audit": pa.Table.from_pylist(
            [
                {"target": target, **line}
                for target, fit in zip(settings.target, fitted, strict=True)
                for line in parting.audit(fit.similarity, known, settings.transfer)
            ]
        ),
        "cleaning": _molecules({name: [entry[name] for entry in cleaning] for name in columns}),
    }
    summary = {
        "model": settings.name,
        "molecules": card["data"]["molecules"],
        "targets": {
            target: len(measured.values) for target, measured in zip(settings.target, jobs, strict=True)
        },
        "kinds": {
            target: "classification" if measured.is_class else "regression"
            for target, measured in zip(settings.target, jobs, strict=True)
        },
        "limits": {
            target: measured.limits
            for target, measured in zip(settings.target, jobs, strict=True)
            if measured.limits
        },
        "next": f"admet.apply with model={settings.name}",
    }
    return JobResult(tables=tables, figures=figures, summary=summary)


def _molecules(columns: dict[str, list[Any]]) -> pa.Table:
    """Make a table whose ``smiles`` column is drawn as structures."""
    table = pa.table({name: pa.array(values) for name, values in columns.items() if name != "smiles"})
    structure = arrow_field(Column("smiles", role="molecule", label=Label("Structure", "構造")))
    place = list(columns).index("smiles")
    return table.add_column(place, structure, pa.array(columns["smiles"], pa.string()))


def picture(target: str, measured: Measured, predicted: np.ndarray) -> str:
    """Draw held-out predictions against measurements as SVG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    if measured.is_class:
        edges = np.linspace(0, 1, 21)
        for value, colour, name in ((0, "#2a7ab9", "negative"), (1, "#d0641f", "positive")):
            axes.hist(predicted[measured.values == value], edges, color=colour, alpha=0.65, label=name)
        axes.set_xlabel("score of molecules not trained on")
        axes.set_ylabel("molecules")
        axes.legend(frameon=False)
    else:
        low, high = measured.bounds.T
        exact = measured.is_measured
        axes.scatter(
            measured.values[exact], predicted[exact], s=14, color="#2a7ab9", alpha=0.65, linewidths=0
        )
        for side, marker in ((np.isinf(high), ">"), (np.isinf(low), "<"), (~exact, "|")):
            rows = side & ~exact
            exact = exact | rows
            style = {"marker": marker, "s": 18, "linewidths": 0.8, "alpha": 0.65}
            colours = (
                {"color": "#d0641f"} if marker == "|" else {"facecolors": "none", "edgecolors": "#d0641f"}
            )
            axes.scatter(measured.values[rows], predicted[rows], **style, **colours)
        ends = [min(measured.values.min(), predicted.min()), max(measured.values.max(), predicted.max())]
        axes.plot(ends, ends, color="#888888", linewidth=1)
        axes.set_xlabel("measured (orange: only a limit)" if np.isinf(measured.bounds).any() else "measured")
        axes.set_ylabel("predicted, not trained on")
    axes.set_title(target[:60], fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    return as_svg(figure)


def fingerprint(keys: list[str], jobs: list[Measured]) -> str:
    """Return a sha256 over the molecules and values that were learned from."""
    digest = hashlib.sha256()
    for measured in jobs:
        for place, value, bounds in zip(measured.places, measured.values, measured.bounds, strict=True):
            digest.update(f"{keys[place]}\t{value!r}{bounds_text(*bounds)}\n".encode())
    return digest.hexdigest()
