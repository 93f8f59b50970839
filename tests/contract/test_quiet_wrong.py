"""Nothing quietly wrong: twenty and more broken inputs of every operation, through every door.

Each must end as an error with a sentence, or say so in its warnings and counts.
The web page answers through the same REST routes; ``tests/browser`` shows that it shows the warnings.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

import anyio
import pytest
from fastapi.testclient import TestClient
from mcp import Client

sys.path.insert(0, str(Path(__file__).parent))
from broken_inputs import broken_inputs

from kozue.core.errors import KozueError, RunError
from kozue.core.registry import get_registry
from kozue.doors.mcp import make_server
from kozue.doors.rest.app import create_app
from kozue.run import Run, RunStore, answer, execute

OPERATIONS = list(get_registry().operations.values())
HOST = "http://127.0.0.1"


def told(n_failed, warnings):
    """Tell whether an answer says that something was wrong."""
    return bool(n_failed) or bool(warnings)


def by_python(op, broken):
    try:
        found = answer(op, broken.source, broken.settings, columns=broken.columns)
    except RunError:
        raise  # the operation itself broke: no good behaviour
    except KozueError as error:
        assert error.message.strip()
        return True
    return told(found.n_failed, found.warnings)


def by_command_line(op, broken):
    """Call what the command calls: parsing of options has its own tests."""
    from kozue.doors.cli.operations import run_command

    arguments = {"input": str(broken.source) if broken.source else None, "output": None}
    arguments |= {f"column_{name}": value for name, value in (broken.columns or {}).items()}
    try:
        run_command(op, broken.settings, arguments)
    except KozueError as error:
        assert error.exit_code in (1, 2)
        return True
    return None  # what was printed is looked at by the caller


def by_rest(op, broken, client):
    asked = {"operation": op.name, "settings": broken.settings}
    if broken.columns:
        asked["columns"] = broken.columns
    if broken.source is not None:
        if not broken.source.is_file():
            return True  # there is nothing to upload
        with broken.source.open("rb") as stream:
            sent = client.post("/api/files", files={"file": (broken.source.name, stream)})
        if sent.status_code >= 400:
            return bool(sent.json()["detail"])
        asked["file_id"] = sent.json()["id"]
    made = client.post("/api/runs", json=asked)
    if made.status_code >= 400:
        assert made.headers["content-type"] == "application/problem+json"
        return bool(made.json()["detail"])
    run = RunStore().get(made.json()["id"])
    status = run.wait(100)
    return status["state"] == "failed" or told(status["n_failed"], status["warnings"])


def by_agent(op, broken, workspace):
    """Ask as an agent does, with the file copied into its working folder."""
    arguments = {"name": op.name, "settings": broken.settings, "columns": broken.columns or {}}
    if broken.source is not None:
        if broken.source.is_file():
            shutil.copy(broken.source, workspace / broken.source.name)
        arguments["file"] = broken.source.name

    async def talk():
        async with Client(make_server(workspace=workspace)) as client:
            result = await client.call_tool("run_operation", arguments)
            if result.is_error:
                return bool(result.content[0].text)
            view = result.structured_content
            while view["state"] == "running":
                await anyio.sleep(0.1)
                view = (await client.call_tool("get_run", {"run_id": view["run_id"]})).structured_content
            warnings = [entry for entry in view["warnings"] if entry["code"] != "cut"]
            return view["state"] == "failed" or told(view["n_failed"], warnings)

    return anyio.run(talk)


def inputs_for(op, tmp_path):
    """Return the broken inputs for the doors after the first.

    What a job says in the end is the same by every door, which ``test_doors`` proves; so of a job's
    inputs only those are tried again that end before its work begins. ``KOZUE_EVERY_INPUT=1`` tries all.
    """
    inputs = broken_inputs(op, tmp_path)
    # Without records, only settings can be wrong.
    assert len(inputs) >= (20 if op.takes else 3)
    if op.kind == "map" or os.environ.get("KOZUE_EVERY_INPUT"):
        return inputs
    early = ("setting", "column", "role", "file", "folder", "empty", "header", "binary", "PDF", "archive")
    return [broken for broken in inputs if broken.name.startswith(early)]


@pytest.fixture
def in_process(monkeypatch):
    """Work on runs in this process: that their own process does the same has its own tests."""

    def start(self):
        with contextlib.suppress(KozueError):
            execute(self.folder)

    monkeypatch.setattr(Run, "start", start)


BY_OPERATION = pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)


@BY_OPERATION
def test_python(op, tmp_path):
    inputs = broken_inputs(op, tmp_path)
    assert len(inputs) >= (20 if op.takes else 3)
    assert [broken.name for broken in inputs if not by_python(op, broken)] == []


@pytest.mark.slow
@BY_OPERATION
def test_command_line(op, tmp_path, capsys):
    quiet = []
    for broken in inputs_for(op, tmp_path):
        if by_command_line(op, broken) is None and "Warning:" not in capsys.readouterr().err:
            quiet.append(broken.name)
    assert quiet == []


@pytest.mark.slow
@BY_OPERATION
def test_rest(op, tmp_path, in_process):
    with TestClient(create_app(), base_url=HOST) as client:
        assert [broken.name for broken in inputs_for(op, tmp_path) if not by_rest(op, broken, client)] == []


@pytest.mark.slow
@BY_OPERATION
def test_agents(op, tmp_path, in_process):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    assert [broken.name for broken in inputs_for(op, tmp_path) if not by_agent(op, broken, workspace)] == []
