"""The agents' door: six entry tools, sentences for errors, runs as handles."""

from __future__ import annotations

import json

import anyio
import pytest
from mcp import Client, StdioServerParameters

from kozue.core.registry import get_registry
from kozue.doors.mcp import make_server
from kozue.run import RunStore

#: Rough but safe: JSON with English words takes about four characters a token, three and a half at worst.
CHARACTERS_PER_TOKEN = 3.5


def ask(server, *calls):
    """Call tools one after the other over one connection and return the results."""

    async def talk():
        async with Client(server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(talk)


@pytest.fixture
def server(toys, tmp_path):
    return make_server(workspace=tmp_path)


def test_the_default_list_is_six_small_tools_in_a_fixed_order(toys):
    async def listed():
        async with Client(make_server()) as client:
            return (await client.list_tools()).tools

    tools = anyio.run(listed)
    assert [tool.name for tool in tools] == [
        "search_operations",
        "describe_operation",
        "run_operation",
        "get_run",
        "steer_run",
        "query_results",
    ]
    text = json.dumps([tool.model_dump(mode="json", exclude_none=True, by_alias=True) for tool in tools])
    assert len(text) / CHARACTERS_PER_TOKEN <= 1500
    for tool in tools:
        assert tool.output_schema
        assert tool.annotations.open_world_hint is False


def test_an_agent_searches_describes_runs_and_queries(server):
    found, described, ran = ask(
        server,
        ("search_operations", {"query": "count letters"}),
        ("describe_operation", {"name": "toy.length"}),
        ("run_operation", {"name": "toy.length", "records": ["CCO", "", "C"], "settings": {"at_most": 5}}),
    )
    assert found.structured_content["operations"][0]["name"] == "toy.length"
    assert described.structured_content["settings_schema"]["properties"]["at_most"]["minimum"] == 1
    view = ran.structured_content
    assert view["state"] == "finished"
    assert (view["n_in"], view["n_ok"], view["n_failed"]) == (3, 2, 1)
    assert [row["length"] for row in view["records"]] == [3, None, 1]
    assert view["units"] == {"length": "letters"}
    assert view["warnings"][0]["code"] == "failed_records"
    queried, again = ask(
        server,
        ("query_results", {"run_id": view["run_id"], "order": "length", "columns": ["length"], "limit": 1}),
        ("get_run", {"run_id": view["run_id"]}),
    )
    assert queried.structured_content["records"] == [{"length": 1}]
    assert again.structured_content["records"] == view["records"]


def test_a_japanese_question_finds_the_operation(server):
    (found,) = ask(server, ("search_operations", {"query": "文字数を数えたい"}))
    assert found.structured_content["operations"][0]["name"] == "toy.length"


def test_a_search_without_a_hit_says_what_there_is(server):
    (found,) = ask(server, ("search_operations", {"query": "zzzz qqqq"}))
    assert found.structured_content["operations"] == []
    assert "toy" in found.structured_content["hint"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("describe_operation", {"name": "toy.lenght"}, "Did you mean toy.length"),
        ("run_operation", {"name": "toy.length", "records": ["C"], "settings": {"at_mots": 1}}, "at_most"),
        ("run_operation", {"name": "toy.length"}, "needs records"),
        ("run_operation", {"name": "toy.length", "file": "../../etc/passwd"}, "outside the working folder"),
        ("run_operation", {"name": "toy.length", "file": "none.csv"}, "There is no file"),
        ("run_operation", {"name": "toy.length", "records": ["C"], "file": "none.csv"}, "not both"),
        ("get_run", {"run_id": "../.."}, "There is no run"),
        ("query_results", {"run_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "There is no run"),
    ],
)
def test_errors_are_sentences_to_act_on(server, tool, arguments, said):
    (result,) = ask(server, (tool, arguments))
    assert result.is_error
    assert said in result.content[0].text


def test_long_work_answers_with_a_handle(server, toys):
    (result,) = ask(
        server,
        (
            "run_operation",
            {"name": "toy.total", "records": ["CC"], "settings": {"steps": 99, "seconds": 0.1}, "wait_s": 1},
        ),
    )
    view = result.structured_content
    assert view["state"] == "running"
    run = RunStore().get(view["run_id"])
    run.cancel()
    assert run.state == "cancelled"


def test_many_rows_are_cut_and_said_to_be(server):
    (result,) = ask(server, ("run_operation", {"name": "toy.length", "records": ["C"] * 30}))
    view = result.structured_content
    assert (len(view["records"]), view["total_rows"]) == (20, 30)
    assert view["warnings"][-1]["code"] == "cut"


def test_resources_give_report_table_card_and_data(server):
    (ran,) = ask(server, ("run_operation", {"name": "toy.length", "records": ["CCO"]}))
    identifier = ran.structured_content["run_id"]

    async def read(uri):
        async with Client(server) as client:
            return (await client.read_resource(uri)).contents[0].text

    assert "<html" in anyio.run(read, f"run://{identifier}/report")
    assert json.loads(anyio.run(read, f"run://{identifier}/table"))["records"][0]["length"] == 3
    assert "licence" in anyio.run(read, "data://tdc_admet_group").lower()


def test_operations_can_be_tools_of_their_own(toys):
    server = make_server(expose="toy")

    async def talk():
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            result = await client.call_tool("toy_length", {"records": ["CCO"], "at_most": 9})
            return tools, result

    tools, result = anyio.run(talk)
    own = next(tool for tool in tools if tool.name == "toy_length")
    assert own.input_schema["properties"]["at_most"]["minimum"] == 1
    assert result.structured_content["records"][0]["length"] == 3


def test_over_standard_input_and_output(tmp_path):
    import sys

    async def talk():
        started = StdioServerParameters(
            command=sys.executable,
            args=["-c", "from kozue.doors.cli import main; main(['mcp'])"],
            cwd=str(tmp_path),
        )
        async with Client(started) as client:
            return await client.call_tool("search_operations", {"query": ""})

    found = anyio.run(talk).structured_content["operations"]
    assert {row["name"] for row in found} <= set(get_registry().operations)
