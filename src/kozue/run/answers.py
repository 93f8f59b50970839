"""Answer a small question in memory, and the one form in which every door shows an answer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kozue.core.context import Checkpoint, Context, Progress, Warned, merge_warnings
from kozue.core.errors import InputError, RunError
from kozue.core.operation import JobResult, ModelReference, Operation
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE, ROW, columns_of
from kozue.core.registry import get_registry
from kozue.core.settings import Settings
from kozue.core.wording import counted
from kozue.run.rows import run_map

if TYPE_CHECKING:
    from kozue.io import Limits, RecordSource


@dataclass
class Answer:
    """The result of an operation with everything that must be said beside it.

    Parameters
    ----------
    operation : str
        Full name.
    n_in, n_ok, n_failed : int
        Records read, answered, and without an answer; ``n_in = n_ok + n_failed``.
    warnings : list of Warned
        What the reader must know.
    table : pyarrow.Table
        For a map the input columns, outputs and error columns; for a job its main table.
    tables, figures, files, summary : dict
        What else a job gave.
    models : list of ModelReference
        Which models answered.
    """

    operation: str
    n_in: int
    n_ok: int
    n_failed: int
    warnings: list[Warned]
    table: pa.Table
    tables: dict[str, pa.Table] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    models: list[ModelReference] = field(default_factory=list)

    def as_dict(self, limit: int | None = None) -> dict[str, Any]:
        """Return JSON-ready data, the same by every door.

        Parameters
        ----------
        limit : int, optional
            Rows of each table at the most; what is cut is said in a warning.
        """
        warnings = list(self.warnings)
        if limit is not None and self.table.num_rows > limit:
            warnings.append(Warned("cut", f"Only the first {limit} of {self.table.num_rows} rows are shown."))
        shown = self.table if limit is None else self.table.slice(0, limit)
        return {
            "operation": self.operation,
            "n_in": self.n_in,
            "n_ok": self.n_ok,
            "n_failed": self.n_failed,
            "warnings": [warned.as_dict() for warned in warnings],
            "columns": [column.as_dict() for column in columns_of(self.table.schema)],
            "records": json_rows(shown),
            "tables": {
                name: json_rows(table if limit is None else table.slice(0, limit))
                for name, table in self.tables.items()
            },
            "summary": json_value(self.summary),
            "models": [{"name": model.name, "sha256": model.sha256} for model in self.models],
        }


def json_value(value: Any) -> Any:
    """Return a value that JSON can carry; NaN and infinities become None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): json_value(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "item"):
        return json_value(value.item())
    return str(value)


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON-ready records."""
    return [{name: json_value(value) for name, value in row.items()} for row in table.to_pylist()]


def find_operation(operation: Operation | str) -> Operation:
    """Return the operation itself, looked up by name if need be."""
    return operation if isinstance(operation, Operation) else get_registry().operation(operation)


def make_context(
    seed: int = 0,
    stream: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    checkpoint: Checkpoint | None = None,
    mapper: Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]] | None = None,
) -> Context:
    """Build a context whose :meth:`~kozue.core.context.Context.call` reaches the registry."""
    context = Context(
        seed=seed,
        stream=stream,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
        checkpoint=checkpoint or Checkpoint(),
    )
    if mapper is not None:
        context.mapper = mapper

    def call(name: str, batch: pa.RecordBatch, settings: Mapping[str, Any]) -> pa.RecordBatch:
        other = get_registry().operation(name)
        if other.kind != "map":
            raise RunError(f"{name} is a job; only maps can be called from inside another operation.")
        quiet = make_context(seed, stream, None, is_cancelled)
        quiet.warnings = context.warnings
        return next(run_map(other, iter([batch]), other.parse(settings), quiet))

    context.caller = call
    return context


def answer(
    operation: Operation | str,
    source: Any = None,
    settings: Mapping[str, Any] | Settings | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    format: str | None = None,
    filename: str = "",
    seed: int = 0,
    limits: Limits | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    strict: bool = False,
) -> Answer:
    """Run an operation in this process and keep the result in memory.

    Parameters
    ----------
    operation : Operation or str
        The operation or its full name.
    source : path, "-", bytes, list, Series, DataFrame or Arrow table
        Records; see :func:`kozue.io.open_records`.
    settings : mapping or Settings, optional
        Defaults apply to what is missing.
    columns : mapping of str to str, optional
        Canonical column -> the user's column.
    format, filename : str, optional
        Format of ``source`` where it cannot be guessed, and a name for messages.
    seed : int, default 0
        Seed of everything random.
    limits : Limits, optional
        Caps on the input.
    on_progress, is_cancelled : callable, optional
        See :class:`~kozue.core.context.Context`.
    strict : bool, default False
        Fail if any record has no result.

    Returns
    -------
    Answer

    Raises
    ------
    KozueError
        If the input or settings cannot be used; never for a single bad record unless ``strict``.
    """
    op = find_operation(operation)
    chosen = settings if isinstance(settings, Settings) else op.parse(settings)
    models = op.model_references(chosen)
    context = make_context(seed, 0, on_progress, is_cancelled)
    opened = open_input(op, source, columns, format, filename, limits)
    if op.kind == "map":
        if opened is None:
            raise InputError(f"{op.name} needs records.", "Give SMILES, a file or a table.")
        found = _answer_map(op, opened, chosen, context, models)
    else:
        found = answer_job(op, opened, chosen, context, models)
    if strict:
        check_strict(found.table if op.kind == "map" else None, found.n_failed)
    return found


def open_input(
    op: Operation,
    source: Any,
    columns: Mapping[str, str] | None,
    format: str | None,
    filename: str,
    limits: Limits | None,
) -> RecordSource | None:
    """Open the records of an operation; None where it runs without."""
    from kozue.io import Limits as DefaultLimits
    from kozue.io import open_records

    if source is None:
        if op.takes is not None and not op.input_optional:
            raise InputError(
                f"{op.name} needs records, and none were given.", "Give SMILES, a file or a table."
            )
        return None
    if op.takes is None:
        raise InputError(f"{op.name} takes no records.", "Leave the input out.")
    return open_records(
        source, op.takes, columns=columns, format=format, filename=filename, limits=limits or DefaultLimits()
    )


def _answer_map(
    op: Operation, source: RecordSource, settings: Settings, context: Context, models: list[ModelReference]
) -> Answer:
    batches = list(run_map(op, source.batches(op.batch_rows), settings, context))
    if not batches:
        raise InputError(f"{source.name} holds no records.", "Check that it is the right file.")
    table = pa.Table.from_batches(batches)
    n_failed = table.num_rows - table.column(ERROR_CODE).null_count
    warnings = merge_warnings([*source.warnings, *context.warnings, *failure_warning(table, n_failed)])
    return Answer(
        op.name, table.num_rows, table.num_rows - n_failed, n_failed, warnings, table, models=models
    )


def answer_job(
    op: Operation,
    source: RecordSource | None,
    settings: Settings,
    context: Context,
    models: list[ModelReference],
) -> Answer:
    """Run a job on opened records with a given context."""
    counter = _Counter(source, op.batch_rows)
    result: JobResult = op(iter(counter), settings, context)
    tables = dict(result.tables)
    main = next(iter(tables.values())) if tables else pa.table({})
    tables.pop(next(iter(tables), ""), None)
    rejected = {entry.row: entry for entry in context.rejected}
    failures = sorted(
        [*counter.failures, *((row, entry.code, entry.message) for row, entry in rejected.items())]
    )
    warnings = [*(source.warnings if source else []), *context.warnings]
    if failures:
        rows = [{"row": row + 1, ERROR_CODE: code, ERROR_MESSAGE: message} for row, code, message in failures]
        tables["set_aside"] = pa.Table.from_pylist(rows)
        warnings.append(failed_records(len(failures), counter.rows, failures[0][0], failures[0][2]))
    if main.num_rows == 0:
        warnings.append(Warned("empty_result", "The result is empty."))
    return Answer(
        op.name,
        counter.rows,
        counter.rows - len(failures),
        len(failures),
        merge_warnings(warnings),
        main,
        tables,
        result.figures,
        result.files,
        result.summary,
        models,
    )


class _Counter:
    """Iterate over the readable records of a source, counting all and remembering the others."""

    def __init__(self, source: RecordSource | None, rows: int) -> None:
        self._source = source
        self._batch_rows = rows
        self.rows = 0
        self.failures: list[tuple[int, str, str]] = []

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        import pyarrow.compute as pc

        if self._source is None:
            return
        for batch in self._source.batches(self._batch_rows):
            codes = batch.column(ERROR_CODE)
            # Jobs name rows by their place in the input, which filtering would lose.
            numbered = batch.append_column(
                ROW, pa.array(range(self.rows, self.rows + batch.num_rows), pa.int64())
            )
            if codes.null_count < batch.num_rows:
                messages = batch.column(ERROR_MESSAGE)
                for index, code in enumerate(codes.to_pylist()):
                    if code is not None:
                        self.failures.append((self.rows + index, code, messages[index].as_py()))
                numbered = numbered.filter(pc.is_null(codes))
            self.rows += batch.num_rows
            yield numbered.drop_columns([ERROR_CODE, ERROR_MESSAGE])
        if self.rows == 0:
            raise InputError(f"{self._source.name} holds no records.", "Check that it is the right file.")


def failed_records(n_failed: int, n_in: int, row: int, message: str) -> Warned:
    """Return the warning that says how many records failed, and which the first is (0-based row)."""
    # The reader's own messages name the place already, by line or record.
    place = "" if re.search(r"(line|record) \d", message) else f" is record {row + 1}"
    return Warned(
        "failed_records",
        counted(f"{n_failed} of {n_in} records {{has|have}} no result; the first", n_failed)
        + f"{place}: {message}",
    )


def failure_warning(table: pa.Table, n_failed: int) -> list[Warned]:
    """Return the warning that says how many records failed and why the first did."""
    if not n_failed:
        return []
    codes = table.column(ERROR_CODE).to_pylist()
    first = next(row for row, code in enumerate(codes) if code is not None)
    return [failed_records(n_failed, table.num_rows, first, str(table.column(ERROR_MESSAGE)[first]))]


def check_strict(table: pa.Table | None, n_failed: int, first_row: int = 0) -> None:
    """Raise if any record failed; the rule of ``--strict``."""
    if n_failed == 0:
        return
    detail = ""
    if table is not None:
        codes = table.column(ERROR_CODE).to_pylist()
        row = next(index for index, code in enumerate(codes) if code is not None)
        detail = f" Record {first_row + row + 1}: {table.column(ERROR_MESSAGE)[row]}"
    raise InputError(
        counted("{count} {record has|records have} no result, and strict was asked for.", n_failed) + detail,
        "Repair or remove them.",
    )
