"""A job under way: what it shows, and what can be asked of it, by every door."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client

from kozue.core.errors import RunError, SettingsError
from kozue.doors.cli import main
from kozue.doors.mcp import make_server
from kozue.run import RunStore, execute


@pytest.fixture
def walk(toys, kozue_home):
    """Return a run that waits to be begun."""
    return RunStore().create(toys.walk, None, {"steps": 50})


def test_a_wish_over_http_takes_effect(client, walk):
    assert client.get(f"/api/runs/{walk.id}/preview").json() == {}
    asked = client.post(f"/api/runs/{walk.id}/wishes", json={"stop_at": 4})
    assert asked.status_code == 200
    assert asked.json() == {"wishes": [{"stop_at": 4}]}
    execute(walk.folder)
    shown = client.get(f"/api/runs/{walk.id}/preview").json()
    assert shown["facts"] == {"steps": 4}
    assert shown["curves"]["step"] == [1, 2, 3, 4]
    assert shown["labels"]["height"] == "高さ"
    assert client.get(f"/api/runs/{walk.id}/table").json()["records"] == [{"steps": 4}]


@pytest.mark.parametrize(
    ("body", "word"),
    [({}, "stop_at"), ({"stop_att": 3}, "stop_at"), ({"stop_at": -1}, "greater"), ([], "dict")],
)
def test_a_wish_that_is_not_known_is_refused(client, walk, body, word):
    answer = client.post(f"/api/runs/{walk.id}/wishes", json=body)
    assert answer.status_code == 422
    assert word in answer.text
    assert walk.wishes() == []


def test_a_wish_comes_too_late_or_to_the_wrong_run(client, walk, finished_run):
    assert client.post(f"/api/runs/{finished_run}/wishes", json={"stop_at": 1}).status_code == 409
    assert client.get(f"/api/runs/{finished_run}/preview").json() == {}
    execute(walk.folder)
    late = client.post(f"/api/runs/{walk.id}/wishes", json={"stop_at": 1})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    for verb, address in (("get", "preview"), ("post", "wishes")):
        assert (
            getattr(client, verb)(
                f"/api/runs/nothing/{address}", **({"json": {}} if verb == "post" else {})
            ).status_code
            == 404
        )


def test_an_operation_says_what_can_be_asked_of_it(client):
    described = client.get("/api/operations/toy/walk").json()
    assert described["wishes"]["properties"]["stop_at"]["label_ja"] == "停止"
    assert client.get("/api/operations/toy/length").json()["wishes"] is None


def test_an_agent_steers_and_sees_what_there_is(walk, tmp_path):
    async def talk():
        async with Client(make_server(workspace=tmp_path)) as agent:
            described = await agent.call_tool("describe_operation", {"name": "toy.walk"})
            steered = await agent.call_tool("steer_run", {"run_id": walk.id, "wish": {"stop_at": 2}})
            wrong = await agent.call_tool("steer_run", {"run_id": walk.id, "wish": {"stop": 2}})
            walk.files.preview.write_text(
                '{"facts": {"steps": 1}, "curves": {"step": [1]}}', encoding="utf-8"
            )
            return described, steered, wrong, await agent.call_tool("get_run", {"run_id": walk.id})

    described, steered, wrong, seen = anyio.run(talk)
    assert "stop_at" in described.structured_content["wishes_schema"]["properties"]
    assert steered.structured_content["wishes"] == [{"stop_at": 2}]
    assert wrong.is_error
    assert "stop_at" in wrong.content[0].text
    assert seen.structured_content["preview"] == {"facts": {"steps": 1}}


def test_the_command_line_steers_and_shows(walk, capsys):
    def command(*words):
        try:
            main(["runs", *words])
        except SystemExit as done:
            return done.code or 0
        return 0

    assert command("wish", walk.id) == 0
    assert "Step to stop at" in capsys.readouterr().out
    assert command("wish", walk.id, "stop_at=3") == 0
    assert walk.wishes() == [{"stop_at": 3}]
    assert command("wish", walk.id, "3") == 2
    assert "name=value" in capsys.readouterr().err
    walk.files.preview.write_text(
        '{"facts": {"steps": 1}, "records": [{"smiles": "CC", "score": 0.25}]}', encoding="utf-8"
    )
    assert command("show", walk.id) == 0
    shown = capsys.readouterr().out
    assert "steps" in shown
    assert "0.25" in shown


def test_python_refuses_what_makes_no_sense(walk, toys):
    with pytest.raises(SettingsError, match="stop_at"):
        walk.wish(stop=1)
    other = RunStore().create(toys.length, ["C"])
    with pytest.raises(RunError, match="takes no wishes"):
        other.wish(stop_at=1)
