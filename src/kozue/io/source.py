"""Open any source of records and stream it as batches of a fixed number of rows."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.context import Warned
from kozue.core.errors import ArchiveError, InputError
from kozue.core.records import (
    ERROR_CODE,
    ERROR_COLUMNS,
    ERROR_MESSAGE,
    ROW,
    Schema,
    arrow_field,
)
from kozue.io.convert import as_text, convert
from kozue.io.formats import format_of, is_archive
from kozue.io.limits import MIB, Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, Reader
from kozue.io.roles import assign, known_names
from kozue.io.streams import Blob, blob_of_bytes, blob_of_path, blob_of_stdin, head_of

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE = 300


class RecordSource:
    """Records of one source, re-iterable, as canonical Arrow batches.

    Made by :func:`open_records`.

    Attributes
    ----------
    name : str
        File name, or ``"<records>"``.
    format : str
        ``csv``, ``tsv``, ``parquet``, ``smi``, ``sdf``, ``fasta``, ``pdb``, ``mmcif`` or ``records``.
    arrow_schema : pyarrow.Schema
        Canonical columns first (roles and units in the metadata), then the user's other columns,
        then ``error_code`` and ``error_message``.
    column_map : dict of str to str
        Canonical name -> the user's column.
    size : int or None
        Bytes, if the source is a file.
    """

    def __init__(
        self,
        reader: Reader,
        schema: Schema,
        columns: Mapping[str, str] | None,
        limits: Limits,
        notes: Notes,
        blob: Blob | None,
    ) -> None:
        self._reader, self._schema, self._limits, self._notes, self._blob = (
            reader,
            schema,
            limits,
            notes,
            blob,
        )
        self.name = notes.name
        self.format = reader.format
        self.size = blob.size if blob else None
        self.column_map = assign(schema, reader.schema, self._samples(), columns, notes)
        self._notes.start_pass()
        # The result of another operation: what failed there goes on as failed, with its own sentence.
        self._carried = {ERROR_CODE, ERROR_MESSAGE} <= set(reader.schema.names)
        taken = {*self.column_map.values(), *((ERROR_CODE, ERROR_MESSAGE) if self._carried else ())}
        self._user_columns = [name for name in reader.schema.names if name not in taken]
        self.arrow_schema = self._arrow_schema()

    @property
    def warnings(self) -> list[Warned]:
        """Guesses made, encodings replaced, lines skipped …; complete once a pass has ended."""
        return self._notes.all()

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._reader.position

    def _samples(self) -> dict[str, list[str | None]]:
        """Return some values of each column as text, for guessing roles."""
        names = self._reader.schema.names
        samples: dict[str, list[str | None]] = {name: [] for name in names}
        rows = 0
        for chunk in self._reader.chunks():
            rows += chunk.rows
            for name, array in zip(names, chunk.columns, strict=True):
                samples[name].extend(as_text(array[: SAMPLE - len(samples[name])]).to_pylist())
            if rows >= SAMPLE:
                break
        if rows == 0:
            raise InputError(
                f"{self.name} holds no records.",
                f"Its columns are {', '.join(names[:20])}, and nothing follows." if names else "",
                {"file": self.name},
            )
        return samples

    def _arrow_schema(self) -> pa.Schema:
        import pyarrow as pa

        fields = [arrow_field(self._schema[name]) for name in self.column_map]
        taken = {*self._schema.names, ERROR_CODE, ERROR_MESSAGE, ROW}
        given_fields = dict(zip(self._reader.schema.names, self._reader.schema, strict=True))
        for name in self._user_columns:
            given = given_fields[name]
            renamed = name
            while renamed in taken:
                renamed = f"{renamed} (input)"
            if renamed != name:
                self._notes.say(
                    "renamed_column", f"{self.name}: your column {name[:100]!r} is kept as {renamed[:100]!r}."
                )
            taken.add(renamed)
            fields.append(given.with_name(renamed))
        return pa.schema(fields + [arrow_field(column) for column in ERROR_COLUMNS])

    def batches(self, rows: int = 1024) -> Iterator[pa.RecordBatch]:
        """Stream the records.

        Parameters
        ----------
        rows : int
            Rows of every batch but the last.

        Yields
        ------
        pyarrow.RecordBatch
            With :attr:`arrow_schema`; a record that cannot be read has an error code and message.
        """
        if rows < 1:
            raise ValueError("rows must be at least 1")
        self._notes.start_pass()
        held: list[pa.RecordBatch] = []
        count = 0
        for chunk in self._reader.chunks():
            batch = self._canonical(chunk)
            start = 0
            while count + batch.num_rows - start >= rows:
                stop = start + rows - count
                yield _joined([*held, batch.slice(start, stop - start)], self.arrow_schema)
                held, count, start = [], 0, stop
            if start < batch.num_rows:
                held.append(batch.slice(start))
                count += batch.num_rows - start
        if held:
            yield _joined(held, self.arrow_schema)

    def _canonical(self, chunk: Chunk) -> pa.RecordBatch:
        """Bring a chunk to the canonical schema and name its bad rows."""
        import pyarrow as pa

        names = self._reader.schema.names
        by_name = dict(zip(names, chunk.columns, strict=True))
        arrays, problems = [], dict(chunk.errors)
        for canonical, name in self.column_map.items():
            array, found = convert(by_name[name], self._schema[canonical], name, self._limits)
            arrays.append(array)
            for row, error in found.items():
                problems.setdefault(row, error)
        arrays += [by_name[name] for name in self._user_columns]
        origin = chunk.origin or f"{self.name}, {self._reader.place}"
        if not problems and not self._carried:
            arrays += [pa.nulls(chunk.rows, pa.string())] * 2
            return pa.RecordBatch.from_arrays(arrays, schema=self.arrow_schema)
        codes: list[str | None] = [None] * chunk.rows
        messages: list[str | None] = [None] * chunk.rows
        if self._carried:
            codes, messages = (as_text(by_name[name]).to_pylist() for name in (ERROR_CODE, ERROR_MESSAGE))
        for row, error in problems.items():
            if codes[row] is None:
                codes[row] = error.code
                messages[row] = f"{origin} {chunk.places[row]}: {error.message}."
        arrays += [pa.array(codes, pa.string()), pa.array(messages, pa.string())]
        return pa.RecordBatch.from_arrays(arrays, schema=self.arrow_schema)

    def fingerprint(self) -> str:
        """Return a SHA-256 over the input's bytes and the column map."""
        digest = hashlib.sha256()
        if self._blob is not None:
            with self._blob.open() as stream:
                while piece := stream.read(MIB):
                    digest.update(piece)
        else:
            import pyarrow as pa

            for batch in self.batches(8192):
                digest.update(pa.record_batch(batch).serialize())
        digest.update(json.dumps([self.format, self.column_map], ensure_ascii=False).encode())
        return digest.hexdigest()


def _joined(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches, schema).combine_chunks().to_batches()[0]


def open_records(
    source: Any,
    schema: Schema,
    *,
    columns: Mapping[str, str] | None = None,
    format: str | None = None,
    limits: Limits | None = None,
    filename: str = "",
) -> RecordSource:
    """Open a source of records for an operation.

    Parameters
    ----------
    source : str, path, bytes, list, pandas or Arrow object
        Path of a file, ``"-"`` for standard input, a list of values (of the schema's first required
        column), a list of dictionaries, a pandas Series or DataFrame, an Arrow table or batch, or the
        bytes of a file.
    schema : Schema
        What the operation takes.
    columns : mapping of str to str, optional
        Canonical name -> the user's column, where guessing is not wanted.
    format : str, optional
        Instead of guessing from content and name.
    limits : Limits, optional
        Bounds on sizes.
    filename : str, optional
        Name for messages and for guessing, when ``source`` is bytes or standard input.

    Returns
    -------
    RecordSource
        Stream it with :meth:`RecordSource.batches`.

    Raises
    ------
    InputError
        If it does not exist, holds no records, or no column plays a role that is needed.
    """
    limits = limits or Limits()
    if isinstance(source, (bytes, bytearray, memoryview)):
        blob = blob_of_bytes(bytes(source), filename)
    elif isinstance(source, str) and source == "-":
        blob = blob_of_stdin(limits, filename)
    elif isinstance(source, (str, os.PathLike)):
        blob = blob_of_path(Path(os.fspath(source)).expanduser(), filename)
    else:
        from kozue.io.memory import first_column, memory_reader

        notes = Notes(filename or "<records>")
        held = memory_reader(source, first_column(schema), limits, notes)
        return RecordSource(held, schema, columns, limits, notes, None)
    notes = Notes(blob.name)
    # Columns that the caller names are the surest sign of a header line.
    headings = known_names(schema) | {str(name).lower() for name in (columns or {}).values()}
    reader = _reader(blob, schema, format, limits, notes, headings)
    return RecordSource(reader, schema, columns, limits, notes, blob)


def _reader(
    blob: Blob,
    schema: Schema,
    format: str | None,
    limits: Limits,
    notes: Notes,
    headings: frozenset[str],
    depth: int = 0,
) -> Reader:
    """Choose the reader for a file."""
    if blob.size == 0:
        raise InputError(
            f"{blob.name} holds no records: it is empty.",
            "Check that the right file was given.",
            {"file": blob.name},
        )
    head = head_of(blob, limits)
    if is_archive(head):
        from kozue.io.bundle import BundleReader

        def open_member(member: Blob, inner: Notes) -> Reader:
            return _reader(member, schema, format, limits, inner, headings, depth=1)

        if depth:
            raise ArchiveError(f"{blob.name} is an archive within an archive.", "Unpack it first.")
        return BundleReader(blob, open_member, limits, notes)
    found = format_of(head, blob.name, format, notes)
    if found == "parquet":
        from kozue.io.parquet import ParquetReader

        return ParquetReader(blob, limits, notes)
    if found in ("csv", "tsv"):
        from kozue.io.delimited import DelimitedReader
        from kozue.io.dialect import sniff

        dialect = sniff(head, blob.name, found, notes, headings)
        return DelimitedReader(blob, dialect, limits, notes)
    from kozue.io.text import encoding_of

    encoding = encoding_of(head)
    if found == "smi":
        from kozue.io.lines import SmilesReader

        return SmilesReader(blob, encoding, b"\r" in head and b"\n" not in head, limits, notes)
    if found == "sdf":
        from kozue.io.sdf import SdfReader

        return SdfReader(blob, encoding, "mol_block" in schema, limits, notes)
    if found == "fasta":
        from kozue.io.fasta import FastaReader

        return FastaReader(blob, encoding, limits, notes)
    from kozue.io.structures import StructureReader

    return StructureReader(blob, "pdb" if found == "pdb" else "mmcif", encoding, limits, notes)
