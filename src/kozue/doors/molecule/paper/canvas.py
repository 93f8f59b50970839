"""A page in millimetres from its upper left corner, with the few marks that the sheet is made of."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Literal

from kozue.doors.molecule.paper.fonts import families, writable
from kozue.doors.molecule.paper.shapes import patches

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 210.0, 297.0
MARGIN = 16.0
INNER = WIDTH - 2 * MARGIN
MM_PER_INCH = 25.4
MM_PER_POINT = MM_PER_INCH / 72

INK, SOFT, FAINT, LINE = "#17211c", "#46544d", "#6b7871", "#d5ddd8"
ACCENT, GROUND = "#1c6b50", "#f2f5f3"
#: Traffic light: colour of the mark, of the ground behind it, and which mark (told apart without colour).
LIGHTS = {
    "good": ("#2a7ab9", "#e8f1f8", "o"),
    "fair": ("#8b8778", "#f1f0ec", "D"),
    "poor": ("#c7541a", "#fbece3", "^"),
}
DOMAIN_INK = {"inside": "#1c6b50", "edge": "#8a5a00", "outside": "#a92e2e"}

Align = Literal["left", "center", "right"]


class Page:
    """One page of paper.

    Parameters
    ----------
    figure : matplotlib Figure
        Of the page's size.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.axes: Axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(HEIGHT, 0)
        self.axes.set_axis_off()
        #: Where the next block begins.
        self.y = MARGIN

    @property
    def left(self) -> float:
        """Millimetres below the last block."""
        return HEIGHT - MARGIN - 8 - self.y

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        colour: str = INK,
        weight: str = "normal",
        align: Align = "left",
        width: float | None = None,
    ) -> None:
        """Write one line with its base at y; with a width it is cut to fit."""
        shown = writable(text)
        if width is not None:
            shown = cut(shown, size, width)
        self.axes.text(
            x,
            y,
            shown,
            fontsize=size,
            color=colour,
            weight=weight,
            ha=align,
            va="baseline",
            family=list(families()),
            zorder=6,
        )

    def paragraph(
        self, x: float, y: float, text: str, width: float, size: float = 9, colour: str = INK, most: int = 8
    ) -> float:
        """Write wrapped lines and return the base of the line after them."""
        height = size * 1.42 * MM_PER_POINT
        for line in wrapped(writable(text), size, width, most):
            self.text(x, y, line, size, colour)
            y += height
        return y

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        edge: str = "none",
        round_: float = 0,
    ) -> None:
        """Fill a rectangle."""
        from matplotlib.patches import FancyBboxPatch, Rectangle

        if round_:
            style = f"round,pad=0,rounding_size={min(round_, width / 2, height / 2)}"
            self.axes.add_patch(
                FancyBboxPatch(
                    (x, y), width, height, boxstyle=style, facecolor=colour, edgecolor=edge, linewidth=0.6
                )
            )
            return
        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor=edge, linewidth=0.6))

    def line(self, x: float, y: float, to_x: float, colour: str = LINE, width: float = 0.6) -> None:
        """Draw a horizontal line."""
        self.axes.plot([x, to_x], [y, y], color=colour, linewidth=width, zorder=1, solid_capstyle="butt")

    def mark(self, x: float, y: float, light: str, size: float = 5) -> None:
        """Draw the mark of a traffic light; nothing for an unknown word."""
        if light in LIGHTS:
            colour, _, shape = LIGHTS[light]
            self.axes.plot([x], [y], marker=shape, markersize=size, color=colour, linestyle="", zorder=5)

    def drawing(self, svg: str, x: float, y: float, width: float, height: float) -> None:
        """Place a drawing made by us into a box, as large as it fits."""
        import re

        found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        if found is None:
            return
        wide, high = float(found[1]), float(found[2])
        scale = min(width / wide, height / high)
        left, top = x + (width - wide * scale) / 2, y + (height - high * scale) / 2
        for patch in patches(svg, left, top, scale, scale / MM_PER_POINT):
            self.axes.add_patch(patch)

    def panel(self, x: float, y: float, width: float, height: float) -> Any:
        """Return axes for a plot, in millimetres."""
        return self.figure.add_axes((x / WIDTH, 1 - (y + height) / HEIGHT, width / WIDTH, height / HEIGHT))


def measure(text: str, size: float) -> float:
    """Return about how wide a text is, in millimetres: wide letters count an em, others half of one."""
    ems = sum(_em(letter) for letter in text)
    return ems * size * MM_PER_POINT


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in "iljI.,:;'|!ft()[]{} ":
        return 0.31
    return 0.85 if letter in "mwMW@%" else 0.66 if letter.isupper() else 0.56


def cut(text: str, size: float, width: float) -> str:
    """Shorten a text until it fits."""
    if measure(text, size) <= width:
        return text
    while text and measure(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """Break a text into lines that fit; Japanese and long words break anywhere."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and measure(line + word.rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        while measure(word, size) > width:
            fits = next(n for n in range(len(word), 0, -1) if measure(word[:n], size) <= width or n == 1)
            lines.append(word[:fits])
            word = word[fits:]
        line += word
    if line.strip():
        lines.append(line.rstrip())
    if len(lines) > most:
        lines = [*lines[: most - 1], cut(lines[most - 1] + " …", size, width)]
    return lines


# Marks that must not begin a line.
_CLOSING = "、。）」』】・，．,.;:!?)]}ー"


def _words(text: str) -> list[str]:
    found: list[str] = []
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in "WF"
        if found and letter in _CLOSING:
            found[-1] += letter
        elif wide or not found or found[-1].endswith(" ") or _is_wide(found[-1][-1]):
            found.append(letter)
        else:
            found[-1] += letter
    return found


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
