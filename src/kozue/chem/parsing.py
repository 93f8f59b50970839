"""Text to molecule, with RDKit's own explanation when it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rdkit import Chem, rdBase

from kozue.core.errors import InputError
from kozue.core.records import RecordError

MAX_CHARACTERS = 2000
MAX_HEAVY_ATOMS = 500

_TIME_STAMP = re.compile(r"^\[\d\d:\d\d:\d\d\]\s*")
_POINTER = re.compile(r"^[~\s]*\^$")


class UnreadableMoleculeError(InputError):
    """The text is not a molecule that RDKit can make sense of."""

    code = "unreadable_molecule"


def parse(
    smiles: str,
    *,
    max_characters: int = MAX_CHARACTERS,
    max_heavy_atoms: int = MAX_HEAVY_ATOMS,
    is_open: bool = False,
) -> Chem.Mol:
    """Read one SMILES (or MOL block).

    Parameters
    ----------
    smiles : str
        SMILES, or the text of a MOL block (told apart by its line breaks).
    max_characters : int
        Longest SMILES read; a MOL block may be a hundred times as long.
    max_heavy_atoms : int
        Largest molecule read.
    is_open : bool
        Whether it may have attachment points (``*``).

    Raises
    ------
    UnreadableMoleculeError
        With RDKit's reason: the valence, the ring or the position at fault.
    """
    mol, error = _read(smiles, max_characters, max_heavy_atoms, is_open)
    if error is not None:
        raise UnreadableMoleculeError(error.message, "Correct the structure, or leave the record out.")
    return mol


def parse_many(
    smiles: Sequence[str | None],
    *,
    max_characters: int = MAX_CHARACTERS,
    max_heavy_atoms: int = MAX_HEAVY_ATOMS,
) -> tuple[list[Chem.Mol | None], dict[int, RecordError]]:
    """Read many SMILES; a bad one becomes an error of its row, never an exception.

    Parameters
    ----------
    smiles : sequence of str or None
        Shape (n,).
    max_characters, max_heavy_atoms : int
        As in :func:`parse`.

    Returns
    -------
    mols : list of rdkit.Chem.Mol or None
        Shape (n,); None where the row cannot be read.
    errors : dict of int to RecordError
        Reasons by 0-based row.
    """
    mols: list[Chem.Mol | None] = []
    errors: dict[int, RecordError] = {}
    for row, text in enumerate(smiles):
        mol, error = _read(text, max_characters, max_heavy_atoms)
        mols.append(mol)
        if error is not None:
            errors[row] = error
    return mols, errors


def _read(
    text: str | None, max_characters: int, max_heavy_atoms: int, is_open: bool = False
) -> tuple[Chem.Mol | None, RecordError | None]:
    if text is None or not text.strip():
        return None, RecordError("empty_molecule", "There is no structure in this record.")
    block = "\n" in text.strip() and "M  END" in text
    longest = max_characters * 100 if block else max_characters
    if len(text) > longest:
        return None, RecordError(
            "molecule_too_large", f"The structure has {len(text):,} characters; the limit is {longest:,}."
        )
    odd = next((letter for letter in text if letter == "\x00" or not (block or letter.isascii())), None)
    if odd is not None:
        named = "a NUL character" if odd == "\x00" else f"the character {odd!r}, which no SMILES has"
        return None, RecordError(
            "unreadable_molecule", f"{_shown(text)} cannot be read: it contains {named}."
        )
    with rdBase.BlockLogs(), rdBase.CaptureErrorLog() as log:
        try:
            mol = Chem.MolFromMolBlock(text) if block else Chem.MolFromSmiles(text.strip())
        except (ValueError, RuntimeError, UnicodeError) as error:
            return None, _unreadable(text, str(error))
        messages = _text_of(log)
    if mol is None:
        return None, _unreadable(text, messages)
    heavy = mol.GetNumHeavyAtoms()
    if mol.GetNumAtoms() == 0:
        return None, RecordError("empty_molecule", "The structure has no atoms.")
    if max(heavy, mol.GetNumAtoms()) > max_heavy_atoms:
        return None, RecordError(
            "molecule_too_large",
            f"The molecule has {max(heavy, mol.GetNumAtoms()):,} atoms; the limit is {max_heavy_atoms:,}.",
        )
    if not is_open and mol.HasSubstructMatch(_nothing()):
        return None, RecordError(
            "unfinished_molecule",
            f"{_shown(text)} has an attachment point or wildcard atom ('*'), so it is not one molecule.",
        )
    return mol, None


@cache
def _nothing() -> Chem.Mol:
    """Query for an atom of no element (matching is faster than a loop over atoms)."""
    return Chem.MolFromSmarts("[#0]")


def _text_of(log: rdBase.CaptureErrorLog) -> str:
    """Return the log; it may quote a piece of the input that was cut inside a letter."""
    try:
        return log.messages
    except UnicodeDecodeError:
        return ""


def _unreadable(text: str, messages: str) -> RecordError:
    """Keep the sentences of RDKit's log that say what is wrong; drop time stamps and repetitions."""
    reasons: list[str] = []
    for line in messages.splitlines():
        line = _TIME_STAMP.sub("", line).strip()
        line = re.sub(
            r"^(SMILES Parse Error|Explicit)", lambda m: m[0].replace("SMILES Parse Error", ""), line
        )
        line = re.sub(r"( while parsing: .*| for input: .*)$", "", line).strip(" :")
        if not line or _POINTER.match(line) or line.startswith(("Failed parsing", text.strip()[:20])):
            continue
        if line not in reasons:
            reasons.append(line)
    reason = "; ".join(reasons)[:300] or "it is not a valid SMILES"
    return RecordError("unreadable_molecule", f"{_shown(text)} cannot be read: {reason}.")


def _shown(text: str) -> str:
    text = text.strip()
    first = text.splitlines()[0] if text else ""
    return repr(first if len(first) <= 60 else first[:57] + "…")
