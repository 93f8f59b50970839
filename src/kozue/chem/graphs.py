"""Molecules as graphs for networks: small integer codes of atoms and bonds, many molecules in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem

_ELEMENTS = {
    number: place + 1 for place, number in enumerate((5, 6, 7, 8, 9, 11, 14, 15, 16, 17, 34, 35, 53))
}
_HYBRIDS = {
    Chem.HybridizationType.SP: 1,
    Chem.HybridizationType.SP2: 2,
    Chem.HybridizationType.SP3: 3,
    Chem.HybridizationType.SP3D: 4,
    Chem.HybridizationType.SP3D2: 4,
}
_TAGS = {Chem.ChiralType.CHI_TETRAHEDRAL_CW: 1, Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 2}
_BONDS = {
    Chem.BondType.SINGLE: 0,
    Chem.BondType.DOUBLE: 1,
    Chem.BondType.TRIPLE: 2,
    Chem.BondType.AROMATIC: 3,
}
_STEREO = {Chem.BondStereo.STEREOZ: 1, Chem.BondStereo.STEREOE: 2}
_RING_SIZES = (3, 4, 5, 6, 7)

ATOM_SIZES = (len(_ELEMENTS) + 2, 7, 5, 6, 5, 2, 7, 3)
"""Number of codes of each atom field: element (0: none, last: other), neighbours, charge, hydrogens,
hybridisation, aromaticity, smallest ring, chirality."""

BOND_SIZES = (5, 2, 2, 3)
"""Number of codes of each bond field: type, conjugation, ring, double-bond geometry."""

ATOM_CODES = sum(ATOM_SIZES)
BOND_CODES = sum(BOND_SIZES)
_ATOM_STARTS = np.cumsum((0, *ATOM_SIZES[:-1]), dtype=np.int32)
_BOND_STARTS = np.cumsum((0, *BOND_SIZES[:-1]), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Graphs:
    """n molecules.

    Parameters
    ----------
    atoms : numpy.ndarray
        Shape (a, 8), int16: codes of all atoms; the fields' codes do not overlap (0 to ``ATOM_CODES`` - 1).
    bonds : numpy.ndarray
        Shape (2 b, 4), int16: codes of all bonds, each bond twice; bonds 2 i and 2 i + 1 are the two directions.
    ends : numpy.ndarray
        Shape (2 b, 2), int32: from which atom to which, counted within the molecule.
    atom_starts, bond_starts : numpy.ndarray
        Shape (n + 1,), int64: where each molecule's atoms and bonds begin.
    """

    atoms: np.ndarray
    bonds: np.ndarray
    ends: np.ndarray
    atom_starts: np.ndarray
    bond_starts: np.ndarray

    def __len__(self) -> int:
        return len(self.atom_starts) - 1

    def take(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Join some molecules to one graph of unconnected parts.

        Parameters
        ----------
        places : numpy.ndarray
            Shape (k,), which molecules.

        Returns
        -------
        atoms, bonds : numpy.ndarray
            Codes, as above.
        ends : numpy.ndarray
            Counted over all atoms taken.
        owners : numpy.ndarray
            Shape (atoms,), which of the k molecules each atom belongs to.
        """
        atom_rows, owners = _ranges(self.atom_starts, places)
        bond_rows, bond_owners = _ranges(self.bond_starts, places)
        counts = self.atom_starts[places + 1] - self.atom_starts[places]
        shift = np.cumsum(counts) - counts
        ends = self.ends[bond_rows].astype(np.int64) + shift[bond_owners][:, None]
        return self.atoms[atom_rows], self.bonds[bond_rows], ends, owners


def _ranges(starts: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of all places one after the other, and the place's number of each row."""
    counts = starts[places + 1] - starts[places]
    owners = np.repeat(np.arange(len(places)), counts)
    before = np.cumsum(counts) - counts
    rows = np.arange(int(counts.sum())) + np.repeat(starts[places] - before, counts)
    return rows, owners


def graphs(mols: Sequence[Chem.Mol]) -> Graphs:
    """Return the graphs of n molecules (hydrogens implicit)."""
    atoms: list[tuple[int, ...]] = []
    bonds: list[tuple[int, ...]] = []
    ends: list[tuple[int, int]] = []
    atom_starts, bond_starts = [0], [0]
    for mol in mols:
        rings = _smallest_rings(mol)
        atoms.extend(_atom(atom, rings[atom.GetIdx()]) for atom in mol.GetAtoms())
        for bond in mol.GetBonds():
            codes, first, second = _bond(bond), bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            bonds += [codes, codes]
            ends += [(first, second), (second, first)]
        atom_starts.append(len(atoms))
        bond_starts.append(len(bonds))
    return Graphs(
        np.array(atoms, np.int16).reshape(-1, len(ATOM_SIZES)) + _ATOM_STARTS.astype(np.int16),
        np.array(bonds, np.int16).reshape(-1, len(BOND_SIZES)) + _BOND_STARTS.astype(np.int16),
        np.array(ends, np.int32).reshape(-1, 2),
        np.array(atom_starts, np.int64),
        np.array(bond_starts, np.int64),
    )


def joined(parts: Sequence[Graphs]) -> Graphs:
    """Put graphs one after the other."""
    return Graphs(
        np.concatenate([part.atoms for part in parts]),
        np.concatenate([part.bonds for part in parts]),
        np.concatenate([part.ends for part in parts]),
        _chained([part.atom_starts for part in parts]),
        _chained([part.bond_starts for part in parts]),
    )


def _chained(starts: Sequence[np.ndarray]) -> np.ndarray:
    lengths = np.concatenate([np.diff(part) for part in starts])
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _smallest_rings(mol: Chem.Mol) -> list[int]:
    """Return each atom's code of its smallest ring: 0 none, then 3 to 7, then larger."""
    codes = [0] * mol.GetNumAtoms()
    for ring in sorted(mol.GetRingInfo().AtomRings(), key=len, reverse=True):
        code = _RING_SIZES.index(len(ring)) + 1 if len(ring) in _RING_SIZES else len(_RING_SIZES) + 1
        for atom in ring:
            codes[atom] = code
    return codes


def _atom(atom: Chem.Atom, ring: int) -> tuple[int, ...]:
    number = atom.GetAtomicNum()
    return (
        _ELEMENTS.get(number, ATOM_SIZES[0] - 1) if number else 0,
        min(atom.GetDegree(), 6),
        max(-2, min(atom.GetFormalCharge(), 2)) + 2,
        min(atom.GetTotalNumHs(), 5),
        _HYBRIDS.get(atom.GetHybridization(), 0),
        int(atom.GetIsAromatic()),
        ring,
        _TAGS.get(atom.GetChiralTag(), 0),
    )


def _bond(bond: Chem.Bond) -> tuple[int, ...]:
    return (
        _BONDS.get(bond.GetBondType(), 4),
        int(bond.GetIsConjugated()),
        int(bond.IsInRing()),
        _STEREO.get(bond.GetStereo(), 0),
    )
