"""Why an endpoint is predicted as it is, on paper: coloured atoms, measured neighbours, expected edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kozue.core.errors import InputError
from kozue.doors.molecule.comparison import value_of
from kozue.doors.molecule.paper.canvas import FAINT, INK, INNER, MARGIN, SOFT, Page
from kozue.doors.molecule.paper.document import Document
from kozue.doors.molecule.paper.numbers import number, with_unit
from kozue.doors.molecule.parts import Endpoint
from kozue.doors.molecule.sheet import Content, Entry, Explained

BLOCK = 62.0
SMALL = (36.0, 24.0)


def explanation(document: Document, content: Content, entry: Entry, explained: Explained) -> None:
    """Write one endpoint's reasons; everything stays on one page."""
    from kozue.chem.draw import svg

    endpoint = content.parts.endpoints[explained.endpoint]
    found = value_of(endpoint, entry.record)
    edits = explained.suggestions[:4]
    height = BLOCK + (46 if edits else 0)
    title = f"{document.text('paper.why')}: {endpoint.label[document.language]} {with_unit(endpoint, found.value)}"
    page = document.heading(title, keep=height)
    top = page.y
    page.drawing(svg(entry.smiles, 432, 330, weights=explained.weights), MARGIN, top, 72, 55)
    x = MARGIN + 78
    width = INNER - 78
    y = page.paragraph(x, top + 3, endpoint.reading[document.language], width, 8, SOFT, most=4)
    y = page.paragraph(
        x, y + 1.5, document.text("paper.weights", unit=explained.unit or "–"), width, 7, FAINT, most=3
    )
    if explained.fragments:
        y = page.paragraph(x, y + 1.5, "   ".join(explained.fragments[:3]), width, 7.5, INK, most=2)
    if found.neighbours:
        page.text(x, y + 2.5, document.text("paper.neighbours"), 8, SOFT, "bold")
        for place, near in enumerate(found.neighbours[:2]):
            neighbour(document, page, endpoint, near, x + place * (SMALL[0] + 4), y + 4)
    page.y = top + BLOCK - 5
    if edits:
        suggestions(document, page, edits, explained.step_unit or endpoint.unit)


def neighbour(
    document: Document, page: Page, endpoint: Endpoint, near: Mapping[str, Any], x: float, y: float
) -> None:
    """Draw a measured molecule with its value and how similar it is."""
    small(page, str(near["smiles"]), x, y)
    measured = near.get("value")
    if endpoint.is_probability and measured in (0, 1):
        words = document.text("js.positive" if measured else "js.negative")
    else:
        words = f"{number(measured)} {endpoint.unit}".strip()
    likeness = near.get("similarity")
    page.text(x, y + SMALL[1] + 2.5, words, 7.5, INK, "bold", width=SMALL[0])
    if likeness is not None:
        page.text(
            x, y + SMALL[1] + 5.6, document.text("paper.similarity", value=f"{likeness:.2f}"), 6.5, FAINT
        )


def suggestions(document: Document, page: Page, edits: Sequence[Mapping[str, Any]], unit: str) -> None:
    """Draw the edits that matched pairs suggest, with the change that they let expect."""
    page.text(MARGIN, page.y + 3, document.text("paper.edits"), 8, SOFT, "bold")
    top = page.y + 5
    for place, edit in enumerate(edits):
        x = MARGIN + place * (SMALL[0] + 9)
        small(page, str(edit["smiles"]), x, top)
        delta = edit.get("delta")
        page.text(x, top + SMALL[1] + 3, str(edit.get("change", "")), 7.5, INK, "bold", width=SMALL[0] + 6)
        page.text(x, top + SMALL[1] + 6.4, step(document, delta, unit), 7.5, INK, width=SMALL[0] + 6)
        pairs = edit.get("pairs")
        if pairs is not None:
            page.text(x, top + SMALL[1] + 9.6, document.text("paper.pairs", n=pairs), 6.5, FAINT)
    page.y = top + SMALL[1] + 13


def small(page: Page, smiles: str, x: float, y: float) -> None:
    """Draw a small structure; its text where it cannot be drawn."""
    from kozue.chem.draw import svg

    try:
        page.drawing(svg(smiles, 216, 144), x, y, *SMALL)
    except InputError:
        page.text(x, y + 10, smiles, 6.5, FAINT, width=SMALL[0])


def step(document: Document, delta: float | None, unit: str) -> str:
    """Write an expected change with its sign: of a probability in percentage points."""
    if delta is None:
        return "–"
    sign = "+" if delta > 0 else ""
    if unit == "probability":
        return f"{sign}{delta * 100:.0f} {document.text('js.points')}".replace("-", "−")
    return f"{sign}{number(delta)} {unit}".strip()
