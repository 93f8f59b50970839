"""Runs: folder, resume, cancel, engines, report."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from kozue.core.context import Checkpoint
from kozue.core.errors import Cancelled, InputError, KozueError, RunError, UnknownNameError
from kozue.run import RunStore, execute

TEXTS = ["C" * (1 + number % 9) for number in range(500)]


def digest(run):
    return hashlib.sha256(run.result_path.read_bytes()).hexdigest()


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture
def unbroken(toys, tmp_path):
    """Return the digest of the result of a run that nothing disturbed."""
    run = RunStore(tmp_path / "unbroken").create(toys.noise, TEXTS, seed=3)
    execute(run.folder)
    return digest(run)


def test_a_run_folder_explains_itself(toys, store):
    run = store.create(toys.length, ["CC", "", "CCC"], {"at_most": 2})
    status = execute(run.folder)
    assert run.state == "finished"
    assert (status["n_in"], status["n_ok"], status["n_failed"]) == (3, 1, 2)
    described = json.loads((run.folder / "run.json").read_text())
    assert described["operation"] == "toy.length"
    assert described["settings"] == {"at_most": 2, "seconds": 0.0}
    assert len(described["input_sha256"]) == 64
    assert {"kozue", "python", "pyarrow"} <= set(described["versions"])
    report = run.report_path.read_text()
    assert "3 letters; 2 are allowed" in report
    assert not re.search(r"(src|href)=.https?:", report)
    assert [json.loads(line)["event"] for line in (run.folder / "log.jsonl").open()] == ["begin", "finished"]


def test_the_same_run_gives_the_same_report(toys, store):
    reports = []
    for _ in range(2):
        run = store.create(toys.noise, TEXTS[:80])
        execute(run.folder)
        reports.append(run.report_path.read_bytes())
    assert reports[0] == reports[1]


@pytest.mark.parametrize("engine", ["inline", "pool"])
def test_every_engine_gives_the_same_bytes(toys, store, unbroken, engine):
    run = store.create(toys.noise, TEXTS, seed=3, engine=engine, workers=2)
    execute(run.folder)
    assert digest(run) == unbroken


def test_another_seed_gives_other_noise(toys, store, unbroken):
    run = store.create(toys.noise, TEXTS, seed=4)
    execute(run.folder)
    assert digest(run) != unbroken


def test_a_cancelled_run_goes_on_where_it_stopped(toys, store, unbroken):
    run = store.create(toys.noise, TEXTS, seed=3)
    done = []
    with pytest.raises(Cancelled):
        execute(run.folder, is_cancelled=lambda: done.append(1) or len(done) > 3)
    assert run.state == "cancelled"
    finished = len(list((run.folder / "parts").glob("*.parquet")))
    assert 0 < finished < 8
    before = {path: path.stat().st_mtime_ns for path in (run.folder / "parts").glob("*.parquet")}
    execute(run.folder)
    assert digest(run) == unbroken
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_kills_at_random_moments_change_nothing(toys, store, unbroken):
    chance = random.Random(7)
    run = store.create(toys.noise, TEXTS, {"seconds": 0.02}, seed=3)
    plain = store.create(toys.noise, TEXTS, {"seconds": 0.02}, seed=3)
    execute(plain.folder)
    for _ in range(4):
        run.start()
        time.sleep(chance.uniform(0.5, 2.0))
        pid = json.loads((run.folder / "status.json").read_text())["pid"]
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            break
        assert run.wait(10)["state"] in ("interrupted", "finished")
    execute(run.folder)
    assert digest(run) == digest(plain)
    assert not list(run.folder.rglob("*.tmp"))


def test_a_background_run_is_cancelled_within_two_seconds(toys, store):
    run = store.create(toys.length, TEXTS, {"seconds": 0.4})
    run.start()
    deadline = time.monotonic() + 30
    while not run.status()["done"] and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    run.cancel()
    assert run.state == "cancelled"
    assert time.monotonic() - began < 2.0
    run.resume()
    assert run.state == "running"
    run.cancel()


def test_a_worker_that_dies_is_replaced(toys, store, tmp_path):
    run = store.create(toys.deadly, TEXTS[:64], {"marker": str(tmp_path / "died")}, engine="pool", workers=2)
    status = execute(run.folder)
    assert status["n_ok"] == 64
    assert pq.read_table(run.result_path).column("length").to_pylist() == [len(text) for text in TEXTS[:64]]


def test_a_pool_worker_does_not_outlive_its_parent(toys, store):
    run = store.create(toys.length, TEXTS * 4, {"seconds": 0.2}, engine="pool", workers=2)
    run.start()
    deadline = time.monotonic() + 30
    while not run.status()["done"] and time.monotonic() < deadline:
        time.sleep(0.05)
    pid = json.loads((run.folder / "status.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    time.sleep(1.5)
    listed = subprocess.run(
        ["ps", "-o", "stat=,args=", "--sid", str(pid)], capture_output=True, text=True
    ).stdout
    alive = [line for line in listed.splitlines() if not line.startswith("Z")]
    assert alive == []


def test_strict_stops_and_says_which_record(toys, store):
    run = store.create(toys.length, ["C", "CCC"], {"at_most": 2}, strict=True)
    with pytest.raises(InputError, match="Record 2"):
        execute(run.folder)
    assert run.state == "failed"
    assert "Record 2" in run.status()["error"]["detail"]


def test_a_file_that_changed_is_not_resumed(toys, store, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("smiles\nCC\nCCC\n")
    run = store.create(toys.length, path)
    path.write_text("smiles\nCC\nCCCC\n")
    with pytest.raises(RunError, match="has changed"):
        execute(run.folder)


def test_a_folder_of_the_users_own(toys, store, tmp_path):
    folder = tmp_path / "mine"
    run = store.create(toys.length, ["C"], folder=folder)
    execute(run.folder)
    assert (folder / "report.html").exists()
    assert [listed.folder for listed in store.list()] == [folder]
    assert store.create(toys.length, ["C"], folder=folder).state == "finished"
    with pytest.raises(RunError, match="holds another run"):
        store.create(toys.length, ["CC"], folder=folder)


def test_a_job_is_a_run_too(toys, store):
    run = store.create(toys.total, ["CC", "reject"], {"steps": 3}, engine="pool", workers=2)
    execute(run.folder)
    found = run.answer()
    assert found.table.to_pylist() == [{"total": 2}]
    assert found.files == {"note.txt": b"hello"}
    assert list(found.figures) == ["A line"]
    assert found.n_failed == 1


def test_a_job_resumes_from_its_checkpoint(toys, store):
    run = store.create(toys.total, ["CC"], {"steps": 40, "seconds": 0.1})
    run.start()
    deadline = time.monotonic() + 30
    while not (run.folder / "checkpoint" / "step.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    run.cancel()
    execute(run.folder)
    assert run.answer().summary["first_step"] > 0


def test_a_full_disk_is_said_and_leaves_a_run_that_goes_on(toys, store, monkeypatch):
    run = store.create(toys.total, ["CC"], {"steps": 5})
    whole = Checkpoint.save
    left = [2]

    def save(self, name, state):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(self, name, state)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", save)
        with pytest.raises(RunError, match="is full"):
            execute(run.folder)
    assert run.state == "failed"
    assert "Make room" in run.status()["error"]["hint"]
    execute(run.folder)
    assert run.state == "finished"


def test_queries_order_filter_and_page(toys, store):
    run = store.create(toys.length, [{"smiles": "C" * n, "name": f"mol{n}"} for n in range(1, 31)])
    execute(run.folder)
    page, total = run.query(order="length", descending=True, limit=2)
    assert page.column("length").to_pylist() == [30, 29]
    assert total == 30
    page, total = run.query(filters={"length": ["<", 4], "name": ["contains", "MOL"]}, offset=1)
    assert (page.column("length").to_pylist(), total) == ([2, 3], 3)
    assert page.schema.field("length").metadata[b"kozue.unit"] == b"letters"
    with pytest.raises(UnknownNameError, match="lenght"):
        run.query(order="lenght")
    with pytest.raises(KozueError):
        run.query(filters={"length": ["<", "many"]})
    assert run.query(filters={"name": "'; DROP TABLE x; --"})[1] == 0


def test_ids_are_not_paths(store):
    for name in ("../../etc", "/etc/passwd", "01ARZ3NDEKTSV4RRFFQ69G5FAV", ""):
        with pytest.raises(UnknownNameError):
            store.get(name)


def test_the_worker_module_reports_failure(toys, store):
    run = store.create(toys.short, ["C", "CC"])
    finished = subprocess.run(
        [sys.executable, "-m", "kozue.run.worker", str(run.folder)], capture_output=True, text=True
    )
    assert finished.returncode == 1
    assert "gave 1 results for 2 records" in finished.stderr
    assert run.state == "failed"
