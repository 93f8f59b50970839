"""SMILES as sequences of tokens: atoms and bonds, and frequent runs of them merged into one.

Merging frequent neighbours (byte-pair encoding: Gage, C Users J. 1994, 12, 23; Sennrich et al., ACL 2016) makes a
drug-like SMILES about three times shorter than its atoms, and a recurrent network as much faster.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise

PAD, END, CANONICAL, RANDOM = 0, 1, 2, 3
SPECIAL = 4
"""First number of a piece of text; CANONICAL and RANDOM begin a SMILES of that atom order."""
_ATOM = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
_RAREST = 30  # occurrences below which a pair is not merged


def atoms_of(smiles: str) -> list[str]:
    """Split a SMILES into atoms, bonds, brackets, ring digits."""
    return _ATOM.findall(smiles)


class Tokens:
    """A vocabulary of SMILES pieces.

    Parameters
    ----------
    pieces : sequence of str
        Texts of the tokens from number :data:`SPECIAL` on; all single atoms among them.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self._number = {piece: place + SPECIAL for place, piece in enumerate(self.pieces)}

    def __len__(self) -> int:
        return len(self.pieces) + SPECIAL

    @classmethod
    def learned(cls, smiles: Sequence[str], size: int) -> Tokens:
        """Merge the most frequent neighbours until there are ``size`` pieces.

        Parameters
        ----------
        smiles : sequence of str
            Some ten thousand, written as they will be read.
        size : int
            Pieces wanted; fewer if no pair is frequent enough.
        """
        words = [atoms_of(text) for text in smiles]
        base = sorted({piece for word in words for piece in word})
        return cls([*base, *_merges(words, size - len(base))])

    def with_atoms(self, smiles: Iterable[str]) -> Tokens:
        """Return the vocabulary with the single atoms and bonds of further SMILES added at its end."""
        known = set(self.pieces)
        found = {piece for text in smiles for piece in atoms_of(text)} - known
        return Tokens([*self.pieces, *sorted(found)]) if found else self

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest = sorted(self.pieces, key=lambda piece: (-len(piece), piece))
        return re.compile("|".join(map(_alone, longest)))

    def encode(self, smiles: str) -> list[int] | None:
        """Return the numbers of a SMILES, longest pieces first; None if it has an atom without token."""
        found = self._pattern.findall(smiles)
        if sum(map(len, found)) != len(smiles):
            return None
        return [self._number[piece] for piece in found]

    def decode(self, numbers: Iterable[int]) -> str:
        """Return the text of tokens; stops at END, skips what has no text."""
        pieces = []
        for number in numbers:
            if number == END:
                break
            if number >= SPECIAL:
                pieces.append(self.pieces[number - SPECIAL])
        return "".join(pieces)


def _alone(piece: str) -> str:
    """Return a pattern that does not cut the two-letter atoms Cl and Br in half."""
    guard = {"C": "(?!l)", "B": "(?!r)"}.get(piece[-1], "")
    return re.escape(piece) + guard


def _merges(words: list[list[str]], count: int) -> list[str]:
    """Return the texts of up to ``count`` merged pairs, most frequent first; ``words`` are changed."""
    pairs: Counter[tuple[str, str]] = Counter()
    where: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for place, word in enumerate(words):
        for pair in pairwise(word):
            pairs[pair] += 1
            where[pair].add(place)
    merged: list[str] = []
    while len(merged) < count and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < _RAREST:
            break
        if "".join(best) not in merged:
            merged.append("".join(best))
        for place in where.pop(best):
            for pair in pairwise(words[place]):
                pairs[pair] -= 1
            words[place] = _joined(words[place], best)
            for pair in pairwise(words[place]):
                pairs[pair] += 1
                where[pair].add(place)
        del pairs[best]
    return merged


def _joined(word: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    place = 0
    while place < len(word):
        if place + 1 < len(word) and (word[place], word[place + 1]) == pair:
            out.append(word[place] + word[place + 1])
            place += 2
        else:
            out.append(word[place])
            place += 1
    return out
