"""Crippen's contributions to logP and molar refractivity, remembered by the surroundings of an atom.

Wildman and Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868. The scheme's 110 queries look at an atom's element,
aromaticity, charge, hydrogens and neighbours, and at the element, aromaticity and charge of its neighbours; only those
of oxygens and of their hydrogens look one bond farther. So RDKit is asked for each surrounding once; the values, and
the order in which they are summed, are its own.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from kozue.chem.kinds import Atoms, Register, atoms_of

_MOST = 1 << 17  # surroundings to remember
_SHIFT = 3  # bits that hold twice an order
_HYDROGEN, _OXYGEN = 1, 8

_PLAIN: Register[tuple[int, bool, int]] = Register()
_NEAR: Register[tuple[tuple[int, ...], tuple[int, ...]]] = Register()
_FAR: Register[tuple[int, tuple[int, ...]]] = Register()
_KNOWN: dict[int, tuple[float, ...]] = {}


class Contributions(NamedTuple):
    """Crippen's values of a molecule.

    Parameters
    ----------
    logp, refractivity : numpy.ndarray
        Shape (atoms,), of the heavy atoms alone; log10 and cm^3/mol.
    total_logp, total_refractivity : float
        Of the molecule with its hydrogens.
    """

    logp: np.ndarray
    refractivity: np.ndarray
    total_logp: float
    total_refractivity: float


def contributions(mol: Chem.Mol) -> Contributions:
    """Return the contributions of a molecule's atoms, and their sums."""
    atoms = atoms_of(mol)
    if len(_KNOWN) > _MOST or not _is_plain(mol, atoms):
        own = np.array(rdMolDescriptors._CalcCrippenContribs(mol))
        return Contributions(own[:, 0], own[:, 1], *rdMolDescriptors.CalcCrippenDescriptors(mol))
    places = _surroundings(atoms)
    rows = [_KNOWN.get(place) for place in places]
    if None in rows:
        _learn(mol, places)
        rows = [_KNOWN[place] for place in places]
    values = np.array(rows)
    # RDKit appends the hydrogens to the heavy atoms, and sums from first to last.
    hydrogens = np.repeat(values[:, 4:], atoms.hydrogens, axis=0)
    logp, refractivity = np.concatenate([values[:, 2:4], hydrogens]).cumsum(axis=0)[-1].tolist()
    return Contributions(values[:, 0], values[:, 1], logp, refractivity)


@cache
def _dative() -> Chem.Mol:
    return Chem.MolFromSmarts("*->*")


def _is_plain(mol: Chem.Mol, atoms: Atoms) -> bool:
    """Whether hydrogens are implied and orders tell bonds apart (a dative one has order 1)."""
    return bool(atoms.elements) and _HYDROGEN not in atoms.elements and not mol.HasSubstructMatch(_dative())


def _surroundings(atoms: Atoms) -> list[int]:
    """Return a number for what the scheme looks at around each atom, shape (atoms,); oxygens' are below 0."""
    plain = [_PLAIN[fact[:3]] for fact in atoms.facts]
    around: list[list[int]] = [[] for _ in plain]
    for one, other, order in atoms.ends:
        around[one].append(plain[other] << _SHIFT | order)
        around[other].append(plain[one] << _SHIFT | order)
    for near in around:
        near.sort()
    found = [_NEAR[fact[:6], tuple(near)] for fact, near in zip(atoms.facts, around, strict=True)]
    wider: dict[int, list[int]] = {
        place: [] for place, element in enumerate(atoms.elements) if element == _OXYGEN
    }
    for one, other, order in atoms.ends:
        if one in wider:
            wider[one].append(found[other] << _SHIFT | order)
        if other in wider:
            wider[other].append(found[one] << _SHIFT | order)
    for place, near in wider.items():
        near.append(found[place])
    for place, near in wider.items():
        found[place] = -1 - _FAR[near.pop(), tuple(sorted(near))]
    return found


def _learn(mol: Chem.Mol, places: list[int]) -> None:
    """Ask RDKit, with and without hydrogens."""
    alone = rdMolDescriptors._CalcCrippenContribs(mol)
    full = Chem.AddHs(mol)
    whole = rdMolDescriptors._CalcCrippenContribs(full)
    attached = dict.fromkeys(range(len(places)), (0.0, 0.0))
    for place in range(len(places), full.GetNumAtoms()):
        attached[full.GetAtomWithIdx(place).GetNeighbors()[0].GetIdx()] = tuple(whole[place])
    for atom, place in enumerate(places):
        _KNOWN[place] = (*alone[atom], *whole[atom], *attached[atom])
