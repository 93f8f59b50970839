"""What a training run shows: metrics with intervals, held-out predictions, cleaning, pictures."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kozue.core.operation import JobResult
from kozue.core.records import Column, Label, arrow_field
from kozue.ml.metrics import bootstrap, ece
from kozue.systems.molecules.admet import parting
from kozue.systems.molecules.admet.honesty import cross_calibrated, cross_coverage
from kozue.systems.molecules.admet.outputs import METRICS_SCHEMA

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.fitting import Fitted
    from kozue.systems.molecules.admet.learning import Measured
    from kozue.systems.molecules.admet.settings import TrainSettings


def shown(fitted: Fitted) -> np.ndarray:
    """Return out-of-fold predictions in the measured unit, or as scores for classes; shape (n,)."""
    scale = fitted.model.scale
    return fitted.out_of_fold if fitted.model.is_class else scale.backward(fitted.out_of_fold)


def metrics(measured: Measured, fitted: Fitted) -> dict[str, Any]:
    """Return metrics for the card: name to value, low, high."""
    names = ("AUROC", "AUPRC") if measured.is_class else ("MAE", "RMSE", "R2", "Spearman")
    found: dict[str, Any] = {}
    for name in names:
        estimate = bootstrap(name, measured.values, shown(fitted), rounds=500)
        found[name] = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    if measured.is_class:
        found["ECE"] = {"value": ece(measured.values, cross_calibrated(measured.values, fitted))}
    else:
        found["coverage"] = {"value": cross_coverage(measured.values, fitted)}
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
        name: [] for name in ("row", "target", "smiles", "measured", "predicted", "fold")
    }
    figures: dict[str, str] = {}
    for target, measured, fit, described in zip(
        settings.target, jobs, fitted, card["targets"].values(), strict=True
    ):
        for name, found in described["metrics"].items():
            cells = (target, name, found["value"], found.get("low"), found.get("high"), len(measured.values))
            for column, cell in zip(lines, cells, strict=True):
                lines[column].append(cell)
        predicted = shown(fit)
        held["row"] += [row + 1 for row in measured.rows]
        held["target"] += [target] * len(measured.rows)
        held["smiles"] += [keys[place] for place in measured.places]
        held["measured"] += measured.values.tolist()
        held["predicted"] += predicted.tolist()
        held["fold"] += fit.folds.tolist()
        figures[f"{target}: measured and predicted"] = picture(target, measured, predicted)
    cleaning = [entry for measured in jobs for entry in measured.cleaning]
    columns = ("target", "smiles", "measurements", "low", "high", "used", "doubtful")
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
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "kozue", "svg.fonttype": "path"}):
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
            axes.scatter(measured.values, predicted, s=14, color="#2a7ab9", alpha=0.65, linewidths=0)
            ends = [min(measured.values.min(), predicted.min()), max(measured.values.max(), predicted.max())]
            axes.plot(ends, ends, color="#888888", linewidth=1)
            axes.set_xlabel("measured")
            axes.set_ylabel("predicted, not trained on")
        axes.set_title(target[:60], fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def fingerprint(keys: list[str], jobs: list[Measured]) -> str:
    """Return a sha256 over the molecules and values that were learned from."""
    digest = hashlib.sha256()
    for measured in jobs:
        for place, value in zip(measured.places, measured.values, strict=True):
            digest.update(f"{keys[place]}\t{value!r}\n".encode())
    return digest.hexdigest()
