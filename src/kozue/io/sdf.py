"""SD files: a MOL block and named properties a record, ended by ``$$$$``.

Molecules become SMILES with stereo; properties become text columns. Their names come from a first
pass that reads the whole file for property headers only, so that a property that occurs in the last
record alone is not lost. RDKit is loaded when the first block is converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from kozue.core.errors import LimitError
from kozue.core.records import RecordError
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, Row, string_chunk, unique_names
from kozue.io.streams import Blob, ByteStream, open_stream
from kozue.io.text import blocks, problem_code, to_text

if TYPE_CHECKING:
    import pyarrow as pa

PROPERTY = re.compile(r"^>.*?<([^<>]+)>")
PROPERTY_BYTES = re.compile(rb"^>[^\n]*?<([^<>\n]+)>", re.MULTILINE)
CHUNK_ROWS = 256
# An atom and its bond take about this many times the room that they take in a SMILES.
BLOCK_CHARS_A_SMILES = 100
TITLE = "name"


class SdfReader:
    """Reads an SD file (or a single MOL file).

    Parameters
    ----------
    blob : Blob
        The file.
    encoding : str
        See :func:`kozue.io.text.encoding_of`.
    keep_blocks : bool
        Whether to give the MOL blocks too, as the column ``mol_block``.
    limits, notes
        Bounds, and where warnings go.
    """

    format = "sdf"
    place = "record"

    def __init__(self, blob: Blob, encoding: str, keep_blocks: bool, limits: Limits, notes: Notes) -> None:
        self.blob, self.encoding, self.limits, self.notes = blob, encoding, limits, notes
        self._stream: ByteStream | None = None
        self.fixed = ["smiles", TITLE, *(["mol_block"] if keep_blocks else [])]
        self.properties = self._property_names()
        # A property may be named like one of our own columns; it then gets a number.
        self.names, _ = unique_names([*self.fixed, *self.properties])

    @cached_property
    def schema(self) -> pa.Schema:
        """``smiles``, ``name`` (the title line) and a text column a property."""
        import pyarrow as pa

        return pa.schema([(name, pa.string()) for name in self.names])

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._stream.position if self._stream else 0

    def _property_names(self) -> list[str]:
        """Find every property name, in the order of first appearance."""
        names: dict[str, None] = {}
        stream = open_stream(self.blob, self.limits)
        silent = Notes(self.blob.name)
        try:
            for block in blocks(stream, self.encoding, self.limits):
                for raw in dict.fromkeys(PROPERTY_BYTES.findall(block.data)):
                    names[to_text(raw, self.encoding, 1, silent).strip()] = None
                if len(names) > self.limits.max_columns:
                    raise LimitError(
                        f"{self.blob.name} has more than {self.limits.max_columns:,} different properties.",
                        where={"file": self.blob.name},
                    )
        finally:
            stream.close()
        return [name for name in names if name]

    def chunks(self) -> Iterator[Chunk]:
        """Read all records from the start."""
        rows: list[Row | None] = []
        errors: dict[int, RecordError] = {}
        first = 1
        for record in self._records():
            row, error = self._row(*record)
            if error is not None:
                errors[len(rows)] = error
            rows.append(row)
            if len(rows) == CHUNK_ROWS:
                yield string_chunk(rows, len(self.names), range(first, first + len(rows)), errors)
                first += len(rows)
                rows, errors = [], {}
        if rows:
            yield string_chunk(rows, len(self.names), range(first, first + len(rows)), errors)

    def _records(self) -> Iterator[tuple[list[str], int, str]]:
        """Yield each record's lines, the number of its first line and what is wrong with it."""
        self._stream = open_stream(self.blob, self.limits)
        held: list[str] = []
        start, size, problem = 1, 0, ""
        try:
            for block in blocks(self._stream, self.encoding, self.limits):
                if block.problem:
                    problem = block.problem
                    held.append("")
                    continue
                text = to_text(block.data, self.encoding, block.line, self.notes)
                lines = text.removesuffix("\n").split("\n")
                for number, line in enumerate(lines, block.line):
                    if line.startswith("$$$$"):
                        yield held, start, problem
                        held, start, size, problem = [], number + 1, 0, ""
                        continue
                    size += len(line)
                    if size > self.limits.max_text_chars:
                        problem = f"the record is longer than {self.limits.max_text_chars:,} characters"
                        continue
                    held.append(line)
            if problem or any(line.strip("\r\n\t \0") for line in held):
                yield held, start, problem
        finally:
            self._stream.close()

    def _row(self, lines: list[str], start: int, problem: str) -> tuple[Row | None, RecordError | None]:
        lines = [line.rstrip("\r") for line in lines]
        if not problem and not any(lines):
            return None, RecordError("empty_value", f"the record is empty (it begins on line {start})")
        if problem:
            code = problem_code(problem, "too_long")
            if code == "cut_file":
                self.notes.count("cut_file", str(start), f"{problem} (line {{first}}).")
            return None, RecordError(code, f"{problem} (the record begins on line {start})")
        end = next((at for at, line in enumerate(lines) if line.startswith("M  END")), None)
        if end is None:
            end = next((at for at, line in enumerate(lines) if PROPERTY.match(line)), len(lines)) - 1
        block = "\n".join(lines[: end + 1]) + "\n"
        properties = _properties(lines[end + 1 :])
        longest = BLOCK_CHARS_A_SMILES * self.limits.max_smiles_chars
        if len(block) > longest:
            return None, RecordError("too_long", f"the MOL block is longer than {longest:,} characters")
        title = lines[0].strip() if lines else ""
        from kozue.io.molblock import smiles_of_block

        smiles, reason = smiles_of_block(block)
        fixed = [smiles, title, *([block] if "mol_block" in self.fixed else [])]
        row = [*fixed, *(properties.get(name) for name in self.properties)]
        if reason:
            return row, RecordError("unreadable_molecule", f"{reason} (the record begins on line {start})")
        return row, None


def _properties(lines: list[str]) -> dict[str, str]:
    """Read the named values after a MOL block."""
    found: dict[str, str] = {}
    name = ""
    held: list[str] = []
    for line in [*lines, "> <>"]:
        match = PROPERTY.match(line)
        if match or line == "> <>":
            if name:
                found[name] = "\n".join(held).strip("\n")
            name, held = (match.group(1).strip() if match else ""), []
        elif name:
            held.append(line)
    return found
