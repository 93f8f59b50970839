"""Many pictures at once, on request laid out alike: the common core of all molecules lies the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kozue.core.errors import InputError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

SECONDS = 2
# A core of fewer atoms lays nothing out alike that a reader would recognise.
LEAST_CORE = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture.

    Parameters
    ----------
    smiles : str
        SMILES or MOL block.
    width, height : int
        Pixels.
    weights : sequence of float or None
        One number an atom.
    atoms : sequence of int
        Atoms to mark.
    """

    smiles: str
    width: int
    height: int
    weights: Sequence[float] | None = None
    atoms: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, or why there is none."""

    svg: str
    problem: str = ""


def draw_all(wanted: Sequence[Wanted], dark: bool = False, align: bool = False) -> tuple[list[Drawn], int]:
    """Draw molecules.

    Parameters
    ----------
    wanted : sequence of Wanted
        What to draw.
    dark : bool
        Ink for a dark page.
    align : bool
        Lay their common core alike.

    Returns
    -------
    pictures : list of Drawn
        In order; one that cannot be drawn has no SVG and says why.
    core : int
        Atoms of the common core; 0 if they are not laid out alike.
    """
    from kozue.chem.draw import svg

    blocks, core = aligned([one.smiles for one in wanted]) if align else ({}, 0)
    pictures = []
    for place, one in enumerate(wanted):
        text = blocks.get(place, one.smiles)
        try:
            made = svg(
                text,
                width=one.width,
                height=one.height,
                weights=one.weights,
                highlight_atoms=one.atoms,
                dark=dark,
            )
            pictures.append(Drawn(made))
        except InputError as error:
            pictures.append(Drawn("", error.message))
    return pictures, core


def aligned(texts: Sequence[str]) -> tuple[dict[int, str], int]:
    """Return MOL blocks whose common core lies the same way, by place, and the core's size.

    The core is the largest common substructure (same elements and bond orders, whole rings), searched for
    two seconds at the most; molecules are then drawn on the first one's layout of it.
    """
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDepictor, rdFMCS

    mols = readable(texts)
    if len(mols) < 2:
        return {}, 0
    with rdBase.BlockLogs():
        found = rdFMCS.FindMCS(
            list(mols.values()), timeout=SECONDS, ringMatchesRingOnly=True, completeRingsOnly=True
        )
        if found.numAtoms < LEAST_CORE:
            return {}, 0
        core = Chem.MolFromSmarts(found.smartsString)
        first = next(iter(mols.values()))
        rdDepictor.Compute2DCoords(first)
        lying = first.GetSubstructMatch(core)
        for mol in list(mols.values())[1:]:
            pairs = list(zip(lying, mol.GetSubstructMatch(core), strict=True))
            rdDepictor.GenerateDepictionMatching2DStructure(mol, first, atomMap=pairs)
        return {place: Chem.MolToMolBlock(mol) for place, mol in mols.items()}, int(found.numAtoms)


def readable(texts: Sequence[str]) -> dict[int, Mol]:
    """Return the molecules that can be read, by place."""
    from kozue.chem import parse

    found = {}
    for place, text in enumerate(texts):
        try:
            found[place] = parse(text)
        except InputError:
            continue
    return found
