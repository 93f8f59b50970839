"""Broken inputs for any operation, made from its example and its schemas.

None of them may end as a success without a warning: each must give an error, a record with an error
code, or a warning. The suite runs every one through every door.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kozue.core.operation import Operation
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE, Column, Schema

NONSENSE = {
    "molecule": "not a molecule {}",
    "protein_sequence": "12345 {}",
    "nucleotide_sequence": "12345 {}",
    "protein_structure": "no atoms in here {}",
    "value": "many {}",
}
SENSE = {
    "molecule": ("CCO", "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CC(C)Cc1ccccc1"),
    "protein_sequence": ("MKVLAAGTWQRRSPL", "MSTNPKPQRKTKRNT", "MGSSHHHHHHSSGLV"),
    "nucleotide_sequence": ("ACGUACGUACGU", "GGCUAACGGAUC", "AUGGCCUUAGCA"),
    "value": ("1.5", "2.5", "3.25"),
}
MARKUP = "<img src=x onerror=alert(1)>"
HARMLESS = "a remark that is nothing else"


@dataclass(frozen=True)
class BrokenInput:
    """One input that must not pass in silence.

    Parameters
    ----------
    name : str
        What is wrong with it.
    source : pathlib.Path or None
        The file, which may not exist; None for an operation without records.
    settings : dict
        Settings for the operation, the example's where the fault is elsewhere.
    columns : dict of str to str, optional
        Choice of columns.
    """

    name: str
    source: Path | None
    settings: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] | None = None


@dataclass
class Table:
    """A good table of text, with what the operation takes first."""

    names: list[str]
    rows: list[list[str]]
    required: list[Column]

    def csv(self) -> bytes:
        """Write it as CSV."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([self.names, *self.rows])
        return stream.getvalue().encode()

    def changed(self, column: str, values: Any) -> Table:
        """Return a copy with other values in a column; ``values`` takes the old value and the row."""
        at = self.names.index(column)
        rows = [[*row[:at], values(row[at], n), *row[at + 1 :]] for n, row in enumerate(self.rows)]
        return Table(list(self.names), rows, self.required)

    def renamed(self, names: Mapping[str, str]) -> Table:
        """Return a copy with other column names."""
        return Table([names.get(name, name) for name in self.names], self.rows, self.required)

    def without(self, column: str) -> Table:
        """Return a copy without a column."""
        at = self.names.index(column)
        rows = [row[:at] + row[at + 1 :] for row in self.rows]
        return Table([name for name in self.names if name != column], rows, self.required)


def broken_inputs(operation: Operation, tmp_path: Path) -> list[BrokenInput]:
    """Make the broken inputs of an operation.

    Parameters
    ----------
    operation : Operation
        Any that is registered.
    tmp_path : pathlib.Path
        Where the files are written.

    Returns
    -------
    list of BrokenInput
        Distinct names, at least twenty for an operation that takes records.
    """
    good = dict(operation.example_settings)
    found: list[BrokenInput] = []
    if operation.takes is not None:
        table = good_table(operation)
        for name, content in (*broken_files(table), *broken_tables(table, operation)):
            suffix = {"parquet": ".csv", "archive": ".zip", "packed": ".csv.gz", "sdf": ".sdf"}
            ending = next((end for word, end in suffix.items() if word in name), ".csv")
            path = tmp_path / f"{name.replace(' ', '_').replace('/', '_')}{ending}"
            path.write_bytes(content)
            found.append(BrokenInput(name, path, good))
        whole = tmp_path / "whole.csv"
        whole.write_bytes(table.csv())
        found += broken_columns(table, whole, good)
        found += [
            BrokenInput("file that does not exist", tmp_path / "missing.csv", good),
            BrokenInput("folder instead of a file", tmp_path, good),
        ]
    else:
        whole = None
    found += [BrokenInput(name, whole, settings) for name, settings in broken_settings(operation)]
    return found


def good_table(operation: Operation) -> Table:
    """Return the operation's example as text, or records made from the schema's roles."""
    schema: Schema = operation.takes  # type: ignore[assignment]
    path = operation.example_path
    if path is not None and path.exists():
        from kozue.io import open_records
        from kozue.io.convert import as_text

        source = open_records(path, schema)
        batch = next(source.batches(60))
        names = [name for name in batch.schema.names if name not in (ERROR_CODE, ERROR_MESSAGE)]
        columns = [as_text(batch[name]).to_pylist() for name in names]
        fine = [row for row, code in enumerate(batch[ERROR_CODE].to_pylist()) if code is None]
        # A map judges each record by itself: a few are as good as all, and forty inputs stay quick.
        rows = [
            [column[row] or "" for column in columns] for row in fine[: 60 if operation.kind == "job" else 8]
        ]
    else:
        names = [column.name for column in schema.required]
        columns = [SENSE.get(column.role or "", ("alpha", "beta", "gamma")) for column in schema.required]
        rows = [list(cells) for cells in zip(*(column[:3] for column in columns), strict=True)]
    names = [*names, "remark"]
    return Table(names, [[*row, f"{HARMLESS} {n}"] for n, row in enumerate(rows)], schema.required)


def broken_files(table: Table) -> Iterator[tuple[str, bytes]]:
    """Yield files that are damaged, empty or something else than they seem."""
    good = table.csv()
    header = good.split(b"\n", 1)[0] + b"\n"
    noise = random.Random(0)
    yield "empty file", b""
    yield "header only", header
    yield "blank lines only", b"\n\n\n"
    yield "binary junk", noise.randbytes(5000)
    yield "PDF", b"%PDF-1.7\n" + noise.randbytes(500)
    yield "web page", b"<!DOCTYPE html><html><body>404</body></html>"
    yield "JSON", b'{"records": []}'
    yield "Python pickle", b"\x80\x04\x95" + noise.randbytes(100)
    long = io.BytesIO()
    long.write(header)
    for number in range(150):
        row = list(table.rows[number % len(table.rows)])
        row[-1] = f"{noise.getrandbits(64):x}"
        csv.writer(wrapper := io.StringIO(newline=""), lineterminator="\n").writerow(row)
        long.write(wrapper.getvalue().encode())
        if long.tell() > 2_000_000:
            break
    packed = gzip.compress(long.getvalue())
    yield "packed file cut in the middle", packed[: len(packed) * 2 // 3]
    yield "packed file of noise", b"\x1f\x8b\x08\0" + noise.randbytes(200)
    yield "archive that leads out", _zip({"../../evil.csv": good})
    yield "archive with a bomb", _zip({"bomb.csv": header + b"A" * 30_000_000})
    yield "archive that is a workbook", _zip({"[Content_Types].xml": b"", "xl/workbook.xml": b"<a/>"})
    yield "parquet named csv and cut", _parquet(table)[:-20]
    yield "sdf that holds nothing readable", b"x\n\n\nnot a block\nM  END\n$$$$\n" * 3
    yield "NUL byte in a row", _after(good, header, b"\0")
    yield "quote that is never closed", header + b'"' + good[len(header) :]
    yield "row with a cell too many", good + b"," * len(table.names) + b"\n"
    yield "row with a cell too few", good + b"x\n"
    yield (
        "one line in Shift_JIS",
        good + _csv_row([*table.rows[0][:-1], "表示ソ"]).encode("cp932") + "é\n".encode(),
    )
    yield "five megabyte value", good + b"C" * 5_000_000 + b"," * (len(table.names) - 1) + b"\n"


def broken_tables(table: Table, operation: Operation) -> Iterator[tuple[str, bytes]]:
    """Yield tables whose columns or values are wrong."""
    for column in table.required:
        name, role = column.name, column.role or ""
        yield f"no column for {name}", table.without(name).csv()
        yield f"{name} empty in every row", table.changed(name, lambda value, row: "").csv()
        yield f"{name} empty in one row", table.changed(name, lambda value, row: value if row else " ").csv()
        doubled = table.changed("remark", lambda value, row: "x").renamed({"remark": name})
        yield f"{name} twice", doubled.csv()
        if role not in NONSENSE:
            continue
        nonsense = NONSENSE[role]
        yield (
            f"{name} unreadable in every row",
            table.changed(name, lambda v, n, text=nonsense: text.format(n)).csv(),
        )
        yield (
            f"{name} unreadable in one row",
            table.changed(name, lambda v, n, text=nonsense: v if n else text).csv(),
        )
        yield f"{name} with markup", table.changed(name, lambda v, n: v if n else MARKUP).csv()
        swap = {name: "remark", "remark": name}
        yield f"{name} and another column swapped", table.renamed(swap).csv()
    numeric = _numeric(table)
    if operation.kind == "job" and numeric:
        for name in numeric:
            yield (
                f"{name} in another unit",
                table.changed(name, lambda v, n: f"{float(v) * 1e9}" if v else v).csv(),
            )
            yield f"{name} in words", table.changed(name, lambda v, n: "high").csv()
            yield f"{name} the same everywhere", table.changed(name, lambda v, n: "1").csv()
            yield f"{name} infinite", table.changed(name, lambda v, n: v if n else "inf").csv()
        yield "one record only", Table(table.names, table.rows[:1], table.required).csv()


def broken_columns(table: Table, path: Path, settings: dict[str, Any]) -> Iterator[BrokenInput]:
    """Yield choices of columns that do not exist or do not fit."""
    for column in table.required:
        near = column.name[:-1] + "_"
        yield BrokenInput(f"column chosen for {column.name} misspelt", path, settings, {column.name: near})
        yield BrokenInput(f"role {column.name} misspelt", path, settings, {near: column.name})
        if (column.role or "") in NONSENSE:
            yield BrokenInput(f"remarks chosen as {column.name}", path, settings, {column.name: "remark"})


def broken_settings(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield settings that are misspelt, out of bounds, of the wrong kind, or empty."""
    good = dict(operation.example_settings)
    yield "setting that does not exist", {**good, "no_such_setting": 1}
    schema = operation.settings.model_json_schema()
    for name, raw in schema.get("properties", {}).items():
        facts = _plain(raw, schema)
        kind = facts.get("type")
        yield f"setting {name} misspelt", {**good, name + "x": facts.get("default")}
        if kind in ("number", "integer"):
            yield f"setting {name} in words", {**good, name: "a lot"}
            if "minimum" in facts:
                yield f"setting {name} too small", {**good, name: facts["minimum"] - 1}
            if "maximum" in facts:
                yield f"setting {name} too large", {**good, name: facts["maximum"] + 1}
        if "enum" in facts:
            yield f"setting {name} unknown", {**good, name: "no such choice"}
        if kind == "array":
            yield f"setting {name} with an unknown entry", {**good, name: ["no such entry"]}
            if facts.get("minItems") or facts.get("default"):
                yield f"setting {name} empty", {**good, name: []}


def _plain(facts: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a reference and choose the first real type of ``X or null``."""
    if "$ref" in facts:
        return {**schema["$defs"][facts["$ref"].rsplit("/", 1)[-1]], **facts}
    for option in facts.get("anyOf", ()):
        if option.get("type") != "null":
            return {**_plain(option, schema), **facts}
    return dict(facts)


def _numeric(table: Table) -> list[str]:
    """Return the columns beyond the required ones that hold numbers."""
    taken = {column.name for column in table.required} | {"id", "name", "remark"}
    found = []
    for at, name in enumerate(table.names):
        values = [row[at] for row in table.rows if row[at]]
        if name not in taken and values and all(_is_number(value) for value in values):
            found.append(name)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _parquet(table: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    columns = list(zip(*table.rows, strict=True))
    pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], names=table.names), stream)
    return stream.getvalue()


def _after(good: bytes, header: bytes, noise: bytes) -> bytes:
    """Put noise into the first record."""
    at = len(header) + 1
    return good[:at] + noise + good[at:]


def _csv_row(cells: list[str]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
