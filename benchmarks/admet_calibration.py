"""Do 90 % intervals and probabilities of the shipped models mean what they say? As the model cards have it.

On molecules whose errors the calibration did not see: a random fifth of the training molecules, predicted by learners
that did not see their scaffold; and the official test rows of the TDC group, which are split by scaffold.
"""

from __future__ import annotations

import argparse

from harness import write
from kozue.ml.store import find_model
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.modes import MODES

COVERAGE, ERROR = "coverage_of_90_percent_interval", "calibration_error"


def lines(mode):
    """Return one line an endpoint."""
    rows = []
    for key, endpoint in ENDPOINTS.items():
        metrics = find_model(f"admet/{key}").card()["metrics"]
        name = ERROR if endpoint.is_class else COVERAGE
        rows.append(
            {
                "endpoint": key,
                "kind": "calibration error" if endpoint.is_class else "coverage of 90 %",
                "molecules": metrics[f"cross_validated_{mode}"]["n"],
                "random fifth": metrics[f"cross_validated_{mode}"][name],
                "official test": metrics.get(f"test_{mode}", {}).get(name),
            }
        )
    return rows


def picture(rows):
    """Draw both figures of every endpoint."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.5), layout="constrained")
    for axes, kind, goal in zip(
        figure.subplots(1, 2),
        ("coverage of 90 %", "calibration error"),
        ((0.88, 0.92), (0, 0.05)),
        strict=True,
    ):
        chosen = [row for row in rows if row["kind"] == kind]
        axes.axvspan(*goal, color="#dfe8e6")
        for column, colour in (("random fifth", "#2a7ab9"), ("official test", "#d0641f")):
            having = [(row[column], place) for place, row in enumerate(chosen) if row[column] is not None]
            axes.plot(*zip(*having, strict=True), "o", color=colour, label=column)
        axes.set_yticks(range(len(chosen)), [row["endpoint"] for row in chosen], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel(kind)
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=tuple(MODES), default="fast")
    chosen = parser.parse_args()
    rows = lines(chosen.mode)
    intervals = [row for row in rows if row["kind"].startswith("coverage")]
    classes = [row for row in rows if not row["kind"].startswith("coverage")]
    met = all(0.88 <= row["random fifth"] <= 0.92 for row in intervals) and all(
        (row["official test"] is None or row["official test"] >= 0.85) for row in intervals
    )
    met &= all(row["random fifth"] <= 0.05 and (row["official test"] or 0) <= 0.05 for row in classes)
    goal = "90 % intervals cover 88 to 92 % (random) and >= 85 % (scaffold tests); calibration error <= .05"
    write(f"admet_calibration_{chosen.mode}", rows, picture(rows), goal, met)


if __name__ == "__main__":
    main()
