"""The sheet of one or more molecules for Python callers and the command line."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kozue.core.errors import InputError, LimitError, SettingsError

if TYPE_CHECKING:
    from kozue.core.operation import Operation
    from kozue.doors.molecule.sheet import Asked
    from kozue.run import Answer

LANGUAGES = ("en", "ja")


def molecule_sheet(
    structures: str | Sequence[str],
    out: str | Path = "molecule.pdf",
    *,
    mode: str = "",
    explain: Sequence[str] = (),
    kinetics: bool | Mapping[str, float] = True,
    language: Literal["en", "ja"] = "en",
) -> Path:
    """Write the sheet of up to six molecules: what the web page exports.

    Several molecules are compared with the first one.

    Parameters
    ----------
    structures : str or sequence of str
        SMILES, each perhaps with a name behind it (``"CCO ethanol"``), MOL blocks or InChI.
    out : path
        Where to; its end decides: ``.pdf`` to read, ``.csv`` with an endpoint a row, ``.sdf`` with the records.
    mode : str
        Way of computing the profile and the contributions, for example ``accurate``; the usual one if empty.
    explain : sequence of str
        Endpoints whose atom contributions are drawn; PDF only.
    kinetics : bool or mapping of str to float
        Whether to add human pharmacokinetics, or the values measured for them (``{"rat_cl": 33.5}``); PDF only.
    language : {"en", "ja"}
        Of the words on it.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If a structure cannot be read or the folder is not there.
    UnknownNameError
        If the form, the mode or an endpoint is not known.
    """
    path, said = write_sheet(structures, out, mode, explain, kinetics, language)
    from kozue.doors.python import KozueWarning

    for text in said:
        warnings.warn(text, KozueWarning, stacklevel=2)
    return path


def write_sheet(
    structures: str | Sequence[str],
    out: str | Path,
    mode: str,
    explain: Sequence[str],
    kinetics: bool | Mapping[str, float],
    language: str,
) -> tuple[Path, list[str]]:
    """Write a sheet as :func:`molecule_sheet`; return the file and what its reader must know."""
    from kozue.core.registry import get_registry
    from kozue.doors.molecule.files import render, sheet_format
    from kozue.doors.molecule.parts import find_parts
    from kozue.doors.molecule.sheet import MOST_MOLECULES, collect

    path = Path(out).expanduser()
    form = sheet_format(path.name)
    if not path.parent.is_dir():
        raise InputError(
            f"There is no folder {str(path.parent)!r} to write the sheet into.", "Make it first."
        )
    if language not in LANGUAGES:
        raise SettingsError(f"A sheet cannot be in the language {language!r}.", "There are en and ja.")
    texts = [structures] if isinstance(structures, str) else list(structures)
    if not 0 < len(texts) <= MOST_MOLECULES:
        raise LimitError(
            f"A sheet shows one to {MOST_MOLECULES} molecules; {len(texts)} were given.",
            "For many molecules run a prediction, whose report has them all.",
        )
    on_paper = form == "pdf"
    wish = {"values": dict(kinetics) if isinstance(kinetics, Mapping) else {}}
    content = collect(
        find_parts(get_registry()),
        [asked(text) for text in texts],
        _ask,
        explain if on_paper else (),
        wish if on_paper and kinetics is not False else None,
        mode,
    )
    made, said = render(content, form, language)
    path.write_bytes(made)
    problems = [f"{entry.title}: {text}" for entry in content.entries for text in entry.problems]
    return path, list(dict.fromkeys([*content.warnings, *said, *problems]))


def asked(text: str) -> Asked:
    """Read what a person gave: a SMILES with or without a name behind it, a MOL block or an InChI."""
    from kozue.doors.molecule.sheet import Asked

    plain = text.strip()
    if "\n" in plain or plain.startswith("InChI="):
        return Asked(text)
    smiles, _, name = plain.partition(" ")
    return Asked(smiles, name.strip())


def _ask(op: Operation, records: list[dict[str, Any]], settings: Mapping[str, Any]) -> Answer:
    from kozue.run import answer

    return answer(op, records, dict(settings))
