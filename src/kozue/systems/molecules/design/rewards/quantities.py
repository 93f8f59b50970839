"""What is known about the quantities that rewards and windows name; light, for settings are checked with it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kozue.core.records import Label

ShapeName = Literal["maximise", "minimise", "window", "step", "raw"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a value becomes a desirability.

    Parameters
    ----------
    name : str
        ``maximise``: 0 at ``low``, 1 at ``high``; ``minimise``: the reverse; ``window``: 1 from ``low`` to ``high``,
        falling to 0 over ``edge`` beyond; ``step``: 1 from ``low`` to ``high``, else 0; ``raw``: the value itself.
    low, high : float or None
        In the value's unit; None leaves a side of a window or step open.
    edge : float
        Width of a window's slopes, in the value's unit.
    exponent : float
        Power of the desirability (Derringer and Suich, J. Qual. Technol. 1980, 12, 214).
    """

    name: ShapeName
    low: float | None = None
    high: float | None = None
    edge: float = 0.0
    exponent: float = 1.0


SHARE = Shape("maximise", 0.0, 1.0)
"""Of anything between 0 and 1 where more is better: a probability, a similarity."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A property or a column, and what is usually wanted of it.

    Parameters
    ----------
    name : str
        As a reward names it.
    shape : Shape
        What is usually wanted.
    unit : str
        Empty for counts and shares.
    label : Label
        For people.
    is_integer : bool
        Whether it is a count.
    """

    name: str
    shape: Shape
    unit: str
    label: Label
    is_integer: bool


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("quantities.toml").read_text(encoding="utf-8"))


@cache
def properties() -> dict[str, Quantity]:
    """Return the properties by name."""
    return {name: _quantity(name, entry) for name, entry in _tables()["property"].items()}


@cache
def known_column(operation: str, column: str) -> Quantity | None:
    """Return what is usually wanted of an operation's column, if anything is known about it."""
    entry = _tables()["column"].get(operation, {}).get(column)
    return _quantity(column, entry) if entry else None


def _quantity(name: str, entry: Mapping[str, Any]) -> Quantity:
    shape = Shape(entry["shape"], entry["low"], entry["high"], entry.get("edge", 0.0))
    label = Label(entry.get("en", name), entry.get("ja", name))
    return Quantity(name, shape, entry.get("unit", ""), label, entry.get("integer", False))


def known_property(name: str) -> str:
    """Return the name, or say which property is meant.

    Raises
    ------
    ValueError
        If there is no such property.
    """
    if name not in properties():
        raise ValueError(f"there is no property {name[:80]!r}{nearest(name, properties())}")
    return name


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence that says which name is meant, or which there are."""
    known = list(names)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there are {', '.join(known)}"
