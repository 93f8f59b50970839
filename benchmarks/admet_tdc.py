"""Shipped ADMET models on the official test rows of the TDC group, beside its public leaderboard.

``python benchmarks/admet_tdc.py --mode accurate`` judges the shipped weights in one mode (minutes). ``--seeds 5`` also
trains from scratch with as many seeds, as the leaderboard asks for (three hours of processor time a seed), and shows
mean and spread. ``--endpoints dili herg`` judges only some (training still trains all of them: they share networks).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from harness import write
from kozue.ml.domain import judge as judge_domain
from kozue.ml.metrics import METRICS, bootstrap, coverage, ece
from kozue.systems.molecules.admet import benchmark, ensemble, leaderboard, training
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.evaluating import official_answers
from kozue.systems.molecules.admet.modes import MODES

CONFIDENCE = 0.9
BENCHMARK = {key: endpoint for key, endpoint in ENDPOINTS.items() if endpoint.is_benchmark}


def judge(group, key, mode):
    """Return one line of the table, the place on the board, and errors by domain."""
    endpoint = ENDPOINTS[key]
    truth, (value, low, high, similarity) = official_answers(group, key, mode, CONFIDENCE)
    found = bootstrap(endpoint.metric, truth, value)
    line = {
        "endpoint": key,
        "n": found.n,
        "metric": endpoint.metric,
        "Kozue": round(found.value, 4),
        "95 % interval": f"{found.low:.3f} to {found.high:.3f}",
    }
    standing = group.standing(endpoint.dataset, endpoint.metric, found.value)
    if standing is not None:
        best = f"{standing.best.name} {standing.best.value:.3f}"
        line |= {"rank": standing.place, "of": standing.entries, "best entry": best}
        line["rank without leaks"] = standing.clean_place
    line["ECE"] = round(ece(truth, value), 3) if endpoint.is_class else None
    line["coverage of 90 %"] = None if endpoint.is_class else round(coverage(truth, low, high), 3)
    model = ensemble.Ensemble.load((key,)).models[key]
    error = np.abs(model.scale.forward(truth) - model.scale.forward(value))
    return (
        line,
        standing,
        (error / error.mean(), np.array(judge_domain(similarity, model.inside, model.edge))),
    )


def by_domain(errors):
    """Return the mean error by domain, each endpoint's errors divided by their mean first."""
    size = np.concatenate([error for error, _ in errors])
    domain = np.concatenate([names for _, names in errors])
    return [
        {
            "domain": name,
            "predictions": int((domain == name).sum()),
            "relative error": float(size[domain == name].mean()) if (domain == name).any() else float("nan"),
        }
        for name in ("inside", "edge", "outside")
    ]


def forget():
    """Let go of all weights that were read: whatever the module keeps, so that none of another seed are judged."""
    for kept in vars(ensemble).values():
        if hasattr(kept, "cache_clear") and kept.__module__ == ensemble.__name__:
            kept.cache_clear()


def retrained(group, keys, seeds, mode):
    """Return the metric of endpoints for every seed, trained from scratch (all of them: they share networks)."""
    scores = {key: [] for key in keys}
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            training.build(2, seed, Path(folder) / "weights", Path(folder) / "kept")
            shipped = ensemble.WEIGHTS
            try:
                ensemble.WEIGHTS = Path(folder) / "weights"
                forget()
                for key in keys:
                    truth, columns = official_answers(group, key, mode, CONFIDENCE)
                    scores[key].append(METRICS[ENDPOINTS[key].metric](truth, columns[0]))
            finally:
                ensemble.WEIGHTS = shipped
                forget()
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="also train from scratch with so many seeds")
    parser.add_argument("--mode", choices=tuple(MODES), default="accurate")
    parser.add_argument(
        "--endpoints", nargs="+", choices=tuple(BENCHMARK), default=list(BENCHMARK), metavar="ENDPOINT"
    )
    chosen = parser.parse_args()
    group, keys = benchmark.load_group(), list(dict.fromkeys(chosen.endpoints))
    judged = {key: judge(group, key, chosen.mode) for key in keys}
    lines = [line for line, _, _ in judged.values()]
    if chosen.seeds:
        for line, scores in zip(
            lines, retrained(group, keys, chosen.seeds, chosen.mode).values(), strict=True
        ):
            line["seeds"] = f"{np.mean(scores):.3f} ± {np.std(scores):.3f} ({chosen.seeds})"
    standings = {key: standing for key, (_, standing, _) in judged.items() if standing is not None}
    found = benchmark.summary_of(list(standings.values()))
    if found:
        summary = {
            "endpoint": "ALL",
            "Kozue": f"mean rank {found['mean_place']}, without leaks {found['mean_place_without_leaks']}",
            "95 % interval": f"first on {found['first_on']}, without leaks {found['first_on_without_leaks']}",
            "rank": f"top 3 on {found['top_3_on']} of {found['boards']}",
        }
        lines.append(summary)
    is_whole = len(keys) == len(BENCHMARK)
    met = None
    if is_whole and found:
        met = (
            found["mean_place"] <= 2.5
            and found["first_on"] >= 8
            and found["top_3_on"] >= 16
            and found["worst_place"] <= 8
        )
    goal = "mean rank <= 2.5, first on >= 8, among the first three on >= 16, none below 8"
    part = "" if is_whole else "_part"
    write(
        f"admet_tdc_{chosen.mode}{part}", lines, leaderboard.picture(standings) if found else None, goal, met
    )
    rows = by_domain([errors for _, _, errors in judged.values()])
    inside, edge, outside = (row["relative error"] for row in rows)
    rises = (inside < edge < outside) if is_whole else None
    write(f"admet_domain{part}", rows, None, "the error rises from inside to edge to outside", rises)


if __name__ == "__main__":
    main()
