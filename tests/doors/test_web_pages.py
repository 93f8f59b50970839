"""The pages as the server writes them: every page, both languages, forms from settings."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Literal

import pytest
from pydantic import Field

from kozue.core.settings import Settings
from kozue.doors.web.language import Texts, choose, texts
from kozue.doors.web.pages import folder

PAGES = (
    "/ui/",
    "/ui/molecule",
    "/ui/compare",
    "/ui/runs",
    "/ui/models",
    "/ui/data",
    "/ui/about",
    "/ui/toy/length",
    "/ui/toy/total",
)


def test_both_languages_have_the_same_texts_with_the_same_values():
    english, japanese = texts("en"), texts("ja")
    assert english.keys() == japanese.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", japanese[key])), key
        assert text.strip(), key


def test_every_text_that_a_script_or_template_asks_for_exists():
    known = texts("en")
    for path in (folder() / "static" / "js").glob("*.js"):
        for key in re.findall(r"""\bt\("([a-z0-9_]+)\"""", path.read_text(encoding="utf-8")):
            assert f"js.{key}" in known, f"{path.name}: {key}"
    for path in (folder() / "templates").glob("*.html"):
        for key in re.findall(r"""\bt\(["']([a-z0-9_.]+)["'][,)]""", path.read_text(encoding="utf-8")):
            assert key in known, f"{path.name}: {key}"


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "language"),
    [
        ("ja", "en", "en", "ja"),
        (None, "ja", "en", "ja"),
        (None, None, "ja-JP,ja;q=0.9,en;q=0.5", "ja"),
        (None, None, "de, fr", "en"),
        (None, "xx", "en;q=0.2, ja;q=0.9", "ja"),
        ("<script>", None, "ja;q=oops", "ja"),
        (None, None, "", "en"),
    ],
)
def test_the_language_that_a_request_wants(query, cookie, accept, language):
    assert choose(query, cookie, accept) == language


class Outline(HTMLParser):
    """Collects what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.identifiers: list[str] = []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.addresses += [found[name] for name in ("href", "src", "action") if found.get(name)]
        self.identifiers += [found["id"]] if "id" in found else []
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.inline.append("script")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_in_every_language(client, page, language):
    response = client.get(page, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.text
    assert Texts(language)("nav.systems") in response.text
    outline = Outline()
    outline.feed(response.text)
    assert outline.inline == []
    assert all(address.startswith(("/", "#")) for address in outline.addresses)
    assert len(outline.identifiers) == len(set(outline.identifiers))


def test_every_address_on_a_page_answers(client, finished_run):
    for page in (*PAGES, f"/ui/runs/{finished_run}"):
        outline = Outline()
        outline.feed(client.get(page).text)
        for address in sorted(set(outline.addresses)):
            if not address.startswith("#") and "/vendor/" not in address:
                assert client.get(address).status_code == 200, f"{page}: {address}"


def test_the_language_is_remembered(client):
    client.get("/ui/?language=ja")
    assert '<html lang="ja"' in client.get("/ui/runs").text


def test_an_error_is_a_page_below_ui_and_a_problem_below_api(client):
    page = client.get("/ui/runs/nothing")
    assert page.status_code == 404
    assert "text/html" in page.headers["content-type"]
    assert "no run" in page.text.lower()
    assert client.get("/ui/none/such").status_code == 404
    assert client.get("/api/runs/nothing").headers["content-type"] == "application/problem+json"


def test_the_start_page_lists_systems_and_recent_runs(client, finished_run):
    text = client.get("/ui/").text
    assert "Counts letters." in text
    assert f"/ui/runs/{finished_run}" in text


def test_a_run_page_names_what_was_asked(client, finished_run):
    text = client.get(f"/ui/runs/{finished_run}").text
    assert "toy.length" in text
    assert "at_most" in text
    assert finished_run in text


def test_a_hostile_name_is_only_text(client):
    name = '"><img src=x onerror=alert(1)>.csv'
    file = client.post("/api/files", files={"file": (name, b"smiles\nCC\n")}).json()["id"]
    run = client.post("/api/runs", json={"operation": "toy.length", "file_id": file}).json()["id"]
    for page in (f"/ui/runs/{run}", "/ui/runs", "/ui/"):
        text = client.get(page).text
        assert "<img src=x" not in text


def test_json_in_a_page_cannot_end_its_block():
    from kozue.doors.web.pages import json_block

    assert "<" not in str(json_block({"name": "</script><script>alert(1)</script>"}))


class Every(Settings):
    """Every kind of field."""

    switch: bool = Field(True, description="On or off.", json_schema_extra={"label_ja": "切替"})
    share: float = Field(0.5, ge=0, lt=1, json_schema_extra={"unit": "mg"})
    many: int = Field(3, ge=1)
    word: str = "x"
    maybe: float | None = None
    choice: Literal["a", "b"] = "a"
    several: tuple[Literal["x", "length"], ...] = ("x",)
    names: tuple[str, ...] = ()
    table: dict[str, float] = Field(default_factory=dict)
    needed: str = Field(title="Needed column")


def test_each_setting_becomes_a_fitting_field(toys):
    from dataclasses import replace

    from kozue.doors.web.forms import fields_of

    op = replace(toys.length, settings=Every)
    fields = {field.name: field for field in fields_of(op, "en")}
    kinds = {name: field.kind for name, field in fields.items()}
    assert kinds == {
        "switch": "switch",
        "share": "number",
        "many": "integer",
        "word": "text",
        "maybe": "number",
        "choice": "choice",
        "several": "choices",
        "names": "list",
        "table": "json",
        "needed": "text",
    }
    assert (fields["share"].unit, fields["share"].bounds) == ("mg", "0 – 1")
    assert fields["many"].bounds == "≥ 1"
    assert fields["maybe"].optional
    assert fields["needed"].required
    assert fields["needed"].label == "Needed column"
    assert fields["several"].options == [("x", "x"), ("length", "Length")]
    assert {field.name: field.label for field in fields_of(op, "ja")}["switch"] == "切替"


def test_settings_ask_for_controls_and_say_what_is_shown_on_request():
    from kozue.core.registry import get_registry
    from kozue.doors.web.forms import fields_of, wish_fields_of

    op = get_registry().operation("design.search")
    found = {field.name: field for field in fields_of(op, "ja")}
    kinds = {name: found[name].kind for name in ("rewards", "core", "core_sites", "windows", "core_from")}
    assert kinds == {
        "rewards": "lines",
        "core": "points",
        "core_sites": "list",
        "windows": "list",
        "core_from": "choice",
    }
    assert found["core_sites"].items == "integer"
    # "smiles" is an output column, too; the option is not.
    assert ("smiles", "smiles") in found["core_from"].options
    assert found["prior"].is_advanced
    assert not found["rewards"].is_advanced
    (ban,) = wish_fields_of(op, "ja")
    assert (ban.kind, ban.label, ban.required) == ("structure", "禁止する部分構造", True)


def test_a_job_that_takes_wishes_has_fields_for_them(client, toys):
    from kozue.run import RunStore

    run = RunStore().create(toys.walk, None, {"steps": 3})
    page = client.get(f"/ui/runs/{run.id}?language=ja").text
    assert 'id="wish"' in page
    assert "停止" in page
    other = RunStore().create(toys.length, ["C"])
    assert 'id="preview"' not in client.get(f"/ui/runs/{other.id}").text


def test_the_same_call_by_other_doors_is_shown(toys):
    from kozue.doors.web.facts import call_examples

    calls = dict(call_examples(toys.length))
    assert calls["command"] == "kozue toy length molecules.csv -o out/"
    assert "kozue.toy.length('molecules.csv')" in calls["python"]
    assert "/api/toy/length" in calls["rest"]


def test_example_settings_are_written_as_the_command_line_takes_them(toys):
    from dataclasses import replace

    from kozue.doors.web.facts import call_examples

    op = replace(toys.length, example_settings={"target": ["a b", "c"], "replace": True, "quiet": False})
    assert dict(call_examples(op))["command"].endswith("--target 'a b' --target c --replace --no-quiet")
