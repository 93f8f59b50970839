"""Many substructure queries against one molecule, most of them ruled out without a match.

A match gives every atom of the query an atom of its own, and every bond a bond of its own. So the molecule must have
as many atoms that pass a query atom's condition as the query has such atoms, and as many bonds between atoms that
pass the conditions of a query bond's ends. What lies on a cycle of the query lies on one of the molecule, which hence
has as many independent cycles, and one that is as short. Atoms and bonds come in a few hundred kinds, for each of
which it is remembered which conditions it passes: a molecule's counts are then one sum for all queries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from rdkit import Chem, rdBase

from kozue.chem.conditions import Kind, allowed, atom_condition, bond_orders, nested
from kozue.chem.kinds import ATOM_KINDS, BOND_KINDS, ENDLESS, AtomFacts, BondFacts, Register, atoms_of

_MOST_KINDS = 1 << 15

Symbol = tuple[str, bool]
"""SMARTS of a query atom, and whether it lies on a cycle of the query."""
BondNeed = tuple[Symbol, str, Symbol]


class _Table:
    """Which kinds pass which conditions; rows are added when a kind is first met."""

    def __init__(self, register: Register[Any], width: int, test: Callable[[Any], np.ndarray]) -> None:
        self._register = register
        self._test = test
        self._lock = Lock()
        self._known = 0
        self._rows = np.zeros((0, width), np.int16)

    def rows(self) -> np.ndarray:
        """Return 1 where a kind passes a condition, shape (kinds or more, conditions), int16."""
        if self._known < len(self._register):
            with self._lock:
                self._learn()
        return self._rows

    def _learn(self) -> None:
        fresh = list(self._register)[self._known :]
        whole = self._known + len(fresh)
        if whole > len(self._rows):
            more = np.zeros((2 * whole, self._rows.shape[1]), np.int16)
            more[: self._known] = self._rows[: self._known]
            self._rows = more
        for place, thing in enumerate(fresh, self._known):
            self._rows[place] = self._test(thing)
        self._known = whole

    def counts(self, kinds: np.ndarray) -> np.ndarray:
        """Return how many of some things pass each condition, int16."""
        total: np.ndarray = np.add.reduce(self.rows().take(kinds, axis=0), axis=0)
        return total


class _Needs:
    """Numbered needs, each for so many atoms or bonds, and queries as lists of them."""

    def __init__(self) -> None:
        self.atoms: Register[Symbol] = Register()
        self.bonds: Register[BondNeed] = Register()
        self.pairs: Register[tuple[bool, int, int]] = Register()

    def of(self, query: Chem.Mol | None) -> list[int]:
        """Return the needs of a query; equal ones of several queries have one number."""
        if query is None:
            return []
        _, cyclic = _cycles(query)
        symbols = [(atom.GetSmarts(), atom.GetIdx() in cyclic) for atom in query.GetAtoms()]
        bonds: Counter[BondNeed] = Counter()
        for bond in query.GetBonds():
            one, other = sorted((symbols[bond.GetBeginAtomIdx()], symbols[bond.GetEndAtomIdx()]))
            bonds[one, Chem.Bond.GetSmarts(bond), other] += 1
        of_atoms = [self.pairs[False, self.atoms[symbol], n] for symbol, n in Counter(symbols).items()]
        return of_atoms + [self.pairs[True, self.bonds[bond], n] for bond, n in bonds.items()]


class Screen:
    """Candidates among a fixed list of queries.

    Parameters
    ----------
    queries : sequence of rdkit.Chem.Mol or None
        Shape (q,); None is never ruled out.
    """

    def __init__(self, queries: Sequence[Chem.Mol | None]) -> None:
        needs = _Needs()
        own = [needs.of(query) for query in queries]
        environments: Register[str] = Register()
        choices: Register[tuple[int, ...]] = Register()
        asked = []
        for query in queries:
            symbols = {atom.GetSmarts() for atom in query.GetAtoms()} if query is not None else ()
            options = [tuple(environments[e] for e in either) for s in symbols for either in nested(s)]
            asked.append([choices[option] for option in options])
        inside = [needs.of(_smarts(environment)) for environment in environments]
        lengths = [_cycles(query)[0] if query is not None else [] for query in queries]
        self._cycles = np.array([len(found) for found in lengths], np.int64)
        self._shortest = np.array([min(found, default=ENDLESS) for found in lengths], np.int64)
        self._own = _masks(own, len(needs.pairs))
        self._inside = _masks(inside, len(needs.pairs))
        self._choices = _masks([list(choice) for choice in choices], len(environments))
        self._asked = _masks(asked, len(choices))
        self._atoms = _atom_table(list(needs.atoms))
        self._bonds = _bond_table(needs, self._atoms)
        self._column = np.array(
            [what + is_bond * len(needs.atoms) for is_bond, what, _ in needs.pairs], np.intp
        )
        self._least = np.array([least for _, _, least in needs.pairs], np.int16)

    def candidates(self, mol: Chem.Mol) -> np.ndarray:
        """Return the positions of the queries that the molecule may contain, ascending."""
        kinds = atoms_of(mol)
        if max(len(ATOM_KINDS), len(BOND_KINDS)) > _MOST_KINDS:  # rather slow than out of memory
            return np.arange(len(self._cycles))
        counts = np.concatenate([self._atoms.counts(kinds.atoms), self._bonds.counts(kinds.bonds)])
        lacks = ~_words(counts.take(self._column) >= self._least)
        environments = _words(~_meet(self._inside, lacks))
        choices = _words(_meet(self._choices, environments))
        possible = ~(_meet(self._own, lacks) | _meet(self._asked, ~choices))
        possible &= (self._cycles <= kinds.cycles) & (self._shortest >= kinds.shortest)
        return np.flatnonzero(possible)


def _cycles(query: Chem.Mol) -> tuple[list[int], set[int]]:
    """Return the lengths of a query's independent cycles, and the atoms on them."""
    if query.GetNumBonds() < 3:
        return [], set()
    rings = [list(ring) for ring in Chem.GetSSSR(Chem.Mol(query))]
    return [len(ring) for ring in rings], {atom for ring in rings for atom in ring}


def _atom_table(symbols: Sequence[Symbol]) -> _Table:
    tests = [(atom_condition(smarts).holds, cyclic) for smarts, cyclic in symbols]

    def passed(facts: AtomFacts) -> np.ndarray:
        kind = Kind(*facts)
        return np.array([(kind.in_ring or not cyclic) and holds(kind) for holds, cyclic in tests])

    return _Table(ATOM_KINDS, len(tests), passed)


def _bond_table(needs: _Needs, atoms: _Table) -> _Table:
    one = np.array([needs.atoms[need[0]] for need in needs.bonds], np.intp)
    other = np.array([needs.atoms[need[2]] for need in needs.bonds], np.intp)
    orders = [bond_orders(bond) for _, bond, _ in needs.bonds]

    def passed(bond: BondFacts) -> np.ndarray:
        first, second = atoms.rows()[bond[0]] > 0, atoms.rows()[bond[1]] > 0
        ends = (first[one] & second[other]) | (first[other] & second[one])
        found: np.ndarray = ends & np.array([allowed(order, bond[2] / 2) for order in orders], bool)
        return found

    return _Table(BOND_KINDS, len(orders), passed)


@cache
def _smarts(text: str) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        return Chem.MolFromSmarts(text)


def _masks(rows: Sequence[Sequence[int]], width: int) -> np.ndarray:
    """Return sets of numbers below ``width`` as bits, shape (words, rows), uint64."""
    flags = np.zeros((len(rows), width), bool)
    for place, row in enumerate(rows):
        flags[place, list(row)] = True
    return np.ascontiguousarray(_words(flags).T)


def _meet(masks: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return which sets have an element of another set, shape (rows,), bool."""
    found: np.ndarray = np.bitwise_or.reduce(masks & words[:, None], axis=0) > 0
    return found


def _words(flags: np.ndarray) -> np.ndarray:
    """Pack flags along the last axis into 64-bit words."""
    size = max(1, -(-flags.shape[-1] // 64)) * 64
    whole = np.zeros((*flags.shape[:-1], size), bool)
    whole[..., : flags.shape[-1]] = flags
    packed: np.ndarray = np.packbits(whole, axis=-1).view(np.uint64)
    return packed
