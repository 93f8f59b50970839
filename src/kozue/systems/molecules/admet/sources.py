"""Measured values for training, from every data set of the catalogue that has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kozue.core.errors import DataError
from kozue.ml.store import file_hash
from kozue.systems.molecules.admet import benchmark
from kozue.systems.molecules.admet.endpoints import TDC
from kozue.systems.molecules.admet.tasks import TASKS, Task


@dataclass(frozen=True, slots=True)
class Source:
    """One data set, as far as models learn from it.

    Parameters
    ----------
    name, licence, citation, sha256 : str
        For the model cards.
    """

    name: str
    licence: str
    citation: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that models learn from and are judged on.

    Parameters
    ----------
    group : benchmark.Group
        The public benchmark with its official parts.
    rows : dict of str to benchmark.Part
        By task: structures, and values in the endpoint's unit.
    sources : dict of str to Source
        By name.
    """

    group: benchmark.Group
    rows: dict[str, benchmark.Part]
    sources: dict[str, Source]


def load() -> Material:
    """Read all of it.

    Raises
    ------
    DataError
        If a data set cannot be had.
    """
    from kozue import data

    group = benchmark.load_group()
    rows, sources = {}, {}
    readers: dict[str, Callable[[Task], benchmark.Part]] = {
        TDC: lambda task: group.parts[task.dataset, "train_val"]
    }
    for task in TASKS.values():
        if task.source not in sources:
            files = data.get(task.source)
            facts = data.catalogue()[task.source]
            table = next(path for name, path in files.items() if not name.startswith("animal"))
            sources[task.source] = Source(task.source, facts.licence, facts.citation, file_hash(table))
            if task.source not in readers:
                readers[task.source] = _reader(table)
        rows[task.key] = _in_unit(readers[task.source](task), task)
    return Material(group, rows, sources)


def _reader(path: Path) -> Callable[[Task], benchmark.Part]:
    """Return what reads one task's rows from a table: stacked sets, or one column a set."""
    import pandas as pd

    frame: Any = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    structures = frame[[name for name in ("Smiles_unify", "smiles", "Smiles", "smiles_r") if name in frame]]
    smiles = structures.bfill(axis=1).iloc[:, 0]
    stacked = [name for name in ("value", "Activity", "Class", "Substrate") if name in frame]
    values = frame[stacked].bfill(axis=1).iloc[:, 0] if stacked else None

    def read(task: Task) -> benchmark.Part:
        chosen = frame["dataset"] == task.dataset if values is not None else frame[task.dataset].notna()
        measured = values if values is not None else frame[task.dataset]
        usable = chosen & smiles.notna() & measured.notna()
        if not usable.any():
            raise DataError(f"The data set {task.source!r} has no values of {task.dataset!r}.")
        return benchmark.Part(smiles[usable].tolist(), measured[usable].to_numpy(float))

    return read


def _in_unit(part: benchmark.Part, task: Task) -> benchmark.Part:
    if task.stored == "log10":
        return benchmark.Part(part.smiles, 10.0**part.values)
    return benchmark.Part(part.smiles, part.values * 100) if task.stored == "fraction" else part


def learned(task: Task, values: np.ndarray) -> np.ndarray:
    """Return values as the networks learn them: log10 where the task has a floor."""
    return values if task.floor is None else np.log10(np.maximum(values, task.floor))
