"""What all readers share: the chunk they yield and the protocol they follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kozue.core.records import RecordError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class Chunk:
    """Some records as the file has them, before roles are known.

    Parameters
    ----------
    columns : list of pyarrow.Array
        One a column of the reader's schema, each of ``rows`` values.
    rows : int
        Number of records.
    places : sequence of int
        1-based line or record number of each.
    errors : dict of int to RecordError
        0-based row in the chunk -> what is wrong with it.
    origin : str
        What the places count in, where it is not the reader's own (a file in an archive).
    """

    columns: list[pa.Array]
    rows: int
    places: Sequence[int]
    errors: dict[int, RecordError] = field(default_factory=dict)
    origin: str = ""


Row: TypeAlias = "list[str | None] | list[str]"


class Reader(Protocol):
    """Reads one format.

    Attributes
    ----------
    format : str
        Its short name.
    schema : pyarrow.Schema
        The user's columns, names unique.
    place : str
        ``"line"`` or ``"record"``: what :attr:`Chunk.places` counts.
    """

    format: str
    place: str

    @property
    def schema(self) -> pa.Schema:
        """The user's columns."""

    @property
    def position(self) -> int:
        """Bytes consumed so far."""

    def chunks(self) -> Iterator[Chunk]:
        """Read from the start."""


def string_chunk(
    rows: Sequence[Sequence[str | None] | None],
    width: int,
    places: Sequence[int],
    errors: dict[int, RecordError],
) -> Chunk:
    """Build a chunk of text columns from rows; None stands for a row that cannot be read.

    Empty cells become null: a text file cannot tell the two apart.
    """
    import pyarrow as pa

    blank = (None,) * width
    whole = [row if row is not None else blank for row in rows]
    if whole:
        columns = [
            pa.array([cell or None for cell in cells], pa.string()) for cells in zip(*whole, strict=True)
        ]
    else:
        columns = [pa.array([], pa.string()) for _ in range(width)]
    return Chunk(columns, len(whole), places, errors)


def unique_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give every column a name of its own; return the names and those that occurred twice."""
    taken: set[str] = set(names)
    seen: set[str] = set()
    counts: dict[str, int] = {}
    unique, doubled = [], []
    for position, name in enumerate(names, 1):
        chosen = name or f"column_{position}"
        if chosen in seen:
            if name:
                doubled.append(name)
            base, count = chosen, counts.get(chosen, 2)
            while (chosen := f"{base} ({count})") in seen or chosen in taken:
                count += 1
            counts[base] = count + 1
        seen.add(chosen)
        unique.append(chosen)
    return unique, doubled
