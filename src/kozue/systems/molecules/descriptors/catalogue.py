"""What can be computed: every block with its size, kind, cost and source. Light: no chemistry is loaded."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from kozue.core.records import Label

Kind = Literal["fingerprint", "numbers"]
Dimension = Literal["2D", "3D", "learned"]


@dataclass(frozen=True, slots=True)
class Block:
    """One representation.

    Parameters
    ----------
    key : str
        Name in the settings, and prefix of its columns.
    label : Label
        What a person reads.
    kind : {"fingerprint", "numbers"}
        Fingerprints hold whole numbers (how often, or whether, something occurs), by default as one list a
        molecule; numbers are named columns.
    ms : float
        Processor time a molecule of about 25 heavy atoms, in ms.
    source : str
        Where it was published.
    size : int
        How many numbers; 0 for a fingerprint whose size is set.
    meaning : str
        Of one number; ``{n}`` stands for its place. Blocks of the column table have a sentence each instead.
    version : int
        Goes up whenever a value changes; part of the cache key.
    dimension : {"2D", "3D", "learned"}
        What it is computed from.
    counts : bool
        Whether it can tell how often, not only whether.
    whole : bool
        Whether its numbers are whole (int32) or real (double).
    first : int
        Number of the first column.
    extra : str
        Optional dependency that it needs.
    unit : str
        Of all its numbers.
    """

    key: str
    label: Label
    kind: Kind
    ms: float
    source: str
    size: int = 0
    meaning: str = ""
    version: int = 1
    dimension: Dimension = "2D"
    counts: bool = False
    whole: bool = False
    first: int = 1
    extra: str = ""
    unit: str = ""


def _load() -> dict[str, Block]:
    text = Path(__file__).with_name("blocks.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text).items()
    return {key: Block(key=key, **{**entry, "label": Label(**entry["label"])}) for key, entry in entries}


BLOCKS: dict[str, Block] = _load()
CONFORMER_MS = 55.0


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a block.

    Parameters
    ----------
    name, unit, meaning : str
        Its column is called ``block_name``.
    """

    name: str
    unit: str
    meaning: str


@cache
def _table() -> dict[str, tuple[Number, ...]]:
    """Read the column table."""
    found: dict[str, list[Number]] = {}
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["block"], []).append(Number(row["name"], row["unit"], row["meaning"]))
    return {block: tuple(numbers) for block, numbers in found.items()}


def numbers(block: Block, size: int) -> tuple[Number, ...]:
    """Return the names, units and meanings of a block's numbers.

    Parameters
    ----------
    block : Block
        Which one.
    size : int
        Size of folded fingerprints.
    """
    named = _table().get(block.key)
    if named is not None:
        return named
    return tuple(
        Number(str(place), block.unit, block.meaning.format(n=place))
        for place in range(block.first, block.first + (block.size or size))
    )
