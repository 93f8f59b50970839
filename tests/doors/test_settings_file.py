"""Settings by file and settings that hold settings, by every door."""

from __future__ import annotations

import inspect
import json
import tomllib

import pytest

from kozue.core.errors import FormatError, InputError, SettingsError
from kozue.core.registry import get_registry
from kozue.core.settings_file import load_settings, read_settings_file
from kozue.doors.cli import main
from kozue.doors.cli.toml import template, toml_value
from kozue.run import RunStore


@pytest.fixture
def mixtures():
    import kozue_mixtures

    from kozue.doors.python import namespace

    registry = get_registry()
    before = dict(registry.operations), dict(registry.systems)
    registry.add_module(kozue_mixtures)
    yield kozue_mixtures
    registry.operations, registry.systems = before
    namespace.cache_clear()


def run(*arguments):
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as done:
        return done.code or 0
    return 0


def mixed():
    """Return parts, and what else the newest run was asked."""
    newest = RunStore().list()[0]
    settings = newest.asked.settings
    return {part["what"]: part["amount"] for part in settings["parts"]}, settings


FILES = {
    "toml": 'parts = ["water*2", {what = "salt", amount = 0.5}]\nstirs = 7\nnotes = "a.txt"\n',
    "yaml": "parts:\n  - water*2\n  - what: salt\n    amount: 0.5\nstirs: 7\nnotes: a.txt\n",
    "json": '{"parts": ["water*2", {"what": "salt", "amount": 0.5}], "stirs": 7, "notes": "a.txt"}',
}


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    path = tmp_path / "elsewhere" / f"recipe.{request.param}"
    path.parent.mkdir()
    path.write_text(FILES[request.param])
    return path


def test_a_file_says_the_settings_and_options_win(mixtures, file):
    assert run("mixture", "mix", "--settings", file) == 0
    parts, settings = mixed()
    assert parts == {"water": 2, "salt": 0.5} and settings["stirs"] == 7
    assert settings["notes"] == str(file.parent.resolve() / "a.txt")
    assert run("mixture", "mix", "--settings", file, "--stirs", "1", "--part", "oil*3") == 0
    parts, settings = mixed()
    assert parts == {"oil": 3} and settings["stirs"] == 1
    assert settings["notes"] == str(file.parent.resolve() / "a.txt")


def test_python_takes_the_same_file(mixtures, file):
    import kozue

    found = kozue.mixture.mix(settings=file, stirs=2)
    assert found.table.to_pylist() == [{"what": "water", "amount": 2}, {"what": "salt", "amount": 0.5}]
    assert found.summary["stirs"] == 2
    assert kozue.mixture.mix(settings={"parts": ["a"]}).table.num_rows == 1
    assert kozue.mixture.mix(settings=mixtures.Recipe(parts=["a"], stirs=5)).summary["stirs"] == 5
    assert "settings" in inspect.signature(kozue.mixture.mix).parameters


def test_paths_of_options_start_from_the_current_folder(mixtures, file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load_settings(mixtures.mix, file, {"notes": "b.txt"})
    assert found.notes == str(tmp_path / "b.txt")


def test_nested_settings_are_lines_or_json_on_the_command_line(mixtures):
    arguments = [
        "--part",
        "-odd*2",
        "--parts",
        '{"what": "salt", "amount": 4}',
        "--vessel",
        '{"what": "jar"}',
    ]
    assert run("mixture", "mix", *arguments, "--tags", "a", "b") == 0
    parts, settings = mixed()
    assert (
        parts == {"-odd": 2, "salt": 4}
        and settings["vessel"]["what"] == "jar"
        and settings["tags"] == ["a", "b"]
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "parts is missing"),
        (("--part", "{what: salt}"), "begins like JSON"),
        (("--part", "salt*0"), "parts.1.amount should be greater than 0"),
        (("--part", '{"what": "salt", "amuont": 2}'), "did you mean 'parts.1.amount'?"),
        (("--settings", "none.toml"), "There is no settings file none.toml"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_said(mixtures, capsys, arguments, said):
    assert run("mixture", "mix", *arguments) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("name", "text", "error", "said"),
    [
        ("a.toml", "parts = [", FormatError, "TOML"),
        ("a.yaml", "parts: [", FormatError, "line 1"),
        ("a.json", "{", FormatError, "JSON"),
        ("a.toml", "prats = ['a']", SettingsError, "did you mean 'parts'?"),
        ("a.yaml", "- 1", FormatError, "holds no settings"),
        ("a.ini", "x", InputError, "cannot be a settings file"),
        ("a.json", b"\xff\xfe\x00", FormatError, "JSON"),
        ("a.yaml", "!!python/object/apply:os.system ['true']", FormatError, "YAML"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(mixtures, tmp_path, name, text, error, said):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(error) as caught:
        load_settings(mixtures.mix, path)
    assert said in caught.value.message and name in caught.value.message


def test_an_option_at_fault_does_not_blame_the_file(mixtures, file):
    with pytest.raises(SettingsError) as caught:
        load_settings(mixtures.mix, file, {"stirs": -1})
    assert "stirs" in caught.value.message and file.name not in caught.value.message


def test_an_empty_file_is_no_settings(tmp_path):
    for name in ("a.yaml", "a.toml"):
        (tmp_path / name).write_text("")
        assert read_settings_file(tmp_path / name) == {}


def test_init_writes_a_file_that_works_as_it_is(mixtures, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("mixture", "init") == 0
    assert run("mixture", "mix", "--settings", "mixture_mix.toml") == 0
    assert mixed()[0] == {"water": 2, "salt": 1}
    assert run("mixture", "init") == 2
    assert "is there already" in capsys.readouterr().err
    assert run("mixture", "init", "--force") == 0
    assert run("mixture", "init", "mxi") == 2
    text = template(mixtures.mix)
    for words in (
        "How often to stir.",
        "<= 10000000",
        "# stirs = 3",
        "# [[parts]]",
        "# [vessel]",
        "# --- parts",
    ):
        assert words in text


def test_what_init_comments_out_are_the_defaults():
    for op in get_registry().operations.values():
        lines = template(op).splitlines()
        shown = [line.removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line]
        plain = [line for line in shown if line.split(" = ")[0].isidentifier() and "(not set)" not in line]
        known = [line for line in plain if line.split(" = ", 1)[1].strip()]
        found = tomllib.loads("\n".join(known))
        required = {name for name, field in op.settings.model_fields.items() if field.is_required()}
        given = {**{name: op.example_settings[name] for name in required & set(op.example_settings)}, **found}
        if required <= set(given):
            least = op.parse({name: given[name] for name in required})
            assert op.parse(given) == least, op.name


@pytest.mark.parametrize(
    "value", [True, 3, -1.5, 1e-7, 'a "b" \\ ü\n', ["a", [1, 2]], {"a": 1, "b": {"c": "d"}}]
)
def test_toml_values_come_back(value):
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


def test_the_schema_is_written_for_editors(mixtures, tmp_path, capsys):
    assert run("schema", "mixture.mix") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["properties"]["parts"]["items"]["anyOf"][0] == {"type": "string"}
    assert run("schema", "mixture.mix", "-o", tmp_path / "s.json") == 0
    assert json.loads((tmp_path / "s.json").read_text()) == printed
    assert run("schema", "mixture.mxi") == 2


def test_rest_takes_nested_settings_but_starts_no_programs(mixtures, kozue_home, monkeypatch):
    from fastapi.testclient import TestClient

    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app

    registry = Registry()
    registry.add_module(mixtures)
    headers = {"Authorization": "Bearer t"}
    with TestClient(
        create_app(registry=registry, token="t"), base_url="http://127.0.0.1:8765", headers=headers
    ) as client:
        body = {"settings": {"parts": ["a*2", {"what": "b"}]}}
        assert client.post("/api/mixture/mix", json=body).json()["records"][0] == {"what": "a", "amount": 2}
        wrong = client.post("/api/mixture/mix", json={"settings": {"parts": [{"waht": "b"}]}})
        assert wrong.status_code == 422 and "parts.1.what" in wrong.json()["detail"]
        programs = {"settings": {"parts": ["a"], "run": "rm"}}
        for address, asked in (
            ("/api/mixture/mix", programs),
            ("/api/runs", {"operation": "mixture.mix", **programs}),
        ):
            refused = client.post(address, json=asked)
            assert refused.status_code == 422 and "would start programs" in refused.json()["detail"]
        monkeypatch.setenv("KOZUE_ALLOW_PROGRAMS", "1")
        assert client.post("/api/mixture/mix", json=programs).status_code == 200


def test_agents_take_nested_settings_but_start_no_programs(mixtures, kozue_home, tmp_path):
    import anyio
    from mcp.server.mcpserver.exceptions import ToolError

    from kozue.core.registry import Registry
    from kozue.doors.mcp.server import exposed, operation_tool
    from kozue.doors.mcp.work import Desk, describe

    registry = Registry()
    registry.add_module(mixtures)
    desk = Desk(registry, RunStore(), tmp_path)
    (op,) = exposed(registry, "all")
    tool = operation_tool(desk, op)
    assert tool.parameters["properties"]["parts"]["items"]["anyOf"][0]["type"] == "string"
    assert "label_ja" not in json.dumps(describe(op)["settings_schema"])

    async def call(**settings):
        return await desk.run(op.name, [], "", settings, {}, 0, 20, None)

    view = anyio.run(lambda: call(parts=["a*2", mixtures.Part(what="b")]))
    assert view.records == [{"what": "a", "amount": 2.0}, {"what": "b", "amount": 1.0}]
    with pytest.raises((SettingsError, ToolError), match="would start programs"):
        anyio.run(lambda: call(parts=["a"], run="rm"))
