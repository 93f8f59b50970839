"""A core as SMILES with gaps, so that every side chain is a branch, or the tail, of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rdkit import Chem

from kozue.systems.molecules.design.core.scaffold import Core

_FREE_DIGITS = 40
_DIGIT = re.compile(r"(\[[^\]]*\])|(%\d\d|\d)")
_POINT = re.compile(r"\[\*:(\d+)\]")


@dataclass(frozen=True, slots=True)
class Gapped:
    """Fixed text and gaps in turn.

    Parameters
    ----------
    pieces : tuple of str
        Fixed text, one more than there are gaps. A piece after a gap begins with the ``)`` that ends it, is empty
        at the end of the text, or, where a linker was, goes on with the second fragment.
    labels : tuple of int
        Attachment point of each gap; a linker's gap has that of the first fragment.
    linked : bool
        Whether the gap is a linker, whose last atom takes what follows.
    """

    pieces: tuple[str, ...]
    labels: tuple[int, ...]
    linked: bool = False

    def filled(self, chains: tuple[str, ...]) -> str:
        """Return the SMILES with a text in every gap."""
        out = [self.pieces[0]]
        for chain, piece in zip(chains, self.pieces[1:], strict=True):
            out += [chain, piece]
        return "".join(out)


def writings(core: Core) -> tuple[Gapped, ...]:
    """Write a core in several ways, each time with another of its sites last.

    The text of a language model ends with END where the last site is the tail, which is what it knows best; in cages
    that cannot be.
    """
    if core.is_linked:
        first, second = core.labels
        return (_linker(core, first, second), _linker(core, second, first))
    return tuple(dict.fromkeys(_ending_at(core.marked, label) for label in core.labels))


def _ending_at(mol: Chem.Mol, label: int) -> Gapped:
    text = _written_towards(mol, _place(mol, label))
    parts = _POINT.split(text)
    return Gapped(tuple(parts[0::2]), tuple(int(found) for found in parts[1::2]))


def _written_towards(mol: Chem.Mol, end: int) -> str:
    """Write a structure so that an atom comes last, if that can be.

    What is farther from it is a branch of what is nearer. RDKit leaves a ring last, so that only some first atoms
    close all rings before the end; they are tried from the farthest on.
    """
    distance = Chem.GetDistanceMatrix(mol)[end]
    order = sorted(range(mol.GetNumAtoms()), key=lambda place: (-distance[place], place))
    ordered = Chem.RenumberAtoms(mol, order)
    text = ""
    for root, place in enumerate(order):
        if mol.GetAtomWithIdx(place).GetAtomicNum() == 0:
            continue
        tried: str = Chem.MolToSmiles(ordered, canonical=False, rootedAtAtom=root)
        if tried.endswith(f"[*:{mol.GetAtomWithIdx(end).GetAtomMapNum()}]"):
            return tried
        text = text or tried
    return text


def _linker(core: Core, first: int, second: int) -> Gapped:
    """Write a linker's first fragment towards its site, and the second one away from its own."""
    parts = Chem.GetMolFrags(core.marked, asMols=True)
    one, other = (next(part for part in parts if _place(part, label) >= 0) for label in (first, second))
    begin, _, rest = _POINT.split(_written_towards(one, _place(one, first)))
    end = _POINT.split(Chem.MolToSmiles(other, rootedAtAtom=_place(other, second)))[-1]
    if open_digits(begin):
        # A cage: the linker is a branch inside its rings, whose digits the second fragment must not use.
        end = _DIGIT.sub(lambda found: found[1] or f"%{_FREE_DIGITS + int(found[2].lstrip('%'))}", end)
    return Gapped((begin, end + rest), (first,), linked=True)


def _place(mol: Chem.Mol, label: int) -> int:
    """Return the attachment point's atom; -1 if it is not there."""
    found = (
        atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0 and atom.GetAtomMapNum() == label
    )
    return next(found, -1)


def open_digits(text: str) -> int:
    """Return the ring digits that a text has opened and not closed, one bit a digit."""
    bits = 0
    for _, digit in _DIGIT.findall(text):
        if digit:
            bits ^= 1 << int(digit.lstrip("%"))
    return bits
