"""Kills: searches killed with SIGKILL at twenty random moments and resumed end with the unbroken search's tables.

``python benchmarks/design_resume.py [--kills 20] [--calls 600] [--prior design/zinc]``

Each run is killed once, at a moment drawn from the whole time that the unbroken one took (start, search and report),
then resumed. Two stages, all three generators, filters and diversity take part. Compared are the bytes of the final
table and of every other table.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import tempfile
import time
from pathlib import Path

import harness
from kozue.run import RunStore

SETTINGS = {
    "rewards": ["-logp", "qed", "sa"],
    "windows": ["mw<400"],
    "alerts": ["pains"],
    "bucket": "scaffold",
    "bucket_size": 10,
    "batch": 32,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    half = given.calls // 2
    settings = {**SETTINGS, "calls": half, "prior": given.prior}
    settings["stages"] = [{"calls": given.calls - half, "rewards": ["tpsa", "qed"]}]
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        whole = store.create("design.search", None, settings, seed=1)
        began = time.monotonic()
        whole.start()
        finish(whole)
        lasted = time.monotonic() - began
        wanted = digests(whole)
        chance = random.Random(given.seed)
        done = [broken(store, settings, chance.uniform(0, lasted), wanted) for _ in range(given.kills)]
    report(done, lasted)


def finish(run):
    state = run.wait(900)["state"]
    if state != "finished":
        raise RuntimeError(f"{run.folder}: {state}: {run.status()['error']}")


def broken(store, settings, seconds, wanted):
    """Kill a run after some seconds, resume it, and tell where it was and which tables differ."""
    run = store.create("design.search", None, settings, seed=1)
    run.start()
    time.sleep(seconds)
    status = json.loads((run.folder / "status.json").read_text())
    alive = status["state"] == "running"
    if alive:
        os.kill(status["pid"], signal.SIGKILL)
        while run.state == "running":
            time.sleep(0.05)
    kept = len(list((run.folder / "checkpoint").glob("answers-*")))
    run.resume()
    finish(run)
    found = digests(run)
    store.remove(run)
    return {
        "alive": alive,
        "scored": status.get("done") or 0,
        "kept": kept,
        "same result": found["result"] == wanted["result"],
        "same tables": found == wanted,
    }


def digests(run):
    """Return a hash of the final table and of each other one."""
    files = {"result": run.result_path}
    files |= {path.name: path for path in sorted((run.folder / "tables").iterdir())}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def report(done, lasted):
    scored = [one["scored"] for one in done if one["alive"]]
    rows = [
        {"what": "runs killed while they worked", "value": len(scored), "of": len(done)},
        {
            "what": "molecules scored when killed, lowest to highest",
            "value": f"{min(scored, default=0)} - {max(scored, default=0)}",
        },
        {
            "what": "runs with answers kept on disk when killed",
            "value": sum(bool(one["kept"]) for one in done),
        },
        {
            "what": "final table equal to the unbroken run's, to the byte",
            "value": sum(one["same result"] for one in done),
            "of": len(done),
            "must": f"{len(done)} of {len(done)}",
        },
        {
            "what": "all tables equal, to the byte",
            "value": sum(one["same tables"] for one in done),
            "of": len(done),
        },
        {"what": "the unbroken run lasted", "value": lasted, "of": "s"},
    ]
    met = all(one["same result"] for one in done) and bool(scored)
    goal = f"killed and resumed at {len(done)} random moments: the identical final table"
    harness.write("design_resume", rows, None, goal, met)


if __name__ == "__main__":
    main()
