"""The list of runs: choose, compare, delete; a run's row as a molecule."""

from __future__ import annotations

import json
import time

START = """async ([operation, records, settings]) => (await (await fetch('/api/runs', {method: 'POST',
  headers: {'Content-Type': 'application/json'}, body: JSON.stringify({operation, records, settings})})).json()).id"""


def started(seen, records, operation="demo.profile", **settings):
    """Start a run and wait for its end."""
    run = seen.page.evaluate(START, [operation, records, settings])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = seen.page.evaluate("(id) => fetch(`/api/runs/${id}`).then((answer) => answer.json())", run)
        if status["state"] == "finished":
            return run
        time.sleep(0.1)
    raise AssertionError(f"run {run} is {status['state']}")


def test_two_runs_are_compared_and_deleted(watch):
    seen = watch(width=1280)
    names = ("aspirin", "caffeine", "methanol")
    first = started(
        seen, [{"smiles": s, "name": n} for s, n in zip(("CCO", "CCN", "CO"), names, strict=True)]
    )
    second = started(
        seen, [{"smiles": s, "name": n} for s, n in zip(("CCO", "CCCN", "CO"), names, strict=True)]
    )
    seen.open("/ui/runs")
    assert seen.page.is_disabled("#compare-runs")
    for run in (first, second):
        seen.page.check(f'tr[data-run="{run}"] [data-choose-run]')
    seen.shoot("runs-chosen")
    seen.page.click("#compare-runs")
    seen.page.wait_for_url(f"**/ui/differences?first={first}&second={second}")
    seen.page.wait_for_selector(".grid-row")
    seen.page.wait_for_load_state("networkidle")
    assert "3 in both" in seen.page.inner_text(".counts")
    assert "matched by name" in seen.page.inner_text(".counts")
    assert "1 / 3" in seen.page.inner_text("#summary")
    assert seen.page.locator(".grid-row:has-text('caffeine') .cell-pair small").count() >= 2
    assert seen.page.locator(".grid-row:has-text('aspirin') .cell-pair small").count() == 0
    seen.shoot("runs-compared", full_page=True)
    for run, sure in ((first, False), (first, True)):
        seen.open(f"/ui/runs/{run}")
        seen.page.click("#delete")
        assert seen.page.evaluate("() => document.activeElement.textContent") == "Keep"
        if sure:
            seen.page.click("#confirm-yes")
            seen.page.wait_for_url("**/ui/runs")
        else:
            seen.page.keyboard.press("Escape")
            seen.page.wait_for_selector("dialog", state="detached")
    assert seen.page.locator(f'tr[data-run="{first}"]').count() == 0
    seen.page.check(f'tr[data-run="{second}"] [data-choose-run]')
    seen.page.click("#delete-runs")
    seen.page.click("#confirm-yes")
    seen.page.wait_for_function("(id) => !document.querySelector(`tr[data-run='${id}']`)", arg=second)


def test_runs_that_cannot_be_compared_say_why(watch):
    seen = watch()
    first = started(seen, ["CCO"])
    second = started(seen, ["CCO"], operation="mock.profile")
    seen.open("/ui/runs")
    for run in (first, second):
        seen.page.check(f'tr[data-run="{run}"] [data-choose-run]')
    assert seen.page.is_disabled("#compare-runs")
    assert "same operation" in seen.page.inner_text("#chosen-said")


def test_a_range_is_filtered_on_the_server(watch):
    seen = watch()
    run = started(seen, ["C" * n for n in range(1, 30)])
    seen.open(f"/ui/runs/{run}")
    seen.page.wait_for_selector(".grid-row")
    seen.page.hover(".grid-head .grid-cell:has-text('Hepatic')")
    seen.page.click("[aria-label='Filter this column: Hepatic clearance']")
    seen.page.fill(".filter-rule input", "10")
    seen.page.click(".filter-box button:has-text('Another condition')")
    seen.page.fill(".filter-rule:nth-child(2) input", "40")
    seen.shoot("filter-range")
    with seen.page.expect_response("**/table?*") as waiting:
        seen.page.keyboard.press("Enter")
    page = waiting.value.json()
    assert "filter=clearance%3E%3D10&filter=clearance%3C%3D40" in waiting.value.url
    assert 0 < page["total"] < 29
    assert all(10 <= row["clearance"] <= 40 for row in page["records"])


def test_a_row_of_a_run_is_named_by_its_place(watch):
    seen = watch()
    run = started(
        seen, [{"smiles": "CCO", "name": "ethanol"}, {"smiles": "CC(=O)Oc1ccccc1C(=O)O", "name": "aspirin"}]
    )
    seen.open(f"/ui/runs/{run}")
    seen.page.click(".grid-row:has-text('aspirin')")
    link = seen.page.locator(".detail [data-act=open-molecule]")
    assert link.get_attribute("href") == f"/ui/molecule?run={run}&row=1"
    link.click()
    seen.page.wait_for_selector(".endpoint", timeout=60_000)
    assert seen.page.inner_text("h1") == "aspirin"
    assert json.dumps([asked for asked in seen.requests if "c1ccccc1" in asked]) == "[]"
