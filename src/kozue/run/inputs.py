"""Keep a run's input where a later process can read it again."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from kozue.core.errors import InputError, LimitError

if TYPE_CHECKING:
    from kozue.core.records import Schema
    from kozue.io import Limits

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptInput:
    """Where an input lies.

    Parameters
    ----------
    path : pathlib.Path or None
        To be read now.
    recorded : str or None
        As written into ``run.json``: absolute, or relative to the run folder.
    name : str
        For messages.
    """

    path: Path | None
    recorded: str | None
    name: str


def keep_input(folder: Path, source: Any, filename: str, limits: Limits, takes: Schema | None) -> KeptInput:
    """Make a source readable by the process that will work on the run.

    Files are read where they lie. Standard input, bytes and tables in memory are written into the
    run folder's ``input/``, under a name of our own making.
    """
    if source is None:
        return KeptInput(None, None, "")
    if isinstance(source, (str, Path)) and source != "-":
        path = Path(source).expanduser().absolute()
        if not path.exists():
            raise InputError(f"There is no file {path}.", "Check the path.")
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a file.", "Name a file in it.")
        return KeptInput(path, str(path), filename or path.name)
    kept = folder / "input"
    kept.mkdir(exist_ok=True)
    if isinstance(source, (bytes, bytearray)):
        (kept / "data").write_bytes(source)
        return KeptInput(kept / "data", "input/data", filename or "data")
    if isinstance(source, str):
        _spool(kept / "data", limits)
        return KeptInput(kept / "data", "input/data", filename or "standard input")
    from kozue.io import records_table

    if takes is None:
        raise InputError("This operation takes no records.", "Leave the input out.")
    pq.write_table(records_table(source, takes), kept / "records.parquet")
    return KeptInput(kept / "records.parquet", "input/records.parquet", filename or "records")


def _spool(path: Path, limits: Limits) -> None:
    """Copy standard input to a file, up to the limit."""
    written = 0
    with path.open("wb") as stream:
        while chunk := sys.stdin.buffer.read(CHUNK):
            written += len(chunk)
            if written > limits.max_file_bytes:
                shutil.rmtree(path.parent)
                raise LimitError(
                    f"Standard input is larger than {limits.max_file_bytes} bytes.", "Use a file."
                )
            stream.write(chunk)
