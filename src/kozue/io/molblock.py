"""MOL blocks to SMILES and back, with RDKit's reason when it cannot be done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

LOCK = threading.Lock()


class _Listener(logging.Handler):
    """Keeps what RDKit says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message without its time stamp and severity."""
        self.said.append(record.getMessage().split("] ", 1)[-1].strip())


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Catch RDKit's messages, which it otherwise prints."""
    from rdkit import rdBase

    logger = logging.getLogger("rdkit")
    listener = _Listener()
    with LOCK:
        others, propagate = logger.handlers[:], logger.propagate
        rdBase.LogToPythonLogger()
        logger.handlers, logger.propagate = [listener], False
        try:
            yield listener.said
        finally:
            rdBase.LogToCppStreams()
            logger.handlers, logger.propagate = others, propagate


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

    silence = rdBase.BlockLogs()
    try:
        molecule: Any = Chem.MolFromMolBlock(block)
    except (ValueError, RuntimeError) as error:
        return None, f"the MOL block is unreadable: {str(error).strip()[:300]}"
    finally:
        del silence
    if molecule is None:
        return None, f"the MOL block is unreadable: {_reason(block)}"
    if molecule.GetNumAtoms() == 0:
        return None, "the MOL block holds no atoms"
    return Chem.MolToSmiles(molecule), ""


def _reason(block: str) -> str:
    from rdkit import Chem

    # RDKit may cut a character in two when it quotes the text; its message is then lost, not the record.
    with _listening() as said, suppress(SystemError, UnicodeDecodeError, ValueError, RuntimeError):
        Chem.MolFromMolBlock(block)
    sentences = [text for text in said if not text.startswith("Warning")]
    return (sentences[-1] if sentences else "RDKit gives no reason")[:300]
