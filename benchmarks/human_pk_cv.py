"""Human pharmacokinetics by cross-validation on the public tables, beside classical scaling on the same compounds.

``python benchmarks/human_pk_cv.py`` repeats five folds (stereoisomers together, everything refitted, pairs of folds
left out for the stacking) with three seeds: about 10 minutes on one core. Figures of other tools are printed ones, on
their own compounds and protocols; they are in the table for orientation.
"""

from __future__ import annotations

import argparse

from harness import write
from kozue.core.context import Context
from kozue.core.registry import get_registry

# (what, endpoint, setting, molecules, metric, bound, whether smaller is better)
GOALS = (
    ("CL, structure only", "cl", "structure", "human table", "GMFE", 2.40, True),
    ("VDss, structure only", "vdss", "structure", "human table", "GMFE", 2.05, True),
    ("CL with rat CL", "cl", "structure + rat CL", "with rat CL", "GMFE", 2.20, True),
    (
        "CL with rat CL, % within 2-fold",
        "cl",
        "structure + rat CL",
        "with rat CL",
        "within_2_fold",
        56.0,
        False,
    ),
    (
        "CL, any of three species",
        "cl",
        "structure + any CL of three species",
        "with any animal CL",
        "GMFE",
        2.05,
        True,
    ),
    (
        "CL, any of three species, % within 2-fold",
        "cl",
        "structure + any CL of three species",
        "with any animal CL",
        "within_2_fold",
        60.0,
        False,
    ),
    ("CL with monkey CL", "cl", "structure + monkey CL", "with monkey CL", "GMFE", 1.80, True),
    (
        "CL with monkey CL, % within 2-fold",
        "cl",
        "structure + monkey CL",
        "with monkey CL",
        "within_2_fold",
        67.0,
        False,
    ),
)


def look_up(rows, endpoint, setting, molecules, metric):
    """Return one line of the evaluation."""
    for row in rows:
        if (row["endpoint"], row["setting"], row["molecules"], row["metric"]) == (
            endpoint,
            setting,
            molecules,
            metric,
        ):
            return row
    raise LookupError((endpoint, setting, molecules, metric))


def comparisons(rows):
    """Return a line of the table for every comparison: its metrics side by side."""
    lines = {}
    for row in rows:
        key = (row["endpoint"], row["setting"], row["molecules"], row["protocol"])
        line = lines.setdefault(
            key,
            {
                "endpoint": row["endpoint"],
                "known": row["setting"],
                "compounds": row["molecules"],
                "n": row["n"],
            },
        )
        interval = "" if row["low"] is None else f" ({row['low']:.3g} to {row['high']:.3g})"
        line[row["metric"]] = f"{row['value']:.3g}{interval}"
        line["protocol"] = row["protocol"]
    return list(lines.values())


def picture(rows):
    """Draw the fold error of clearance for each setting, the model's beside the classical ones."""
    from matplotlib.figure import Figure

    shown = [
        row
        for row in rows
        if row["endpoint"] == "cl" and row["metric"] == "GMFE" and row["low"] is not None and row["n"] >= 60
    ]
    figure = Figure(figsize=(8, 0.3 * len(shown) + 1.2), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(shown):
        ours = row["setting"].startswith("structure")
        colour = "#0f766e" if ours else "#d0641f"
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=4, alpha=0.3)
        axes.plot(row["value"], place, "o", color=colour)
    labels = [f"{row['setting'].replace('_', ' ')} ({row['molecules']}, n={row['n']})" for row in shown]
    axes.set_yticks(range(len(shown)), labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("GMFE of human clearance with 95 % interval (orange: classical)", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    operation = get_registry().operation("human_pk.evaluate")
    context = Context(on_progress=lambda state: print(state.done, state.total, state.message, flush=True))
    result = operation(iter(()), operation.parse({"seeds": chosen.seeds}), context)
    rows = result.tables["evaluation"].to_pylist()
    write("human_pk_cv", comparisons(rows), picture(rows), "every comparison with its interval", None)
    judged, met = [], True
    for what, *key, bound, smaller in GOALS:
        row = look_up(rows, *key)
        reached = row["value"] <= bound if smaller else row["value"] >= bound
        met &= reached
        judged.append(
            {
                "what": what,
                "n": row["n"],
                "Kozue": round(row["value"], 3),
                "95 % interval": f"{row['low']:.3g} to {row['high']:.3g}",
                "wanted": f"{'<=' if smaller else '>='} {bound:g}",
                "reached": "yes" if reached else "no",
            }
        )
    write("human_pk_goals", judged, None, "fold errors of human clearance and volume", met)


if __name__ == "__main__":
    main()
