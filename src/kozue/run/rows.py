"""Row keeping: hand an operation only readable records, and give every record its row back.

This is where "n records in = n records out, in order" is made true whatever an operation does.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kozue.core.context import Context
from kozue.core.errors import KozueError, RunError
from kozue.core.operation import Operation
from kozue.core.records import ERROR_CODE, ERROR_COLUMNS, ERROR_MESSAGE, Schema, arrow_field
from kozue.core.settings import Settings

CLASH_PREFIX = "input_"


def merged_schema(source: pa.Schema, gives: Schema) -> pa.Schema:
    """Return the result's schema: input columns, output columns, error columns.

    An input column whose name an output column needs is kept as ``input_<name>``.
    """
    outputs = set(gives.names)
    fields, taken = [], set(outputs)
    for field in source:
        if field.name in (ERROR_CODE, ERROR_MESSAGE):
            continue
        name = field.name
        while name in taken:
            name = CLASH_PREFIX + name
        taken.add(name)
        fields.append(field.with_name(name))
    return pa.schema([*fields, *gives.to_arrow(), *(arrow_field(column) for column in ERROR_COLUMNS)])


def run_map(
    operation: Operation, batches: Iterator[pa.RecordBatch], settings: Settings, context: Context
) -> Iterator[pa.RecordBatch]:
    """Run a map over input batches and yield merged result batches, row for row.

    Parameters
    ----------
    operation : Operation
        Of kind ``map``.
    batches : iterator of pyarrow.RecordBatch
        Input batches, with error columns for records that the reader could not read.
    settings, context
        Passed on.

    Yields
    ------
    pyarrow.RecordBatch
        For each input batch one batch of as many rows, in the schema of :func:`merged_schema`.
    """
    gives = operation.output_schema(settings)
    output_schema = pa.schema([*gives.to_arrow(), *(arrow_field(column) for column in ERROR_COLUMNS)])
    caller = _Lockstep(operation, settings, context, output_schema)
    schema: pa.Schema | None = None
    done = 0
    for batch in batches:
        context.check_cancelled()
        if schema is None:
            schema = merged_schema(batch.schema, gives)
        yield _merge(batch, caller, schema)
        done += batch.num_rows
        context.progress(done)


def _merge(batch: pa.RecordBatch, caller: _Lockstep, schema: pa.Schema) -> pa.RecordBatch:
    """Run the readable rows of one batch and scatter the results back to their places."""
    kept = [name for name in batch.schema.names if name not in (ERROR_CODE, ERROR_MESSAGE)]
    inputs = batch.select(kept)
    has_errors = ERROR_CODE in batch.schema.names and batch.column(ERROR_CODE).null_count < batch.num_rows
    if not has_errors:
        output = caller(inputs)
    else:
        readable = pc.is_null(batch.column(ERROR_CODE))
        output = caller(inputs.filter(readable))
        # Position of each row among the readable ones; null where there is no result to take.
        position = pc.if_else(
            readable,
            pc.subtract(pc.cumulative_sum(pc.cast(readable, pa.int64())), 1),
            pa.scalar(None, pa.int64()),
        )
        output = output.take(position)
        for name in (ERROR_CODE, ERROR_MESSAGE):
            place = output.schema.get_field_index(name)
            output = output.set_column(
                place, output.schema.field(place), pc.coalesce(output.column(place), batch.column(name))
            )
    return pa.RecordBatch.from_arrays([*inputs.columns, *output.columns], schema=schema)


class _Lockstep:
    """Drive an operation's generator one batch at a time, and survive a batch that breaks it."""

    def __init__(self, operation: Operation, settings: Settings, context: Context, schema: pa.Schema) -> None:
        self.operation = operation
        self.settings = settings
        self.context = context
        self.schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._outputs: Iterator[pa.RecordBatch] | None = None

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if batch.num_rows == 0:
            return pa.RecordBatch.from_pylist([], schema=self.schema)
        try:
            return self._next(batch)
        except KozueError:
            raise
        except Exception as error:  # noqa: BLE001 - an operation may fail in any way; the rows must survive it
            self._outputs = None
            return self._row_by_row(batch, error)

    def _next(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self._waiting.append(batch)
        if self._outputs is None:
            self._outputs = iter(self.operation(self._feed(), self.settings, self.context))
        output = next(self._outputs, None)
        if output is None:
            raise RunError(f"{self.operation.name} ended before it had answered all records.")
        if self._waiting:
            raise RunError(f"{self.operation.name} gave a result before it had read its records.")
        return self._fit(output, batch.num_rows)

    def _feed(self) -> Iterator[pa.RecordBatch]:
        while self._waiting:
            yield self._waiting.pop(0)

    def _fit(self, output: pa.RecordBatch, rows: int) -> pa.RecordBatch:
        """Check the shape of an output batch and put its columns in the promised order."""
        if output.num_rows != rows:
            raise RunError(f"{self.operation.name} gave {output.num_rows} results for {rows} records.")
        missing = [name for name in self.schema.names if name not in output.schema.names]
        if missing:
            raise RunError(f"{self.operation.name} did not give the columns {', '.join(missing)}.")
        arrays = [output.column(field.name).cast(field.type) for field in self.schema]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _row_by_row(self, batch: pa.RecordBatch, first: Exception) -> pa.RecordBatch:
        """Find the records that break the operation; they become error records, the rest is answered."""
        rows, broken = [], 0
        for index in range(batch.num_rows):
            self._waiting.clear()
            self._outputs = None
            try:
                rows.append(self._next(batch.slice(index, 1)))
            except KozueError:
                raise
            except Exception as error:  # noqa: BLE001 - same reason as above
                broken += 1
                rows.append(self._failed_row(error))
        self._waiting.clear()
        self._outputs = None
        if broken == batch.num_rows and broken > 1:
            where = "".join(traceback.format_exception(first)[-3:])
            raise RunError(
                f"{self.operation.name} failed on every one of {broken} records: {type(first).__name__}: {first}",
                f"This is a fault of the operation, not of the records. Where: {where}",
            )
        return pa.Table.from_batches(rows, schema=self.schema).combine_chunks().to_batches()[0]

    def _failed_row(self, error: Exception) -> pa.RecordBatch:
        row: dict[str, Any] = dict.fromkeys(self.schema.names)
        row[ERROR_CODE] = "internal_error"
        row[ERROR_MESSAGE] = f"The operation could not handle this record ({type(error).__name__}: {error})."[
            :500
        ]
        return pa.RecordBatch.from_pylist([row], schema=self.schema)
