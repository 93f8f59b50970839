"""PDB and mmCIF files: one record a file, the text kept as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from kozue.core.records import RecordError
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, string_chunk
from kozue.io.streams import PIECE, Blob, ByteStream, open_stream
from kozue.io.text import plain_reader, to_text

if TYPE_CHECKING:
    import pyarrow as pa

# Columns 31 to 54 of an ATOM line are three coordinates of eight characters (wwPDB format 3.3).
ATOM = re.compile(r"^(?:ATOM  |HETATM).{24}([ \d.+-]{8}){3}", re.MULTILINE)
ID_OF_HEADER = re.compile(r"^HEADER.{56}(\w{4})", re.MULTILINE)
ID_OF_BLOCK = re.compile(r"^data_(\S+)", re.MULTILINE)


class StructureReader:
    """Reads one macromolecular structure.

    Parameters
    ----------
    blob : Blob
        The file.
    format : {"pdb", "mmcif"}
        Its kind.
    encoding : str
        See :func:`kozue.io.text.encoding_of`.
    limits, notes
        Bounds, and where warnings go.
    """

    place = "record"

    def __init__(
        self, blob: Blob, format: Literal["pdb", "mmcif"], encoding: str, limits: Limits, notes: Notes
    ) -> None:
        self.blob, self.encoding, self.limits, self.notes = blob, encoding, limits, notes
        self.format: str = format
        self._stream: ByteStream | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """``id`` (from the file, else its name) and ``structure`` (its text)."""
        import pyarrow as pa

        return pa.schema([("id", pa.string()), ("structure", pa.string())])

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._stream.position if self._stream else 0

    def chunks(self) -> Iterator[Chunk]:
        """Yield the one record."""
        stem = PurePath(self.blob.name).name.split(".", 1)[0]
        text, problem = self._text()
        if problem is None:
            problem = self._doubt(text)
        match = (ID_OF_HEADER if self.format == "pdb" else ID_OF_BLOCK).search(text[:100_000])
        row = [match.group(1) if match else stem, None if problem else text]
        yield string_chunk([row], 2, [1], {0: problem} if problem else {})

    def _text(self) -> tuple[str, RecordError | None]:
        """Read the whole file, up to the limit."""
        self._stream = open_stream(self.blob, self.limits)
        pieces: list[bytes] = []
        size = 0
        try:
            read = plain_reader(self._stream, self.encoding)
            while piece := read(PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > self.limits.max_text_chars:
                    reason = f"the structure is longer than {self.limits.max_text_chars:,} characters"
                    return "", RecordError("too_long", reason)
            text = to_text(b"".join(pieces), self.encoding, 1, self.notes)
            if self._stream.fault:
                self.notes.count("cut_file", "", f"{self._stream.fault}.")
                return text, RecordError("cut_file", f"{self._stream.fault}; the structure is not whole")
            return text, None
        finally:
            self._stream.close()

    def _doubt(self, text: str) -> RecordError | None:
        """Return why the text can be no structure; reading it properly is the task of who uses it."""
        if "\0" in text:
            return RecordError("unreadable_structure", "the text holds NUL bytes: the file is damaged")
        if self.format == "pdb" and not ATOM.search(text):
            return RecordError(
                "unreadable_structure", "there is no ATOM or HETATM line with three coordinates"
            )
        if self.format == "mmcif" and "_atom_site." not in text:
            return RecordError("unreadable_structure", "there is no _atom_site table with atoms")
        return None
