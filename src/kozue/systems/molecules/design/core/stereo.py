"""Whether a molecule has the chirality and double-bond geometry that a core states."""

from __future__ import annotations

from collections.abc import Sequence

from rdkit import Chem

_TETRAHEDRAL = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)
_CIS = (Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS)
_TRANS = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS)
_HYDROGEN = -1
_SIDE_CHAIN = -2


class Stereo:
    """The stereochemistry that a core states.

    Centres with two attachment points are left out: which side chain sits at which point is not said by the
    molecule.

    Parameters
    ----------
    marked : rdkit.Chem.Mol
        The core, its attachment points behind its atoms.
    size : int
        Atoms of the core.
    """

    def __init__(self, marked: Chem.Mol, size: int) -> None:
        self._size = size
        self._centres = [
            (atom.GetIdx(), atom.GetChiralTag(), self._around(atom))
            for atom in marked.GetAtoms()
            if atom.GetChiralTag() in _TETRAHEDRAL
            and sum(near.GetAtomicNum() == 0 for near in atom.GetNeighbors()) <= 1
        ]
        self._double = [
            (
                (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()),
                tuple(bond.GetStereoAtoms()),
                bond.GetStereo() in _CIS,
            )
            for bond in marked.GetBonds()
            if bond.GetStereo() in (*_CIS, *_TRANS)
        ]

    @property
    def stated(self) -> bool:
        """Whether the core states any."""
        return bool(self._centres or self._double)

    def agrees(self, mol: Chem.Mol, match: Sequence[int]) -> bool:
        """Whether the molecule's atoms have it, core atom ``i`` being atom ``match[i]``.

        An atom or bond that is no stereocentre in the molecule (its side chain equals a branch of the core) agrees:
        there is only one such structure.
        """
        if not self.stated:
            return True
        return all(
            self._centre_agrees(mol, match, place, tag, around) for place, tag, around in self._centres
        ) and all(self._bond_agrees(mol, match, *stated) for stated in self._double)

    def _around(self, atom: Chem.Atom) -> tuple[int, ...]:
        """Return an atom's neighbours in the order that its chirality refers to, implicit hydrogen last."""
        near = [
            place if (place := other.GetIdx()) < self._size else _SIDE_CHAIN for other in atom.GetNeighbors()
        ]
        return (*near, _HYDROGEN) if atom.GetTotalNumHs() else tuple(near)

    def _centre_agrees(
        self,
        mol: Chem.Mol,
        match: Sequence[int],
        place: int,
        tag: Chem.ChiralType,
        around: tuple[int, ...],
    ) -> bool:
        atom = mol.GetAtomWithIdx(match[place])
        if atom.GetChiralTag() not in _TETRAHEDRAL:
            return not _may_be_stereo(mol, Chem.StereoType.Atom_Tetrahedral, match[place])
        there = [other.GetIdx() for other in atom.GetNeighbors()]
        outside = [other for other in there if other not in match]
        wanted = []
        for near in around:
            if near >= 0:
                wanted.append(match[near])
            elif near == _SIDE_CHAIN and outside:
                wanted.append(outside[0])
            else:
                wanted.append(_HYDROGEN)
        if atom.GetTotalNumHs():
            there.append(_HYDROGEN)
        if sorted(wanted) != sorted(there):
            return False
        return _is_even(wanted, there) == (atom.GetChiralTag() == tag)

    def _bond_agrees(
        self, mol: Chem.Mol, match: Sequence[int], ends: tuple[int, int], sides: tuple[int, ...], cis: bool
    ) -> bool:
        bond = mol.GetBondBetweenAtoms(match[ends[0]], match[ends[1]])
        if bond.GetStereo() not in (*_CIS, *_TRANS):
            return not _may_be_stereo(mol, Chem.StereoType.Bond_Double, bond.GetIdx())
        found = bond.GetStereo() in _CIS
        stated = tuple(bond.GetStereoAtoms())
        if bond.GetBeginAtomIdx() != match[ends[0]]:
            stated = stated[::-1]
        for side, there in zip(sides, stated, strict=True):
            same = match[side] == there if side < self._size else there not in match
            # The molecule's geometry refers to the other substituent of this end.
            found ^= not same
        return found == cis


def _may_be_stereo(mol: Chem.Mol, kind: Chem.StereoType, place: int) -> bool:
    return any(
        found.type == kind and found.centeredOn == place
        for found in Chem.FindPotentialStereo(Chem.Mol(mol), cleanIt=False)
    )


def _is_even(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether an even number of exchanges turns one order into the other."""
    places = [second.index(value) for value in first]
    inversions = sum(places[i] > places[j] for i in range(len(places)) for j in range(i + 1, len(places)))
    return inversions % 2 == 0
