"""Look into a run's result without reading it all: order, filter, page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from kozue.core.context import Warned
from kozue.core.errors import SettingsError, unknown_name
from kozue.core.operation import ModelReference
from kozue.run.answers import Answer
from kozue.run.folder import read_json

if TYPE_CHECKING:
    from kozue.run.run import Run

Filters = Mapping[str, Any] | Sequence[tuple[str, Any]]

OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "contains": "contains"}
MAX_LIMIT = 10_000


def query_table(
    path: Path,
    order: str | None = None,
    descending: bool = False,
    filters: Filters | None = None,
    offset: int = 0,
    limit: int = 100,
) -> tuple[pa.Table, int]:
    """Return one page of a Parquet table.

    Parameters
    ----------
    path : pathlib.Path
        Parquet file.
    order : str, optional
        Column to sort by; nulls last, ties in input order.
    descending : bool, default False
        Largest first.
    filters : mapping or sequence of pairs, optional
        Column -> value (equal), or column -> ``(operator, value)`` with one of ``= != < <= > >= contains``;
        as pairs a column may have several conditions. All of them must hold.
    offset, limit : int
        First row and number of rows, at most 10,000.

    Returns
    -------
    pyarrow.Table, int
        The page, and how many rows fit the filters in all.

    Raises
    ------
    UnknownNameError
        For a column or operator that does not exist.
    SettingsError
        For a value that the column cannot be compared with.
    """
    import duckdb

    schema = pq.read_schema(path)
    clauses, values = [], []
    for column, wanted in filters.items() if isinstance(filters, Mapping) else filters or ():
        clause, bound = _clause(schema, column, wanted)
        clauses.append(clause)
        values += bound
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    by = "file_row_number"
    if order is not None:
        _known(schema, order)
        by = f"{_quoted(order)} {'DESC' if descending else 'ASC'} NULLS LAST, file_row_number"
    limit = max(0, min(limit, MAX_LIMIT))
    source = f"read_parquet({_literal(str(path))}, file_row_number=true)"
    names = ", ".join(_quoted(name) for name in schema.names)
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        try:
            total = connection.execute(f"SELECT count(*) FROM {source}{where}", values).fetchall()
            page: pa.Table = connection.sql(
                f"SELECT {names} FROM {source}{where} ORDER BY {by} LIMIT {limit} OFFSET {max(0, offset)}",
                params=values,
            ).to_arrow_table()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(
                f"The filter cannot be used: {reason}.", "Compare numbers with numbers."
            ) from error
    # DuckDB knows nothing of roles and units; they come back from the file's own schema.
    page = pa.Table.from_arrays(
        [page.column(field.name).cast(field.type) for field in schema], schema=schema.remove_metadata()
    )
    return page, int(total[0][0])


def _clause(schema: pa.Schema, column: str, wanted: Any) -> tuple[str, list[Any]]:
    """Return one condition and the values bound in it."""
    field = _known(schema, column)
    operator, value = wanted if isinstance(wanted, (tuple, list)) and len(wanted) == 2 else ("=", wanted)
    if operator not in OPERATORS:
        raise unknown_name("operator", str(operator), OPERATORS)
    name = _quoted(column)
    if value is None:
        return (f"{name} IS NULL" if operator == "=" else f"{name} IS NOT NULL"), []
    if operator == "contains":
        return f"contains(lower(CAST({name} AS VARCHAR)), lower(?))", [str(value)]
    if pa.types.is_floating(field.type) or pa.types.is_integer(field.type):
        return f"{name} {OPERATORS[operator]} CAST(? AS DOUBLE)", [value]
    return f"{name} {OPERATORS[operator]} ?", [value]


def _known(schema: pa.Schema, column: str) -> pa.Field:
    if column not in schema.names:
        raise unknown_name("column", column, schema.names)
    return schema.field(column)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def read_answer(run: Run) -> Answer:
    """Read a finished run back into an :class:`~kozue.run.answers.Answer`."""
    status = run.status()
    found = Answer(
        operation=run.asked.operation,
        n_in=status["n_in"],
        n_ok=status["n_ok"],
        n_failed=status["n_failed"],
        warnings=[Warned(entry["code"], entry["message"]) for entry in status["warnings"]],
        table=read_parquet(run.result_path),
        models=[ModelReference(model["name"], model["sha256"]) for model in run.asked.models],
    )
    listed_path = run.folder / "summary.json"
    if listed_path.exists():
        listed = read_json(listed_path)
        found.summary = listed["summary"]
        found.tables = {
            name: read_parquet(run.folder / "tables" / f"{name}.parquet") for name in listed["tables"]
        }
        found.figures = {
            figure["title"]: (run.folder / figure["file"]).read_text(encoding="utf-8")
            for figure in listed["figures"]
        }
        found.files = {name: (run.folder / "files" / name).read_bytes() for name in listed["files"]}
    return found


def read_parquet(path: Path) -> pa.Table:
    """Read a whole Parquet file, and nothing beside it."""
    with pq.ParquetFile(path) as stored:
        return stored.read()
