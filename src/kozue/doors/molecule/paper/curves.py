"""Human pharmacokinetics on paper: parameters with their intervals, and the plasma curve with its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kozue.core.records import Column
from kozue.doors.molecule.paper.canvas import ACCENT, FAINT, INK, INNER, LINE, MARGIN, SOFT, Page
from kozue.doors.molecule.paper.document import Document
from kozue.doors.molecule.paper.numbers import number
from kozue.doors.molecule.sheet import Kinetics

CURVE_HEIGHT = 66.0


def kinetics_block(document: Document, found: Kinetics) -> None:
    """Write the parameters and draw the curve."""
    rows = parameters(found.columns, found.record)
    page = document.heading(document.text("paper.kinetics"), keep=min(160, 6 * len(rows) + CURVE_HEIGHT + 20))
    given = ", ".join(f"{name} {value}" for name, value in found.settings.items() if value not in (None, ""))
    if given:
        page.y = page.paragraph(MARGIN, page.y + 2, given, INNER, 7.5, FAINT, most=2)
    for column, low, high in rows:
        page = document.room(6)
        base = page.y + 3.6
        page.text(MARGIN, base, column.title(document.language), 8.5, INK, width=78)
        page.text(MARGIN + 104, base, number(found.record[column.name]), 8.5, INK, "bold", "right")
        page.text(MARGIN + 106, base, column.unit, 7, FAINT, width=28)
        if low is not None and high is not None:
            page.text(MARGIN + 136, base, f"{number(low)} … {number(high)}", 8, SOFT)
        page.line(MARGIN, page.y + 5.4, MARGIN + INNER)
        page.y += 6
    points = found.record.get(found.curve) or []
    if len(points) > 1:
        page = document.room(CURVE_HEIGHT + 8)
        unit = next(column.unit for column in found.columns if column.name == found.curve)
        curve(document, page, points, unit)


def parameters(
    columns: Sequence[Column], record: Mapping[str, Any]
) -> list[tuple[Column, float | None, float | None]]:
    """Return the numbers that were predicted, each with its interval; measured inputs are not among them."""
    names = {column.name for column in columns}
    found = []
    for column in columns:
        if column.role != "value" or not isinstance(record.get(column.name), (int, float)):
            continue
        low, high = f"{column.name}_low", f"{column.name}_high"
        ends = (record.get(low), record.get(high)) if {low, high} <= names else (None, None)
        found.append((column, *ends))
    return found


def curve(document: Document, page: Page, points: Sequence[Mapping[str, Any]], unit: str) -> None:
    """Draw concentration over time with its band."""
    top = page.y + 5
    panel = page.panel(MARGIN + 16, top, INNER - 18, CURVE_HEIGHT - 16)
    times = [point["time_h"] for point in points]
    low, high = ([point.get(end) for point in points] for end in ("low", "high"))
    if all(end is not None for end in [*low, *high]):
        panel.fill_between(times, low, high, color=ACCENT, alpha=0.16, linewidth=0)
    panel.plot(times, [point["conc"] for point in points], color=ACCENT, linewidth=1.6)
    panel.set_xlim(times[0], times[-1])
    panel.set_ylim(bottom=0)
    panel.set_xlabel(document.text("paper.time"), fontsize=8, color=SOFT)
    panel.set_ylabel(
        f"{document.text('paper.concentration')} ({unit})" if unit else "", fontsize=8, color=SOFT
    )
    panel.tick_params(labelsize=7, colors=SOFT, length=2)
    panel.grid(color=LINE, linewidth=0.4)
    for side, spine in panel.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
    page.y = top + CURVE_HEIGHT
