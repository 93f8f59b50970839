"""From a form to a result: pasted, drawn, from a file, hostile, large."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

ROWS = 100_000
DRUGS = "CC(=O)Oc1ccccc1C(=O)O aspirin\n?what broken\nCC(C)Cc1ccc(cc1)C(C)C(=O)O ibuprofen\nCO methanol"


def ask(seen, text=DRUGS):
    """Paste records and ask."""
    seen.open("/ui/demo/profile")
    seen.page.fill("#paste", text)
    seen.page.click("#submit")
    seen.page.wait_for_selector(".grid-row")
    seen.page.wait_for_load_state("networkidle")


def test_pasted_records_are_answered_on_the_page(watch):
    seen = watch()
    ask(seen)
    assert [one.inner_text() for one in seen.page.locator(".count").all()] == [
        "4 in",
        "3 answered",
        "1 without result",
    ]
    assert "record 2" in seen.page.inner_text(".warning")
    broken = seen.page.locator(".grid-row.failed")
    assert "cannot be read" in broken.inner_text()
    assert seen.page.locator(".grid-row img").count() == 3
    seen.page.click(".count.bad")
    seen.page.wait_for_function("() => document.querySelectorAll('.grid-row').length === 1")
    seen.shoot("answer-failed-only")


def test_a_row_opens_its_details_with_measured_neighbours(watch):
    seen = watch()
    ask(seen)
    seen.page.focus(".grid")
    seen.page.keyboard.press("ArrowDown")
    seen.page.wait_for_selector(".detail:not([hidden])")
    assert seen.page.inner_text(".detail h3") == "aspirin"
    seen.page.click(".detail-estimate summary")
    seen.page.wait_for_selector(".neighbours img")
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.locator(".neighbours figure").count() == 3
    assert "−1.2" in seen.page.inner_text(".neighbours")
    seen.shoot("answer-detail")
    seen.page.keyboard.press("Escape")
    assert not seen.page.is_visible(".detail")


def test_atom_weights_are_drawn(watch):
    seen = watch()
    ask(seen, "CO methanol")
    seen.page.click(".grid-row")
    seen.page.click(".detail-estimate summary")
    seen.page.wait_for_selector('.detail-estimate img[data-weights^="0.300"][src^="data:image/svg"]')


def test_sorting_filtering_and_choosing_columns(watch):
    seen = watch()
    ask(seen)
    seen.page.click(".head-sort:has-text('hERG')")
    values = [
        int(text.split()[0])
        for text in seen.page.locator(".grid-row .cell-estimate:nth-child(6) b").all_inner_texts()
    ]
    assert values == sorted(values)
    seen.page.hover(".grid-cell:has-text('Name')")
    seen.page.click("[aria-label='Filter this column: Name']")
    seen.page.fill(".filter-box input", "prof")
    seen.page.click(".filter-box button:has-text('Another condition')")
    seen.page.fill(".filter-rule:nth-child(2) input", "ibu")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_function("() => document.querySelectorAll('.grid-row').length === 1")
    seen.page.click("button:has-text('Columns')")
    seen.page.click(".menu label:has-text('hERG')")
    assert seen.page.locator(".grid-head:has-text('hERG')").count() == 0


@pytest.mark.parametrize(("name", "start"), [("CSV", b"smiles"), ("SDF", b""), ("Parquet", b"PAR1")])
def test_the_answer_is_saved(watch, name, start):
    seen = watch()
    ask(seen)
    seen.page.click("button:has-text('Download')")
    with seen.page.expect_download() as waiting:
        seen.page.click(f".menu button:has-text('{name}')")
    content = Path(waiting.value.path()).read_bytes()
    assert start in content[:20]
    assert len(content) > 100


def test_hostile_names_are_only_text(watch):
    seen = watch()
    hostile = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
    ask(seen, f'CCO {hostile}\n{hostile} x\nCC "><svg onload=window.broken=1>')
    seen.page.click(".grid-row")
    seen.page.wait_for_timeout(300)
    assert hostile in seen.page.inner_text(".detail h3")
    assert seen.page.evaluate("() => window.broken === undefined")
    seen.page.click("#as-run")
    seen.page.wait_for_url("**/ui/runs/*")
    seen.page.wait_for_selector(".grid-row", timeout=60_000)
    seen.open("/ui/runs")
    assert seen.page.evaluate("() => window.broken === undefined")


def test_settings_that_cannot_be_used_are_marked(watch):
    seen = watch()
    seen.open("/ui/demo/profile")
    seen.page.fill("#paste", "CCO")
    seen.page.fill("#set-confidence", "7")
    seen.page.click("#submit")
    assert seen.page.locator(".field.wrong").count() == 1
    assert seen.page.is_visible("#problem")
    seen.page.click("#reset")
    seen.page.click("#submit")
    seen.page.wait_for_selector(".grid-row")


def test_a_drawing_becomes_a_line(watch):
    seen = watch()
    seen.open("/ui/demo/profile")
    before = sum(seen.script_bytes.values())
    seen.page.click("#tab-draw")
    seen.page.wait_for_selector("[data-openchemlib-canvas-editor]")
    seen.page.wait_for_load_state("networkidle")
    assert before < 200_000 < sum(seen.script_bytes.values())
    box = seen.page.locator("#editor").bounding_box()
    seen.page.wait_for_timeout(500)
    seen.page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    seen.page.wait_for_timeout(200)
    seen.shoot("draw")
    seen.page.click("#draw-add")
    seen.page.wait_for_function("() => document.querySelector('#paste').value === 'CC'")


def test_the_example_is_read_and_its_columns_can_be_chosen(watch):
    seen = watch()
    seen.open("/ui/demo/profile")
    seen.page.click("#try-example")
    seen.page.wait_for_selector(".file-about table")
    assert "demo.csv" in seen.page.inner_text(".file-card")
    assert seen.page.locator(".column-map select").first.input_value() == "smiles"
    seen.shoot("file", full_page=True)
    seen.page.click("#submit")
    seen.page.wait_for_url("**/ui/runs/*")
    seen.page.wait_for_selector(".grid-row", timeout=60_000)
    assert "11 answered" in seen.page.inner_text(".counts")


def test_a_run_is_watched_cancelled_and_resumed(watch, tmp_path):
    seen = watch()
    file = tmp_path / "many.csv"
    file.write_text("smiles\n" + "\n".join("C" * (1 + n % 20) for n in range(20_000)))
    seen.open("/ui/demo/profile")
    seen.page.click("#tab-file")
    seen.page.set_input_files("#file", file)
    seen.page.wait_for_selector(".file-about table")
    seen.page.fill("#set-pace", "0.2")
    seen.page.click("#submit")
    seen.page.wait_for_url("**/ui/runs/*")
    seen.page.wait_for_function(
        "() => /records\\/s/.test(document.querySelector('[data-part=rate]').textContent)", timeout=60_000
    )
    seen.shoot("run-live")
    began = time.monotonic()
    seen.page.click("#cancel")
    seen.page.wait_for_selector("#state .state-cancelled")
    took = time.monotonic() - began
    print(f"cancelled after {took:.2f} s")
    assert took < 2.5
    seen.shoot("run-cancelled")
    seen.page.click("#resume")
    seen.page.wait_for_selector("#state .state-running")
    seen.page.wait_for_selector(".grid-row", timeout=120_000)
    seen.page.click("#again")
    seen.page.wait_for_selector(".note")
    assert seen.page.input_value("#set-pace") == "0.2"


def test_a_job_shows_its_tables_and_figures(watch):
    seen = watch()
    seen.open("/ui/demo/fit")
    seen.page.fill("#set-column", "y")
    seen.page.click("#submit")
    seen.page.wait_for_url("**/ui/runs/*")
    seen.page.wait_for_selector(".grid-row", timeout=60_000)
    assert "importance" in seen.page.inner_text(".more-tables").lower()
    seen.page.wait_for_selector(".figures img")
    seen.shoot("job-result", full_page=True)


def test_a_hundred_thousand_rows_scroll(watch, tmp_path):
    seen = watch()
    file = tmp_path / "large.csv"
    file.write_text("smiles,name\n" + "\n".join(f"{'C' * (1 + n % 25)}O,compound {n}" for n in range(ROWS)))
    seen.open("/ui/demo/profile")
    seen.page.click("#tab-file")
    seen.page.set_input_files("#file", file)
    seen.page.wait_for_selector(".file-about table")
    seen.page.click("#submit")
    seen.page.wait_for_url("**/ui/runs/*")
    seen.page.wait_for_selector(".grid-row", timeout=240_000)
    for share, wanted in ((0.5, 50_000), (1.0, ROWS - 1), (0.25, 25_000)):
        began = time.monotonic()
        seen.page.evaluate(
            "(share) => { const grid = document.querySelector('.grid'); grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * share; }",
            share,
        )
        seen.page.wait_for_selector(f".grid-row:has-text('compound {wanted}')", timeout=20_000)
        print(f"row {wanted} after {time.monotonic() - began:.2f} s")
    assert seen.page.locator(".grid-row").count() < 60
    seen.shoot("large")
    began = time.monotonic()
    seen.page.click(".head-sort:has-text('Hepatic')")
    seen.page.wait_for_selector("[aria-sort=ascending]")
    print(f"sorted on the server after {time.monotonic() - began:.2f} s")
    megabytes = seen.page.evaluate("() => performance.memory.usedJSHeapSize / 1e6")
    print(f"the tab's JavaScript holds {megabytes:.0f} MB")
    assert megabytes < 300
