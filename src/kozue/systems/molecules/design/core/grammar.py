"""Which tokens may follow while a language model fills the gaps of a core's SMILES.

Every partly written text is one state of an automaton, a whole number; states, their masks over the vocabulary and
their transitions are made when they are first met, so that a batch costs an array look-up a token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kozue.systems.molecules.design.core.gapped import Gapped, open_digits
from kozue.systems.molecules.design.core.shapes import (
    ATOM,
    BONDS,
    COMPLETE,
    FRESH,
    FULL,
    MAY_FOLLOW,
    kind_of,
    shapes_of,
)
from kozue.systems.molecules.design.tokens import END, SPECIAL, Tokens, atoms_of

START_STATE = 0
ENDED = 1
FAILED = 2
"""State after a token that may not follow; nothing may follow it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: in which gap, how many of its branches and which of its rings are open, what came last."""

    gap: int
    depth: int
    rings: int
    last: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text stands in the fixed part behind a gap, of which these tokens are still to be written."""

    gap: int
    left: tuple[int, ...]


Stand = Place | Fixed | Literal["ended", "failed"]


@dataclass(slots=True)
class _Node:
    place: Stand
    following: dict[int, int] = field(default_factory=dict)


class Grammar:
    """Automaton over the tokens that fill the gaps of a core's SMILES.

    A chain closes its own branches and rings before it ends, leaves the core's open ring digits alone, begins with
    an atom (or a written single bond), and ends where its branch does: a token may close the branch and go on if that
    is what the core's text says. Fixed text between gaps is written token by token, so that the model reads it.

    Parameters
    ----------
    tokens : Tokens
        Vocabulary.
    gapped : Gapped
        The core's text.
    """

    def __init__(self, tokens: Tokens, gapped: Gapped) -> None:
        self.tokens = tokens
        self.gapped = gapped
        self.prefix = spelled(tokens, gapped.pieces[0])
        self._shapes = shapes_of(tokens)
        self._core_digits = [
            open_digits("".join(gapped.pieces[: gap + 1])) for gap in range(len(gapped.labels))
        ]
        self._nodes: list[_Node] = []
        self._number: dict[Stand, int] = {}
        self._table = np.zeros((64, len(tokens)), bool)
        self._state(Place(0, 0, 0, FRESH))
        self._state("ended")
        self._state("failed")

    def masks(self, states: np.ndarray) -> np.ndarray:
        """Return which tokens may follow, shape (n, tokens), bool; none after the end."""
        allowed: np.ndarray = self._table[states]
        return allowed

    def push(self, states: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Return the states after one more token each, shape (n,), int64; :data:`FAILED` where it may not follow."""
        found = np.empty(len(states), np.int64)
        for at, (state, number) in enumerate(zip(states.tolist(), numbers.tolist(), strict=True)):
            following = self._nodes[state].following
            found[at] = following[number] if number in following else self._follow(state, number)
        return found

    @property
    def follower(self) -> int | None:
        """First token of the fragment that takes a linker's end; None if there is no linker."""
        following = spelled(self.tokens, self.gapped.pieces[-1]) if self.gapped.linked else ()
        return following[0] if following else None

    def text(self, numbers: Sequence[int]) -> str:
        """Return the SMILES of the tokens from the first gap to :data:`ENDED`."""
        chains: list[list[str]] = [[] for _ in self.gapped.labels]
        for place, number in self._walk(numbers):
            if isinstance(place, Place) and number != END:
                piece = self.tokens.pieces[number - SPECIAL]
                chains[place.gap].append(_around_end(piece, place.depth)[0])
        return self.gapped.filled(tuple("".join(chain) for chain in chains))

    def tail(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return the tokens of the fixed text that follows the last token of a finished sequence."""
        place, number = self._walk(numbers)[-1]
        left = self.gapped.pieces[-1]
        if number != END and isinstance(place, Place):
            left = left[len(_around_end(self.tokens.pieces[number - SPECIAL], place.depth)[1]) :]
        return spelled(self.tokens, left)

    def _walk(self, numbers: Sequence[int]) -> list[tuple[Stand, int]]:
        """Return each token with the place where it was written."""
        state = START_STATE
        passed = []
        for number in numbers:
            node = self._nodes[state]
            passed.append((node.place, number))
            state = node.following[number] if number in node.following else self._follow(state, number)
        return passed

    def _state(self, place: Stand) -> int:
        """Return a place's number, new ones with their mask."""
        if place in self._number:
            return self._number[place]
        number = len(self._nodes)
        if number == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        self._number[place] = number
        self._nodes.append(_Node(place))
        if isinstance(place, Fixed):
            self._table[number, place.left[0]] = True
        elif isinstance(place, Place):
            self._table[number] = self._mask(place)
        return number

    def _mask(self, place: Place) -> np.ndarray:
        shapes = self._shapes
        core = self._core_digits[place.gap]
        follows = MAY_FOLLOW[place.last][shapes.first]
        if place.last == FRESH and self.gapped.pieces[place.gap][-1:] not in BONDS:
            follows = follows | shapes.is_dash
        own = shapes.usable & follows & ((shapes.used & core) == 0)
        allowed: np.ndarray = own & (place.depth + shapes.lowest >= 0)
        # After an atom that is full only a branch can close; there has to be one, or an end.
        nothing_left = (place.depth + shapes.net == 0) & (shapes.last == FULL)
        allowed &= ~(nothing_left & (self.gapped.linked | (place.rings ^ shapes.parity != 0)))
        if self._is_tail(place.gap):
            allowed[END] = place.depth == 0 and place.rings == 0 and place.last in COMPLETE
            return allowed
        text = self.gapped.pieces[place.gap + 1][1:]
        for ending in shapes.endings(place.depth):
            allowed[ending.token] |= bool(
                follows[ending.token]
                and ending.complete
                and not (ending.begins and place.last not in COMPLETE)
                and not ending.used & core
                and place.rings ^ ending.parity == 0
                and text.startswith(ending.rest)
            )
        return allowed

    def _follow(self, state: int, number: int) -> int:
        place = self._nodes[state].place
        after: Stand
        if isinstance(place, str) or not self._table[state, number]:
            after = "failed"
        elif isinstance(place, Fixed):
            after = self._after_fixed(place.gap, place.left[1:])
        elif number == END:
            after = "ended"
        elif place.depth + self._shapes.lowest[number] < 0:
            written = _around_end(self.tokens.pieces[number - SPECIAL], place.depth)[1]
            left = self.gapped.pieces[place.gap + 1][len(written) :]
            last_gap = place.gap == len(self.gapped.labels) - 1
            after = "ended" if last_gap else self._after_fixed(place.gap, spelled(self.tokens, left))
        else:
            after = Place(
                place.gap,
                int(place.depth + self._shapes.net[number]),
                int(place.rings ^ self._shapes.parity[number]),
                int(self._shapes.last[number]),
            )
        found = self._state(after)
        self._nodes[state].following[number] = found
        return found

    def _after_fixed(self, gap: int, left: tuple[int, ...]) -> Place | Fixed:
        return Fixed(gap, left) if left else Place(gap + 1, 0, 0, FRESH)

    def _is_tail(self, gap: int) -> bool:
        """Whether a gap ends by END: at the end of the text, or a linker."""
        return self.gapped.linked or not self.gapped.pieces[gap + 1]


def _around_end(piece: str, depth: int) -> tuple[str, str]:
    """Cut a token before the parenthesis that ends a chain with ``depth`` open branches, if it has that."""
    level = depth
    elements = atoms_of(piece)
    for place, element in enumerate(elements):
        level += (element == "(") - (element == ")")
        if level < 0:
            return "".join(elements[:place]), "".join(elements[place:])
    return piece, ""


def spelled(tokens: Tokens, text: str) -> tuple[int, ...]:
    """Return tokens for a model to read a core by.

    An atom that the vocabulary lacks is read as its plain element, or as carbon, a ring digit is left out: the text
    itself stays as it is.
    """
    found = tokens.encode(text)
    if found is not None:
        return tuple(found)
    numbers: list[int] = []
    for element in atoms_of(text):
        if kind_of(element) != ATOM:
            numbers += tokens.encode(element) or []
            continue
        letter = re.sub(r"[^A-Za-z]|(?<=[A-Za-z])H\d?", "", element.strip("[]"))
        for known in (element, letter, letter[:1], "c" if letter[:1].islower() else "C"):
            numbers_of_known = tokens.encode(known) if known else None
            if numbers_of_known:
                numbers += numbers_of_known
                break
    return tuple(numbers)
