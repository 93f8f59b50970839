"""Bytes to records and back, streamed in batches.

Every reader keeps the promise *n records in = n records out*: a record that cannot be read is a row
with an ``error_code`` and a sentence naming file and line. Nothing here loads pyarrow before the
first source is opened.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kozue.io.archive import read_archive
    from kozue.io.limits import Limits
    from kozue.io.memory import records_table
    from kozue.io.source import RecordSource, open_records
    from kozue.io.write import writable_format, write_records

__all__ = [
    "Limits",
    "RecordSource",
    "open_records",
    "read_archive",
    "records_table",
    "writable_format",
    "write_records",
]

_PLACES = {
    "Limits": "kozue.io.limits",
    "RecordSource": "kozue.io.source",
    "open_records": "kozue.io.source",
    "read_archive": "kozue.io.archive",
    "records_table": "kozue.io.memory",
    "writable_format": "kozue.io.write",
    "write_records": "kozue.io.write",
}


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(place), name)


def __dir__() -> list[str]:
    return sorted(__all__)
