"""Records to an SD file: a structure in two dimensions and all other columns as properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from kozue.io.convert import as_text
from kozue.io.tables import molecule_column

if TYPE_CHECKING:
    import pyarrow as pa

EMPTY_BLOCK = "\n  kozue\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def write_sdf(batches: Iterable[pa.RecordBatch], stream: BinaryIO) -> int:
    """Write MOL blocks with properties.

    A record that failed, or whose structure cannot be drawn, is written without atoms and with its
    error as a property, so that the file has as many records as the table has rows.
    """
    rows = 0
    for batch in batches:
        structures = molecule_column(batch)
        names = batch.schema.names
        title = next((name for name in ("name", "id") if name in names), None)
        texts = {name: as_text(batch[name]).to_pylist() for name in names}
        for row, smiles in enumerate(structures):
            block = block_of_smiles(smiles) if smiles else None
            label = " ".join((texts[title][row] or "").split()) if title else ""
            stream.write(_record(block or EMPTY_BLOCK, label, {name: texts[name][row] for name in names}))
        rows += batch.num_rows
    return rows


def _record(block: str, title: str, properties: dict[str, str | None]) -> bytes:
    lines = [title[:80] + block[block.index("\n") :].rstrip("\n")]
    for name, value in properties.items():
        if value is None:
            continue
        # A blank line ends a property and "$$$$" a record, so neither may stand inside a value.
        kept = [line.replace("$$$$", "$$ $$") for line in value.splitlines() if line.strip()]
        shown = " ".join(name.replace(">", ")").replace("<", "(").split())
        lines.append(f"> <{shown}>\n" + "\n".join(kept) + "\n")
    return ("\n".join(lines) + "\n$$$$\n").encode("utf-8", "replace")


def block_of_smiles(smiles: str) -> str | None:
    """Return a MOL block with 2D coordinates, or None if the structure cannot be read."""
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDepictor

    silence = rdBase.BlockLogs()
    try:
        if "M  END" in smiles:
            return smiles
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None or molecule.GetNumAtoms() == 0:
            return None
        rdDepictor.Compute2DCoords(molecule)
        return str(Chem.MolToMolBlock(molecule))
    except (ValueError, RuntimeError):
        return None
    finally:
        del silence
