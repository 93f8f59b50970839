"""Ray: the same bytes as in one process, also when a worker and then a node is killed on the way."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time

import pytest

from kozue.run import RunStore, execute

pytestmark = pytest.mark.cluster
ray = pytest.importorskip("ray")

TEXTS = ["C" * (1 + number % 9) for number in range(3000)]


@pytest.fixture(scope="module")
def two_nodes():
    """Start a cluster of a head and one more node on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 * 1024 * 1024},
    )
    second = cluster.add_node(num_cpus=1, object_store_memory=80 * 1024 * 1024)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    yield second
    ray.shutdown()
    cluster.shutdown()


def digest(run):
    return hashlib.sha256(run.result_path.read_bytes()).hexdigest()


def children_of_node(node):
    """Return the pids of a node's Python workers."""
    raylet = node.all_processes["raylet"][0].process.pid
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(raylet)], capture_output=True, text=True
    ).stdout
    return raylet, [int(line.split()[0]) for line in listed.splitlines() if "ray::" in line]


def test_a_killed_worker_and_a_killed_node_cost_nothing(toys, tmp_path, two_nodes):
    store = RunStore(tmp_path / "runs")
    plain = store.create(toys.noise, TEXTS, seed=5)
    execute(plain.folder)
    run = store.create(toys.noise, TEXTS, {"seconds": 0.05}, seed=5, engine="ray")
    killed = []

    def disturb(progress):
        parts = len(list((run.folder / "parts").glob("*.parquet")))
        raylet, workers = children_of_node(two_nodes) if len(killed) < 2 else (0, [])
        if not killed and parts >= 3 and workers:
            os.kill(workers[0], signal.SIGKILL)
            killed.append("worker")
        elif killed == ["worker"] and parts >= 10:
            os.kill(raylet, signal.SIGKILL)
            killed.append("node")

    began = time.monotonic()
    status = execute(run.folder, on_progress=disturb)
    assert killed == ["worker", "node"]
    assert status["n_ok"] == len(TEXTS)
    parts = [line for line in (run.folder / "manifest.jsonl").read_text().splitlines()]
    assert len(parts) == len(set(parts)) == -(-len(TEXTS) // 64)
    assert [r["noise"] for r in run.answer().table.to_pylist()] == [
        r["noise"] for r in plain.answer().table.to_pylist()
    ]
    assert digest(run) == digest(plain)
    assert time.monotonic() - began < 300
