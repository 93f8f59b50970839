"""Received files: names made by the server, sizes counted while they stream in."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from kozue.core.errors import LimitError, UnknownNameError
from kozue.io.formats import BY_SUFFIX, PACKED_SUFFIXES

CHUNK = 1 << 20
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz")
KEEP_SECONDS = 30 * 24 * 3600
IDENTIFIER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file.

    Parameters
    ----------
    id : str
        Made by the server.
    name : str
        What the sender called it; only ever shown.
    size : int
        Bytes.
    file : str
        Its name in the folder: the id with a suffix that readers know.
    """

    id: str
    name: str
    size: int
    file: str


class Uploads:
    """A folder of received files.

    Parameters
    ----------
    folder : pathlib.Path
        Made at the first upload.
    max_bytes : int
        Size of one file.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes

    def receive(self, stream: BinaryIO, name: str) -> Upload:
        """Store a stream under an id of our own.

        Raises
        ------
        LimitError
            If it is larger than the limit; nothing is kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.forget_old()
        identifier = secrets.token_hex(16)
        target = self.folder / f"{identifier}{known_suffix(name)}"
        beside = self.folder / f".{identifier}.tmp"
        size = 0
        try:
            with beside.open("wb") as sink:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > self.max_bytes:
                        raise LimitError(
                            f"{label(name)} is larger than {self.max_bytes / 1e6:,.0f} MB.",
                            "Split it, or run it with the command line, which has no such limit.",
                        )
                    sink.write(chunk)
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
        upload = Upload(identifier, label(name), size, target.name)
        (self.folder / f"{identifier}.label").write_text(json.dumps(asdict(upload)), encoding="utf-8")
        return upload

    def get(self, identifier: str) -> tuple[Upload, Path]:
        """Return a file by its id.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        described = self.folder / f"{identifier}.label"
        if IDENTIFIER.fullmatch(identifier) and described.is_file():
            upload = Upload(**json.loads(described.read_text(encoding="utf-8")))
            path = self.folder / upload.file
            if path.is_file():
                return upload, path
        raise UnknownNameError(
            f"There is no uploaded file {identifier[:80]!r}.",
            "Upload it with POST /api/files; files are kept 30 days.",
        )

    def remove(self, identifier: str) -> None:
        """Delete a file by its id."""
        _, path = self.get(identifier)
        path.unlink(missing_ok=True)
        (self.folder / f"{identifier}.label").unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Delete files that nobody can still be waiting for."""
        oldest = time.time() - KEEP_SECONDS
        for path in self.folder.iterdir():
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def known_suffix(name: str) -> str:
    """Return the part of a name that says the format, if readers know it; else nothing.

    Examples
    --------
    >>> known_suffix("My compounds (2).SDF.gz")
    '.sdf.gz'
    """
    known = {*BY_SUFFIX, *PACKED_SUFFIXES, *ARCHIVE_SUFFIXES}
    kept: list[str] = []
    rest = name[-60:].lower()
    while len(kept) < 3:
        rest, dot, last = rest.rpartition(".")
        if not dot or dot + last not in known:
            break
        kept.insert(0, dot + last)
    return "".join(kept)


def label(name: str) -> str:
    """Return a name fit for showing: its last path element without control characters."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[:200] or "file"
