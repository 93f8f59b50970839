"""Shipped ADMET models on the official test rows of the TDC group, beside its public leaderboard.

``python benchmarks/admet_tdc.py --mode accurate`` judges the shipped weights in one mode (minutes). ``--seeds 5`` also
trains from scratch with as many seeds, as the leaderboard asks for (three hours of processor time a seed), and shows
mean and spread.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from harness import write
from kozue.ml.domain import judge as judge_domain
from kozue.ml.metrics import METRICS, SMALLER_IS_BETTER, bootstrap, coverage, ece
from kozue.systems.molecules.admet import benchmark, ensemble, training
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.features import prepare
from kozue.systems.molecules.admet.modes import MODES

# Entries whose networks were pre-trained on assays that hold the labels of the Veith and CarbonMangels sets
# (github.com/mims-harvard/TDC issue 166), and a board that repeats the scores of another set (issue 394).
LEAKED = ("MapLight + GNN", "ContextPred", "AttrMasking")
LEAKED_SETS = ("cyp2c9", "cyp2d6", "cyp3a4")
WRONG_BOARD = "bioavailability_ma"
BENCHMARK = {key: endpoint for key, endpoint in ENDPOINTS.items() if endpoint.is_benchmark}


def test_answers(group, key, mode):
    """Return truth, and value, low, high, similarity of the shipped model, for every test row of an endpoint."""
    part = group.parts[ENDPOINTS[key].dataset, "test"]
    prepared = prepare(part.smiles)
    models = ensemble.Ensemble.load((key,), mode)
    columns = np.full((4, len(part.smiles)), float(models.models[key].values.mean()))
    columns[3] = 0.0
    for start in range(0, len(prepared.mols), 512):
        rows = prepared.rows[start : start + 512]
        answer = models.answers(
            type(prepared)(rows, prepared.mols[start : start + 512], {}, 0), 0.9, 1, mode
        )[key]
        columns[:, rows] = [answer.value, answer.low, answer.high, answer.similarity]
    return part.values, columns


def place(group, endpoint, score, clean):
    """Return the place on the board, optionally without the entries that saw the labels."""
    rows = [row for row in group.leaderboard if row["dataset"] == endpoint.dataset]
    if clean and endpoint.dataset.startswith(LEAKED_SETS):
        rows = [row for row in rows if not row["model"].startswith(LEAKED)]
    sign = 1 if endpoint.metric in SMALLER_IS_BETTER else -1
    better = sum(sign * float(row["mean"]) < sign * score for row in rows)
    return better + 1, len(rows), (rows[0]["model"], float(rows[0]["mean"])) if rows else ("", None)


def judge(group, key, mode):
    """Return one line of the table."""
    endpoint = ENDPOINTS[key]
    truth, (value, low, high, similarity) = test_answers(group, key, mode)
    found = bootstrap(endpoint.metric, truth, value)
    line = {
        "endpoint": key,
        "n": found.n,
        "metric": endpoint.metric,
        "Kozue": round(found.value, 4),
        "95 % interval": f"{found.low:.3f} to {found.high:.3f}",
    }
    if group.leaderboard and endpoint.dataset != WRONG_BOARD:
        rank, entries, best = place(group, endpoint, found.value, False)
        line |= {"rank": rank, "of": entries + 1, "best entry": f"{best[0]} {best[1]:.3f}"}
        line["rank without leaks"] = place(group, endpoint, found.value, True)[0]
    line["ECE"] = round(ece(truth, value), 3) if endpoint.is_class else None
    line["coverage of 90 %"] = None if endpoint.is_class else round(coverage(truth, low, high), 3)
    model = ensemble.Ensemble.load((key,)).models[key]
    error = np.abs(model.scale.forward(truth) - model.scale.forward(value))
    return line, (error / error.mean(), np.array(judge_domain(similarity, model.inside, model.edge)))


def by_domain(errors):
    """Return the mean error by domain, each endpoint's errors divided by their mean first."""
    size = np.concatenate([error for error, _ in errors])
    domain = np.concatenate([names for _, names in errors])
    return [
        {
            "domain": name,
            "predictions": int((domain == name).sum()),
            "relative error": float(size[domain == name].mean()),
        }
        for name in ("inside", "edge", "outside")
    ]


def retrained(group, seeds, mode):
    """Return the metric of every endpoint for every seed, trained from scratch."""
    scores = {key: [] for key in BENCHMARK}
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            training.build(2, seed, Path(folder) / "weights", Path(folder) / "kept")
            shipped = ensemble.WEIGHTS
            try:
                ensemble.WEIGHTS = Path(folder) / "weights"
                ensemble._library.cache_clear()
                ensemble._model.cache_clear()
                ensemble.shipped_networks.cache_clear()
                for key, endpoint in BENCHMARK.items():
                    truth, columns = test_answers(group, key, mode)
                    scores[key].append(METRICS[endpoint.metric](truth, columns[0]))
            finally:
                ensemble.WEIGHTS = shipped
                ensemble._library.cache_clear()
                ensemble._model.cache_clear()
                ensemble.shipped_networks.cache_clear()
    return scores


def picture(lines):
    """Draw where each endpoint stands on its board."""
    from matplotlib.figure import Figure

    ranked = [line for line in lines if line.get("of")]
    figure = Figure(figsize=(7, 0.28 * len(ranked) + 1.2), layout="constrained")
    axes = figure.subplots()
    for row, line in enumerate(ranked):
        axes.plot([1, line["of"]], [row, row], color="#d0d0d0", linewidth=5, solid_capstyle="round")
        axes.plot(line["rank"], row, "o", color="#0f766e", markersize=8)
    axes.set_yticks(range(len(ranked)), [line["endpoint"] for line in ranked])
    axes.invert_yaxis()
    axes.set_xlabel("place on the TDC leaderboard of March 2026 (1 is best; grey: all entries)")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="also train from scratch with so many seeds")
    parser.add_argument("--mode", choices=tuple(MODES), default="accurate")
    chosen = parser.parse_args()
    group = benchmark.load_group()
    judged = [judge(group, key, chosen.mode) for key in BENCHMARK]
    lines = [line for line, _ in judged]
    if chosen.seeds:
        for line, scores in zip(lines, retrained(group, chosen.seeds, chosen.mode).values(), strict=True):
            line["seeds"] = f"{np.mean(scores):.3f} ± {np.std(scores):.3f} ({chosen.seeds})"
    ranks = [line["rank"] for line in lines if line.get("rank")]
    if ranks:
        clean = [line["rank without leaks"] for line in lines if line.get("rank")]
        summary = {
            "endpoint": "ALL",
            "Kozue": f"mean rank {np.mean(ranks):.2f}, without leaks {np.mean(clean):.2f}",
            "95 % interval": f"first on {sum(r == 1 for r in ranks)}, without leaks {sum(r == 1 for r in clean)}",
            "rank": f"top 3 on {sum(r <= 3 for r in ranks)} of {len(ranks)}",
        }
        lines.append(summary)
    met = bool(ranks) and (
        np.mean(ranks) <= 2.5
        and sum(rank == 1 for rank in ranks) >= 8
        and sum(rank <= 3 for rank in ranks) >= 16
        and max(ranks) <= 8
    )
    goal = "mean rank <= 2.5, first on >= 8, among the first three on >= 16, none below 8"
    write(f"admet_tdc_{chosen.mode}", lines, picture(lines) if ranks else None, goal, met)
    rows = by_domain([errors for _, errors in judged])
    inside, edge, outside = (row["relative error"] for row in rows)
    write(
        "admet_domain", rows, None, "the error rises from inside to edge to outside", inside < edge < outside
    )


if __name__ == "__main__":
    main()
