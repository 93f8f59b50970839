"""Pictures of molecules as vectors: the few SVG shapes that RDKit draws with, as matplotlib patches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.patches import Patch

_STEP = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def patches(svg: str, x: float, y: float, scale: float, points: float) -> Iterator[Patch]:
    """Yield the shapes of a drawing, placed on a page.

    Parameters
    ----------
    svg : str
        From :func:`kozue.chem.draw.svg`, which is our own text and has no entities.
    x, y : float
        Where its upper left corner comes to lie, in page units; y grows downwards.
    scale : float
        Page units a pixel.
    points : float
        Points a pixel, for the width of lines.
    """
    from matplotlib.patches import Ellipse, PathPatch
    from matplotlib.path import Path

    lines: dict[tuple[str, float], list[tuple[list[tuple[float, float]], list[int]]]] = {}
    for node in ElementTree.fromstring(svg):
        kind = node.tag.rpartition("}")[2]
        fill, stroke = node.get("fill", "none"), node.get("stroke", "none")
        width = float((node.get("stroke-width") or "1").removesuffix("px")) * points
        if kind == "ellipse":
            centre = (x + scale * float(node.get("cx", 0)), y + scale * float(node.get("cy", 0)))
            sizes = (2 * scale * float(node.get("rx", 0)), 2 * scale * float(node.get("ry", 0)))
            yield Ellipse(centre, *sizes, facecolor=fill, edgecolor="none", zorder=2)
        elif kind == "path":
            vertices, codes = outline(node.get("d", ""), x, y, scale)
            if fill == "none":
                lines.setdefault((stroke, width), []).append((vertices, codes))
            elif vertices:
                yield PathPatch(
                    Path(vertices, codes), facecolor=fill, edgecolor=stroke, linewidth=width / 2, zorder=4
                )
    for (stroke, width), pieces in lines.items():
        joined = Path([v for vs, _ in pieces for v in vs], [c for _, cs in pieces for c in cs])
        yield PathPatch(
            joined, facecolor="none", edgecolor=stroke, linewidth=width, capstyle="round", zorder=3
        )


def outline(steps: str, x: float, y: float, scale: float) -> tuple[list[tuple[float, float]], list[int]]:
    """Read a path's steps (absolute moves, lines and curves) into vertices and matplotlib codes."""
    from matplotlib.path import Path

    kinds = {"M": Path.MOVETO, "L": Path.LINETO, "Q": Path.CURVE3, "C": Path.CURVE4}
    vertices: list[tuple[float, float]] = []
    codes: list[int] = []
    for letter, rest in _STEP.findall(steps):
        if letter == "Z":
            if vertices:
                vertices.append(vertices[-1])
                codes.append(int(Path.CLOSEPOLY))
            continue
        numbers = [float(number) for number in _NUMBER.findall(rest)]
        for place in range(0, len(numbers) - 1, 2):
            vertices.append((x + scale * numbers[place], y + scale * numbers[place + 1]))
            codes.append(int(kinds[letter]))
    return vertices, codes
