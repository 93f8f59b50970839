"""One molecule on paper: its structure, its profile, what drives it, and its human pharmacokinetics."""

from __future__ import annotations

from collections import Counter

from kozue.doors.molecule.comparison import Value, value_of
from kozue.doors.molecule.paper.canvas import (
    DOMAIN_INK,
    FAINT,
    GROUND,
    INK,
    INNER,
    MARGIN,
    SOFT,
    WIDTH,
    Page,
)
from kozue.doors.molecule.paper.curves import kinetics_block
from kozue.doors.molecule.paper.document import Document
from kozue.doors.molecule.paper.marks import bar
from kozue.doors.molecule.paper.numbers import interval, percentile, shown
from kozue.doors.molecule.paper.reasons import explanation
from kozue.doors.molecule.parts import Endpoint, Section
from kozue.doors.molecule.sheet import Content, Entry

ROW = 5.6
PICTURE = (78.0, 58.0)
# Left edges of the profile's columns, millimetres.
AT_LABEL, AT_VALUE, AT_UNIT, AT_BAR, AT_INTERVAL, AT_PERCENTILE, AT_DOMAIN = 5, 74, 76, 96, 131, 163, 166


def molecule(document: Document, content: Content, entry: Entry) -> None:
    """Write everything about one molecule, beginning on a page of its own."""
    document.running_head = ""
    page = document.new_page()
    head(document, page, content, entry)
    document.running_head = entry.title
    if content.parts.sections and entry.record:
        profile(document, content, entry)
    for explained in entry.explained:
        explanation(document, content, entry, explained)
    if entry.kinetics is not None:
        kinetics_block(document, entry.kinetics)


def head(document: Document, page: Page, content: Content, entry: Entry) -> None:
    """Write name, structure, identity, lights counted, alerts and what to know about the structure."""
    from kozue.chem.draw import svg

    text, facts = document.text, entry.facts
    page.text(MARGIN, page.y + 5, entry.title, 18, INK, "bold", width=INNER - 34)
    page.text(WIDTH - MARGIN, page.y + 5, "Kozue 梢", 9, FAINT, align="right")
    line = f"{facts['formula']} · {facts['weight']:.2f} g/mol"
    line += f" · {facts['inchikey']}" if facts["inchikey"] else ""
    page.text(MARGIN, page.y + 11, line, 9, SOFT)
    page.y = page.paragraph(MARGIN, page.y + 16, entry.smiles, INNER, 7.5, FAINT, most=3)
    top = page.y + 1
    page.box(MARGIN, top, *PICTURE, "#ffffff", "#d5ddd8", 2)
    page.drawing(svg(entry.smiles, 468, 348), MARGIN + 2, top + 2, PICTURE[0] - 4, PICTURE[1] - 4)
    x = MARGIN + PICTURE[0] + 8
    width = WIDTH - MARGIN - x
    y = counts(document, page, content, entry, x, top + 4)
    alerts = [str(one["name"]) for one in facts["alerts"]]
    y = titled(page, x, y, width, text("paper.alerts"), "; ".join(alerts) or text("paper.no_alerts"))
    remarks = [str(note["message"][document.language]) for note in facts["notes"]] + entry.problems
    if remarks:
        y = titled(page, x, y, width, text("paper.notes"), " ".join(remarks))
    page.y = max(top + PICTURE[1], y) + 2


def titled(page: Page, x: float, y: float, width: float, title: str, words: str) -> float:
    """Write a small title and a paragraph; return where the next one begins."""
    page.text(x, y, title, 8.5, SOFT, "bold")
    return page.paragraph(x, y + 4.4, words, width, 8, INK, most=7) + 2.4


def counts(document: Document, page: Page, content: Content, entry: Entry, x: float, y: float) -> float:
    """Write how many endpoints have which light, and how many lie outside of what the models know."""
    values = [value_of(endpoint, entry.record) for endpoint in content.parts.endpoints.values()]
    lights = Counter(found.light for found in values if found.light)
    if lights:
        for place, word in enumerate(("good", "fair", "poor")):
            at = x + place * 30
            page.mark(at + 2, y + 1.2, word, 8)
            page.text(at + 6.5, y + 3.4, str(lights[word]), 15, INK, "bold")
            page.text(at, y + 9, document.text(f"paper.{word}"), 8, SOFT)
        y += 16
    outside = sum(found.domain == "outside" for found in values)
    if any(found.domain for found in values):
        words = document.text("paper.outside_count", n=outside, total=len(values))
        page.text(x, y, words, 8, DOMAIN_INK["outside"] if outside else SOFT)
        y += 7
    return y


def profile(document: Document, content: Content, entry: Entry) -> None:
    """Write the endpoints of all groups as rows, over as many pages as they need."""
    page = document.heading(document.text("paper.profile"))
    page.y = page.paragraph(MARGIN, page.y + 1, document.text("paper.legend"), INNER, 7, FAINT, most=4)
    header(document, page)
    for section in content.parts.sections:
        if page.left < 2.2 * ROW + 6:
            page = document.new_page()
            header(document, page)
        group_head(document, page, section)
        for key in section.endpoints:
            if page.left < ROW:
                page = document.new_page()
                header(document, page)
                group_head(document, page, section)
            endpoint = content.parts.endpoints[key]
            row(document, page, endpoint, value_of(endpoint, entry.record))


def header(document: Document, page: Page) -> None:
    """Write the names of the profile's columns."""
    text = document.text
    y = page.y + 2.5
    page.text(MARGIN + AT_VALUE, y, text("paper.value"), 7, FAINT, align="right")
    page.text(MARGIN + AT_INTERVAL, y, text("paper.interval"), 7, FAINT)
    page.text(MARGIN + AT_PERCENTILE, y, text("paper.percentile"), 7, FAINT, align="right")
    page.text(MARGIN + AT_DOMAIN, y, text("paper.domain"), 7, FAINT)
    page.y += 4.2


def group_head(document: Document, page: Page, section: Section) -> None:
    """Write the name of a group on a ground."""
    page.box(MARGIN, page.y, INNER, ROW - 0.6, GROUND)
    page.text(MARGIN + 1.6, page.y + 3.6, section.label[document.language], 8.5, SOFT, "bold")
    page.y += ROW


def row(document: Document, page: Page, endpoint: Endpoint, found: Value) -> None:
    """Write one endpoint."""
    base = page.y + 3.7
    page.mark(MARGIN + 2.4, page.y + 2.6, found.light, 5)
    page.text(MARGIN + AT_LABEL, base, endpoint.label[document.language], 8.5, INK, width=52)
    page.text(MARGIN + AT_VALUE, base, shown(endpoint, found.value), 8.5, INK, "bold", "right")
    if endpoint.unit and found.value is not None:
        page.text(MARGIN + AT_UNIT, base, endpoint.unit, 6.5, FAINT, width=19)
    bar(page, endpoint, found, MARGIN + AT_BAR, page.y + 2.6, 32)
    page.text(MARGIN + AT_INTERVAL, base, interval(endpoint, found), 7.5, SOFT, width=22)
    page.text(MARGIN + AT_PERCENTILE, base, percentile(found.percentile), 7.5, SOFT, align="right")
    if found.domain:
        words = document.text(f"js.{found.domain}") if found.domain in DOMAIN_INK else found.domain
        page.text(MARGIN + AT_DOMAIN, base, words, 7.5, DOMAIN_INK.get(found.domain, SOFT), width=13)
    page.y += ROW
