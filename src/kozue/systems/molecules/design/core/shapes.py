"""What the tokens of a vocabulary do to the branches and rings of a SMILES."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from kozue.systems.molecules.design.tokens import SPECIAL, Tokens, atoms_of

ATOM, BOND, OPEN, CLOSE, RING, FRESH, FULL = range(7)
BONDS = frozenset("-=#$:/\\~")
_FORBIDDEN = re.compile(r"[.*>?]|\[[^\]]*\*")
_FULL = re.compile(r"(F|Cl|Br|I|=O|#N|\[O-\]|\[H\])$")
"""An atom, at the end of a token, that takes no further bond."""
_MOST_DIGITS = 63  # bits of an integer; digits from there on are not used
# What may stand after what: rows are what was last written, columns (ATOM to RING) what follows.
MAY_FOLLOW = np.array(
    [
        [1, 1, 1, 1, 1],
        [1, 0, 0, 0, 1],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0],
    ],
    bool,
)
COMPLETE = (ATOM, CLOSE, RING, FULL)


def kind_of(element: str) -> int:
    """Return what an element of a SMILES is."""
    if element in BONDS:
        return BOND
    if element == "(":
        return OPEN
    if element == ")":
        return CLOSE
    return RING if element[0] == "%" or element.isdigit() else ATOM


@dataclass(frozen=True, slots=True)
class Ending:
    """A token's way of ending a branch that began before it.

    Parameters
    ----------
    token : int
        Its number.
    parity : int
        Ring digits that it opens or closes before, one bit a digit.
    used : int
        Ring digits that it has before.
    complete : bool
        Whether a chain may end with what the token has before the parenthesis.
    begins : bool
        Whether the parenthesis is its first element, so that what came before the token decides.
    rest : str
        Its text behind the parenthesis.
    """

    token: int
    parity: int
    used: int
    complete: bool
    begins: bool
    rest: str


class Shapes:
    """What each token of a vocabulary does to branches and rings.

    Parameters
    ----------
    tokens : Tokens
        Vocabulary.
    """

    def __init__(self, tokens: Tokens) -> None:
        size = len(tokens)
        self.usable = np.zeros(size, bool)
        self.first = np.zeros(size, np.int64)
        self.last = np.zeros(size, np.int64)
        self.lowest = np.zeros(size, np.int64)
        self.net = np.zeros(size, np.int64)
        self.parity = np.zeros(size, np.int64)
        self.used = np.zeros(size, np.int64)
        self.is_dash = np.zeros(size, bool)
        self._endings: list[list[Ending]] = []
        for number, piece in enumerate(tokens.pieces, SPECIAL):
            self._read(number, piece)

    def endings(self, depth: int) -> Sequence[Ending]:
        """Return the ways to end a chain in which ``depth`` branches are open."""
        return self._endings[depth] if depth < len(self._endings) else ()

    def _read(self, number: int, piece: str) -> None:
        elements = atoms_of(piece)
        kinds = [kind_of(element) for element in elements]
        digits = [int(one.lstrip("%")) for one, kind in zip(elements, kinds, strict=True) if kind == RING]
        if _FORBIDDEN.search(piece) or any(digit >= _MOST_DIGITS for digit in digits):
            return
        self.usable[number] = all(MAY_FOLLOW[before, after] for before, after in pairwise(kinds))
        self.first[number] = kinds[0]
        self.last[number] = FULL if _FULL.search(piece) else kinds[-1]
        self.is_dash[number] = elements[0] == "-"
        depth = lowest = parity = used = 0
        for place, (element, kind) in enumerate(zip(elements, kinds, strict=True)):
            if kind == RING:
                parity ^= 1 << int(element.lstrip("%"))
                used |= 1 << int(element.lstrip("%"))
            depth += (kind == OPEN) - (kind == CLOSE)
            if depth < lowest:
                lowest = depth
                ending = Ending(
                    number,
                    parity,
                    used,
                    place == 0 or kinds[place - 1] in COMPLETE,
                    place == 0,
                    "".join(elements[place + 1 :]),
                )
                while len(self._endings) < -depth:
                    self._endings.append([])
                self._endings[-depth - 1].append(ending)
        self.lowest[number], self.net[number] = lowest, depth
        self.parity[number], self.used[number] = parity, used


@lru_cache(maxsize=8)
def shapes_of(tokens: Tokens) -> Shapes:
    """Return the shapes of a vocabulary, made once."""
    return Shapes(tokens)
