"""A server in the test's own process."""

from __future__ import annotations

import time

import pytest

TOKEN = "secret-of-the-test"


@pytest.fixture
def app(toys, kozue_home):
    """Return the application with the toy system and a token."""
    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app

    registry = Registry()
    registry.add_module(toys)
    return create_app(registry=registry, token=TOKEN)


@pytest.fixture
def client(app):
    """Return a client that carries the token."""
    from fastapi.testclient import TestClient

    with TestClient(
        app, base_url="http://127.0.0.1:8765", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as made:
        yield made


@pytest.fixture
def stranger(app):
    """Return a client without the token."""
    from fastapi.testclient import TestClient

    with TestClient(app, base_url="http://127.0.0.1:8765") as made:
        yield made


@pytest.fixture
def finished_run(toys, kozue_home):
    """Return the id of a finished run of six records, one of them failed."""
    from kozue.run import RunStore, execute

    records = ["CCO", "c1ccccc1", "C" * 30, "CC", "O", "CCCCN"]
    run = RunStore().create(toys.length, records, {"at_most": 20})
    execute(run.folder)
    return run.id


@pytest.fixture
def token():
    """Return the application's token."""
    return TOKEN


@pytest.fixture
def wait():
    """Return a function that waits for a run to be over and returns its status."""
    return _wait


def _wait(client, run_id, seconds=60):

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = client.get(f"/api/runs/{run_id}").json()
        if status["state"] not in ("queued", "running"):
            return status
        time.sleep(0.05)
    raise AssertionError(f"run {run_id} is still {status['state']}")
