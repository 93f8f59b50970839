"""A core, and the proof that a molecule holds it and grows only where it may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rdkit import Chem, rdBase

from kozue.core.errors import SettingsError
from kozue.systems.molecules.design.core.stereo import Stereo

MOST_MATCHES = 5000
"""Ways of laying a core over a molecule that are tried; beyond, the molecule counts as not shown to hold it."""
_BONDS = {
    Chem.BondType.SINGLE: "-",
    Chem.BondType.DOUBLE: "=",
    Chem.BondType.TRIPLE: "#",
    Chem.BondType.AROMATIC: ":",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A point where one side chain may grow, by a single bond.

    Parameters
    ----------
    label : int
        From 1; written as ``[*:label]``.
    atom : int
        Atom of the core that carries it, 0-based; an atom can carry several.
    """

    label: int
    atom: int


class Core:
    """A structure with attachment points; two structures with one point each are joined by a linker.

    Parameters
    ----------
    marked : rdkit.Chem.Mol
        Sanitised, without explicit hydrogens; every attachment point is a wildcard atom with one single bond.
        Atoms of the core keep their order; points are numbered by atom map number, unnumbered ones after those.

    Raises
    ------
    SettingsError
        If there is no point, a point is not the end of a single bond, labels repeat, or there are several parts
        that are not two with one point each.
    """

    def __init__(self, marked: Chem.Mol) -> None:
        _check_points(marked)
        self.marked = _ordered(marked)
        self.size = sum(atom.GetAtomicNum() > 0 for atom in self.marked.GetAtoms())
        if not self.size:
            raise SettingsError(
                "The core has attachment points but no atoms.", "Draw the atoms that are to stay."
            )
        self.sites = tuple(
            Site(atom.GetAtomMapNum(), atom.GetNeighbors()[0].GetIdx())
            for atom in self.marked.GetAtoms()
            if atom.GetAtomicNum() == 0
        )
        self.smiles: str = Chem.MolToSmiles(self.marked)
        """With ``[*:label]`` at the sites."""
        self._check_parts()
        self._query = self._build_query()
        self._stereo = Stereo(self.marked, self.size)
        self._own_bonds = [
            (place, sum(near.GetAtomicNum() > 0 for near in self.marked.GetAtomWithIdx(place).GetNeighbors()))
            for place in sorted({site.atom for site in self.sites})
        ]
        self.is_linked = "." in self.smiles

    def __repr__(self) -> str:
        return f"Core({self.smiles!r})"

    @property
    def labels(self) -> tuple[int, ...]:
        """Labels of the attachment points, ascending."""
        return tuple(site.label for site in self.sites)

    @cached_property
    def bare(self) -> Chem.Mol:
        """The core with hydrogen at every site; atoms 0 to ``size`` - 1 are those of the core."""
        return without(self.marked, self.labels)

    def leaving_empty(self, labels: tuple[int, ...]) -> Core:
        """Return the core with hydrogen at some of its sites, to grow at the others only.

        Raises
        ------
        SettingsError
            If no site is left, or a linker would have to end in hydrogen.
        """
        return Core(without(self.marked, labels)) if labels else self

    def mapping(self, mol: Chem.Mol) -> tuple[int, ...] | None:
        """Show which atoms of a molecule are the core, or None if it does not hold it as it must.

        Same elements, charges, aromaticity, bond orders, ring bonds and hydrogens at every atom, chirality and
        double-bond geometry where the core states them. The other atoms of the molecule are bonded to the core
        only at its sites, by single bonds, at most one side chain a point, and no side chain bridges two points
        (for a linker: exactly one bridges both). Several mappings of a symmetric core are tried; the first in
        RDKit's order is returned.

        Parameters
        ----------
        mol : rdkit.Chem.Mol
            Sanitised, hydrogens implicit, as ``Chem.MolFromSmiles`` gives it.

        Returns
        -------
        tuple of int or None
            Shape (size,): atom of the molecule for each atom of the core.
        """
        if mol.GetNumAtoms() < self.size or len(Chem.GetMolFrags(mol)) != 1:
            return None
        matches = mol.GetSubstructMatches(
            self._query, uniquify=not self._stereo.stated, maxMatches=MOST_MATCHES
        )
        for match in matches:
            if self._grows_as_allowed(mol, match) and self._stereo.agrees(mol, match):
                return tuple(match)
        return None

    def accepted(self, smiles: str) -> str | None:
        """Return the canonical SMILES of a text that is a molecule with this core; None if it is not."""
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(smiles) if smiles else None
        return Chem.MolToSmiles(mol) if mol is not None and self.mapping(mol) is not None else None

    def atoms_in(self, smiles: str) -> tuple[int, ...]:
        """Return which atoms of a SMILES, in its order, are the core's; none if it does not hold it.

        For drawing: the atoms of the first mapping, ascending.
        """
        mol = Chem.MolFromSmiles(smiles)
        found = None if mol is None else self.mapping(mol)
        return () if found is None else tuple(sorted(found))

    def _grows_as_allowed(self, mol: Chem.Mol, match: tuple[int, ...]) -> bool:
        """Check what the query cannot say: no new bond inside the core, side chains hang by one single bond.

        Atoms that are no site have all their bonds in the query, so that only the sites are looked at.
        """
        inside = set(match)
        attached = 0
        for place, own in self._own_bonds:
            within = 0
            for bond in mol.GetAtomWithIdx(match[place]).GetBonds():
                if bond.GetOtherAtomIdx(match[place]) in inside:
                    within += 1
                # A bond in a ring would mean a side chain that comes back to the core.
                elif bond.GetBondType() != Chem.BondType.SINGLE or bond.IsInRing():
                    return False
                else:
                    attached += 1
            if within != own:
                return False
        return not self.is_linked or attached == 2

    def _build_query(self) -> Chem.Mol:
        points = [site.atom for site in self.sites]
        query = Chem.RWMol()
        for atom in list(self.marked.GetAtoms())[: self.size]:
            most = atom.GetDegree()
            degree = f"D{{{most - points.count(atom.GetIdx())}-{most}}}"
            isotope = f"{atom.GetIsotope()}*;" if atom.GetIsotope() else ""
            aromatic = "a" if atom.GetIsAromatic() else "A"
            pattern = (
                f"[{isotope}#{atom.GetAtomicNum()};{aromatic};{atom.GetFormalCharge():+d};{degree};"
                f"X{atom.GetTotalDegree()}]"
            )
            query.AddAtom(Chem.AtomFromSmarts(pattern))
        for bond in self.marked.GetBonds():
            ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
            if max(ends) < self.size:
                query.AddBond(*ends, Chem.BondType.SINGLE)
                place = query.GetNumBonds() - 1
                query.ReplaceBond(place, Chem.BondFromSmarts(_BONDS[bond.GetBondType()]))
        return query.GetMol()

    def _check_parts(self) -> None:
        for bond in self.marked.GetBonds():
            if bond.GetBondType() not in _BONDS:
                raise SettingsError(
                    f"The core {self.smiles} has a bond that is neither single, double, triple nor aromatic.",
                    "Write coordination as charges, or leave the metal out.",
                )
        parts = Chem.GetMolFrags(self.marked)
        if len(parts) == 1:
            return
        points = [sum(place >= self.size for place in part) for part in parts]
        if points != [1, 1]:
            raise SettingsError(
                f"The core {self.smiles} has {len(parts)} parts with {points} attachment points.",
                "A core is one structure, or two with one attachment point each, to be joined by a linker.",
            )


def without(marked: Chem.Mol, labels: tuple[int, ...]) -> Chem.Mol:
    """Return a structure with hydrogen in place of some attachment points; the other atoms keep their order."""
    editable = Chem.RWMol(marked)
    for atom in editable.GetAtoms():
        if atom.GetAtomicNum() == 0 and atom.GetAtomMapNum() in labels:
            atom.SetAtomicNum(1)
            atom.SetAtomMapNum(0)
            atom.SetNoImplicit(True)
    Chem.SanitizeMol(editable)
    return with_implicit_hydrogens(editable.GetMol())


def with_implicit_hydrogens(mol: Chem.Mol) -> Chem.Mol:
    """Return a molecule without explicit hydrogens, those of a stated double-bond geometry among them.

    RDKit keeps the latter by default, as in ``[H]/C=C/C``, and would take them for side chains.
    """
    how = Chem.RemoveHsParameters()
    how.removeDefiningBondStereo = True
    return Chem.RemoveHs(mol, how)


def _check_points(mol: Chem.Mol) -> None:
    points = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if not points:
        raise SettingsError(
            f"The core {Chem.MolToSmiles(mol)} has no attachment point.",
            "Mark where it may grow, for example c1ccccc1[*:1], or name the atoms that may grow.",
        )
    for atom in points:
        bonds = atom.GetBonds()
        if len(bonds) != 1 or bonds[0].GetBondType() != Chem.BondType.SINGLE:
            raise SettingsError(
                f"Attachment point {atom.GetIdx() + 1} of the core {Chem.MolToSmiles(mol)} has "
                f"{len(bonds)} bonds or one that is not single.",
                "An attachment point is the end of one single bond, as in C[*:1].",
            )
        if bonds[0].GetOtherAtom(atom).GetAtomicNum() == 0:
            raise SettingsError(
                "Two attachment points of the core are bonded to each other.", "Put an atom between."
            )
    labels = [atom.GetAtomMapNum() for atom in points if atom.GetAtomMapNum()]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise SettingsError(
            f"Attachment point {twice[0]} of the core is there {labels.count(twice[0])} times.",
            "Number the points [*:1], [*:2] …, or write all of them as *.",
        )


def _ordered(mol: Chem.Mol) -> Chem.Mol:
    """Give all points a number and put them, by label, behind the core's atoms; drop other atom map numbers."""
    copy = Chem.Mol(mol)
    points = [atom for atom in copy.GetAtoms() if atom.GetAtomicNum() == 0]
    free = (
        label
        for label in range(1, 2 * len(points) + 1)
        if label not in {atom.GetAtomMapNum() for atom in points}
    )
    for atom in copy.GetAtoms():
        if atom.GetAtomicNum():
            atom.SetAtomMapNum(0)
        elif not atom.GetAtomMapNum():
            atom.SetAtomMapNum(next(free))
    for atom in points:
        atom.SetIsotope(0)
    order = sorted(
        range(copy.GetNumAtoms()),
        key=lambda place: (
            (1, copy.GetAtomWithIdx(place).GetAtomMapNum())
            if copy.GetAtomWithIdx(place).GetAtomicNum() == 0
            else (0, place)
        ),
    )
    return Chem.RenumberAtoms(copy, order)
