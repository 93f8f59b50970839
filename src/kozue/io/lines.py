"""SMILES files: one molecule a line, ``SMILES name``, separated by a space or a tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from kozue.core.records import RecordError
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, Row, string_chunk
from kozue.io.streams import Blob, ByteStream, open_stream
from kozue.io.text import Block, blocks, problem_code, to_text

if TYPE_CHECKING:
    import pyarrow as pa

HEADER = re.compile(r"^\s*(smiles|smi|canonical_smiles|#\s*smiles)\b", re.IGNORECASE)


class SmilesReader:
    """Reads a SMILES file.

    Parameters
    ----------
    blob : Blob
        The file.
    encoding : str
        See :func:`kozue.io.text.encoding_of`.
    carriage_returns : bool
        Whether lines end with a lone carriage return.
    limits, notes
        Bounds, and where warnings go.
    """

    format = "smi"
    place = "line"

    def __init__(
        self, blob: Blob, encoding: str, carriage_returns: bool, limits: Limits, notes: Notes
    ) -> None:
        self.blob, self.encoding, self.limits, self.notes = blob, encoding, limits, notes
        self.carriage_returns = carriage_returns
        self._stream: ByteStream | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """``smiles`` and ``name``."""
        import pyarrow as pa

        return pa.schema([("smiles", pa.string()), ("name", pa.string())])

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._stream.position if self._stream else 0

    def chunks(self) -> Iterator[Chunk]:
        """Read all records from the start."""
        self._stream = open_stream(self.blob, self.limits)
        try:
            found = blocks(self._stream, self.encoding, self.limits, carriage_returns=self.carriage_returns)
            for block in found:
                chunk = self._bad(block) if block.problem else self._good(block)
                if chunk.rows:
                    yield chunk
        finally:
            self._stream.close()

    def _bad(self, block: Block) -> Chunk:
        code = problem_code(block.problem, "line_too_long")
        if code == "cut_file":
            self.notes.count("cut_file", str(block.line), f"{block.problem} (line {{first}}).")
        return string_chunk([None], 2, [block.line], {0: RecordError(code, block.problem)})

    def _good(self, block: Block) -> Chunk:
        lines = to_text(block.data, self.encoding, block.line, self.notes).split("\n")
        if lines[-1] == "":
            lines.pop()
        rows: list[Row | None] = []
        places: list[int] = []
        errors: dict[int, RecordError] = {}
        for number, line in enumerate(lines, block.line):
            text = line.strip()
            if not text:
                sentence = "{count} blank {line|lines} skipped, the first is line {first}."
                self.notes.count("blank_lines", str(number), sentence)
                continue
            if number == 1 and HEADER.match(line):
                self.notes.count("header_line", "1", "line {first} was taken as a header.")
                continue
            if "\0" in line:
                reason = "the line holds a NUL byte: the file is damaged here"
                errors[len(rows)] = RecordError("unreadable_row", reason)
            rows.append(None if "\0" in line else split_line(text))
            places.append(number)
        return string_chunk(rows, 2, places, errors)


def split_line(text: str) -> list[str | None]:
    """Split a line into structure and name.

    >>> split_line("CCO ethanol, pure")
    ['CCO', 'ethanol, pure']

    A CXSMILES extension belongs to the structure:

    >>> split_line("C[C@H](N)C |&1:1| alanine")
    ['C[C@H](N)C |&1:1|', 'alanine']
    """
    smiles, *others = text.split(None, 1)
    rest = others[0] if others else ""
    if rest.startswith("|"):
        end = rest.find("|", 1)
        if end > 0:
            return [f"{smiles} {rest[: end + 1]}", rest[end + 1 :].strip() or None]
    return [smiles, rest or None]
