"""What is unfinished in a SMILES while it is written: open branches and rings, and aromatic atoms without a partner.

A recurrent network has to remember all this through many tokens, and where it forgets, the text is no molecule: a ring
that is never closed, or an aromatic system that has no Kekule structure because an odd number of its atoms wants a
double bond. Here it is read off the text and told to the network with every token, as numbers.

A text is followed atom by atom in values that never change, so that many continuations can share a beginning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

BONDS = {"/": 0, "\\": 0, ":": 0, "-": 1, "=": 2, "#": 3, "$": 4, "~": 1}
"""Orders of written bonds; 0 for those that may be aromatic, like one that is not written."""
RINGS = 3
"""Open rings that are told, the latest first."""
LARGEST = 8
"""Atoms of a ring that are told apart; longer paths count as so many."""
_DIGITS = 6  # ring digits that are told apart
_DEEPEST = 3  # open branches that are told apart
_FARTHEST = 10  # atoms that are walked back along a ring
_RING = 3 + (LARGEST - 2) + _DIGITS + 4  # numbers of an open ring
_REST = 18  # numbers of all else
WIDTH = RINGS * _RING + _REST
"""Numbers that :func:`described` gives."""
_BRACKET = re.compile(r"\[\d*([A-Za-z][a-z]?)@*(H?)\d*([+-]?)")


class Atom(NamedTuple):
    """An atom of the text so far.

    Parameters
    ----------
    number : int
        From 1, in the order of the text.
    parent : Atom or None
        What it was written after.
    aromatic : bool
        Written small.
    wants : bool
        Whether it has to be one end of a double bond in a Kekule structure.
    loses : bool
        Whether a third neighbour takes that away: nitrogen without charge and hydrogen.
    neighbours : int
        Bonds so far.
    system : int
        Its aromatic system, -1 if it is in none.
    """

    number: int
    parent: Atom | None
    aromatic: bool
    wants: bool
    loses: bool
    neighbours: int
    system: int


class Ring(NamedTuple):
    """An open ring: its digit, the atom that opened it, and that atom's aromatic system."""

    digit: int
    opened: int
    system: int


Branches = tuple[Atom | None, Any] | None


class Stand(NamedTuple):
    """Where a text stands.

    Parameters
    ----------
    atom : Atom or None
        What the next atom is bonded to.
    branches : tuple or None
        Atoms to go back to, the innermost first: ``(atom, branches further out)``.
    rings : tuple of Ring
        Open ones, in the order they were opened.
    bond : int
        Order of a bond that was just written, 0 if none was or it may be aromatic.
    count : int
        Atoms so far.
    systems : tuple of int
        Atoms that want a double bond, by aromatic system.
    """

    atom: Atom | None
    branches: Branches
    rings: tuple[Ring, ...]
    bond: int
    count: int
    systems: tuple[int, ...]


EMPTY = Stand(None, None, (), 0, 0, ())


def followed(stand: Stand, elements: Sequence[str]) -> Stand:
    """Return where a text stands after some more elements; what makes no sense is passed over."""
    for element in elements:
        if element == "(":
            stand = stand._replace(branches=(stand.atom, stand.branches))
        elif element == ")":
            if stand.branches is not None:
                atom, outer = stand.branches
                stand = stand._replace(atom=atom, branches=outer)
        elif element in BONDS:
            stand = stand._replace(bond=BONDS[element])
        elif element == ".":
            stand = stand._replace(atom=None, bond=0)
        elif element[0] == "%" or element.isdigit():
            stand = _after_digit(stand, int(element.lstrip("%")))
        else:
            stand = _after_atom(stand, element)
    return stand


def _after_atom(stand: Stand, element: str) -> Stand:
    aromatic, wants, loses = _character(element)
    wants = wants and stand.bond != BONDS["="]
    parent, branches, systems = _bonded(stand)
    system = parent.system if parent is not None and aromatic and stand.bond == 0 else -1
    if aromatic and system < 0:
        system = len(systems)
        systems = (*systems, 0)
    if wants:
        systems = _changed(systems, system, 1)
    count = stand.count + 1
    atom = Atom(count, parent, aromatic, wants, loses, int(parent is not None), system)
    return Stand(atom, branches, stand.rings, 0, count, systems)


def _after_digit(stand: Stand, digit: int) -> Stand:
    atom, branches, systems = _bonded(stand)
    if atom is None:
        return stand._replace(bond=0)
    rings = tuple(ring for ring in stand.rings if ring.digit != digit)
    if len(rings) == len(stand.rings):
        rings = (*rings, Ring(digit, atom.number, atom.system))
    elif stand.bond == BONDS["="]:  # the atom at the other end has its double bond too
        (closed,) = (ring for ring in stand.rings if ring.digit == digit)
        systems = _changed(systems, closed.system, -1)
    return Stand(atom, branches, rings, 0, stand.count, systems)


def _bonded(stand: Stand) -> tuple[Atom | None, Branches, tuple[int, ...]]:
    """Return the present atom with one more neighbour, the branches that know of it, and the aromatic systems."""
    atom, branches, systems = stand.atom, stand.branches, stand.systems
    if atom is None:
        return None, branches, systems
    wants = atom.wants
    if wants and (stand.bond == BONDS["="] or (atom.loses and atom.neighbours >= 2)):
        wants, systems = False, _changed(systems, atom.system, -1)
    after = atom._replace(wants=wants, neighbours=atom.neighbours + 1)
    if branches is not None and branches[0] is atom:
        branches = (after, branches[1])
    return after, branches, systems


def described(stand: Stand, out: np.ndarray) -> None:
    """Write a stand as numbers of about 0 to 1 into zeros of shape (:data:`WIDTH`,)."""
    atom, branches, rings, _, count, systems = stand
    for slot, ring in enumerate(reversed(rings[-RINGS:])):
        _describe_ring(ring, atom, systems, out[slot * _RING : (slot + 1) * _RING])
    rest = out[RINGS * _RING :]
    depth, outer = 0, branches
    while outer is not None and depth < 2 * _DEEPEST:
        depth, outer = depth + 1, outer[1]
    rest[min(depth, _DEEPEST)] = 1
    rest[4] = depth / 4
    rest[5] = len(rings) / 2
    rest[6] = not rings
    rest[7] = count / 20
    if atom is not None:
        if atom.neighbours:
            rest[7 + min(atom.neighbours, 4)] = 1
        rest[12], rest[13] = atom.aromatic, atom.wants
        _describe_parity(atom.system, systems, rest[14:16])
    if branches is not None and branches[0] is not None:
        _describe_parity(branches[0].system, systems, rest[16:18])


def _describe_ring(ring: Ring, atom: Atom | None, systems: tuple[int, ...], out: np.ndarray) -> None:
    """Tell what the ring would be if it were closed at this atom."""
    size = wanting = aromatic = 0
    while atom is not None and size < _FARTHEST:
        size += 1
        wanting += atom.wants
        aromatic += atom.aromatic
        if atom.number == ring.opened:
            break
        atom = atom.parent
    out[0] = 1
    out[1] = size / LARGEST
    out[2 + min(max(size, 3), LARGEST) - 3] = 1
    sized = 2 + LARGEST - 2
    out[sized], out[sized + 1], out[sized + 2] = wanting % 2, wanting / 6, aromatic == size
    if ring.digit <= _DIGITS:
        out[sized + 2 + ring.digit] = 1
    _describe_parity(ring.system, systems, out[sized + 3 + _DIGITS :])


def _describe_parity(system: int, systems: tuple[int, ...], out: np.ndarray) -> None:
    """Tell whether an even or an odd number of an aromatic system's atoms wants a double bond."""
    if system >= 0:
        out[systems[system] % 2] = 1


def _changed(systems: tuple[int, ...], system: int, by: int) -> tuple[int, ...]:
    if system < 0:
        return systems
    return (*systems[:system], systems[system] + by, *systems[system + 1 :])


@lru_cache(maxsize=1024)
def _character(element: str) -> tuple[bool, bool, bool]:
    """Return whether an atom is aromatic, wants a double bond, and loses that wish with a third neighbour."""
    if not element.startswith("["):
        return element.islower(), element in ("c", "n", "p"), element in ("n", "p")
    found = _BRACKET.match(element)
    if found is None or not found[1][0].islower():
        return False, False, False
    symbol, hydrogen, charge = found[1], found[2], found[3]
    if charge:
        return True, charge == "+", False
    return True, symbol == "c" or (symbol in ("n", "p") and not hydrogen), symbol in ("n", "p")
