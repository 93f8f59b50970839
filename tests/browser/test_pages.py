"""Every page in a real browser: no foreign request, no console error, few bytes, light and dark, both languages."""

from __future__ import annotations

import pytest

PAGES = {
    "home": "/ui/",
    "operation": "/ui/demo/profile",
    "job": "/ui/demo/fit",
    "molecule": "/ui/molecule",
    "compare": "/ui/compare",
    "runs": "/ui/runs",
    "models": "/ui/models",
    "data": "/ui/data",
    "about": "/ui/about",
    "error": "/ui/nothing/here",
}
LOOKS = {
    "light": {},
    "dark": {"dark": True},
    "ja": {"language": "ja-JP"},
    "narrow": {"width": 390, "height": 800},
}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_quiet_and_fits(watch, look):
    seen = watch(**LOOKS[look])
    for name, path in PAGES.items():
        seen.open(path)
        if name == "error":  # the browser reports the page's own 404, which is meant
            seen.complaints[:] = [text for text in seen.complaints if "404" not in text]
        assert seen.complaints == [], name
        assert seen.foreign == [], name
        wide = seen.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px wider than the window"
        seen.shoot(f"{look}-{name}", full_page=True)


def test_the_first_page_is_light(watch):
    seen = watch()
    seen.open("/ui/")
    total = sum(seen.script_bytes.values())
    print(f"JavaScript on the first page: {total / 1000:.1f} kB")
    assert total <= 2_500_000


def test_theme_and_language_switch_and_stay(watch):
    seen = watch()
    seen.open("/ui/")
    light = seen.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    seen.page.click("#theme-switch")
    assert seen.page.evaluate("() => getComputedStyle(document.body).backgroundColor") != light
    seen.open("/ui/runs")
    assert seen.page.evaluate("() => document.documentElement.dataset.dark") == "true"
    seen.page.click("#language-switch")
    seen.page.wait_for_selector("html[lang=ja]")
    seen.open("/ui/")
    assert "研究テーマから患者まで" in seen.page.inner_text("h1")


def test_search_finds_systems_in_both_languages(watch):
    seen = watch()
    seen.open("/ui/")
    for words, shown in (("見本", 1), ("ＤＥＭＯ", 1), ("no such thing", 0)):
        seen.page.fill("#search", words)
        assert seen.page.locator(".system-card:visible").count() == shown, words
    assert seen.page.is_visible("#nothing-found")


def test_the_keyboard_reaches_everything(watch):
    seen = watch()
    seen.open("/ui/demo/profile")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("() => document.activeElement.className") == "skip"
    seen.page.focus("#tab-paste")
    seen.page.keyboard.press("ArrowRight")
    assert seen.page.get_attribute("#tab-file", "aria-selected") == "true"
    nameless = seen.page.evaluate(
        """() => [...document.querySelectorAll('button, a, input:not([type=hidden]), select, textarea')]
            .filter((node) => node.checkVisibility() && !(node.textContent.trim() || node.ariaLabel || node.labels?.length
              || node.placeholder)).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
