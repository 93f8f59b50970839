"""Hard limits of a property, such as ``mw<500`` or ``logp:1..4``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kozue.systems.molecules.design.rewards.compact import split_limits
from kozue.systems.molecules.design.rewards.quantities import known_property, properties


@dataclass(frozen=True, slots=True)
class Window:
    """Limits that a property must keep.

    Parameters
    ----------
    property : str
        Name of the property.
    low, high : float or None
        None: open.
    is_strict : bool
        Whether the limits themselves are excluded.
    text : str
        As it was written: the name by which the report counts what it removed.
    """

    property: str
    low: float | None
    high: float | None
    is_strict: bool
    text: str

    def admits(self, value: float) -> bool:
        """Return whether a value keeps the limits; NaN does not."""
        if self.is_strict:
            return (self.low is None or value > self.low) and (self.high is None or value < self.high)
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def exceeded_by(self, value: float) -> bool:
        """Return whether a value lies above the upper limit."""
        return self.high is not None and (value > self.high or (self.is_strict and value == self.high))


def read_window(text: str) -> Window:
    """Read limits as written.

    Raises
    ------
    ValueError
        If the property is unknown or there are no limits.
    """
    name, limits = split_limits(text.strip(), text)
    known_property(name)
    if limits.low is None and limits.high is None:
        raise ValueError(f"{text!r} has no limits; write for example {name}<500 or {name}:200..500")
    if properties()[name].is_integer:
        limits = limits.whole()
    return Window(name, limits.low, limits.high, limits.is_strict, text.strip())


def check_together(windows: Iterable[Window]) -> None:
    """Refuse windows that no value can keep.

    Raises
    ------
    ValueError
        Naming the two of them.
    """
    known = list(windows)
    for one in known:
        for other in known:
            if one.property != other.property or one.low is None or other.high is None:
                continue
            touches = one.low == other.high and (one.is_strict or other.is_strict)
            if one.low > other.high or touches:
                raise ValueError(f"no molecule can have both {one.text} and {other.text}")
