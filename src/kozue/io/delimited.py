"""CSV and TSV, streamed.

Blocks without quotes go through Arrow's parser; blocks with quotes, blank lines, NUL bytes or a
row of the wrong width go through the csv module, row by row, so that a bad row becomes an error
record in its place. Both give the same records. Cells stay text as they are in the file: nothing is
turned into a number unless the operation's schema asks for one.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kozue.core.errors import InputError, LimitError
from kozue.core.records import RecordError
from kozue.io.dialect import Dialect
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, Row, string_chunk
from kozue.io.streams import Blob, ByteStream, open_stream
from kozue.io.text import Block, blocks, problem_code, to_text

if TYPE_CHECKING:
    import pyarrow as pa

# The module's own bound of 128 kB is below our limit for a line; lines are bounded before they get here.
csv.field_size_limit(2**31 - 1)
CHUNK_ROWS = 8192


class _Runaway(Exception):  # noqa: N818 - a signal from the line feed to its reader
    """A quoted cell does not end where it may."""


@dataclass
class LineFeed:
    """Hands lines to the csv module and remembers which ones a record took.

    Parameters
    ----------
    source : iterator of Block
        Where more lines come from while a quoted cell is open.
    limit : int
        Bytes (here: characters) that one record may span.
    """

    source: Iterator[Block]
    encoding: str
    notes: Notes
    limit: int
    waiting: deque[tuple[int, str]] = field(default_factory=deque)
    taken: list[tuple[int, str]] = field(default_factory=list)
    problem: Block | None = None
    alone: int = 0
    _span: int = 0

    def fill(self, block: Block) -> None:
        """Queue a block's lines."""
        text = to_text(block.data, self.encoding, block.line, self.notes)
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        self.waiting.extend((block.line + offset, line) for offset, line in enumerate(lines))

    def skip_blank(self) -> tuple[int, int] | None:
        """Drop blank lines; return the number of the first one and how many they are."""
        first, count = self.waiting[0][0], 0
        while self.waiting and self.waiting[0][1] in ("", "\r"):
            self.waiting.popleft()
            count += 1
        self.alone = max(self.alone - count, 0)
        return (first, count) if count else None

    def start(self) -> None:
        """Begin a record."""
        self.taken = []
        self._span = 0

    def __iter__(self) -> LineFeed:
        return self

    def __next__(self) -> str:
        if self.taken and (self.alone or self._span > self.limit):
            raise _Runaway
        while not self.waiting:
            block = next(self.source, None) if self.problem is None and self.taken else None
            if block is None:
                raise StopIteration
            if block.problem:
                self.problem = block
                raise StopIteration
            self.fill(block)
        number, line = self.waiting.popleft()
        self.taken.append((number, line))
        self._span += len(line) + 1
        return line + "\n"

    def put_back(self) -> None:
        """Return all lines but the first, to be read each by itself: a quote was left open."""
        rest = self.taken[1:]
        self.alone = max(self.alone - 1, 0) + len(rest)
        self.waiting.extendleft(reversed(rest))

    def accept(self) -> None:
        """Count a record that was read well."""
        self.alone = max(self.alone - len(self.taken), 0)


class DelimitedReader:
    """Reads CSV or TSV.

    Parameters
    ----------
    blob : Blob
        The file.
    dialect : Dialect
        Delimiter, encoding, header; see :func:`kozue.io.dialect.sniff`.
    limits : Limits
        Bounds.
    notes : Notes
        Where warnings go.
    """

    place = "line"

    def __init__(self, blob: Blob, dialect: Dialect, limits: Limits, notes: Notes) -> None:
        self.blob, self.dialect, self.limits, self.notes = blob, dialect, limits, notes
        self.format = "tsv" if dialect.delimiter == "\t" else "csv"
        self.width = len(dialect.names)
        self._stream: ByteStream | None = None
        if self.width > limits.max_columns:
            raise LimitError(
                f"{blob.name} has {self.width:,} columns; the limit is {limits.max_columns:,}.",
                where={"file": blob.name},
            )
        if self.width == 0:
            raise InputError(f"{blob.name} holds no records.", where={"file": blob.name})

    @cached_property
    def schema(self) -> pa.Schema:
        """Text columns named as in the header."""
        import pyarrow as pa

        return pa.schema([pa.field(name, pa.string()) for name in self.dialect.names])

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._stream.position if self._stream else 0

    def chunks(self) -> Iterator[Chunk]:
        """Read all records from the start."""
        self._stream = open_stream(self.blob, self.limits)
        try:
            source = blocks(
                self._stream,
                self.dialect.encoding,
                self.limits,
                carriage_returns=self.dialect.carriage_returns,
            )
            feed = LineFeed(source, self.dialect.encoding, self.notes, self.limits.max_line_bytes)
            skip = self.dialect.skip_lines
            while (block := feed.problem or next(source, None)) is not None:
                feed.problem = None
                if block.problem:
                    if block.lines > skip:
                        yield self._unreadable(block)
                    skip = max(skip - block.lines, 0)
                    continue
                if skip:
                    block, skip = _without(block, skip)
                if block.data:
                    fast = self._fast(block)
                    yield from [fast] if fast is not None else self._careful(block, feed)
        finally:
            self._stream.close()

    def _unreadable(self, block: Block) -> Chunk:
        code = problem_code(block.problem, "line_too_long")
        if code == "cut_file":
            self.notes.count("cut_file", str(block.line), f"{block.problem} (line {{first}}).")
        return string_chunk([None], self.width, [block.line], {0: RecordError(code, block.problem)})

    def _fast(self, block: Block) -> Chunk | None:
        """Parse with Arrow, or return None if anything about the block is out of the ordinary."""
        import pyarrow as pa
        import pyarrow.csv as pacsv

        data = block.data
        quoted = b'"' in data
        if _extraordinary(data) or (quoted and not _quoted_in_order(data, self.dialect.delimiter)):
            return None
        if self.dialect.encoding not in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            data = to_text(data, self.dialect.encoding, block.line, self.notes).encode()
        try:
            table = pacsv.read_csv(
                pa.py_buffer(data),
                pacsv.ReadOptions(
                    use_threads=False, column_names=self.dialect.names, block_size=len(data) + 1
                ),
                pacsv.ParseOptions(
                    delimiter=self.dialect.delimiter,
                    quote_char='"' if quoted else False,
                    ignore_empty_lines=False,
                ),
                pacsv.ConvertOptions(
                    column_types=self.schema, strings_can_be_null=True, null_values=[""], check_utf8=True
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != block.lines:
            return None
        columns = [_one_array(column) for column in table.columns]
        return Chunk(columns, table.num_rows, range(block.line, block.line + block.lines))

    def _careful(self, block: Block, feed: LineFeed) -> Iterator[Chunk]:
        """Parse row by row."""
        feed.fill(block)
        reader = csv.reader(feed, delimiter=self.dialect.delimiter, strict=True)
        rows: list[Row | None] = []
        places: list[int] = []
        errors: dict[int, RecordError] = {}
        while feed.waiting:
            if blank := feed.skip_blank():
                self._blank(*blank)
                continue
            feed.start()
            row, reason = self._row(reader, feed)
            line = feed.taken[0][0]
            if row is not None and not row:
                self._blank(line)
                continue
            if reason:
                errors[len(rows)] = RecordError("unreadable_row", reason)
            rows.append(None if reason else row)
            places.append(line)
            if len(rows) >= CHUNK_ROWS:
                yield string_chunk(rows, self.width, places, errors)
                rows, places, errors = [], [], {}
        if rows:
            yield string_chunk(rows, self.width, places, errors)

    def _blank(self, line: int, times: int = 1) -> None:
        sentence = "{count} blank {line|lines} skipped, the first is line {first}."
        self.notes.count("blank_lines", str(line), sentence, times)

    def _row(self, reader: Iterator[list[str]], feed: LineFeed) -> tuple[list[str] | None, str]:
        """Read one row: its cells, and why they cannot be used."""
        try:
            row = next(reader)
        except (csv.Error, StopIteration, _Runaway) as error:
            feed.put_back()
            return None, _csv_reason(error)
        feed.accept()
        if len(row) == 1 and not row[0].strip() and self.width > 1:
            return [], ""
        if len(row) != self.width and row:
            return row, f"the row has {len(row)} cells where the header has {self.width}"
        if any("\0" in cell for cell in row):
            return row, "the row holds a NUL byte: the file is damaged here"
        return row, ""


def _extraordinary(data: bytes) -> bool:
    """Tell whether a block needs the careful parser."""
    if b"\0" in data or data[0] in b"\r\n" or b"\n\n" in data:
        return True
    if b"\r" in data:
        return data.count(b"\r") != data.count(b"\r\n") or b"\n\r\n" in data
    return False


def _quoted_in_order(data: bytes, delimiter: str) -> bool:
    """Tell whether every quote belongs to a cell that is quoted as a whole and ends on its line."""
    between = re.escape(delimiter.encode())
    cells = rb"(?:\A|(?<=[\n" + between + rb']))"(?:[^"\r\n]|"")*"(?=[\r\n' + between + rb"]|\Z)"
    return b'"' not in re.sub(cells, b"", data)


def _csv_reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, (_Runaway, StopIteration)) or "unexpected end" in text:
        return "a quoted cell is opened and never closed"
    if "expected after" in text:
        return "a quoted cell is followed by more text before the next delimiter"
    if "new-line" in text:
        return "a lone carriage return stands inside the row"
    return f"the row cannot be split into cells ({text[:120]})"


def _without(block: Block, lines: int) -> tuple[Block, int]:
    """Drop a block's first lines; return the rest and how many are still to be dropped."""
    if block.lines <= lines and block.data.endswith(b"\n"):
        return Block(b"", block.line + block.lines, 0), lines - block.lines
    start = 0
    for _ in range(lines):
        found = block.data.find(b"\n", start)
        if found < 0:
            return Block(b"", block.line + block.lines, 0), 0
        start = found + 1
    return Block(block.data[start:], block.line + lines, block.lines - lines), 0


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
