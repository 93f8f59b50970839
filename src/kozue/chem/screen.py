"""Many substructure queries against one molecule, most of them ruled out without a match.

A match gives every atom of the query an atom of its own, and every bond a bond of its own. So the molecule must have
as many atoms that pass a query atom's condition as the query has such atoms, and as many bonds between atoms that
pass the conditions of a query bond's ends. What lies on a cycle of the query lies on one of the molecule, which hence
has as many independent cycles, and one that is as short. Atoms and bonds come in a few hundred kinds, for each of
which it is remembered which conditions it passes: a molecule's counts are then one sum for all queries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from rdkit import Chem, rdBase

from kozue.chem.conditions import Kind, allowed, atom_condition, bond_orders, nested

_MEMO = "_kozue_kinds"
_MOST_KINDS = 1 << 15
_HYDROGEN = 1
_ENDLESS = 1 << 14  # longer than any cycle

Thing = TypeVar("Thing", bound=Hashable)
Symbol = tuple[str, bool]
"""SMARTS of a query atom, and whether it lies on a cycle of the query."""
BondNeed = tuple[Symbol, str, Symbol]
AtomFacts = tuple[int, bool, int, int, int, int, bool]
"""A :class:`Kind` before it has names: building those for each atom would take longer than all the rest."""
BondFacts = tuple[int, int, int]
"""Numbers of the kinds of the ends, and twice the order."""


class _Register(dict[Thing, int], Generic[Thing]):
    """Things numbered as they come."""

    def __missing__(self, thing: Thing) -> int:
        number = self[thing] = len(self)
        return number


_ATOM_KINDS: _Register[AtomFacts] = _Register()
_BOND_KINDS: _Register[BondFacts] = _Register()


class Atoms(NamedTuple):
    """What queries see of a molecule.

    Parameters
    ----------
    atoms, bonds : numpy.ndarray
        Shapes (atoms,) and (bonds,), numbers of their kinds.
    cycles, shortest : int
        How many independent cycles there are at most, and how many atoms the shortest has.
    """

    atoms: np.ndarray
    bonds: np.ndarray
    cycles: int
    shortest: int


def atoms_of(mol: Chem.Mol) -> Atoms:
    """Return the kinds of a molecule's atoms and bonds; remembered on the molecule."""
    found: Atoms | None = getattr(mol, _MEMO, None)
    if found is None:
        found = _read(mol)
        setattr(mol, _MEMO, found)
    return found


def _read(mol: Chem.Mol) -> Atoms:
    numbers, elements = [], []
    for place in range(mol.GetNumAtoms()):
        atom = mol.GetAtomWithIdx(place)
        element, attached, degree = atom.GetAtomicNum(), atom.GetTotalNumHs(), atom.GetDegree()
        facts = element, atom.GetIsAromatic(), atom.GetFormalCharge(), attached
        numbers.append(_ATOM_KINDS[*facts, degree + attached, degree, atom.IsInRing()])
        elements.append(element)
    if _HYDROGEN in elements:
        numbers = [_ATOM_KINDS[_with_hydrogens(atom)] for atom in mol.GetAtoms()]
    kinds = np.array(numbers, np.intp)
    orders = Chem.GetAdjacencyMatrix(mol, useBO=True)
    first, second = np.nonzero(np.triu(Chem.GetAdjacencyMatrix(mol)))
    one, other = kinds[first], kinds[second]
    twice = (2 * orders[first, second]).astype(np.intp)
    ends = zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), twice.tolist(), strict=True)
    rings = mol.GetRingInfo().AtomRings()
    return Atoms(
        kinds,
        np.array([_BOND_KINDS[bond] for bond in ends], np.intp),
        len(rings),
        min(map(len, rings), default=_ENDLESS),
    )


def _with_hydrogens(atom: Chem.Atom) -> AtomFacts:
    """Hydrogens that are atoms of their own count as hydrogens of their neighbours, too."""
    facts = atom.GetAtomicNum(), atom.GetIsAromatic(), atom.GetFormalCharge()
    counted = atom.GetTotalNumHs(includeNeighbors=True), atom.GetTotalDegree(), atom.GetDegree()
    return *facts, *counted, atom.IsInRing()


class _Table:
    """Which kinds pass which conditions; rows are added when a kind is first met."""

    def __init__(self, register: _Register[Any], width: int, test: Callable[[Any], np.ndarray]) -> None:
        self._register = register
        self._test = test
        self._known = 0
        self._rows = np.zeros((0, width), np.int16)

    def rows(self) -> np.ndarray:
        """Return 1 where a kind passes a condition, shape (kinds or more, conditions), int16."""
        if self._known < len(self._register):
            fresh = list(self._register)[self._known :]
            if self._known + len(fresh) > len(self._rows):
                more = np.zeros((2 * (self._known + len(fresh)), self._rows.shape[1]), np.int16)
                more[: self._known] = self._rows[: self._known]
                self._rows = more
            for place, thing in enumerate(fresh, self._known):
                self._rows[place] = self._test(thing)
            self._known += len(fresh)
        return self._rows

    def counts(self, kinds: np.ndarray) -> np.ndarray:
        """Return how many of some things pass each condition, int16."""
        total: np.ndarray = np.add.reduce(self.rows().take(kinds, axis=0), axis=0)
        return total


class _Needs:
    """Numbered needs, each for so many atoms or bonds, and queries as lists of them."""

    def __init__(self) -> None:
        self.atoms: _Register[Symbol] = _Register()
        self.bonds: _Register[BondNeed] = _Register()
        self.pairs: _Register[tuple[bool, int, int]] = _Register()

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
        environments: _Register[str] = _Register()
        choices: _Register[tuple[int, ...]] = _Register()
        asked = []
        for query in queries:
            symbols = {atom.GetSmarts() for atom in query.GetAtoms()} if query is not None else ()
            options = [tuple(environments[e] for e in either) for s in symbols for either in nested(s)]
            asked.append([choices[option] for option in options])
        inside = [needs.of(_smarts(environment)) for environment in environments]
        lengths = [_cycles(query)[0] if query is not None else [] for query in queries]
        self._cycles = np.array([len(found) for found in lengths], np.int64)
        self._shortest = np.array([min(found, default=_ENDLESS) for found in lengths], np.int64)
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
        if max(len(_ATOM_KINDS), len(_BOND_KINDS)) > _MOST_KINDS:  # rather slow than out of memory
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
    rings = [list(ring) for ring in Chem.GetSSSR(Chem.Mol(query))]
    return [len(ring) for ring in rings], {atom for ring in rings for atom in ring}


def _atom_table(symbols: Sequence[Symbol]) -> _Table:
    tests = [(atom_condition(smarts).holds, cyclic) for smarts, cyclic in symbols]

    def passed(facts: AtomFacts) -> np.ndarray:
        kind = Kind(*facts)
        return np.array([(kind.in_ring or not cyclic) and holds(kind) for holds, cyclic in tests])

    return _Table(_ATOM_KINDS, len(tests), passed)


def _bond_table(needs: _Needs, atoms: _Table) -> _Table:
    one = np.array([needs.atoms[need[0]] for need in needs.bonds], np.intp)
    other = np.array([needs.atoms[need[2]] for need in needs.bonds], np.intp)
    orders = [bond_orders(bond) for _, bond, _ in needs.bonds]

    def passed(bond: BondFacts) -> np.ndarray:
        first, second = atoms.rows()[bond[0]] > 0, atoms.rows()[bond[1]] > 0
        ends = (first[one] & second[other]) | (first[other] & second[one])
        found: np.ndarray = ends & np.array([allowed(order, bond[2] / 2) for order in orders], bool)
        return found

    return _Table(_BOND_KINDS, len(orders), passed)


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
