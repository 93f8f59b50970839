"""What a query's atoms and bonds ask for at least, read from their SMARTS.

Every reading errs to one side: what is not understood is taken to allow anything. So a molecule that lacks what is
asked for cannot match, while one that has it may still not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from rdkit import Chem, rdBase

OTHER = 0.0
ORDERS = (1.0, 1.5, 2.0, 3.0, OTHER)  # Of bonds; 1.5 is aromatic.
_BOND_ORDERS = {
    "": {1.0, 1.5},
    "-": {1.0},
    "/": {1.0, 1.5},  # RDKit reads a direction as "single or aromatic".
    "\\": {1.0, 1.5},
    ":": {1.5},
    "=": {2.0},
    "#": {3.0},
}
_CHARGE = re.compile(r"([+-])(\d*)")
_COUNT = re.compile(r"([HXD])(\d+)")


class Kind(NamedTuple):
    """What queries ask of an atom (H, X and D in SMARTS; hydrogens count in the molecule and in the count alike)."""

    element: int
    aromatic: bool
    charge: int
    hydrogens: int
    neighbours: int
    degree: int
    in_ring: bool


class Condition(NamedTuple):
    """A test that every atom passes which the query atom matches; ``exact`` if only those pass."""

    holds: Callable[[Kind], bool]
    exact: bool


ANY = Condition(lambda kind: True, False)


@cache
def atom_condition(smarts: str) -> Condition:
    """Return the condition of a query atom, written as RDKit writes it."""
    return _expression(smarts[1:-1] if smarts.startswith("[") and smarts.endswith("]") else smarts)


@cache
def bond_orders(smarts: str) -> frozenset[float]:
    """Return the bond orders that a query bond can match."""
    found: set[float] = set()
    for part in smarts.split(","):
        orders = set(ORDERS)
        for piece in re.split("[&;]", part):
            orders &= _BOND_ORDERS.get(piece, set(ORDERS)) | {OTHER}
        found |= orders
    return frozenset(found)


def allowed(orders: frozenset[float], order: float) -> bool:
    """Whether a bond of an order can match; unusual orders (dative, zero, ...) can match anything."""
    return order in orders or order not in ORDERS


def nested(smarts: str) -> list[list[str]]:
    """Return the environments ``$(...)`` that a query atom asks for: of each list at least one must be there."""
    inner = smarts[1:-1] if smarts.startswith("[") and smarts.endswith("]") else smarts
    asked = []
    for part in _split(inner, ";"):
        either = [_environment(option) for option in _split(part, ",")]
        if all(either):
            asked.append([option for option in either if option])
    return asked


def _environment(option: str) -> str:
    """Return the first environment among conditions joined by ``&``; empty if there is none."""
    for piece in _split(option, "&"):
        if piece.startswith("$(") and piece.endswith(")"):
            return piece[2:-1]
    return ""


def _expression(text: str) -> Condition:
    """Read ``;`` and ``&`` as and, ``,`` as or."""
    for operator, combine in ((";", all), (",", any), ("&", all)):
        parts = _split(text, operator)
        if len(parts) > 1:
            return _joined([_expression(part) for part in parts], combine)
    return _primitive(text)


def _joined(parts: list[Condition], combine: Callable[[list[bool]], bool]) -> Condition:
    tests = [part.holds for part in parts]
    return Condition(lambda kind: combine([test(kind) for test in tests]), all(part.exact for part in parts))


def _primitive(text: str) -> Condition:
    if text.startswith("!"):
        inner = _primitive(text[1:])
        return Condition(lambda kind: not inner.holds(kind), True) if inner.exact else ANY
    if text.startswith("$(") and text.endswith(")"):
        with rdBase.BlockLogs():
            query = Chem.MolFromSmarts(text[2:-1])
        if query is None or not query.GetNumAtoms():
            return ANY
        return Condition(atom_condition(query.GetAtomWithIdx(0).GetSmarts()).holds, False)
    if text == "a":
        return Condition(lambda kind: kind.aromatic, True)
    if text == "A":
        return Condition(lambda kind: not kind.aromatic, True)
    return _counted(text) or _ring(text) or _charged(text) or _element(text)


def _counted(text: str) -> Condition | None:
    found = _COUNT.fullmatch(text)
    if found is None:
        return None
    field = {"H": "hydrogens", "X": "neighbours", "D": "degree"}[found[1]]
    count = int(found[2])
    return Condition(lambda kind: getattr(kind, field) == count, True)


def _ring(text: str) -> Condition | None:
    if text in ("R0", "r0"):
        return Condition(lambda kind: not kind.in_ring, True)
    if re.fullmatch(r"[Rr]\d*", text):  # how many rings, or how large, is not looked at
        return Condition(lambda kind: kind.in_ring, text in ("R", "r"))
    return None


def _charged(text: str) -> Condition | None:
    found = _CHARGE.fullmatch(text)
    if found is None:
        return None
    charge = int(found[2] or 1) * (1 if found[1] == "+" else -1)
    return Condition(lambda kind: kind.charge == charge, True)


def _element(text: str) -> Condition:
    if re.fullmatch(r"#\d{1,3}", text):
        number = int(text[1:])
        return Condition(lambda kind: kind.element == number, True)
    if not re.fullmatch(r"[A-Z][a-z]?|b|c|n|o|p|s|as|se|te", text) or text in ("H", "D", "R", "X"):
        return ANY
    with rdBase.BlockLogs():
        alone = Chem.MolFromSmarts(f"[{text}]")
    number = alone.GetAtomWithIdx(0).GetAtomicNum() if alone is not None else 0
    if number < 2:
        return ANY
    aromatic = text[0].islower()
    return Condition(lambda kind: kind.element == number and kind.aromatic == aromatic, True)


def _split(text: str, operator: str) -> list[str]:
    """Split at an operator outside brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == operator and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
