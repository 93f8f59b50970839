"""One search of ours on a benchmark task, its calls written as JSON: the other design benchmarks start it.

``python benchmarks/design_runs.py TASK OUT [--calls N] [--seed S] [--prior NAME] [--generators tree …]``
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import harness

ONE_THREAD = {"OMP_NUM_THREADS": "1"}
PMO_EVERY, PMO_TOP = 100, 10


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("out", type=Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--generators", nargs="+", default=["tree", "policy", "genetic"])
    parser.add_argument("--candidates", type=int, default=4)
    given = parser.parse_args()
    from kozue.core.registry import get_registry
    from kozue.run import answer
    from kozue.systems.molecules.design import search

    spent = {}
    assemble = search.assemble

    def assembled(*arguments):
        """Note what the search has cost before its tables and pictures are made."""
        spent["search_cpu_s"] = time.process_time() - began
        return assemble(*arguments)

    search.assemble = assembled

    settings = {
        "rewards": [f"task:{given.task}"],
        "combine": "sum",
        "generators": given.generators,
        "calls": given.calls,
        "prior": given.prior,
        "candidates": given.candidates,
    }
    op = get_registry().operation("design.search")
    began = time.process_time()
    found = answer(op, None, settings, seed=given.seed)
    calls = found.tables["calls"].sort_by("call").to_pydict()
    generators = found.tables["generators"].to_pydict()
    proposed, repeated = sum(generators["proposed"]), sum(generators["repeated"])
    write(
        given.out,
        {
            "smiles": calls["smiles"],
            "scores": calls["score"],
            "unique": 1 - repeated / max(proposed, 1),
            "generators": generators,
            **spent,
        },
    )


def ours(task, out, *, calls, seed, prior, generators, candidates):
    """Run a search in a process of its own, or read it if it has been; return its JSON with ``cpu_s``."""
    if out.is_file():
        return json.loads(out.read_text(encoding="utf-8"))
    beside = out.with_suffix(".making")
    command = [sys.executable, __file__, task, str(beside), "--calls", str(calls), "--seed", str(seed)]
    command += ["--prior", prior, "--candidates", str(candidates), "--generators", *generators]
    cost = harness.measure(command, environment=ONE_THREAD)
    found = json.loads(beside.read_text(encoding="utf-8")) | {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s}
    beside.unlink()
    write(out, found)
    return found


def write(path, content):
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}")
    making.write_text(json.dumps(content), encoding="utf-8")
    os.replace(making, path)


def auc_top10(scores, budget):
    """Return PMO's figure: the area under the mean of the best ten, every 100 calls, over the whole budget.

    Gao et al., NeurIPS 2022: trapezes from 0 at no call; a search that ends early keeps its last mean.
    """
    scores = [0.0 if score is None else score for score in scores[:budget]]

    def best(count):
        top = sorted(scores[:count], reverse=True)[:PMO_TOP]
        return sum(top) / max(len(top), 1)

    area, before, called = 0.0, 0.0, 0
    for count in range(PMO_EVERY, min(len(scores), budget), PMO_EVERY):
        now = best(count)
        area += PMO_EVERY * (now + before) / 2
        before, called = now, count
    last = best(len(scores))
    area += (len(scores) - called) * (last + before) / 2
    area += max(budget - len(scores), 0) * last
    return area / budget


if __name__ == "__main__":
    main()
