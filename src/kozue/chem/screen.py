"""Many substructure queries against one molecule, most of them ruled out without a match.

Two conditions that every match must meet are looked at first, for all queries at once: the query's
pattern fingerprint is contained in the molecule's (RDKit's own substructure screen), and the molecule has
enough atoms of the elements that the query's atoms ask for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from rdkit import Chem, DataStructs, rdBase

BITS = 2048
ELEMENTS = 119
_MEMO = "_kozue_screen"
_SYMBOL = re.compile(r"(?:[A-Z][a-z]?|b|c|n|o|p|s|as|se|te)")
# H and D are also counts of neighbours in SMARTS, A is any aliphatic atom.
_AMBIGUOUS = {"H", "D", "A", "R", "X"}


def pattern_bits(mol: Chem.Mol) -> np.ndarray:
    """Return the pattern fingerprint as 64-bit words, shape (32,); remembered on the molecule."""
    return _facts(mol)[0]


def _facts(mol: Chem.Mol) -> tuple[np.ndarray, np.ndarray]:
    """Return pattern bits and counts of elements, shapes (32,) and (119,); remembered on the molecule."""
    found = getattr(mol, _MEMO, None)
    if found is None:
        text = DataStructs.BitVectToBinaryText(Chem.PatternFingerprint(mol, BITS))
        elements = [mol.GetAtomWithIdx(place).GetAtomicNum() for place in range(mol.GetNumAtoms())]
        has = np.bincount(elements, minlength=ELEMENTS)[:ELEMENTS].astype(np.int16)
        found = np.frombuffer(text, dtype=np.uint64), has
        setattr(mol, _MEMO, found)
    return found


class Screen:
    """Candidates among a fixed list of queries.

    Parameters
    ----------
    queries : sequence of rdkit.Chem.Mol or None
        Shape (q,); None is never ruled out.
    """

    def __init__(self, queries: Sequence[Chem.Mol | None]) -> None:
        rows = [
            np.zeros(BITS // 64, np.uint64) if query is None else pattern_bits(query) for query in queries
        ]
        self._bits = np.array(rows, np.uint64).reshape(len(rows), BITS // 64)
        needs = [needed_elements(query) if query is not None else {} for query in queries]
        sets = sorted({elements for need in needs for elements in need}, key=sorted)
        place = {elements: number for number, elements in enumerate(sets)}
        self._sets = np.zeros((len(sets), ELEMENTS), np.int16)
        for number, elements in enumerate(sets):
            self._sets[number, list(elements)] = 1
        self._needs = np.zeros((len(queries), len(sets)), np.int16)
        for row, need in enumerate(needs):
            for elements, count in need.items():
                self._needs[row, place[elements]] = count

    def candidates(self, mol: Chem.Mol) -> np.ndarray:
        """Return the positions of the queries that the molecule may contain, ascending."""
        bits, has = _facts(mol)
        possible = (self._needs <= self._sets @ has).all(axis=1)
        possible &= ~(self._bits & ~bits).any(axis=1)
        return np.flatnonzero(possible)


def needed_elements(query: Chem.Mol) -> dict[frozenset[int], int]:
    """Return how many atoms of which elements a query needs at least.

    Each query atom takes an atom of its own, so all that ask for a part of a set count for the set.
    """
    asked = [elements for elements in map(allowed_elements, query.GetAtoms()) if elements is not None]
    return {wide: sum(narrow <= wide for narrow in asked) for wide in set(asked)}


def allowed_elements(atom: Chem.Atom) -> frozenset[int] | None:
    """Return the elements that a query atom can match, None if it cannot be told or is any."""
    return _allowed(atom.GetSmarts())


@cache
def _allowed(smarts: str) -> frozenset[int] | None:
    inner = smarts[1:-1] if smarts.startswith("[") and smarts.endswith("]") else smarts
    return _expression(inner)


def _expression(text: str) -> frozenset[int] | None:
    """Read ``;`` and ``&`` as intersection, ``,`` as union; what is not understood allows anything."""
    for operator in (";", ",", "&"):
        parts = _split(text, operator)
        if len(parts) > 1:
            found = [_expression(part) for part in parts]
            known = [elements for elements in found if elements is not None]
            if operator == ",":
                return frozenset().union(*known) if len(known) == len(found) else None
            return frozenset.intersection(*known) if known else None
    return _primitive(text)


def _primitive(text: str) -> frozenset[int] | None:
    if text.startswith("$(") and text.endswith(")"):
        with rdBase.BlockLogs():
            nested = Chem.MolFromSmarts(text[2:-1])
        return (
            allowed_elements(nested.GetAtomWithIdx(0))
            if nested is not None and nested.GetNumAtoms()
            else None
        )
    if re.fullmatch(r"#\d{1,3}", text):
        return frozenset({int(text[1:])}) if 1 < int(text[1:]) < ELEMENTS else None
    if _SYMBOL.fullmatch(text) and text not in _AMBIGUOUS:
        with rdBase.BlockLogs():
            alone = Chem.MolFromSmarts(f"[{text}]")
        number = alone.GetAtomWithIdx(0).GetAtomicNum() if alone is not None else 0
        return frozenset({number}) if number > 1 else None
    return None


def _split(text: str, operator: str) -> list[str]:
    """Split at an operator outside brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == operator and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
