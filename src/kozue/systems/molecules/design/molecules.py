"""Molecules of a job's input, each structure once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rdkit import Chem

from kozue.chem import UnreadableMoleculeError, parse, standardise
from kozue.core.context import Context
from kozue.core.errors import InputError
from kozue.core.records import ROW, Batch
from kozue.core.wording import counted


@dataclass(slots=True)
class Given:
    """What was read.

    Parameters
    ----------
    smiles : list of str
        Canonical, each once, in order of first appearance.
    repeated, stripped : int
        Rows that were the same again, and rows of which only the largest part was taken.
    """

    smiles: list[str] = field(default_factory=list)
    repeated: int = 0
    stripped: int = 0


def read_molecules(batches: Iterator[Batch], context: Context) -> Given:
    """Read, standardise and set aside what cannot be read.

    Raises
    ------
    InputError
        If there are records and none of them is a molecule.
    """
    given = Given()
    known: set[str] = set()
    count = 0
    for batch in batches:
        context.check_cancelled()
        count += batch.num_rows
        rows = batch.column(ROW).to_pylist()
        for row, text in zip(rows, batch.column("smiles").to_pylist(), strict=True):
            if text is None:
                continue
            try:
                mol = parse(text)
            except UnreadableMoleculeError as error:
                context.reject(row, error.code, error.message)
                continue
            given.stripped += len(Chem.GetMolFrags(mol)) > 1
            smiles = Chem.MolToSmiles(standardise(mol))
            given.repeated += smiles in known
            if smiles not in known:
                known.add(smiles)
                given.smiles.append(smiles)
    if count and not given.smiles:
        raise InputError(
            counted(
                "{count} {record was|records were} given, and none is a molecule that can be read.", count
            ),
            "Look at the column with the structures, or give no records.",
        )
    return given
