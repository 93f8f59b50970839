"""The web page's part of the contract: each operation's example, clicked, gives the answer of the Python door."""

from __future__ import annotations

import pytest

from kozue.core.registry import get_registry
from kozue.doors.python import call
from kozue.run.answers import json_rows

OPERATIONS = [op for op in get_registry().operations.values() if op.example]


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
@pytest.mark.filterwarnings("ignore::kozue.doors.python.KozueWarning")
def test_the_example_gives_the_answer_of_every_other_door(watch, op):
    expected = call(op, op.example_path, op.example_settings)
    seen = watch()
    seen.open(f"/ui/{op.system}/{op.verb}")
    seen.page.click("#try-example")
    seen.page.wait_for_selector(".file-about table", timeout=30_000)
    seen.page.click("#submit")
    seen.page.wait_for_url("**/ui/runs/*", timeout=30_000)
    seen.page.wait_for_selector(".grid-row", timeout=120_000)
    run = seen.page.url.rstrip("/").rpartition("/")[2]
    counts = " ".join(seen.page.inner_text(".counts").split())
    assert f"{expected.n_ok} answered" in counts
    for warned in expected.warnings:
        assert warned.text in seen.page.inner_text("main")
    shown = seen.page.evaluate(f"fetch('/api/runs/{run}/table?limit=1000').then((answer) => answer.json())")
    assert shown["records"] == json_rows(expected.table)
    seen.shoot(f"example-{op.name}")
