"""Cells to the types that a schema asks for; what cannot be converted is named row by row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kozue.core.records import Column, RecordError, arrow_type
from kozue.io.limits import Limits

if TYPE_CHECKING:
    import pyarrow as pa

Problems = dict[int, RecordError]

# How tables write "no value" in a column of numbers.
ABSENT = ("", "na", "n/a", "nan", "null", "none", "-", "#n/a", "<na>")
TRUE = ("true", "1", "yes", "t", "y", "1.0")
FALSE = ("false", "0", "no", "f", "n", "0.0")


def convert(array: pa.Array, column: Column, label: str, limits: Limits) -> tuple[pa.Array, Problems]:
    """Bring a user's column to the canonical type and check it.

    Parameters
    ----------
    array : pyarrow.Array
        The user's values, shape (n,).
    column : Column
        What the operation asks for.
    label : str
        The user's name of the column, for messages.
    limits : Limits
        Longest SMILES and text.

    Returns
    -------
    pyarrow.Array
        Values of the column's Arrow type; null where there is a problem.
    dict of int to RecordError
        0-based row -> what is wrong with it.
    """
    import pyarrow as pa

    wanted = arrow_type(column.type)
    if pa.types.is_string(wanted):
        values, problems = _text(array, column, label, limits)
    elif array.type == wanted:
        values, problems = array, {}
    elif pa.types.is_floating(wanted) or pa.types.is_integer(wanted):
        values, problems = _number(array, wanted, label)
    else:
        values, problems = _one_by_one(array, wanted, label)
    if pa.types.is_floating(wanted):
        values, infinite = _finite(values, label)
        problems = {**infinite, **problems}
    if column.required and values.null_count > 0:
        empty = RecordError("empty_value", f"the column {label!r} is empty")
        for row in _rows(values.is_null()):
            problems.setdefault(row, empty)
    return values, problems


def _rows(mask: pa.Array) -> list[int]:
    """Return the positions at which a mask is true."""
    import pyarrow.compute as pc

    return [int(row) for row in pc.indices_nonzero(mask).to_pylist()]


def as_text(array: pa.Array) -> pa.Array:
    """Return any array as strings; lists and structs as JSON, bytes as UTF-8."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_dictionary(kind):
        return as_text(array.dictionary_decode())
    if pa.types.is_nested(kind):
        texts = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in array.to_pylist()
        ]
        return pa.array(texts, pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        texts = [None if value is None else value.decode("utf-8", "replace") for value in array.to_pylist()]
        return pa.array(texts, pa.string())
    try:
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in array.to_pylist()], pa.string())


def _text(array: pa.Array, column: Column, label: str, limits: Limits) -> tuple[pa.Array, Problems]:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = as_text(array)
    if column.role in ("molecule", "identifier"):
        values = pc.utf8_trim_whitespace(values)
    blank = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(values)), 0)
    if pc.any(blank).as_py():
        values = pc.if_else(blank, pa.scalar(None, pa.string()), values)
    problems: Problems = {}
    bound = limits.max_smiles_chars if column.role == "molecule" else limits.max_text_chars
    # Bytes are at least as many as characters, and cheaper to count.
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    if longest > bound:
        lengths = pc.utf8_length(values)
        long = pc.greater(lengths, bound)
        if column.role == "molecule":
            long = pc.and_(long, pc.invert(pc.match_substring(values, "M  END")))
        for row in _rows(long):
            problems[row] = RecordError(
                "too_long",
                f"the column {label!r} holds {lengths[row].as_py():,} characters; the limit is {bound:,}",
            )
        values = pc.if_else(pc.fill_null(long, False), pa.scalar(None, pa.string()), values)
    return values, problems


def _number(array: pa.Array, wanted: pa.DataType, label: str) -> tuple[pa.Array, Problems]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        try:
            return array.cast(wanted), {}
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            array = as_text(array)
    trimmed = pc.utf8_trim_whitespace(array)
    absent = pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(ABSENT))
    trimmed = pc.if_else(absent, pa.scalar(None, trimmed.type), trimmed)
    try:
        return trimmed.cast(wanted), {}
    except pa.ArrowInvalid:
        return _one_by_one(trimmed, wanted, label)


def _one_by_one(array: pa.Array, wanted: pa.DataType, label: str) -> tuple[pa.Array, Problems]:
    import pyarrow as pa

    values: list[Any] = []
    problems: Problems = {}
    for row, given in enumerate(array.to_pylist()):
        try:
            values.append(None if given is None else _value(given, wanted))
        except (ValueError, OverflowError):
            values.append(None)
            problems[row] = RecordError(
                "unreadable_value", f"{str(given)[:60]!r} in the column {label!r} is not {_called(wanted)}"
            )
    return pa.array(values, wanted), problems


def _value(given: Any, wanted: pa.DataType) -> Any:
    import pyarrow as pa

    if pa.types.is_floating(wanted):
        return float(given)
    if pa.types.is_integer(wanted):
        number = float(given)
        if number != int(number) or abs(number) >= 2 ** (wanted.bit_width - 1):
            raise ValueError
        return int(number)
    if pa.types.is_boolean(wanted):
        word = str(given).strip().lower()
        if word in ABSENT:
            return None
        if word not in TRUE + FALSE:
            raise ValueError
        return word in TRUE
    value = json.loads(given) if isinstance(given, str) else given
    try:
        return pa.scalar(value, wanted).as_py()
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        raise ValueError from error


def _called(wanted: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_integer(wanted):
        return "a whole number"
    if pa.types.is_floating(wanted):
        return "a number"
    return "true or false" if pa.types.is_boolean(wanted) else f"of the type {wanted}"


def _finite(values: pa.Array, label: str) -> tuple[pa.Array, Problems]:
    import pyarrow as pa
    import pyarrow.compute as pc

    infinite = pc.fill_null(pc.invert(pc.is_finite(values)), False)
    if not pc.any(infinite).as_py():
        return values, {}
    nan = pc.fill_null(pc.is_nan(values), False)
    rows = _rows(pc.and_(infinite, pc.invert(nan)))
    reason = RecordError("unreadable_value", f"the number in the column {label!r} is infinite")
    return pc.if_else(infinite, pa.scalar(None, values.type), values), dict.fromkeys(rows, reason)
