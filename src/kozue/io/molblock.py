"""MOL blocks to SMILES, with RDKit's reason when it cannot be done."""

from __future__ import annotations

import re
from typing import Any

TIME_STAMP = re.compile(r"^\[\d\d:\d\d:\d\d\]\s*")


def smiles_of_block(block: str) -> tuple[str | None, str]:
    """Convert a MOL block.

    Parameters
    ----------
    block : str
        V2000 or V3000 text.

    Returns
    -------
    str or None
        Isomeric SMILES; stereo comes from wedges, or from coordinates if they are in three dimensions.
    str
        Why there is none, else ``""``.
    """
    from rdkit import Chem, rdBase

    said = ""
    with rdBase.BlockLogs(), rdBase.CaptureErrorLog() as log:
        try:
            molecule: Any = Chem.MolFromMolBlock(block)
            if molecule is None:
                said = log.messages
        except (ValueError, RuntimeError) as error:
            # Also what RDKit says when it cuts a character in two and the text is no UTF-8 any more.
            molecule, said = None, str(error)
    if molecule is None:
        return None, f"the MOL block is unreadable: {_reason(said)}"
    if molecule.GetNumAtoms() == 0:
        return None, "the MOL block holds no atoms"
    try:
        return Chem.MolToSmiles(molecule), ""
    except (ValueError, RuntimeError) as error:
        return None, f"the MOL block has no SMILES: {_reason(str(error))}"


def _reason(said: str) -> str:
    """Return the last thing that RDKit complained about."""
    sentences = [TIME_STAMP.sub("", line).strip() for line in said.splitlines()]
    kept = [line for line in sentences if line and not line.startswith("Warning")]
    return (kept[-1] if kept else "RDKit gives no reason")[:300]
