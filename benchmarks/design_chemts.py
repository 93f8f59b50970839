"""The search beside ChemTSv3 on its own default task, and on the penalised logP of the literature.

The peer lives in a folder of its own::

    python3.11 -m venv PEER/venv
    PEER/venv/bin/pip install torch chemtsv3 rdkit numpy pandas matplotlib pyyaml transformers psutil ipython
    # from its repository (github molecule-generator-collection/ChemTSv3), since the wheel has neither:
    # PEER/repo/config/mcts/example.yaml and PEER/repo/model/smiles/drugs_zinc/gru

    python benchmarks/design_chemts.py --peer PEER [--seeds 5] [--calls 1000]

Both get one thread, the same number of evaluations and the same seeds; molecules are scored again here, so that both
columns are the same function. A run that is in the folder ``--runs`` is not repeated. CPU seconds are those of the
whole process. "In the search" is the rate that the goal is about: for Kozue the CPU seconds between reading the
settings and writing tables and pictures (its report costs seconds whatever the budget; loading the prior counts), for
the peer those of the process less those of one that evaluates two molecules (imports, loading, plots). "Unique rate" is
that of what was proposed; neither tool evaluates a structure twice.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import statistics
import tempfile
from pathlib import Path

import numpy as np
from rdkit import Chem

import harness
from design_runs import ONE_THREAD, ours, write
from kozue.systems.molecules.design.tasks import scores

TASKS = ("j_score", "penalised_logp")
PEER = "ChemTSv3"
SEARCHES = {  # generators, and proposals for each call
    "Kozue, tree": (["tree"], 1),
    "Kozue, tree and genetic": (["tree", "genetic"], 1),
    "Kozue, as it comes": (["tree", "policy", "genetic"], 4),
}
MAIN = "Kozue, tree and genetic"  # by which the goals are judged; the rest is for scorers that cost more
START_CALLS = 2
SPEED, UNIQUE = 10.0, 0.99
# ChemTSv3 needs a bounded reward: the literature's penalised logP, squashed as its J score is.
REWARD = """
import numpy as np
from rdkit.Chem import Descriptors
from chemtsv3.reward import MolReward
from chemtsv3.utils.third_party import sascorer

class PenalisedLogPReward(MolReward):
    def mol_objective_functions(self):
        def log_p(mol):
            return Descriptors.MolLogP(mol)
        def sa_score(mol):
            return sascorer.calculateScore(mol)
        def excess(mol):
            return max(max((len(r) for r in mol.GetRingInfo().AtomRings()), default=0) - 6, 0)
        return [log_p, sa_score, excess]

    def reward_from_objective_values(self, values):
        log_p, sa, excess = values
        score = (log_p - 2.4570953396190123) / 1.434324401111988
        score += (-sa + 3.0525811293166134) / 0.8335207024513095
        score += (-excess + 0.0485696876403053) / 0.2860212110245455
        return score / (1 + abs(score))
"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=Path, help="folder with the peer's venv and repo")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--runs", type=Path, default=harness.OUT / "design_chemts_runs")
    given = parser.parse_args()
    rows = []
    for task in given.tasks:
        rows += [row(name, task, given, of_ours) for name in SEARCHES]
        if given.peer:
            rows.append(row(PEER, task, given, of_peer))
    goal = (
        f">= {SPEED:g} times ChemTSv3's molecules per CPU second on the J score; best and mean above its; "
        f"unique rate >= {UNIQUE:g}"
    )
    figure = harness.bars(
        "Unique valid molecules evaluated per CPU second of search",
        [f"{row['tool']}, {row['task']}" for row in rows],
        [row["per CPU s in the search"] for row in rows],
        "molecules/s",
    )
    harness.write("design_chemts", rows, figure, goal, verdict(rows) if given.peer else None)


def verdict(rows):
    """Whether every goal is met, on every task that was run."""
    met = True
    named = {(one["tool"], one["task"]): one for one in rows}
    for task in {one["task"] for one in rows}:
        mine, peer = named[MAIN, task], named[PEER, task]
        met &= mine["best"] > peer["best"] and mine["mean"] > peer["mean"] and mine["unique rate"] >= UNIQUE
        if mine["task"] == "j_score":
            met &= mine["per CPU s in the search"] >= SPEED * peer["per CPU s in the search"]
    return bool(met)


def row(tool, task, given, run):
    found = [run(tool, task, given, given.calls, seed) for seed in range(given.seeds)]
    start = run(tool, task, given, START_CALLS, 0)["cpu_s"]
    judged = [judge(task, one) for one in found]
    mean = {name: statistics.fmean(each[name] for each in judged) for name in judged[0]}
    spread = statistics.stdev(each["mean"] for each in judged) if len(judged) > 1 else None
    return {
        "tool": tool,
        "task": task,
        "seeds": given.seeds,
        "evaluated": mean["evaluated"],
        "CPU s": statistics.fmean(one["cpu_s"] for one in found),
        "start, CPU s": start,
        "per CPU s": statistics.fmean(
            e["evaluated"] / one["cpu_s"] for e, one in zip(judged, found, strict=True)
        ),
        "per CPU s in the search": statistics.fmean(
            e["evaluated"] / one.get("search_cpu_s", max(one["cpu_s"] - start, 1e-9))
            for e, one in zip(judged, found, strict=True)
        ),
        "best": mean["best"],
        "mean": mean["mean"],
        "mean, SD over seeds": spread,
        "unique rate": statistics.fmean(one["unique"] for one in found),
        "acyclic": mean["acyclic"],
    }


def judge(task, found):
    """Score what a tool evaluated, each structure once."""
    mols = [Chem.MolFromSmiles(text) for text in found["smiles"]]
    distinct = {Chem.MolToSmiles(mol): mol for mol in mols if mol is not None and mol.GetNumAtoms()}
    values = scores(task, list(distinct.values()))
    return {
        "evaluated": len(distinct),
        "best": float(np.max(values)),
        "mean": float(np.mean(values)),
        "acyclic": float(np.mean([not mol.GetRingInfo().NumRings() for mol in distinct.values()])),
    }


def of_ours(tool, task, given, calls, seed):
    names, candidates = SEARCHES[tool]
    place = given.runs / f"kozue-{'-'.join(names)}-{candidates}-{task}-{calls}-{seed}.json"
    return ours(
        task, place, calls=calls, seed=seed, prior=given.prior, generators=names, candidates=candidates
    )


def of_peer(tool, task, given, calls, seed):
    place = given.runs / f"chemtsv3-{task}-{calls}-{seed}.json"
    if place.is_file():
        return json.loads(place.read_text(encoding="utf-8"))
    peer = given.peer.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model").symlink_to(peer / "repo" / "model")
        (folder / "reward").mkdir()
        (folder / "reward" / "__init__.py").touch()
        (folder / "reward" / "penalised_logp_reward.py").write_text(REWARD, encoding="utf-8")
        example = (peer / "repo" / "config" / "mcts" / "example.yaml").read_text(encoding="utf-8")
        (folder / "run.yaml").write_text(configured(example, task, calls, seed), encoding="utf-8")
        command = ["env", "-C", str(folder), str(peer / "venv" / "bin" / "chemtsv3"), "-c", "run.yaml"]
        cost = harness.measure(command, environment=ONE_THREAD | {"MPLBACKEND": "Agg"})
        (table,) = folder.glob("generation_result/*/*.csv")
        (log,) = folder.glob("generation_result/*/*.log")
        with table.open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        rate = re.search(r"Unique rate: ([\d.]+)", log.read_text(encoding="utf-8"))
    rows = rows[:calls]
    found = {
        "smiles": [entry["key"] for entry in rows],
        "scores": [float(entry["reward"]) for entry in rows],
        "unique": float(rate[1]) if rate else float("nan"),
        "cpu_s": cost.cpu_s,
        "wall_s": cost.wall_s,
    }
    write(place, found)
    return found


def configured(example, task, calls, seed):
    """Return the peer's example with another budget, a seed and the task's reward; nothing else is touched."""
    text = re.sub(r"(?m)^time_limit:.*$", "time_limit: 100000", example)
    text = re.sub(r"(?m)^max_generations:.*$", f"max_generations: {calls}", text)
    text = re.sub(r"(?m)^# seed:.*$", f"seed: {seed}", text)
    if task == "penalised_logp":
        text = text.replace("JScoreReward", "PenalisedLogPReward")
    return text


if __name__ == "__main__":
    main()
