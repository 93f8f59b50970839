"""Cores from what a person gives: marked structures, atom numbers, a lead, examples."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rdkit import Chem, rdBase
from rdkit.Chem import rdFMCS

from kozue.chem import parse
from kozue.core.errors import InputError, SettingsError
from kozue.systems.molecules.design.core.scaffold import Core

LEAST_SHARED = 5
"""Atoms below which what examples share is no core."""
_SECONDS = 10
_R_GROUP = re.compile(r"\[R(\d+)\]")


def read_core(
    text: str = "",
    *,
    atoms: Sequence[int] = (),
    lead: str = "",
    examples: Sequence[str] = (),
    hydrogens: bool = False,
) -> Core:
    """Read a core from whichever of these is given.

    Parameters
    ----------
    text : str
        SMILES with attachment points (``*``, ``[*:1]``, ``[R1]``), or without; SMARTS only together with ``lead``.
        Two structures with a point each, joined by a dot, are linked.
    atoms : sequence of int
        Atoms of ``text`` (0-based, attachment points not counted) that may grow; twice for two side chains.
    lead : str
        SMILES of a molecule that holds the core; without marked points the sites are where it has substituents.
    examples : sequence of str
        SMILES; the core is what they share, the sites are where they differ.
    hydrogens : bool
        Every atom of the core that has hydrogen may grow as well.

    Raises
    ------
    SettingsError
        If this is no core: unreadable, no attachment point, not in the lead, no such atom or no free valence,
        examples that share too little.
    """
    if examples:
        if text or lead:
            raise SettingsError(
                "A core can be given, or be what examples share, not both.", "Leave one of them out."
            )
        core = core_of_examples(examples)
    elif not text.strip():
        raise SettingsError("No core is given.", "Give a SMILES such as c1ccccc1[*:1].")
    elif lead:
        core = core_of_lead(text, lead)
    elif atoms:
        core = core_with_sites(text, atoms)
    elif hydrogens:
        return Core(_grown_hydrogens(_structure(text)))
    else:
        core = Core(_structure(text))
    return Core(_grown_hydrogens(core.marked)) if hydrogens else core


def core_with_sites(text: str, atoms: Sequence[int]) -> Core:
    """Read a SMILES and put an attachment point in place of a hydrogen of each named atom (0-based)."""
    editable = Chem.RWMol(_structure(text))
    real = [atom.GetIdx() for atom in editable.GetAtoms() if atom.GetAtomicNum()]
    for number in atoms:
        if not 0 <= number < len(real):
            raise SettingsError(
                f"The core {text} has no atom {number}; its atoms are 0 to {len(real) - 1}.",
                "Count atoms in the order of the SMILES, from 0.",
            )
        _grow(editable, real[number], number, text)
    return Core(_sanitised(editable))


def core_of_lead(text: str, lead: str) -> Core:
    """Find a core in a molecule; the sites are where that has substituents, or those that the core marks.

    Parameters
    ----------
    text : str
        SMILES or SMARTS of the core; of several places in the lead the first is taken.
    lead : str
        SMILES of the molecule.
    """
    mol = parse(lead)
    if "*" in text or _R_GROUP.search(text):
        core = Core(_structure(text))
        if core.mapping(mol) is None:
            raise SettingsError(
                f"The lead {lead} does not hold the core {core.smiles}, grown only at its attachment points.",
                "Compare the two drawings: atoms, charges, bonds, hydrogens and points have to agree.",
            )
        return core
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(text)
    if query is None or not query.GetNumAtoms():
        raise SettingsError(f"The core {text!r} is neither SMILES nor SMARTS.", "Correct it.")
    match = mol.GetSubstructMatch(query, useChirality=True)
    if not match:
        raise SettingsError(
            f"The lead {lead} does not hold the core {text}.", "Correct the core, or give another lead."
        )
    return Core(_cut_out(mol, match, "the lead"))


def core_of_examples(examples: Sequence[str], least: int = LEAST_SHARED) -> Core:
    """Take what molecules share as the core, and where any of them goes on as its sites.

    Their maximum common substructure with equal elements, bond orders and whole rings; its atoms are those of the
    first example.

    Parameters
    ----------
    examples : sequence of str
        At least two SMILES.
    least : int
        Atoms that they have to share.
    """
    mols = [parse(text) for text in examples]
    if len(mols) < 2:
        raise SettingsError(f"{len(mols)} example has no common part.", "Give at least two examples.")
    found = rdFMCS.FindMCS(
        mols,
        timeout=_SECONDS,
        ringMatchesRingOnly=True,
        completeRingsOnly=True,
        matchValences=False,
        matchChiralTag=False,
    )
    if found.canceled:
        raise SettingsError(
            f"What these {len(mols)} examples share was not found within {_SECONDS} s.",
            "Give fewer or smaller examples, or the core itself.",
        )
    if found.numAtoms < least:
        raise SettingsError(
            f"These {len(mols)} examples share only {found.numAtoms} atoms; a core needs {least}.",
            "Leave out the example that differs most, or give the core itself.",
        )
    query = Chem.MolFromSmarts(found.smartsString)
    first = mols[0].GetSubstructMatch(query)
    # Of stereochemistry only what the first example states is kept, and only if all others agree.
    marked = Chem.RWMol(_cut_out(mols[0], first, "example 1"))
    place_of = {atom: rank for rank, atom in enumerate(sorted(first))}
    for number, mol in enumerate(mols[1:], 2):
        other = mol.GetSubstructMatch(query)
        points = _points(mol, other, f"example {number}")
        for mine, theirs in zip(first, other, strict=True):
            place = place_of[mine]
            has = sum(near.GetAtomicNum() == 0 for near in marked.GetAtomWithIdx(place).GetNeighbors())
            for _ in range(points.count(theirs) - has):
                _grow(marked, place, place, examples[0])
    core = Core(_sanitised(marked))
    if all(core.mapping(mol) is not None for mol in mols):
        return core
    Chem.RemoveStereochemistry(marked)
    core = Core(_sanitised(marked))
    for number, mol in enumerate(mols, 1):
        if core.mapping(mol) is None:
            raise SettingsError(
                f"Example {number} holds what the examples share only with other charges or hydrogens: "
                f"{core.smiles}.",
                "Leave it out, or give the core itself.",
            )
    return core


def _structure(text: str) -> Chem.Mol:
    """Read a SMILES that may have attachment points."""
    smiles = _R_GROUP.sub(r"[*:\1]", text.strip())
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        reason = ""
        try:
            # The reason in words; an attachment point takes one valence, as astatine does.
            parse(re.sub(r"\[\d*\*(:\d+)?\]|\*", "[At]", smiles))
        except InputError as error:
            reason = f" {error.message}"
        with rdBase.BlockLogs():
            is_smarts = Chem.MolFromSmarts(smiles) is not None
        hint = "Correct the structure."
        if is_smarts:
            hint += " A SMARTS pattern needs a lead molecule, which says which atoms are meant."
        raise SettingsError(f"The core {text!r} cannot be read.{reason}", hint)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0 and atom.GetIsotope() and not atom.GetAtomMapNum():
            atom.SetAtomMapNum(atom.GetIsotope())  # [1*], as other programs write it
    return mol


def _sanitised(editable: Chem.RWMol) -> Chem.Mol:
    mol = editable.GetMol()
    Chem.SanitizeMol(mol)
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    return mol


def _grow(editable: Chem.RWMol, place: int, number: int, text: str) -> None:
    """Put an attachment point in place of a hydrogen."""
    atom = editable.GetAtomWithIdx(place)
    if not atom.GetTotalNumHs():
        raise SettingsError(
            f"Atom {number} ({atom.GetSymbol()}) of the core {text} has no hydrogen, so nothing can grow there.",
            "Name an atom with a free valence, once for each side chain.",
        )
    if atom.GetNumExplicitHs():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    point = editable.AddAtom(Chem.Atom(0))
    editable.AddBond(place, point, Chem.BondType.SINGLE)
    editable.UpdatePropertyCache(strict=False)


def _grown_hydrogens(mol: Chem.Mol) -> Chem.Mol:
    """Put one attachment point on every atom with hydrogen, however many hydrogens it has."""
    editable = Chem.RWMol(mol)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() and atom.GetTotalNumHs():
            _grow(editable, atom.GetIdx(), atom.GetIdx(), Chem.MolToSmiles(mol))
    return _sanitised(editable)


def _points(mol: Chem.Mol, match: Sequence[int], whose: str) -> list[int]:
    """Return the core's atoms, once for every bond that leaves the core.

    Raises
    ------
    SettingsError
        If one of these bonds is not single, or lies in a ring.
    """
    inside = set(match)
    found = []
    for place in match:
        for bond in mol.GetAtomWithIdx(place).GetBonds():
            other = bond.GetOtherAtomIdx(place)
            if other in inside:
                continue
            if bond.GetBondType() != Chem.BondType.SINGLE or bond.IsInRing():
                kind = "a ring" if bond.IsInRing() else "a double or triple bond"
                raise SettingsError(
                    f"The core cuts through {kind} of {whose} ({Chem.MolToSmiles(mol)}).",
                    "Take the whole ring or bond into the core: side chains hang by single bonds.",
                )
            found.append(place)
    return found


def _cut_out(mol: Chem.Mol, match: Sequence[int], whose: str) -> Chem.Mol:
    """Return the matched atoms, in the molecule's order, with a point for every bond that leaves them."""
    _points(mol, match, whose)
    inside = set(match)
    editable = Chem.RWMol(mol)
    # Neighbours become points in place, so that chirality stays as it is.
    ends = {
        near.GetIdx()
        for place in match
        for near in mol.GetAtomWithIdx(place).GetNeighbors()
        if near.GetIdx() not in inside
    }
    for place in sorted(ends):
        editable.ReplaceAtom(place, Chem.Atom(0))
    editable.BeginBatchEdit()
    for bond in mol.GetBonds():
        if bond.GetBeginAtomIdx() in inside and bond.GetEndAtomIdx() in inside:
            continue
        if bond.GetBeginAtomIdx() not in inside and bond.GetEndAtomIdx() not in inside:
            editable.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    for atom in mol.GetAtoms():
        if atom.GetIdx() not in inside and atom.GetIdx() not in ends:
            editable.RemoveAtom(atom.GetIdx())
    editable.CommitBatchEdit()
    order = sorted(
        range(editable.GetNumAtoms()),
        key=lambda place: (editable.GetAtomWithIdx(place).GetAtomicNum() == 0, place),
    )
    try:
        return _sanitised(Chem.RWMol(Chem.RenumberAtoms(editable, order)))
    except Chem.MolSanitizeException as error:
        raise SettingsError(
            f"The core cannot stand alone when it is cut out of {whose}: {error}.",
            "Take the whole ring system into the core.",
        ) from error
