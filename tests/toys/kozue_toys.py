"""Small operations of a test system: quick, slow, breaking and killing ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from kozue.core.operation import JobResult, System, job, operation
from kozue.core.records import ROW, Column, Label, Molecule, RecordError, Schema, result_batch
from kozue.core.settings import Settings

SYSTEM = System("toy", Label("Toy", "おもちゃ"), Label("Counts letters.", "文字を数えます。"))

Length = Column("length", "int64", role="value", unit="letters", label=Label("Length", "長さ"))
Noise = Column("noise", "double", role="value")
Lengths = Schema("length", (Length,))


class Letters(Settings):
    """How to count."""

    at_most: int = Field(1000, ge=1, le=1_000_000, description="Longer texts are refused.")
    seconds: float = Field(
        0.0, ge=0, le=2, description="Time to waste on a batch.", json_schema_extra={"unit": "s"}
    )


def _lengths(batch: pa.RecordBatch, at_most: int) -> pa.RecordBatch:
    lengths = pc.utf8_length(batch.column("smiles"))
    errors = {
        row: RecordError("too_long", f"The text has {length} letters; {at_most} are allowed.")
        for row, length in enumerate(lengths.to_pylist())
        if length > at_most
    }
    values = pc.if_else(pc.greater(lengths, at_most), None, lengths)
    return result_batch({Length: values.cast(pa.int64())}, errors)


@operation(
    "toy.length",
    takes=Molecule,
    gives=Lengths,
    title=Label("Length", "長さ"),
    keywords=("count", "文字数"),
    batch_rows=16,
    part_rows=64,
)
def length(batches, settings: Letters, context):
    """Count the letters of a SMILES.

    Nothing chemical happens.
    """
    for batch in batches:
        if settings.seconds:
            time.sleep(settings.seconds)
        yield _lengths(batch, settings.at_most)


@operation(
    "toy.noise",
    takes=Molecule,
    gives=Schema("noise", (Noise,)),
    title=Label("Noise", "雑音"),
    batch_rows=16,
    part_rows=64,
)
def noise(batches, settings: Letters, context):
    """Give a random number to each record."""
    for batch in batches:
        yield result_batch({Noise: context.rng.random(batch.num_rows)})


@operation(
    "toy.fragile", takes=Molecule, gives=Lengths, title=Label("Fragile", "壊れ物"), batch_rows=8, part_rows=16
)
def fragile(batches, settings: Letters, context):
    """Break on every record that holds a Q."""
    for batch in batches:
        if any("Q" in text for text in batch.column("smiles").to_pylist()):
            raise ZeroDivisionError("a Q")
        yield _lengths(batch, settings.at_most)


class Victim(Settings):
    """Who dies."""

    marker: str = Field("", description="A file; the worker that finds it missing makes it and dies.")


@operation(
    "toy.deadly", takes=Molecule, gives=Lengths, title=Label("Deadly", "致命的"), batch_rows=8, part_rows=8
)
def deadly(batches, settings: Victim, context):
    """Kill the worker process once."""
    for batch in batches:
        if settings.marker and not Path(settings.marker).exists():
            Path(settings.marker).touch()
            os._exit(9)
        yield _lengths(batch, 1000)


@operation(
    "toy.burn",
    takes=Molecule,
    gives=Schema("burnt", (Noise,)),
    title=Label("Burn", "燃焼"),
    batch_rows=64,
    part_rows=256,
)
def burn(batches, settings: Letters, context):
    """Waste processor time, a little for each record."""
    for batch in batches:
        yield result_batch({Noise: [_burnt(text) for text in batch.column("smiles").to_pylist()]})


def _burnt(text: str) -> float:
    value = float(len(text))
    for _ in range(4000):
        value = (value * 1.0001 + 1.0) % 97.0
    return value


@operation("toy.short", takes=Molecule, gives=Lengths, title=Label("Short", "不足"))
def short(batches, settings: Letters, context):
    """Give too few rows back."""
    for batch in batches:
        yield _lengths(batch.slice(1), 1000)


class Sum(Settings):
    """How to sum."""

    steps: int = Field(1, ge=1, description="Steps, with a checkpoint after each.")
    seconds: float = Field(0.0, ge=0, le=0.1, description="Time a step takes.")


def square(number: int) -> int:
    """Return the square; a function that workers can import."""
    return number * number


@job(
    "toy.total",
    takes=Molecule,
    title=Label("Total", "合計"),
    batch_rows=16,
    part_rows=64,
    gives=Schema("total", (Column("total", "int64", role="value"),)),
)
def total(batches, settings: Sum, context):
    """Sum the lengths of all records."""
    found = 0
    for batch in batches:
        for row, text in zip(batch.column(ROW).to_pylist(), batch.column("smiles").to_pylist(), strict=True):
            if text == "reject":
                context.reject(row, "unwanted", "This one is not wanted.")
            else:
                found += len(text)
    first = context.checkpoint.load("step") or 0
    for step in range(first, settings.steps):
        time.sleep(settings.seconds)
        context.checkpoint.save("step", step + 1)
        context.progress(step + 1, settings.steps, "summing")
    squares = list(context.map(square, range(5)))
    return JobResult(
        tables={"total": pa.table({"total": [found]}), "squares": pa.table({"square": squares})},
        figures={"A line": "<svg xmlns='http://www.w3.org/2000/svg'></svg>"},
        files={"note.txt": b"hello"},
        summary={"first_step": first},
    )


class Steps(Settings):
    """How long to go on."""

    steps: int = Field(3, ge=1, le=100, description="Steps at most.")


class Stop(Settings):
    """What may be asked on the way."""

    stop_at: int = Field(ge=0, le=100, description="Step to stop at.", json_schema_extra={"label_ja": "停止"})


@job(
    "toy.walk",
    takes=None,
    title=Label("Walk", "歩く"),
    gives=Schema("walk", (Column("steps", "int64", role="value"),)),
    wishes=Stop,
)
def walk(batches, settings: Steps, context):
    """Take steps, and show them, until a wish says where to stop."""
    done = 0
    while done < min([settings.steps, *(wish["stop_at"] for wish in context.wishes())]):
        done += 1
        context.progress(done, settings.steps)
        context.preview(lambda done=done: _walked(done))
    context.preview(lambda: _walked(done), last=True)
    return JobResult(tables={"walk": pa.table({"steps": [done]})})


def _walked(done):
    return {
        "facts": {"steps": done},
        "records": [{"smiles": "C" * (done + 1), "score": done / 10}],
        "curves": {"step": list(range(1, done + 1)), "height": [number / 10 for number in range(done)]},
        "losses": {"too far": done},
        "labels": {"steps": "歩数", "height": "高さ"},
    }
