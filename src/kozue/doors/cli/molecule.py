"""``kozue molecule``: the sheet of one molecule, or of a few side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from kozue.core.errors import InputError
from kozue.doors import terminal


def molecule(
    *structures: Annotated[str, Parameter(allow_leading_hyphen=True)],
    output: Annotated[Path, Parameter(name=("--output", "-o"))] = Path("molecule.pdf"),
    mode: str = "",
    explain: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    kinetics: bool = True,
    language: Literal["en", "ja"] = "en",
) -> None:
    """Write the sheet of one molecule, or of up to six compared with the first, as the web page exports it.

    Parameters
    ----------
    structures
        SMILES in quotes, each perhaps with a name behind it ("CCO ethanol"), or InChI.
    output
        .pdf to read, .csv with an endpoint a row, .sdf with the records.
    mode
        Way of computing, for example accurate; the usual one if left out.
    explain
        Endpoints whose atom contributions are drawn (PDF only).
    kinetics
        Add human pharmacokinetics (PDF only).
    language
        Of the words on the sheet.
    """
    from kozue.doors.sheets import write_sheet

    if not structures:
        raise InputError(
            "No structure was given.",
            'For example: kozue molecule "CC(=O)Oc1ccccc1C(=O)O aspirin" -o aspirin.pdf',
        )
    path, said = write_sheet(structures, output, mode, explain, kinetics, language)
    terminal.show_warnings(said)
    terminal.console.print(f"Written:    {path}", highlight=False, soft_wrap=True)
