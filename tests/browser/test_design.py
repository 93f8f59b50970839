"""A search from its form to its result: core, points, rewards, preview, a ban, two runs side by side."""

from __future__ import annotations

import re
import time

import pytest

CORE = "c1ccc(cc1)C(=O)N1CCNCC1"
START = """async (body) => (await (await fetch('/api/runs', {method: 'POST',
  headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)})).json()).id"""


@pytest.fixture
def prior(home, monkeypatch):
    """Keep a prior that needs no training among the server's models."""
    from kozue_priors import keep_chains

    monkeypatch.setenv("KOZUE_HOME", str(home))
    return keep_chains()


def searched(seen, prior, seed):
    """Run a small search to its end."""
    settings = {
        "rewards": ["-logp"],
        "core": f"{CORE[:-4]}([*:1])CC1",
        "calls": 40,
        "batch": 20,
        "prior": prior,
    }
    body = {"operation": "design.search", "settings": {**settings, "generators": ["tree"]}, "seed": seed}
    run = seen.page.evaluate(START, body)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status = seen.page.evaluate("(id) => fetch(`/api/runs/${id}`).then((answer) => answer.json())", run)
        if status["state"] == "finished":
            return run
        assert status["state"] in ("queued", "running"), status
        time.sleep(0.2)
    raise AssertionError("the search did not end")


def tick(seen, element):
    """Click the first atom of an element and wait for the new drawing."""
    with seen.page.expect_response("**/api/molecules/points"):
        seen.page.click(f'.site[aria-label*="at {element} "]')
    seen.page.wait_for_selector('.site[aria-pressed="true"]')


def test_a_core_is_drawn_and_ticked(watch):
    seen = watch(width=1280)
    seen.open("/ui/design/search")
    seen.page.fill("#set-core", CORE)
    seen.page.wait_for_selector(".site")
    tick(seen, "N")
    with_point = seen.page.input_value("#set-core")
    assert with_point.count("[*:1]") == 1
    assert "1 attachment point;" in seen.page.inner_text(".sites")
    seen.shoot("design-core", full_page=True)
    with seen.page.expect_response("**/api/molecules/points"):
        seen.page.click('.site[aria-pressed="true"]')
    seen.page.wait_for_selector('.site[aria-pressed="true"]', state="detached")
    assert "*" not in seen.page.input_value("#set-core")
    # The editor begins with the structure and gives it back.
    seen.page.click('[data-name="core"] [data-act="draw"]')
    seen.page.wait_for_selector('[data-act="use-drawing"]:not([disabled])', timeout=30_000)
    seen.shoot("design-drawing")
    seen.page.click('[data-act="use-drawing"]')
    seen.page.wait_for_selector("dialog", state="detached")
    seen.page.wait_for_selector(".site")
    drawn = seen.page.input_value("#set-core")
    assert sorted(re.sub("[^A-Za-z]", "", drawn).upper()) == sorted(re.sub("[^A-Za-z]", "", CORE).upper())


def test_rewards_are_composed_in_rows_and_in_text(watch):
    seen = watch(width=1280)
    seen.open("/ui/design/search")
    line = seen.page.locator(".line")
    line.nth(0).locator("[data-part=value]").select_option("qed")
    seen.page.click("[data-act=add-line]")
    line.nth(1).locator("[data-part=kind]").select_option("operation")
    line.nth(1).locator("[data-part=value]").fill("admet.predict:herg")
    assert "hERG" in line.nth(1).inner_text()
    line.nth(1).locator("[data-part=wish]").select_option("-")
    line.nth(1).locator(".line-weight").fill("2")
    seen.page.click("[data-act=add-line]")
    line.nth(2).locator("[data-part=value]").select_option("logp")
    line.nth(2).locator("[data-part=wish]").select_option("..")
    line.nth(2).locator("[data-part=low]").fill("1")
    line.nth(2).locator("[data-part=high]").fill("4")
    text = "#set-rewards"
    assert seen.page.input_value(text).split("\n") == ["qed", "-admet.predict:herg*2", "logp:1..4"]
    seen.page.click("[data-part=as-text] summary")
    written = (
        'similarity:CCO>0.4 *3\n{"kind": "property", "property": "sa", "exponent": 2}\nsubstructure:[NX3]'
    )
    seen.page.fill(text, written)
    assert line.count() == 3
    assert line.nth(0).locator("[data-part=wish]").input_value() == ">"
    assert line.nth(0).locator(".line-weight").input_value() == "3"
    assert line.nth(1).locator(".line-whole input").input_value().startswith('{"kind"')
    line.nth(2).locator("[data-part=wish]").select_option("-")
    line.nth(0).locator("[data-act=remove-line]").click()
    assert seen.page.input_value(text).split("\n") == [written.split("\n")[1], "-substructure:[NX3]"]
    seen.page.select_option(".line >> nth=1 >> [data-part=kind]", "task")
    seen.page.select_option(".line >> nth=1 >> [data-part=value]", "drd2")
    assert seen.page.input_value(text).endswith("-task:drd2")


def test_a_search_is_watched_steered_and_stopped(watch, prior):
    seen = watch(width=1280)
    seen.open("/ui/design/search")
    seen.page.fill("#set-core", CORE)
    seen.page.wait_for_selector(".site")
    tick(seen, "N")
    line = seen.page.locator(".line")
    line.nth(0).locator("[data-part=value]").select_option("logp")
    line.nth(0).locator("[data-part=wish]").select_option("-")
    seen.page.click("[data-act=add-line]")
    line.nth(1).locator("[data-part=kind]").select_option("similarity")
    line.nth(1).locator("[data-part=value]").fill("CCOCCN")
    seen.page.fill("#set-calls", "20000")
    seen.page.click(".more-settings > summary")
    seen.page.fill("#set-prior", prior)
    seen.page.click("#submit")
    seen.page.wait_for_url("**/ui/runs/*")
    seen.page.wait_for_selector("#preview .best img[data-atoms*=',']", timeout=120_000)
    seen.page.wait_for_selector("#preview .chart .line-0", state="attached")
    assert "Best" in seen.page.inner_text(".tiles")
    seen.page.fill("#set-ban", "O=C[CX4]")
    with seen.page.expect_response("**/wishes") as asked:
        seen.page.click("#wish button[type=submit]")
    assert asked.value.json() == {"wishes": [{"ban": "O=C[CX4]"}]}
    seen.page.wait_for_selector(".tiles:has-text('Banned')", timeout=60_000)
    seen.page.wait_for_selector(".bars:has-text('forbidden')", timeout=60_000)
    seen.shoot("design-preview", full_page=True)
    seen.page.click("#cancel")
    seen.page.wait_for_selector(".state-cancelled", timeout=30_000)
    assert seen.page.is_visible("#preview .chart")
    assert not seen.page.is_visible("#wish")
    # What was asked is found again in the form.
    seen.page.click("#again")
    seen.page.wait_for_selector(".note")
    assert seen.page.input_value("#set-rewards").split("\n") == ["-logp", "similarity:CCOCCN"]
    seen.page.wait_for_selector('.site[aria-pressed="true"]')
    assert seen.page.is_visible("#set-prior")


def test_a_result_marks_the_core_and_two_searches_are_compared(watch, prior):
    seen = watch(width=1280, language="ja-JP")
    first, second = (searched(seen, prior, seed) for seed in (1, 2))
    seen.open(f"/ui/runs/{first}")
    seen.page.wait_for_selector(".grid-row img[data-atoms*=',']")
    assert not seen.page.is_visible("#preview")
    seen.page.click(".grid-row >> nth=0")
    seen.page.wait_for_selector(".detail-picture img[data-atoms*=',']")
    assert "母核の原子" not in seen.page.inner_text(".grid-head")
    seen.shoot("design-result", full_page=True)
    seen.open(f"/ui/differences?first={first}&second={second}")
    seen.page.wait_for_selector("#curves .line-1", state="attached")
    assert "最高点" in seen.page.inner_text("#curves")
    assert "smiles" in seen.page.inner_text(".counts")
    seen.shoot("design-compared", full_page=True)
