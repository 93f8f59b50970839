"""Attachment points: atoms of a structure where something may grow, as ``[*:n]`` in its SMILES."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor
from rdkit.Geometry import Point2D

from kozue.chem.draw import placed_svg
from kozue.chem.parsing import parse
from kozue.core.errors import InputError

#: The places of the atoms make a text some ten times as long.
MAX_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Site:
    """One atom of a drawing.

    Parameters
    ----------
    atom : int
        0-based, in the order of ``lying``.
    element : str
        Its symbol.
    x, y : float
        Where it lies in the drawing, in pixels from the upper left.
    points : tuple of int
        Numbers of the attachment points it carries.
    is_open : bool
        Whether it has a hydrogen that a point can replace.
    """

    atom: int
    element: str
    x: float
    y: float
    points: tuple[int, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A structure with its attachment points.

    Parameters
    ----------
    smiles : str
        With ``[*:n]`` at each point; as given where nothing had to be changed.
    lying : str
        The same with the places of its atoms: give this one to :func:`mark` again, and the atoms keep their numbers
        and their places.
    svg : str
        Drawing with the points as R1, R2 …, and the atoms that carry them marked.
    sites : tuple of Site
        All atoms that are no points.
    """

    smiles: str
    lying: str
    svg: str
    sites: tuple[Site, ...]


def mark(
    smiles: str, toggled: int | None = None, *, width: int = 360, height: int = 260, dark: bool = False
) -> Marked:
    """Draw a structure with its attachment points, on request after adding one to an atom or taking it away.

    Parameters
    ----------
    smiles : str
        With or without points and places; dummy atoms without a number get one.
    toggled : int, optional
        Atom (0-based, as in ``sites`` of what was drawn last) that gets a point, or loses those it has.
    width, height : int
        Pixels.
    dark : bool
        Ink for a dark page.

    Raises
    ------
    UnreadableMoleculeError
        If the structure cannot be read.
    InputError
        If there is no such atom, or it has no hydrogen to give.

    Examples
    --------
    >>> mark("Cc1ccccc1", 0).smiles
    'C(c1ccccc1)[*:1]'
    >>> mark("C(c1ccccc1)[*:1]", 0).smiles
    'Cc1ccccc1'
    """
    given = parse(smiles, is_open=True, max_characters=MAX_CHARACTERS)
    mol = _numbered(given)
    if toggled is not None:
        mol = _toggled(mol, toggled)
    as_given = toggled is None and "\n" not in smiles.strip() and _numbers(mol) == _numbers(given)
    _lay_out(mol)
    written = Chem.MolToSmiles(mol, canonical=False)
    order = mol.GetPropsAsDict(includePrivate=True, includeComputed=True)["_smilesAtomOutputOrder"]
    mol = Chem.RenumberAtoms(mol, list(order))
    svg, sites = _drawn(mol, width, height, dark)
    return Marked(smiles.split()[0] if as_given else written, f"{written} {_places(mol)}", svg, sites)


def _numbers(mol: Chem.Mol) -> list[int]:
    return [atom.GetAtomMapNum() for atom in mol.GetAtoms()]


def _places(mol: Chem.Mol) -> str:
    """Return where the atoms lie, as the extension of a SMILES (ChemAxon Extended SMILES)."""
    return f"|({';'.join(f'{x:.3f},{y:.3f},' for x, y, _ in mol.GetConformer().GetPositions())})|"


def _points_of(atom: Chem.Atom) -> list[Chem.Atom]:
    return [other for other in atom.GetNeighbors() if other.GetAtomicNum() == 0]


def _numbered(mol: Chem.Mol) -> Chem.Mol:
    """Return a copy in which every dummy atom has a number of its own, and no other atom has one."""
    mol = Chem.Mol(mol)
    used: set[int] = set()
    dummies = []
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum():
            atom.SetAtomMapNum(0)
            continue
        dummies.append(atom)
    for atom in dummies:
        number = atom.GetAtomMapNum() or atom.GetIsotope()
        atom.SetIsotope(0)
        atom.SetAtomMapNum(number if number and number not in used else 0)
        used.add(number)
    for atom in dummies:
        if not atom.GetAtomMapNum():
            atom.SetAtomMapNum(_free(used))
            used.add(atom.GetAtomMapNum())
    return mol


def _free(used: set[int]) -> int:
    return next(number for number in range(1, len(used) + 2) if number not in used)


def _toggled(mol: Chem.Mol, place: int) -> Chem.Mol:
    """Turn a hydrogen of an atom into a point, or its points into hydrogens; stereo and order stay."""
    if not 0 <= place < mol.GetNumAtoms() or mol.GetAtomWithIdx(place).GetAtomicNum() == 0:
        raise InputError(
            f"There is no atom {place} to grow from; the atoms are 0 to {mol.GetNumAtoms() - 1}."
        )
    atom = mol.GetAtomWithIdx(place)
    points = _points_of(atom)
    if points:
        changed = Chem.RWMol(mol)
        for point in points:
            own = changed.GetAtomWithIdx(point.GetIdx())
            own.SetAtomicNum(1)
            own.SetAtomMapNum(0)
    elif atom.GetTotalNumHs() == 0:
        raise InputError(
            f"Atom {place} ({atom.GetSymbol()}) has no hydrogen that a substituent could replace.",
            "Choose another atom.",
        )
    else:
        used = {other.GetAtomMapNum() for other in mol.GetAtoms() if other.GetAtomicNum() == 0}
        changed = Chem.RWMol(Chem.AddHs(mol, addCoords=True, onlyOnAtoms=[place]))
        hydrogen = next(
            other
            for other in changed.GetAtomWithIdx(place).GetNeighbors()
            if other.GetAtomicNum() == 1 and other.GetIdx() >= mol.GetNumAtoms()
        )
        hydrogen.SetAtomicNum(0)
        hydrogen.SetNoImplicit(True)
        hydrogen.SetAtomMapNum(_free(used))
    with rdBase.BlockLogs():
        return Chem.RemoveHs(changed.GetMol())


def _lay_out(mol: Chem.Mol) -> None:
    """Lay a structure out as it lies already, or as it would lie without its points; points lie beside it."""
    kept = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum()]
    if not kept:
        raise InputError("The structure has attachment points alone.", "Draw what they are attached to.")
    bare = Chem.RWMol(mol)
    if not mol.GetNumConformers():
        for atom in reversed([atom.GetIdx() for atom in mol.GetAtoms() if not atom.GetAtomicNum()]):
            bare.RemoveAtom(atom)
        rdDepictor.Compute2DCoords(bare)
        lying = bare.GetConformer().GetPositions()
    else:
        lying = mol.GetConformer().GetPositions()[kept]
    fixed = {atom: Point2D(*place[:2]) for atom, place in zip(kept, lying, strict=True)}
    rdDepictor.Compute2DCoords(mol, coordMap=fixed)


def _drawn(mol: Chem.Mol, width: int, height: int, dark: bool) -> tuple[str, tuple[Site, ...]]:
    points: dict[int, tuple[int, ...]] = {}
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetProp("_displayLabel", f"R<sub>{atom.GetAtomMapNum()}</sub>")
            atom.SetProp("_displayLabelW", f"R<sub>{atom.GetAtomMapNum()}</sub>")
        else:
            points[atom.GetIdx()] = tuple(sorted(point.GetAtomMapNum() for point in _points_of(atom)))
    svg, places = placed_svg(mol, [atom for atom in points if points[atom]], width, height, dark)
    sites = []
    for place, numbers in points.items():
        atom = mol.GetAtomWithIdx(place)
        sites.append(Site(place, atom.GetSymbol(), *places[place], numbers, atom.GetTotalNumHs() > 0))
    return svg, tuple(sites)
