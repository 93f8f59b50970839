"""Writers for tables: CSV, TSV, Parquet, JSON lines and SMILES."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from kozue.core.errors import InputError
from kozue.core.records import column_of
from kozue.io.convert import as_text

if TYPE_CHECKING:
    import pyarrow as pa

# A spreadsheet takes a cell that begins with one of these for a formula
# (OWASP, "CSV Injection"). Numbers are not text columns, so -3.2 stays as it is.
FORMULA_STARTS = "=+-@\t\r"
ROW_GROUP = 65536


def write_csv(batches: Iterable[pa.RecordBatch], stream: BinaryIO, delimiter: str, guard: bool) -> int:
    """Write delimited text in UTF-8 with a header; lists and structs as JSON text; null as an empty cell."""
    import pyarrow.compute as pc

    rows = 0
    for number, batch in enumerate(batches):
        if number == 0:
            stream.write(_header(batch.schema.names, delimiter, guard))
        if batch.num_rows:
            cells = [_cells(array, delimiter, guard) for array in batch.columns]
            if len(cells) == 1:
                # An empty cell alone on its line would read as a blank line, not as a record.
                cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
            lines = pc.binary_join_element_wise(*cells, delimiter)
            stream.write("\n".join(lines.to_pylist()).encode("utf-8", "replace") + b"\n")
        rows += batch.num_rows
    return rows


def _header(names: Iterable[str], delimiter: str, guard: bool) -> bytes:
    import pyarrow as pa

    cells = _cells(pa.array(list(names), pa.string()), delimiter, guard).to_pylist()
    return (delimiter.join(cells) + "\n").encode("utf-8", "replace")


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet runs.

    >>> guarded("=1+1")
    "'=1+1"
    """
    return "'" + text if text[:1] and text[0] in FORMULA_STARTS else text


def _cells(array: pa.Array, delimiter: str, guard: bool) -> pa.Array:
    """Return an array's values as the text of cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    plain = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    texts = pc.fill_null(as_text(array), "")
    if plain:
        return texts
    if guard:
        risky = pc.match_substring_regex(texts, r"\A[=+\-@\t\r]")
        if pc.any(risky).as_py():
            texts = pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)
    special = pc.match_substring_regex(texts, f'["\r\n{re.escape(delimiter)}]')
    if pc.any(special).as_py():
        doubled = pc.replace_substring(texts, '"', '""')
        texts = pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
    return texts


def write_parquet(batches: Iterable[pa.RecordBatch], stream: BinaryIO) -> int:
    """Write Parquet; the same records give the same bytes however they were batched."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: Any = None
    rows = 0
    try:
        for batch in regrouped(batches, ROW_GROUP):
            if writer is None:
                writer = pq.ParquetWriter(stream, batch.schema, compression="zstd", version="2.6")
            writer.write_table(pa.Table.from_batches([batch]), row_group_size=ROW_GROUP)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise InputError("There are no records to write.")
    return rows


def regrouped(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Cut batches anew so that each but the last has the same number of rows; always yields one."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    count, empty = 0, None
    for batch in batches:
        empty = batch.slice(0, 0) if empty is None else empty
        held.append(batch)
        count += batch.num_rows
        while count >= rows:
            table = pa.Table.from_batches(held)
            yield _one(table.slice(0, rows))
            held = table.slice(rows).to_batches()
            count -= rows
    if count:
        yield _one(pa.Table.from_batches(held))
        empty = None
    elif empty is not None:
        yield empty


def _one(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def write_jsonl(batches: Iterable[pa.RecordBatch], stream: BinaryIO) -> int:
    """Write one JSON object a line; null and numbers that are not finite as ``null``."""
    rows = 0
    for batch in batches:
        for record in batch.to_pylist():
            stream.write(json.dumps(_plain(record), ensure_ascii=False, default=str).encode() + b"\n")
        rows += batch.num_rows
    return rows


def _plain(value: Any) -> Any:
    """Replace what JSON has no word for."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def write_smi(batches: Iterable[pa.RecordBatch], stream: BinaryIO) -> int:
    """Write ``SMILES name`` lines; a record without a structure keeps its line as ``* error: …``."""
    rows = 0
    for batch in batches:
        structures = molecule_column(batch)
        names = next((batch[name].to_pylist() for name in ("name", "id") if name in batch.schema.names), None)
        errors = batch["error_message"].to_pylist() if "error_message" in batch.schema.names else None
        for row, smiles in enumerate(structures):
            label = str(names[row] or "") if names else ""
            if smiles is None:
                label = f"error: {(errors[row] if errors else None) or 'no structure'} {label}"
            line = f"{smiles or '*'} {' '.join(label.split())}".rstrip()
            stream.write(line.encode() + b"\n")
        rows += batch.num_rows
    return rows


def molecule_column(batch: pa.RecordBatch) -> list[str | None]:
    """Return the structures of a batch.

    Raises
    ------
    InputError
        If no column has the molecule role or is named ``smiles``.
    """
    for field in batch.schema:
        if column_of(field).role == "molecule":
            return list(batch[field.name].to_pylist())
    if "smiles" in batch.schema.names:
        return list(batch["smiles"].to_pylist())
    raise InputError(
        "These records hold no molecules, so they cannot be written as SDF or SMILES.",
        "Write CSV or Parquet.",
    )
