"""Which filter blocks everything: found in moments, before calls and hours are spent.

What grows only adds atoms, so the core's weight, its atoms and its rings are the least that a molecule can have.
A substructure of the core may still vanish where it grows: so the core is tried with several unlike substituents, and
a filter is blamed only if it removes all of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rdkit import Chem, rdBase

from kozue.systems.molecules.design.rewards.structures import FUNCTIONS

if TYPE_CHECKING:
    from kozue.systems.molecules.design.filters.screening import Filter

#: Properties that only rise when atoms are added.
RISING = ("mw", "heavy_atoms", "rings", "aromatic_rings", "heteroatoms", "halogens", "largest_ring")
#: Substituents that are tried at each attachment point; the first stands for hydrogen.
PROBES = (
    "",
    "C",
    "O",
    "N",
    "F",
    "c1ccccc1",
    "C(=O)N",
    "OC",
    "C(C)(C)C",
    "S(=O)(=O)C",
    "N1CCOCC1",
    "C#N",
    "Br",
)


def contradiction(filters: Sequence[Filter], core: Chem.Mol | None) -> str | None:
    """Return the sentence that blames a filter; None if no contradiction is known.

    Parameters
    ----------
    filters : sequence of Filter
        Of the search.
    core : rdkit.Chem.Mol or None
        With dummy atoms at its attachment points; without any, each of its hydrogens is taken for one.
    """
    with rdBase.BlockLogs():
        return _of_required(filters) or (_of_core(filters, core) if core is not None else None)


def _of_required(filters: Sequence[Filter]) -> str | None:
    """Compare what is required with what is forbidden, and with windows that it outgrows."""
    for required in (each for each in filters if each.kind == "require"):
        smarts = required.name.removeprefix("without ")
        atoms = required.query.GetNumHeavyAtoms() if required.query is not None else 0
        for each in filters:
            window = each.window
            if window is not None and window.property == "heavy_atoms" and window.exceeded_by(atoms):
                return (
                    f"The required substructure {smarts} has {atoms} atoms, which {each.name} does not allow."
                )
        as_molecule = Chem.MolFromSmiles(smarts)
        if as_molecule is None:
            continue
        blamed = _blamed([_capped(as_molecule, probe) for probe in PROBES], filters)
        if blamed is not None:
            return (
                f"Every molecule with the required substructure {smarts} is removed by the filter {blamed!r}."
            )
    return None


def _of_core(filters: Sequence[Filter], core: Chem.Mol) -> str | None:
    probes = [_capped(core, probe) for probe in PROBES]
    least = probes[0]
    if least is None:
        return None  # what is wrong with the core is said by its reader
    for each in filters:
        window = each.window
        if window is None or window.property not in RISING:
            continue
        value = FUNCTIONS[window.property](least)
        if window.exceeded_by(value):
            return f"The core alone has {window.property} {value:.4g}, which {each.name} does not allow."
    blamed = _blamed(probes, filters)
    return None if blamed is None else f"The core cannot pass the filter {blamed!r}, whatever grows on it."


def _blamed(probes: Sequence[Chem.Mol | None], filters: Sequence[Filter]) -> str | None:
    """Return the name under which all probes are removed by one and the same filter."""
    known = [probe for probe in probes if probe is not None]
    if len(known) < len(PROBES) // 2:
        return None  # too few to tell
    for each in filters:
        if each.kind not in ("forbid", "ring", "alert"):
            continue  # other filters may be met by something larger
        names = each.every(known[0])
        for probe in known[1:]:
            names = [name for name in names if name in each.every(probe)] if names else []
        if names:
            return names[0]
    return None


def _capped(core: Chem.Mol, probe: str) -> Chem.Mol | None:
    """Return the core with a substituent at each of its points; None where it does not fit."""
    grown = Chem.RWMol(core)
    points = [atom.GetIdx() for atom in grown.GetAtoms() if atom.GetAtomicNum() == 0]
    if points:
        ends = [_neighbour(grown, point) for point in points]
    else:
        ends = [atom.GetIdx() for atom in grown.GetAtoms() if probe and atom.GetTotalNumHs()]
    for end in ends:
        if end is not None and probe:
            _attach(grown, end, probe)
        elif end is not None:
            _close(grown.GetAtomWithIdx(end))
    for point in sorted(points, reverse=True):
        grown.RemoveAtom(point)
    made: Chem.Mol = grown.GetMol()
    try:
        Chem.SanitizeMol(made)
    except (Chem.AtomValenceException, Chem.KekulizeException, ValueError):
        return None
    return made


def _neighbour(mol: Chem.Mol, point: int) -> int | None:
    return next((atom.GetIdx() for atom in mol.GetAtomWithIdx(point).GetNeighbors()), None)


def _attach(grown: Chem.RWMol, end: int, probe: str) -> None:
    first = grown.GetNumAtoms()
    grown.InsertMol(Chem.MolFromSmiles(probe))
    grown.AddBond(end, first, Chem.BondType.SINGLE)
    for place in (end, first):
        _open(grown.GetAtomWithIdx(place), place == first)


def _open(atom: Chem.Atom, is_new: bool) -> None:
    """Take one written hydrogen from an atom that got a bond."""
    if atom.GetNumExplicitHs() and not is_new:
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)


def _close(atom: Chem.Atom) -> None:
    """Give a written atom, such as an aromatic nitrogen, the hydrogen that stands for its substituent."""
    if atom.GetNoImplicit() or (atom.GetIsAromatic() and atom.GetAtomicNum() != 6):
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() + 1)
