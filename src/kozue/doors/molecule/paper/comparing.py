"""Several molecules side by side on paper."""

from __future__ import annotations

from kozue.doors.molecule.comparison import Value, value_of, verdict
from kozue.doors.molecule.drawings import Wanted, draw_all
from kozue.doors.molecule.paper.canvas import FAINT, GROUND, INK, INNER, LIGHTS, MARGIN, SOFT, Page
from kozue.doors.molecule.paper.document import Document
from kozue.doors.molecule.paper.numbers import shown
from kozue.doors.molecule.parts import Endpoint
from kozue.doors.molecule.sheet import Content

LABEL = 50.0
ROW = 5.4
SIGNS = {"better": "▲", "worse": "▼", "different": "≠"}


def comparison(document: Document, content: Content) -> None:
    """Write the molecules as columns and the endpoints as rows."""
    text = document.text
    page = document.new_page()
    page.text(MARGIN, page.y + 5, text("paper.comparison"), 18, INK, "bold")
    page.y += 10
    width = (INNER - LABEL) / len(content.entries)
    page.y = page.paragraph(MARGIN, page.y + 2, text("paper.comparison_text"), INNER, 8, SOFT, most=4)
    pictures(page, content, width)
    if not content.parts.sections:
        return
    document.running_head = text("paper.comparison")
    for section in content.parts.sections:
        page = document.room(3 * ROW)
        page.box(MARGIN, page.y, INNER, ROW - 0.5, GROUND)
        page.text(MARGIN + 1.6, page.y + 3.6, section.label[document.language], 8.5, SOFT, "bold")
        page.y += ROW
        for key in section.endpoints:
            page = document.room(ROW)
            endpoint = content.parts.endpoints[key]
            values = [value_of(endpoint, entry.record) for entry in content.entries]
            row(document, page, endpoint, values, width)
    page = document.room(16)
    page.y = page.paragraph(MARGIN, page.y + 3, text("paper.legend"), INNER, 7, FAINT, most=4)


def pictures(page: Page, content: Content, width: float) -> None:
    """Draw the structures in a row, their common core lying alike."""
    height = min(34.0, 0.8 * width)
    wanted = [Wanted(entry.smiles, int(width * 9), int(height * 9)) for entry in content.entries]
    drawn, _ = draw_all(wanted, align=True)
    for place, (entry, picture) in enumerate(zip(content.entries, drawn, strict=True)):
        x = MARGIN + LABEL + place * width
        if picture.svg:
            page.drawing(picture.svg, x + 1, page.y, width - 2, height)
        page.text(x + 1.5, page.y + height + 4, entry.title, 8, INK, "bold", width=width - 2)
    page.y += height + 7


def row(document: Document, page: Page, endpoint: Endpoint, values: list[Value], width: float) -> None:
    """Write one endpoint of all molecules."""
    base = page.y + 3.7
    label = endpoint.label[document.language]
    page.text(MARGIN, base, label, 8, INK, width=LABEL - 2 if not endpoint.unit else 33)
    if endpoint.unit:
        page.text(MARGIN + LABEL - 1.5, base, endpoint.unit, 5.5, FAINT, align="right", width=15)
    for place, found in enumerate(values):
        x = MARGIN + LABEL + place * width
        if found.light in LIGHTS:
            page.box(x + 0.5, page.y + 0.2, width - 1, ROW - 0.7, LIGHTS[found.light][1])
            page.mark(x + 3, page.y + 2.5, found.light, 4)
        page.text(x + 6, base, shown(endpoint, found.value), 8, INK)
        said = verdict(endpoint, values[0], found) if place else ""
        if said in SIGNS:
            page.text(x + width - 2, base, SIGNS[said], 7, INK, align="right")
    page.y += ROW
