"""Operations with nothing to do and with much to do: what an engine costs and what it gains."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pydantic import Field

from kozue.core.context import Context
from kozue.core.operation import operation
from kozue.core.records import Batch, Column, Label, Molecule, Schema, result_batch
from kozue.core.settings import Settings

Number = Column("number", "double", role="value")
Numbers = Schema("number", (Number,))


class Work(Settings):
    """How much to do."""

    rounds: int = Field(0, ge=0, description="Multiplications a record.")


@operation("bench.nothing", takes=Molecule, gives=Numbers, title=Label("Nothing", "何もしない"))
def nothing(batches: Iterator[Batch], settings: Work, context: Context) -> Iterator[Batch]:
    """Give the same number to each record, at once."""
    for batch in batches:
        yield result_batch({Number: pa.nulls(batch.num_rows, pa.float64()).fill_null(1.0)})


@operation(
    "bench.work", takes=Molecule, gives=Numbers, title=Label("Work", "計算"), batch_rows=256, part_rows=1024
)
def work(batches: Iterator[Batch], settings: Work, context: Context) -> Iterator[Batch]:
    """Keep one core busy for each record."""
    for batch in batches:
        yield result_batch({Number: [_busy(settings.rounds) for _ in range(batch.num_rows)]})


@operation(
    "bench.random", takes=Molecule, gives=Numbers, title=Label("Random", "乱数"), batch_rows=64, part_rows=256
)
def random(batches: Iterator[Batch], settings: Work, context: Context) -> Iterator[Batch]:
    """Give each record a random number after some work."""
    for batch in batches:
        _busy(settings.rounds * batch.num_rows)
        yield result_batch({Number: context.rng.random(batch.num_rows)})


def _busy(rounds: int) -> float:
    value = 1.0
    for _ in range(rounds):
        value = (value * 1.0001 + 1.0) % 97.0
    return value
