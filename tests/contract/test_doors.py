"""Every operation gives the same answer through every door, on the example of its page.

The web page's own part of this contract is in ``tests/browser``: it shows what these REST routes answer.
"""

from __future__ import annotations

import shutil
import time
from functools import cache

import anyio
import pytest
from fastapi.testclient import TestClient
from mcp import Client

from kozue.core.registry import get_registry
from kozue.doors.cli import main
from kozue.doors.mcp import make_server
from kozue.doors.python import call, make_function
from kozue.doors.rest.app import create_app
from kozue.run import RunStore
from kozue.run.answers import json_rows

OPERATIONS = [op for op in get_registry().operations.values() if op.example]
HOST = "http://127.0.0.1"


def outcome(n_in, n_ok, n_failed, warnings, records, models):
    """Return what must be equal: counts, warnings, rows and who answered."""
    return {
        "counts": (n_in, n_ok, n_failed),
        "warnings": [entry["message"] for entry in warnings],
        "records": records,
        "models": {model["name"]: model["sha256"] for model in models},
    }


@cache
def by_python(name):
    """Return the outcome by the Python door, once for all comparisons."""
    op = get_registry().operation(name)
    body = call(op, op.example_path, op.example_settings).as_dict()
    return outcome(
        body["n_in"], body["n_ok"], body["n_failed"], body["warnings"], body["records"], body["models"]
    )


def of_run(run):
    """Return the outcome of a finished run."""
    status = run.status()
    assert status["state"] == "finished", status["error"]
    table = json_rows(run.answer().table)
    return outcome(
        status["n_in"], status["n_ok"], status["n_failed"], status["warnings"], table, status["models"]
    )


def options(settings):
    """Return settings as the command line takes them."""
    given = []
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            given.append(option)
        elif isinstance(value, (list, tuple)):
            given += [part for entry in value for part in (option, str(entry))]
        else:
            given += [option, str(value)]
    return given


@pytest.fixture(params=OPERATIONS, ids=lambda op: op.name)
def op(request):
    """Each operation with an example, if what it needs is here."""
    return request.param


@pytest.mark.filterwarnings("ignore::kozue.doors.python.KozueWarning")
class TestSameAnswer:
    """The other doors against the Python door."""

    def test_python_function(self, op):
        found = make_function(op)(op.example_path, **op.example_settings)
        if op.kind == "map":
            assert len(found) == by_python(op.name)["counts"][0]
            assert found.attrs["n_failed"] == by_python(op.name)["counts"][2]
        else:
            assert json_rows(found.table) == by_python(op.name)["records"]

    def test_command_line(self, op, tmp_path):
        arguments = [op.system, op.verb, str(op.example_path), *options(op.example_settings)]
        try:
            main([*arguments, "-o", str(tmp_path / "out")])
        except SystemExit as done:
            assert not done.code
        (run,) = RunStore().list()
        assert of_run(run) == by_python(op.name)
        assert run.report_path.stat().st_size > 1000

    def test_rest(self, op, kozue_home):
        with TestClient(create_app(), base_url=HOST) as client:
            with op.example_path.open("rb") as stream:
                file = client.post("/api/files", files={"file": (op.example_path.name, stream)}).json()["id"]
            asked = {"operation": op.name, "file_id": file, "settings": dict(op.example_settings)}
            made = client.post("/api/runs", json=asked)
            assert made.status_code == 201, made.text
            run = made.json()["id"]
            deadline = time.monotonic() + 120
            while (status := client.get(f"/api/runs/{run}").json())["state"] == "running":
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert status["state"] == "finished", status["error"]
            table = client.get(f"/api/runs/{run}/table", params={"limit": 1000}).json()["records"]
        counts = (status["n_in"], status["n_ok"], status["n_failed"])
        assert outcome(*counts, status["warnings"], table, status["models"]) == by_python(op.name)

    def test_agents(self, op, tmp_path):
        shutil.copy(op.example_path, tmp_path)
        server = make_server(workspace=tmp_path)

        async def talk():
            async with Client(server) as client:
                arguments = {
                    "name": op.name,
                    "file": op.example_path.name,
                    "settings": dict(op.example_settings),
                }
                view = (await client.call_tool("run_operation", arguments)).structured_content
                while view["state"] == "running":
                    await anyio.sleep(0.2)
                    view = (await client.call_tool("get_run", {"run_id": view["run_id"]})).structured_content
                assert view["state"] == "finished", view["error"]
                page = await client.call_tool("query_results", {"run_id": view["run_id"], "limit": 200})
                return view, page.structured_content

        view, page = anyio.run(talk)
        warnings = [entry for entry in view["warnings"] if entry["code"] != "cut"]
        counts = (view["n_in"], view["n_ok"], view["n_failed"])
        expected = by_python(op.name)
        found = outcome(*counts, warnings, page["records"], view["models"])
        assert found == {**expected, "records": expected["records"][:200]}

    def test_rest_inline_on_records(self, op):
        """Records in memory, three doors; the messages name no file then."""
        if op.kind == "job":
            pytest.skip("jobs are runs")
        records = json_rows(_plain(op))
        by_hand = call(op, records, op.example_settings).as_dict()
        with TestClient(create_app(), base_url=HOST) as client:
            asked = {"records": records, "settings": dict(op.example_settings)}
            body = client.post(f"/api/{op.system}/{op.verb}", json=asked).json()
        assert body == by_hand


def _plain(op):
    """Return the example's records with the user's own column names."""
    import pyarrow as pa
    import pyarrow.csv

    return pa.csv.read_csv(op.example_path) if op.example_path.suffix == ".csv" else pa.table({})


def test_every_operation_has_an_example():
    assert [
        op.name for op in get_registry().operations.values() if op.takes is not None and not op.example
    ] == []


@pytest.mark.parametrize("name", sorted(get_registry().operations))
def test_every_operation_is_described_in_full(name):
    op = get_registry().operation(name)
    system = get_registry().systems[op.system]
    assert op.summary.endswith(".")
    assert op.title.en
    assert op.title.ja
    assert system.purpose.ja
    assert op.when
    assert op.cost
    assert any(ord(letter) > 0x3000 for word in op.keywords for letter in word), "search words in Japanese"
    for field_name, field in op.settings.model_fields.items():
        assert field.description, field_name
        extra = field.json_schema_extra
        assert isinstance(extra, dict) and extra.get("label_ja"), f"{field_name} has no Japanese label"
    for column in op.output_schema(op.parse(op.example_settings)) if op.kind == "map" else []:
        assert column.label is not None, column.name
