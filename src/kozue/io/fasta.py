"""FASTA: ``>id description`` and a sequence over any number of lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from kozue.core.records import RecordError
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, Row, string_chunk
from kozue.io.streams import Blob, ByteStream, open_stream
from kozue.io.text import blocks, problem_code, to_text

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_ROWS = 1024
# Letters, gaps and the stop sign; digits and spaces stand in some files as decoration.
ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*-.")


class FastaReader:
    """Reads a FASTA file.

    Parameters
    ----------
    blob : Blob
        The file.
    encoding : str
        See :func:`kozue.io.text.encoding_of`.
    limits, notes
        Bounds, and where warnings go.
    """

    format = "fasta"
    place = "record"

    def __init__(self, blob: Blob, encoding: str, limits: Limits, notes: Notes) -> None:
        self.blob, self.encoding, self.limits, self.notes = blob, encoding, limits, notes
        self._stream: ByteStream | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """``id``, ``name`` (the description) and ``sequence``."""
        import pyarrow as pa

        return pa.schema([(name, pa.string()) for name in ("id", "name", "sequence")])

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._stream.position if self._stream else 0

    def chunks(self) -> Iterator[Chunk]:
        """Read all records from the start."""
        rows: list[Row | None] = []
        errors: dict[int, RecordError] = {}
        first = 1
        for head, sequence, problem in self._records():
            row, error = self._row(head, sequence, problem)
            if error is not None:
                errors[len(rows)] = error
            rows.append(row)
            if len(rows) == CHUNK_ROWS:
                yield string_chunk(rows, 3, range(first, first + len(rows)), errors)
                first += len(rows)
                rows, errors = [], {}
        if rows:
            yield string_chunk(rows, 3, range(first, first + len(rows)), errors)

    def _records(self) -> Iterator[tuple[str | None, str, str]]:
        """Yield header (None for text before the first one), sequence and what is wrong."""
        self._stream = open_stream(self.blob, self.limits)
        head: str | None = None
        parts: list[str] = []
        size, problem = 0, ""
        try:
            for block in blocks(self._stream, self.encoding, self.limits):
                if block.problem:
                    problem = block.problem
                    continue
                for line in to_text(block.data, self.encoding, block.line, self.notes).split("\n"):
                    line = line.strip("\r \t\ufeff")
                    if line.startswith(">"):
                        if head is not None or parts or problem:
                            yield head, "".join(parts), problem
                        head, parts, size, problem = line[1:], [], 0, ""
                    elif line and not line.startswith(";"):
                        size += len(line)
                        if size <= self.limits.max_text_chars:
                            parts.append(line)
                        else:
                            problem = f"the sequence is longer than {self.limits.max_text_chars:,} characters"
            if head is not None or parts or problem:
                yield head, "".join(parts), problem
        finally:
            self._stream.close()

    def _row(self, head: str | None, sequence: str, problem: str) -> tuple[Row | None, RecordError | None]:
        name, _, description = (head or "").strip().partition(" ")
        if problem:
            code = problem_code(problem, "too_long")
            if code == "cut_file":
                self.notes.count("cut_file", "", problem + ".")
            return [name, description.strip(), None], RecordError(code, problem)
        if head is None:
            return None, RecordError("unreadable_row", "there is text before the first header line ('>')")
        sequence = "".join(sequence.split())
        strange = sorted(set(sequence) - ALLOWED)
        row: Row = [name, description.strip(), None if strange else sequence]
        if strange:
            shown = " ".join(map(repr, strange[:5]))
            return row, RecordError("unreadable_sequence", f"the sequence of {name[:60]!r} holds {shown}")
        return row, None
