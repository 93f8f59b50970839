"""Finished molecules taken apart into core and side chains, and put together again."""

from __future__ import annotations

from functools import lru_cache

from rdkit import Chem, rdBase

from kozue.systems.molecules.design.core.scaffold import Core, with_implicit_hydrogens

Chains = tuple[str, ...]
"""Side chain of each attachment point in the order of ``core.sites``, as SMILES with ``[*:label]`` at its end;
``[H][*:1]`` where there is none. A linker is one chain with both labels."""


def empty(label: int) -> str:
    """Return the side chain of a site that has hydrogen."""
    return f"[H][*:{label}]"


def side_chains(core: Core, mol: Chem.Mol) -> Chains | None:
    """Take the side chains off a molecule; None if it does not hold the core.

    Of several ways to lay the core over it the first counts; chains at points of one atom are told apart by the
    molecule's order of atoms.
    """
    match = core.mapping(mol)
    if match is None:
        return None
    inside = set(match)
    bonds: dict[int, int] = {}  # to label
    for site in core.sites:
        place = match[site.atom]
        for bond in mol.GetAtomWithIdx(place).GetBonds():
            if bond.GetOtherAtomIdx(place) not in inside and bond.GetIdx() not in bonds:
                bonds[bond.GetIdx()] = site.label
                break
    if not bonds:
        return tuple(map(empty, core.labels))
    cut = Chem.FragmentOnBonds(mol, list(bonds), dummyLabels=[(label, label) for label in bonds.values()])
    members: list[list[int]] = []
    parts = Chem.GetMolFrags(cut, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=members)
    found = {}
    for part, atoms in zip(parts, members, strict=True):
        if inside.isdisjoint(atoms):
            points = [atom for atom in part.GetAtoms() if atom.GetAtomicNum() == 0]
            for atom in points:
                atom.SetAtomMapNum(atom.GetIsotope())
                atom.SetIsotope(0)
            found[min(atom.GetAtomMapNum() for atom in points)] = Chem.MolToSmiles(part)
    if core.is_linked:
        return (found[min(core.labels)],)
    return tuple(found.get(label, empty(label)) for label in core.labels)


def joined(core: Core, chains: Chains) -> str | None:
    """Put side chains on a core; canonical SMILES, None if that is no molecule with this core."""
    whole = core.marked
    for text in chains:
        chain = _read(text)
        if chain is None:
            return None
        whole = Chem.CombineMols(whole, chain)
    with rdBase.BlockLogs():
        try:
            mol = Chem.molzip(whole)
            if any("[H]" in text for text in chains):
                Chem.SanitizeMol(mol)
                mol = with_implicit_hydrogens(mol)
            text = Chem.MolToSmiles(mol)
        except (RuntimeError, ValueError):  # RDKit's sanitisation errors are ValueErrors
            return None
    return core.accepted(text)


@lru_cache(maxsize=8192)
def _read(chain: str) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(chain)
