"""PMO: the area under the mean of the best ten over the calls, beside mol-ga and plain REINVENT in the same run.

``python benchmarks/design_pmo.py [--tasks quick|all|NAME …] [--calls 1000] [--seeds 1] [--peer PYTHON] [--workers 1]``

PMO itself is ``--tasks all --calls 10000 --seeds 3`` or more: every call counts, the prior saw ZINC250k only, and no
molecule was scored beforehand. ``PYTHON`` is that of an environment with ``mol-ga`` (``pip install mol-ga rdkit``).
One JSON a method, task and seed lies in ``--runs``; what is there is not run again, so that the same command goes on
after a stop. ``--methods`` chooses among ours, policy (ours, fine-tuning alone), tree, genetic, reinvent and mol-ga.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import harness
from design_runs import ONE_THREAD, auc_top10, ours, write
from kozue.systems.molecules.design.tasks import PMO, QUICK

GENERATORS = {
    "ours": ["tree", "policy", "genetic"],
    "policy": ["policy"],
    "tree": ["tree"],
    "genetic": ["genetic"],
}
OTHERS = ("reinvent", "mol-ga")
GOAL_ALL, GENETIC_GFN = 16.3, 16.213
PUBLISHED_CALLS = 10_000


def main():
    given = arguments()
    tasks = {"quick": QUICK, "all": PMO}.get(given.tasks[0], tuple(given.tasks))
    plan = [(method, task, seed) for seed in range(given.seeds) for task in tasks for method in given.methods]
    with ThreadPoolExecutor(given.workers) as pool:
        found = dict(zip(plan, pool.map(lambda one: run(*one, given), plan), strict=True))
    rows = []
    for task in tasks:
        row = {"task": task}
        for method in given.methods:
            areas = [
                auc_top10(found[method, task, seed]["scores"], given.calls) for seed in range(given.seeds)
            ]
            row[method] = statistics.fmean(areas)
            if given.seeds > 1:
                row[f"{method}, SD"] = statistics.stdev(areas)
        rows.append(row)
    sums = {method: sum(row[method] for row in rows) for method in given.methods}
    cpu = {
        method: sum(one["cpu_s"] for (name, _, _), one in found.items() if name == method)
        for method in given.methods
    }
    rows += [{"task": f"sum of {len(tasks)}", **sums}, {"task": "CPU s in all", **cpu}]
    name, goal, met = judged(given, tasks, sums)
    figure = harness.bars(
        f"Sum of AUC top-10, {len(tasks)} tasks, {given.calls:,} calls",
        list(sums),
        list(sums.values()),
        "sum of AUC top-10",
        GOAL_ALL if name == "design_pmo" else None,
    )
    harness.write(name, rows, figure, goal, met)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", default=["quick"], choices=("quick", "all", *PMO))
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--peer", default="")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--methods", nargs="+", choices=(*GENERATORS, *OTHERS))
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--candidates", type=int, default=4)
    parser.add_argument("--runs", type=Path, default=harness.OUT / "design_pmo_runs")
    given = parser.parse_args()
    if given.methods is None:
        whole = given.tasks == ["all"]
        given.methods = ["ours"] if whole else ["ours", "reinvent", *(["mol-ga"] if given.peer else [])]
    if "mol-ga" in given.methods and not given.peer:
        parser.error("--methods mol-ga needs --peer PYTHON")
    return given


def judged(given, tasks, sums):
    """Return the benchmark's name, its goal in words and whether it was met."""
    if len(tasks) == len(PMO) and given.calls == PUBLISHED_CALLS:
        goal = f"sum of 23 AUC top-10 >= {GOAL_ALL} at 10,000 calls ({given.seeds} seeds; Genetic GFN {GENETIC_GFN})"
        return "design_pmo", goal, sums.get("ours", 0.0) >= GOAL_ALL
    others = [value for method, value in sums.items() if method in OTHERS]
    goal = (
        f"{len(tasks)} tasks x {given.calls:,} calls: above mol-ga and above plain REINVENT in the same run"
    )
    met = sums["ours"] > max(others) if others and "ours" in sums else None
    return "design_pmo_quick", goal, met


def run(method, task, seed, given):
    """Run one search, or read it if it has been."""
    place = given.runs / f"{method}-{task}-{given.calls}-{seed}.json"
    if method in GENERATORS:
        return ours(
            task,
            place,
            calls=given.calls,
            seed=seed,
            prior=given.prior,
            generators=GENERATORS[method],
            candidates=given.candidates,
        )
    if place.is_file():
        return json.loads(place.read_text(encoding="utf-8"))
    beside = place.with_suffix(".making")
    script = Path(__file__).with_name("design_baselines.py")
    command = [sys.executable, str(script), method, task, str(beside), "--calls", str(given.calls)]
    command += ["--seed", str(seed), "--prior", given.prior, "--peer", given.peer]
    cost = harness.measure(command, environment=ONE_THREAD | {"PYTHONHASHSEED": str(seed)})
    found = json.loads(beside.read_text(encoding="utf-8")) | {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s}
    os.unlink(beside)
    write(place, found)
    return found


if __name__ == "__main__":
    main()
