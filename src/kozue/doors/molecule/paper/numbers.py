"""Numbers as the sheet writes them."""

from __future__ import annotations

import math

from kozue.doors.molecule.comparison import Value
from kozue.doors.molecule.parts import Endpoint

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None) -> str:
    """Write a number with about three significant digits, never in a form that hides its size."""
    if value is None or not math.isfinite(value):
        return "–"
    if value < 0:
        return "−" + number(-value)
    if value == 0:
        return "0"
    if value >= 1e6 or value < 1e-3:
        digits, _, power = f"{value:.2e}".partition("e")
        return f"{digits}×10{str(int(power)).translate(_RAISED)}"
    if value >= 1000:
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:.{places}f}"


def shown(endpoint: Endpoint, value: float | None) -> str:
    """Write an endpoint's value: a probability in percent."""
    if value is None:
        return "–"
    return f"{value * 100:.0f} %" if endpoint.is_probability else number(value)


def with_unit(endpoint: Endpoint, value: float | None) -> str:
    """Write a value with its unit."""
    unit = "" if value is None else endpoint.unit
    return f"{shown(endpoint, value)} {unit}".strip()


def interval(endpoint: Endpoint, found: Value) -> str:
    """Write an interval, empty if there is none."""
    if found.low is None or found.high is None:
        return ""
    return f"{shown(endpoint, found.low)} … {shown(endpoint, found.high)}"


def scale(endpoint: Endpoint, *values: Value) -> tuple[float, float]:
    """Return the ends of a bar that has room for the values, their intervals and the limits of the light."""
    if endpoint.is_probability:
        return 0.0, 1.0
    ends = [end for found in values for end in (found.value, found.low, found.high) if end is not None]
    ends += [limit for limit in (endpoint.good, endpoint.poor) if limit is not None]
    axis = [position(endpoint, end) for end in ends] or [0.0, 1.0]
    low, high = min(axis), max(axis)
    room = 0.12 * (high - low) or 0.5
    return low - room, high + room


def position(endpoint: Endpoint, value: float) -> float:
    """Return where a value lies on its bar's axis."""
    return math.log10(max(value, 1e-6)) if endpoint.logarithmic else value


def percentile(value: float | None) -> str:
    """Write a percentile."""
    return "" if value is None else f"{value:.0f}"
