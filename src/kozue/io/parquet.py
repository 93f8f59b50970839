"""Parquet files, read one row group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kozue.core.errors import FormatError, LimitError
from kozue.core.records import RecordError
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, unique_names
from kozue.io.streams import Blob

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_ROWS = 65536


class ParquetReader:
    """Reads a Parquet file; columns keep their types and Kozue's metadata.

    Parameters
    ----------
    blob : Blob
        The file.
    limits, notes
        Bounds, and where warnings go.

    Raises
    ------
    FormatError
        If the footer is missing or damaged, as in a file that was cut.
    """

    format = "parquet"
    place = "record"

    def __init__(self, blob: Blob, limits: Limits, notes: Notes) -> None:
        self.blob, self.limits, self.notes = blob, limits, notes
        self.position = 0
        with blob.open() as raw:
            file = self._file(raw)
            self.total = file.metadata.num_rows
            arrow = file.schema_arrow
            groups = [
                file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups)
            ]
        if max(groups, default=0) > limits.max_total_bytes:
            raise LimitError(
                f"A row group of {blob.name} unpacks to more than {limits.max_total_bytes:,} bytes.",
                "Write the file again with smaller row groups.",
                {"file": blob.name},
            )
        if len(arrow) > limits.max_columns:
            raise LimitError(f"{blob.name} has {len(arrow):,} columns; the limit is {limits.max_columns:,}.")
        names, doubled = unique_names(arrow.names)
        if doubled:
            notes.say("doubled_column", f"{blob.name} has more than one column named {doubled[0]!r}.")
        self.schema: pa.Schema = _without_pandas(arrow, names)

    def _file(self, raw: Any) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(raw)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise FormatError(
                f"{self.blob.name} is not a whole Parquet file: {str(error)[:200]}",
                "It may have been cut; copy or download it again.",
                {"file": self.blob.name},
            ) from error

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; rows of a damaged row group become error records."""
        import pyarrow as pa

        done = 0
        with self.blob.open() as raw:
            file = self._file(raw)
            for group in range(file.metadata.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                end = done + size
                try:
                    for batch in file.iter_batches(CHUNK_ROWS, row_groups=[group]):
                        places = range(done + 1, done + batch.num_rows + 1)
                        columns, errors = _checked(batch)
                        yield Chunk(columns, batch.num_rows, places, errors)
                        done += batch.num_rows
                        self.position = self.blob.size * done // max(self.total, 1)
                except (pa.ArrowException, OSError, ValueError) as error:
                    yield from self._damaged(done, end, str(error))
                    done = end

    def _damaged(self, start: int, end: int, reason: str) -> Iterator[Chunk]:
        """Stand in for rows that cannot be read."""
        import pyarrow as pa

        self.notes.count(
            "damaged_file",
            str(start + 1),
            "{count} {record|records} from record {first} on cannot be read: the file is damaged.",
            end - start,
        )
        problem = RecordError("unreadable_row", f"this part of the Parquet file is damaged ({reason[:120]})")
        for first in range(start, end, CHUNK_ROWS):
            rows = min(CHUNK_ROWS, end - first)
            columns = [pa.nulls(rows, field.type) for field in self.schema]
            yield Chunk(
                columns, rows, range(first + 1, first + rows + 1), dict.fromkeys(range(rows), problem)
            )


def _checked(batch: pa.RecordBatch) -> tuple[list[pa.Array], dict[int, RecordError]]:
    """Return plain columns; text that is no UTF-8 (Arrow does not look) makes its row an error record.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a nested column is damaged.
    """
    import pyarrow as pa

    columns: list[pa.Array] = []
    errors: dict[int, RecordError] = {}
    for name, raw in zip(batch.schema.names, batch.columns, strict=True):
        array = _plain(raw)
        try:
            array.validate(full=True)
        except pa.ArrowInvalid:
            if not pa.types.is_string(array.type):
                raise
            texts: list[str | None] = []
            for row, value in enumerate(array.cast(pa.binary()).to_pylist()):
                try:
                    texts.append(None if value is None else value.decode("utf-8"))
                except UnicodeDecodeError:
                    texts.append(None)
                    reason = f"the text in the column {name[:100]!r} is damaged (no valid UTF-8)"
                    errors[row] = RecordError("unreadable_row", reason)
            array = pa.array(texts, pa.string())
        columns.append(array)
    return columns, errors


def _plain(array: pa.Array) -> pa.Array:
    """Undo storage forms that only save space."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        return array.cast(pa.string())
    return array


def _without_pandas(arrow: pa.Schema, names: list[str]) -> pa.Schema:
    """Keep each field's own metadata, drop the table's; name types as :func:`_plain` leaves them."""
    import pyarrow as pa

    fields = []
    for name, field in zip(names, arrow, strict=True):
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            kind = pa.string()
        fields.append(pa.field(name, kind, metadata=field.metadata))
    return pa.schema(fields)
