"""One part of a run: the task that an engine hands to a worker, in whichever process that is."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from kozue.core.context import Progress
from kozue.core.errors import UnknownNameError
from kozue.core.operation import Operation
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE
from kozue.core.registry import get_registry
from kozue.run.answers import make_context
from kozue.run.folder import PartOutcome, RunFolder
from kozue.run.rows import run_map

PROGRESS_SECONDS = 0.25


@dataclass(frozen=True)
class PartTask:
    """What a worker needs to know to do one part.

    Parameters
    ----------
    folder : pathlib.Path
        The run folder, on a file system that the worker sees.
    number : int
        0-based number of the part.
    batch : pyarrow.RecordBatch
        The part's input records.
    operation, module : str
        Full name, and the module that defines it (for operations outside the registry).
    settings : mapping
        JSON-ready settings.
    seed : int
        Seed of the run.
    """

    folder: Path
    number: int
    batch: pa.RecordBatch
    operation: str
    module: str
    settings: Mapping[str, Any]
    seed: int


def operation_named(name: str, module: str) -> Operation:
    """Return an operation by name, importing the module that defines it if the registry lacks it."""
    registry = get_registry()
    try:
        return registry.operation(name)
    except UnknownNameError:
        if not module:
            raise
        registry.add_module(importlib.import_module(module))
        return registry.operation(name)


def do_part(task: PartTask) -> PartOutcome:
    """Work on one part and leave its file in the run folder.

    Returns
    -------
    PartOutcome
        What goes into the manifest; written there by the process that leads the run.
    """
    folder = RunFolder(task.folder)
    op = operation_named(task.operation, task.module)
    context = make_context(task.seed, task.number, _progress_file(folder, task.number))
    batches = list(run_map(op, _slices(task.batch, op.batch_rows), op.parse(task.settings), context))
    digest = folder.write_part(task.number, batches)
    progress_path(folder, task.number).unlink(missing_ok=True)
    failed, first = _failures(batches)
    warnings = [asdict(warned) for warned in context.warnings]
    return PartOutcome(task.number, task.batch.num_rows, failed, digest, warnings, first)


def _slices(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _failures(batches: list[pa.RecordBatch]) -> tuple[int, list[Any] | None]:
    """Count the failed rows and describe the first one."""
    failed, first, start = 0, None, 0
    for batch in batches:
        codes = batch.column(ERROR_CODE)
        failed += batch.num_rows - codes.null_count
        if first is None and codes.null_count < batch.num_rows:
            row = next(index for index, code in enumerate(codes.to_pylist()) if code is not None)
            first = [start + row, batch.column(ERROR_MESSAGE)[row].as_py()]
        start += batch.num_rows
    return failed, first


def progress_path(folder: RunFolder, number: int) -> Path:
    """Return the file in which a part under way notes how many records it has done."""
    return folder.parts / f".{number:06d}.progress"


def _progress_file(folder: RunFolder, number: int) -> Any:
    """Return a callback that notes progress in a file, which any engine on any node can do."""
    path = progress_path(folder, number)
    last = time.monotonic()

    def note(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            beside.write_text(str(progress.done), encoding="ascii")
            os.replace(beside, path)

    return note


def rows_under_way(folder: RunFolder) -> int:
    """Return how many records the unfinished parts have done so far."""
    total = 0
    for path in folder.parts.glob(".*.progress"):
        try:
            total += int(path.read_text(encoding="ascii") or 0)
        except (OSError, ValueError):
            continue  # finished, and so removed, while we looked
    return total
