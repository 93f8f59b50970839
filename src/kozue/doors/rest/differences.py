"""Two runs of one operation side by side: record by record, value by value."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.errors import InputError, unknown_name
from kozue.core.paths import home
from kozue.core.records import Column, Label, arrow_field, columns_of

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.run import Run

SECOND, CHANGE, WHERE = "_second", "_change", "in_runs"
KEY_ROLES = ("identifier", "name", "molecule")
WHERE_COLUMN = Column(
    WHERE,
    role="category",
    label=Label("In", "含まれる実行"),
    description="both: in both runs; first or second: only in that one.",
    required=False,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs that were laid beside each other.

    Parameters
    ----------
    path : pathlib.Path
        Parquet table: one row a record of either run.
    key : str
        Column by which records were matched; empty if by their place in the input.
    n_both, n_first, n_second : int
        Records in both runs, and only in one.
    summary : list of dict
        For each number: how many records have it in both runs, how many differ, the mean and largest change.
    warnings : list of str
        What to know about the matching.
    """

    path: Path
    key: str
    n_both: int
    n_first: int
    n_second: int
    summary: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def folder() -> Path:
    """Return where the tables lie; they can be made again at any time."""
    return home() / "cache" / "differences"


def forget(run_id: str) -> None:
    """Delete the tables that a run has part in."""
    for path in folder().glob(f"*{run_id}*.parquet"):
        path.unlink(missing_ok=True)
    for asked in [asked for asked in _KNOWN if run_id in asked]:
        _KNOWN.pop(asked, None)


def differences(first: Run, second: Run, key: str | None = None) -> Difference:
    """Lay two finished runs beside each other.

    Parameters
    ----------
    first, second : Run
        Of the same operation, both finished.
    key : str, optional
        Column by which records are matched; by default the first of identifier, name and structure that tells
        the records of both runs apart, else their place in the input.

    Raises
    ------
    InputError
        If they are of different operations.
    UnknownNameError
        If one has no such column.
    """
    if first.asked.operation != second.asked.operation:
        raise InputError(
            f"These runs are of different operations ({first.asked.operation}, {second.asked.operation}).",
            "Compare two runs of the same operation.",
        )
    asked = (first.id, second.id, key)
    known = _KNOWN.get(asked)
    if known is None or not known.path.is_file():
        known = _KNOWN[asked] = made(first, second, key)
    return known


# A finished run does not change; a person pages and sorts the same comparison many times.
_KNOWN: dict[tuple[str, str, str | None], Difference] = {}


def made(first: Run, second: Run, key: str | None) -> Difference:
    """Join two runs and keep the table."""
    import pyarrow.parquet as pq

    from kozue.run.query import read_parquet

    tables = read_parquet(first.result_path), read_parquet(second.result_path)
    warnings: list[str] = []
    chosen = chosen_key(*tables, key, warnings)
    joined = join(*tables, chosen, warnings)
    rows = joined.column(WHERE).to_pylist()
    path = folder() / f"{first.id}-{second.id}-{secrets.token_hex(4)}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(joined, path)
    both, first_only, second_only = (rows.count(where) for where in ("both", "first", "second"))
    return Difference(path, chosen, both, first_only, second_only, summary_of(joined), warnings)


def chosen_key(first: pa.Table, second: pa.Table, key: str | None, warnings: list[str]) -> str:
    """Return the column that tells records apart, or nothing for their place."""
    shared = [column for column in columns_of(first.schema) if column.name in second.column_names]
    if key is not None:
        names = [column.name for column in shared if not column.type.startswith(("list", "struct"))]
        if key not in names:
            raise unknown_name("column of both runs", key, names)
        if not (tells_apart(first, key) and tells_apart(second, key)):
            warnings.append(f"{key} is not unique; records that share a value are matched in their order.")
        return key
    for role in KEY_ROLES:
        for column in shared:
            if column.role == role and tells_apart(first, column.name) and tells_apart(second, column.name):
                return column.name
    warnings.append("No column tells the records apart; they are matched by their place in the input.")
    return ""


def tells_apart(table: pa.Table, name: str) -> bool:
    """Tell whether a column has no empty and no repeated value."""
    import pyarrow.compute as pc

    column = table.column(name)
    return bool(column.null_count == 0 and pc.count_distinct(column).as_py() == len(column))


def keys_of(table: pa.Table, key: str) -> list[Any]:
    """Return what each record is matched by; repetitions are numbered."""
    if not key:
        return list(range(table.num_rows))
    seen: dict[Any, int] = {}
    found = []
    for value in table.column(key).to_pylist():
        seen[value] = seen.get(value, -1) + 1
        found.append((value, seen[value]))
    return found


def join(first: pa.Table, second: pa.Table, key: str, warnings: list[str]) -> pa.Table:
    """Return one row a record: names, where it is, and each value of both runs beside its change."""
    import pyarrow as pa

    places = {value: place for place, value in enumerate(keys_of(second, key))}
    pairs: list[tuple[int | None, int | None]] = []
    for place, value in enumerate(keys_of(first, key)):
        pairs.append((place, places.pop(value, None)))
    pairs += [(None, place) for place in places.values()]
    left = pa.array([a for a, _ in pairs], pa.int64())
    right = pa.array([b for _, b in pairs], pa.int64())
    where = [
        "both" if a is not None and b is not None else "first" if b is None else "second" for a, b in pairs
    ]
    found: dict[Column, Any] = {}
    values: dict[Column, Any] = {}
    for column in columns_of(first.schema):
        if column.name not in second.column_names:
            continue
        ours, theirs = first.column(column.name).take(left), second.column(column.name).take(right)
        if column.role in KEY_ROLES:
            found[column] = pa.array(
                [a if a is not None else b for a, b in zip(ours.to_pylist(), theirs.to_pylist(), strict=True)]
            )
        elif is_compared(column, ours, theirs):
            values |= beside(column, ours, theirs)
    found[WHERE_COLUMN] = pa.array(where, pa.string())
    everything = found | values
    if not values:
        warnings.append("The runs have no values that can be compared.")
    return pa.table(
        list(everything.values()), schema=pa.schema([arrow_field(column) for column in everything])
    )


def is_compared(column: Column, ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> bool:
    """Tell whether a column is a value of its own: no interval end, and words only where they differ."""
    if column.role in ("value", "probability"):
        return is_number(column)
    if column.role == "category" and column.type == "string":
        both = zip(ours.to_pylist(), theirs.to_pylist(), strict=True)
        return any(a != b for a, b in both if a is not None and b is not None)
    return column.role is None and is_number(column)


def is_number(column: Column) -> bool:
    """Tell whether a column holds numbers."""
    return column.type.startswith(("double", "float", "halffloat", "int", "uint"))


def beside(column: Column, ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> dict[Column, Any]:
    """Return the columns of one value: first run, second run, change."""
    import pyarrow as pa
    import pyarrow.compute as pc

    group = f"compared:{column.name}"
    label = column.label or Label(column.title(), column.title())
    kind = "double" if is_number(column) else "string"
    arrow = pa.float64() if is_number(column) else pa.string()
    role = column.role if is_number(column) else "category"

    def named(end: str, en: str, ja: str) -> Column:
        title = Label(f"{label.en}, {en}", f"{label.ja}（{ja}）") if end else label
        return Column(column.name + end, kind, role, column.unit, title, column.description, False, group)

    found = {
        named("", "", ""): ours.cast(arrow).combine_chunks(),
        named(SECOND, "second", "2"): theirs.cast(arrow).combine_chunks(),
    }
    if is_number(column):
        change = pc.subtract(theirs.cast(arrow), ours.cast(arrow)).combine_chunks()
        found[named(CHANGE, "change", "差")] = change
    return found


def summary_of(joined: pa.Table) -> list[dict[str, Any]]:
    """Return how much each number changed, the most changed first."""
    import numpy as np

    found = []
    for column in columns_of(joined.schema):
        if not column.name.endswith(CHANGE) or column.name.removesuffix(CHANGE) not in joined.column_names:
            continue
        name = column.name.removesuffix(CHANGE)
        first = joined.column(name).to_numpy(zero_copy_only=False)
        change = joined.column(column.name).to_numpy(zero_copy_only=False)
        known = np.isfinite(change)
        # Values are stored with seven digits; less than that is no difference.
        differs = np.abs(change[known]) > 1e-6 * np.maximum(1e-6, np.abs(first[known]))
        found.append(
            {
                "column": name,
                "n": int(known.sum()),
                "n_different": int(differs.sum()),
                "mean_change": float(change[known].mean()) if known.any() else None,
                "largest_change": float(np.abs(change[known]).max()) if known.any() else None,
                "unit": column.unit,
            }
        )
    return sorted(found, key=lambda entry: -entry["n_different"])
