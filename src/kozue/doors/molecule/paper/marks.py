"""The small bar of an endpoint: limits of the light behind, the interval, and the value."""

from __future__ import annotations

from kozue.doors.molecule.comparison import Value
from kozue.doors.molecule.paper.canvas import FAINT, GROUND, INK, LIGHTS, Page
from kozue.doors.molecule.paper.numbers import position, scale
from kozue.doors.molecule.parts import Endpoint


def bar(page: Page, endpoint: Endpoint, found: Value, x: float, y: float, width: float) -> None:
    """Draw the bar of an endpoint, y its middle."""
    low, high = scale(endpoint, found)

    def place(value: float) -> float:
        return x + width * min(1.0, max(0.0, (position(endpoint, value) - low) / (high - low)))

    page.box(x, y - 1.1, width, 2.2, GROUND)
    for start, end, light in zones(endpoint):
        left = x if start is None else place(start)
        right = x + width if end is None else place(end)
        page.box(left, y - 1.1, right - left, 2.2, LIGHTS[light][1])
    if found.low is not None and found.high is not None:
        page.axes.plot(
            [place(found.low), place(found.high)],
            [y, y],
            color=FAINT,
            linewidth=2.2,
            alpha=0.55,
            solid_capstyle="round",
            zorder=3,
        )
    if found.value is not None:
        page.axes.plot(
            [place(found.value)],
            [y],
            marker="o",
            markersize=4.2,
            color=LIGHTS[found.light][0] if found.light in LIGHTS else INK,
            markeredgecolor="white",
            markeredgewidth=0.6,
            zorder=5,
        )


def zones(endpoint: Endpoint) -> list[tuple[float | None, float | None, str]]:
    """Return the stretches of a bar that are good, fair or poor; an open end is None."""
    good, poor = endpoint.good, endpoint.poor
    if good is None or poor is None:
        return []
    if endpoint.better == "higher":
        return [(None, poor, "poor"), (poor, good, "fair"), (good, None, "good")]
    if endpoint.better == "lower":
        return [(None, good, "good"), (good, poor, "fair"), (poor, None, "poor")]
    if endpoint.better == "middle":
        slack = (poor - good) / 2
        return [
            (None, good - slack, "poor"),
            (good - slack, good, "fair"),
            (good, poor, "good"),
            (poor, poor + slack, "fair"),
            (poor + slack, None, "poor"),
        ]
    return []
