"""Atoms and bonds as numbered kinds: what most substructure queries and additive schemes look at, read once.

Reading an atom's facts one call at a time costs more than many a descriptor. They are read once a molecule,
remembered on it, and stand for one number; a few hundred numbers cover drug-like chemistry.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from rdkit import Chem

_MEMO = "_kozue_kinds"
_HYDROGEN = 1
ENDLESS = 1 << 14  # longer than any cycle

Thing = TypeVar("Thing", bound=Hashable)
AtomFacts = tuple[int, bool, int, int, int, int, bool]
"""Element, aromatic, charge, hydrogens, neighbours with hydrogens, degree, in a ring."""
BondFacts = tuple[int, int, int]
"""Numbers of the kinds of the ends, and twice the order."""


class Register(dict[Thing, int], Generic[Thing]):
    """Things numbered as they come, from several threads if need be."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __missing__(self, thing: Thing) -> int:
        with self._lock:
            return self.setdefault(thing, len(self))


ATOM_KINDS: Register[AtomFacts] = Register()
BOND_KINDS: Register[BondFacts] = Register()


class Atoms(NamedTuple):
    """What queries see of a molecule.

    Parameters
    ----------
    atoms, bonds : numpy.ndarray
        Shapes (atoms,) and (bonds,), numbers of their kinds.
    facts : list of tuple
        Shape (atoms,).
    elements, hydrogens, degrees : list of int
        Shape (atoms,).
    ends : list of tuple of int
        Shape (bonds,): places of both atoms, and twice the order.
    cycles, shortest : int
        How many independent cycles there are at most; 3 or 4 if the shortest has as many atoms, else 5.
    """

    atoms: np.ndarray
    bonds: np.ndarray
    facts: list[AtomFacts]
    elements: list[int]
    hydrogens: list[int]
    degrees: list[int]
    ends: list[tuple[int, int, int]]
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
    facts: list[AtomFacts] = []
    for place in range(mol.GetNumAtoms()):
        atom = mol.GetAtomWithIdx(place)
        element, attached, degree = atom.GetAtomicNum(), atom.GetTotalNumHs(), atom.GetDegree()
        near = attached, degree + attached, degree
        facts.append((element, atom.GetIsAromatic(), atom.GetFormalCharge(), *near, atom.IsInRing()))
    elements, hydrogens, degrees = ([fact[place] for fact in facts] for place in (0, 3, 5))
    if _HYDROGEN in elements:
        facts = [_with_hydrogens(atom) for atom in mol.GetAtoms()]
    kinds = [ATOM_KINDS[fact] for fact in facts]
    orders = Chem.GetAdjacencyMatrix(mol, useBO=True)
    first, second = np.nonzero(Chem.GetAdjacencyMatrix(mol))
    once = first < second
    first, second = first[once], second[once]
    twice = (2 * orders[first, second]).astype(np.intp)
    ends = list(zip(first.tolist(), second.tolist(), twice.tolist(), strict=True))
    bonds = []
    for one, other, order in ends:
        low, high = kinds[one], kinds[other]
        bonds.append(BOND_KINDS[(low, high, order) if low < high else (high, low, order)])
    return Atoms(
        np.array(kinds, np.intp),
        np.array(bonds, np.intp),
        facts,
        elements,
        hydrogens,
        degrees,
        ends,
        mol.GetRingInfo().NumRings(),
        next((size for size, query in _small_rings() if mol.HasSubstructMatch(query)), 5),
    )


@cache
def _small_rings() -> list[tuple[int, Chem.Mol]]:
    return [(size, Chem.MolFromSmarts(f"[r{size}]")) for size in (3, 4)]


def _with_hydrogens(atom: Chem.Atom) -> AtomFacts:
    """Hydrogens that are atoms of their own count as hydrogens of their neighbours, too."""
    facts = atom.GetAtomicNum(), atom.GetIsAromatic(), atom.GetFormalCharge()
    counted = atom.GetTotalNumHs(includeNeighbors=True), atom.GetTotalDegree(), atom.GetDegree()
    return *facts, *counted, atom.IsInRing()
