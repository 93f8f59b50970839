"""Kills: fifty runs killed with SIGKILL at random moments and resumed give the unbroken run's bytes.

Also how long a cancel takes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "operations")]
os.environ["PYTHONPATH"] = str(HERE / "operations")

import harness  # noqa: E402 - the path to it is set above

RUNS = 50
RECORDS = ["C" * (1 + n % 11) for n in range(6_000)]
SETTINGS = {"rounds": 2_000}


def digest(run):
    return hashlib.sha256(run.result_path.read_bytes() + run.report_path.read_bytes()).hexdigest()


def kill_and_resume(store, chance, engine):
    """Kill one run at a random moment, resume it, and return (killed while running, parts kept, digest)."""
    run = store.create("bench.random", RECORDS, SETTINGS, seed=1, engine=engine, workers=2)
    run.start()
    while not (run.folder / "log.jsonl").exists():
        time.sleep(0.01)
    time.sleep(chance.uniform(0.0, 2.2))
    status = json.loads((run.folder / "status.json").read_text())
    alive = status["state"] == "running"
    try:
        os.kill(status["pid"], signal.SIGKILL)
    except ProcessLookupError:
        alive = False
    run.wait(10)
    kept = len(list((run.folder / "parts").glob("*.parquet"))) if (run.folder / "parts").exists() else 0
    run.resume()
    run.wait(120)
    result = digest(run)
    store.remove(run)
    return alive, kept, result


def cancel_seconds(store):
    """Return how long a cancel takes, and whether the run then finishes."""
    run = store.create("bench.random", RECORDS * 20, SETTINGS, seed=1)
    run.start()
    while not run.status()["done"]:
        time.sleep(0.05)
    began = time.monotonic()
    run.cancel()
    took = time.monotonic() - began
    state = run.state
    store.remove(run)
    return took, state


def main():
    import bench_operations

    from kozue.core.registry import get_registry
    from kozue.run import RunStore, execute

    get_registry().add_module(bench_operations)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KOZUE_HOME"] = folder
        store = RunStore(Path(folder) / "runs")
        plain = store.create("bench.random", RECORDS, SETTINGS, seed=1)
        execute(plain.folder)
        wanted = digest(plain)
        chance = random.Random(2026)
        done = [kill_and_resume(store, chance, "pool" if n % 2 else "inline") for n in range(RUNS)]
        cancels = [cancel_seconds(store) for _ in range(5)]
    equal = sum(result == wanted for _, _, result in done)
    rows = [
        {"what": "runs killed while running", "value": sum(alive for alive, _, _ in done), "of": RUNS},
        {
            "what": "results and reports byte-equal after resume",
            "value": equal,
            "of": RUNS,
            "must": "50 of 50",
        },
        {
            "what": "parts kept by a killed run, lowest to highest",
            "value": f"{min(k for _, k, _ in done)} - {max(k for _, k, _ in done)}",
        },
        {
            "what": "longest of five cancels",
            "value": max(took for took, _ in cancels),
            "of": "s",
            "must": "<= 2",
        },
        {
            "what": "cancelled runs that can be resumed",
            "value": sum(state == "cancelled" for _, state in cancels),
            "of": 5,
        },
    ]
    met = equal == RUNS and max(took for took, _ in cancels) <= 2
    harness.write("kills", rows, None, "50 of 50 byte-equal after SIGKILL and resume; cancel <= 2 s", met)


if __name__ == "__main__":
    main()
