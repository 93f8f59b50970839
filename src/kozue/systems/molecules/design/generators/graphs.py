"""Molecules as graphs that are edited: what can be cut or changed in them, and whether an edit gave a molecule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdqueries

LARGEST_RING = 8
MOST_ATOMS = 70
ELEMENTS = (6, 7, 8, 9, 16, 17, 35)
VALENCE = {6: 4, 7: 3, 8: 2, 9: 1, 16: 2, 17: 1, 35: 1}
_APPENDED = np.array([0.5, 0.17, 0.17, 0.06, 0.04, 0.04, 0.02])
# Rings that only strain holds: the rules of Jensen (2019) on triple bonds, allenes and double bonds in small rings.
_STRAINED = tuple(map(Chem.MolFromSmarts, ("*#@*", "*=@[#6]=@*", "[r3,r4]=@[r3,r4]")))
_RADICAL = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)


@dataclass(frozen=True, slots=True)
class Graph:
    """A molecule or side chain with single and double instead of aromatic bonds; not to be changed, but copied.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Kekulised; hydrogens of plain atoms follow from the bonds.
    labels : tuple of int
        Attachment points, ascending.
    plain, growing : tuple of int
        Atoms that may be changed, and those of them with hydrogen.
    single, loose, ringed, between : tuple of int
        Bonds: single ones, those of them in no ring, ring bonds, bonds between plain atoms.
    rings : tuple of tuple of int
        Bonds of each ring.
    largest : int
        Atoms of the largest ring.
    """

    mol: Chem.Mol
    labels: tuple[int, ...]
    plain: tuple[int, ...]
    growing: tuple[int, ...]
    single: tuple[int, ...]
    loose: tuple[int, ...]
    ringed: tuple[int, ...]
    between: tuple[int, ...]
    rings: tuple[tuple[int, ...], ...]
    largest: int


@lru_cache(maxsize=512)  # some hundred kilobytes each
def graph_of(smiles: str) -> Graph | None:
    """Read a molecule or side chain; None if it cannot be read."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            return None
        Chem.Kekulize(mol, clearAromaticFlags=True)
    atoms = list(mol.GetAtoms())
    plain = [atom.GetIdx() for atom in atoms if _is_plain(atom)]
    changeable = set(plain)
    for place in plain:
        # Hydrogens follow from the bonds, so that they are right after an edit.
        atoms[place].SetNoImplicit(False)
        atoms[place].SetNumExplicitHs(0)
    mol.UpdatePropertyCache(strict=False)
    hydrogens = {atom.GetIdx() for atom in atoms if atom.GetAtomicNum() == 1}
    single, loose, ringed, between = [], [], [], []
    for bond in mol.GetBonds():
        ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        in_ring = bond.IsInRing()
        if in_ring:
            ringed.append(bond.GetIdx())
        if changeable.issuperset(ends):
            between.append(bond.GetIdx())
        if bond.GetBondType() == Chem.BondType.SINGLE and hydrogens.isdisjoint(ends):
            single.append(bond.GetIdx())
            if not in_ring:
                loose.append(bond.GetIdx())
    rings = mol.GetRingInfo().BondRings()
    return Graph(
        mol,
        tuple(sorted(atom.GetAtomMapNum() for atom in atoms if atom.GetAtomicNum() == 0)),
        tuple(plain),
        tuple(place for place in plain if atoms[place].GetTotalNumHs()),
        tuple(single),
        tuple(loose),
        tuple(ringed),
        tuple(between),
        rings,
        max(map(len, rings), default=0),
    )


def finished(editable: Chem.RWMol, largest_ring: int) -> str | None:
    """Return the SMILES of an edited graph if it is one plausible molecule.

    Parameters
    ----------
    editable : rdkit.Chem.RWMol
        Is sanitised.
    largest_ring : int
        Rings up to this size are plausible even if they are large.
    """
    if editable.GetNumAtoms() > MOST_ATOMS:
        return None
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(editable)
        except ValueError:
            return None
    if len(Chem.GetMolFrags(editable)) != 1 or editable.GetAtomsMatchingQuery(_RADICAL):
        return None
    largest = max(map(len, editable.GetRingInfo().AtomRings()), default=0)
    if largest > max(LARGEST_RING, largest_ring):
        return None
    if any(editable.HasSubstructMatch(pattern) for pattern in _STRAINED):
        return None
    text: str = Chem.MolToSmiles(editable)
    return text


def _is_plain(atom: Chem.Atom) -> bool:
    """Whether an atom's hydrogens follow from its bonds."""
    return atom.GetAtomicNum() in VALENCE and not atom.GetFormalCharge() and not atom.GetIsotope()


def touch(editable: Chem.RWMol, atoms: Sequence[int]) -> None:
    """Forget the stereochemistry that an edit of these atoms would make meaningless."""
    for place in atoms:
        atom = editable.GetAtomWithIdx(place)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        for near in (atom, *atom.GetNeighbors()):
            for bond in near.GetBonds():
                bond.SetStereo(Chem.BondStereo.STEREONONE)
                bond.SetBondDir(Chem.BondDir.NONE)


def remove(editable: Chem.RWMol, atoms: Sequence[int]) -> None:
    """Take atoms out at once, so that their numbers stay meaningful until the end."""
    editable.BeginBatchEdit()
    for atom in atoms:
        editable.RemoveAtom(atom)
    editable.CommitBatchEdit()


def drawn_element(rng: np.random.Generator, least: int = 1) -> int:
    """Draw an element that can have this many bonds."""
    able = [number for number in ELEMENTS if VALENCE[number] >= least]
    weights = np.array([_APPENDED[ELEMENTS.index(number)] for number in able]).cumsum()
    return able[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]
