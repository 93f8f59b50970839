"""Records that are in memory already: lists, dictionaries, pandas and Arrow tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kozue.core.errors import InputError, LimitError
from kozue.core.records import RecordError, Schema
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, unique_names

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_ROWS = 65536
HINT = (
    "Give a path, a list of values, a list of dictionaries, a pandas Series or DataFrame, or an Arrow table."
)


class MemoryReader:
    """Hands out the rows of an Arrow table.

    Parameters
    ----------
    table : pyarrow.Table
        The records.
    bad : dict of int to RecordError
        Records that had no usable form, by 0-based row.
    """

    format = "records"
    place = "record"

    def __init__(self, table: pa.Table, bad: dict[int, RecordError]) -> None:
        self.table = table
        self.bad = bad

    @property
    def schema(self) -> pa.Schema:
        """The table's columns."""
        return self.table.schema

    @property
    def position(self) -> int:
        """Bytes are not counted for records in memory."""
        return 0

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows."""
        start = 0
        for batch in self.table.to_batches(max_chunksize=CHUNK_ROWS):
            places = range(start + 1, start + batch.num_rows + 1)
            errors = {row - start: e for row, e in self.bad.items() if start <= row < start + batch.num_rows}
            yield Chunk(list(batch.columns), batch.num_rows, places, errors)
            start += batch.num_rows


def memory_reader(source: Any, value_column: str, limits: Limits, notes: Notes) -> MemoryReader:
    """Wrap records in memory.

    Parameters
    ----------
    source : sequence, pandas object or Arrow table
        See :func:`kozue.io.open_records`.
    value_column : str
        Column name for plain values.
    limits : Limits
        Bound on columns.
    notes : Notes
        Where doubled column names are told.

    Raises
    ------
    InputError
        If the object is nothing of the kind, or empty.
    """
    import pyarrow as pa

    bad: dict[int, RecordError] = {}
    if isinstance(source, pa.RecordBatch):
        table = pa.Table.from_batches([source])
    elif isinstance(source, pa.Table):
        table = source
    elif hasattr(source, "to_frame") and hasattr(source, "iloc"):
        table = _of_pandas(source.to_frame(source.name if source.name is not None else value_column))
    elif hasattr(source, "iloc") and hasattr(source, "columns"):
        table = _of_pandas(source)
    elif isinstance(source, Mapping):
        table = _of_columns(source)
    elif isinstance(source, Iterable):
        table, bad = _of_items(list(source), value_column)
    else:
        raise InputError(f"A {type(source).__name__} cannot be read as records.", HINT)
    if table.num_columns > limits.max_columns:
        raise LimitError(
            f"The records have {table.num_columns:,} columns; the limit is {limits.max_columns:,}."
        )
    if table.num_rows == 0:
        raise InputError("The input holds no records.", HINT)
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise InputError(f"The table is damaged: {error}.", HINT) from error
    names, doubled = unique_names([str(name) for name in table.column_names])
    if doubled:
        notes.say("doubled_column", f"More than one column is named {', '.join(map(repr, doubled[:5]))}.")
    return MemoryReader(table.rename_columns(names), bad)


def records_table(source: Any, schema: Schema, limits: Limits | None = None) -> pa.Table:
    """Return records in memory as a table with the user's own columns, for keeping them.

    Parameters
    ----------
    source : sequence, pandas object or Arrow table
        See :func:`kozue.io.open_records`.
    schema : Schema
        What the operation takes; plain values go into its first required column.
    limits : Limits, optional
        Bound on columns.

    Raises
    ------
    InputError
        If the object is nothing of the kind, or empty.
    """
    return memory_reader(source, first_column(schema), limits or Limits(), Notes("<records>")).table


def first_column(schema: Schema) -> str:
    """Return the name of the column that plain values belong to."""
    return (schema.required or list(schema))[0].name


def _of_pandas(frame: Any) -> pa.Table:
    """Convert column by column, so that a column of mixed objects does not spoil the others."""
    import pyarrow as pa

    names, arrays = [], []
    if frame.index.name is not None and frame.index.nlevels == 1:
        names.append(str(frame.index.name))
        arrays.append(_array(list(frame.index)))
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position]
        names.append(str(frame.columns[position]))
        try:
            array = pa.array(series, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            array = _array([None if value is None or value != value else value for value in series.tolist()])
        arrays.append(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
    return pa.Table.from_arrays(arrays, names=names)


def _of_columns(columns: Mapping[Any, Any]) -> pa.Table:
    import pyarrow as pa

    lists = {str(name): values for name, values in columns.items()}
    if any(isinstance(v, (str, bytes)) or not isinstance(v, Iterable) for v in lists.values()):
        raise InputError(
            "A dictionary of columns needs a list for each column.", "For one record give [{…}]."
        )
    whole = {name: list(values) for name, values in lists.items()}
    if len({len(values) for values in whole.values()}) > 1:
        sizes = ", ".join(f"{name[:40]}: {len(values)}" for name, values in whole.items())
        raise InputError(f"The columns are not equally long ({sizes[:300]}).", HINT)
    return pa.Table.from_arrays([_array(values) for values in whole.values()], names=list(whole))


def _of_items(items: Sequence[Any], value_column: str) -> tuple[pa.Table, dict[int, RecordError]]:
    import pyarrow as pa

    bad: dict[int, RecordError] = {}
    if any(isinstance(item, Mapping) for item in items):
        for row, item in enumerate(items):
            if not isinstance(item, Mapping):
                bad[row] = _wrong_type(item, "a record with named columns")
        records = [item if isinstance(item, Mapping) else {} for item in items]
        names = list(dict.fromkeys(str(name) for record in records for name in record))
        rows = [{str(name): value for name, value in record.items()} for record in records]
        arrays = [_array([row.get(name) for row in rows]) for name in names]
        if not names:
            raise InputError("The records have no columns.", HINT)
        return pa.Table.from_arrays(arrays, names=names), bad
    values: list[Any] = []
    for row, item in enumerate(items):
        item = item.item() if hasattr(item, "item") and not hasattr(item, "__len__") else item
        absent = item is None or item != item
        if not absent and not isinstance(item, (str, int, float, bool)):
            bad[row] = _wrong_type(item, "text or a number")
        values.append(None if absent or row in bad else item)
    return pa.Table.from_arrays([_array(values)], names=[value_column]), bad


def _wrong_type(item: Any, wanted: str) -> RecordError:
    return RecordError("wrong_type", f"a {type(item).__name__} stands where {wanted} is needed")


def _array(values: Sequence[Any]) -> pa.Array:
    """Convert values of one kind; values of mixed kinds become text."""
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=True)
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        OverflowError,
        UnicodeEncodeError,
    ):
        texts = [
            None if value is None else str(value).encode("utf-8", "replace").decode() for value in values
        ]
        return pa.array(texts, pa.string())
