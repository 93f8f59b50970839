"""The public benchmark: rows of the TDC ADMET group as they are shipped, and its leaderboard."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kozue.core.errors import DataError
from kozue.ml.metrics import SMALLER_IS_BETTER
from kozue.ml.store import file_hash

DATA_SET = "tdc_admet_group"
LICENCE = "CC BY 4.0"
CITATION = "Huang et al., Therapeutics Data Commons, NeurIPS Datasets and Benchmarks 2021"


@dataclass(frozen=True, slots=True)
class Part:
    """One part (``train_val`` or ``test``) of one set.

    Parameters
    ----------
    smiles : list of str
        Shape (n,), as shipped.
    values : numpy.ndarray
        Shape (n,), float64, original unit.
    """

    smiles: list[str]
    values: np.ndarray


@dataclass(frozen=True, slots=True)
class Group:
    """All sets.

    Parameters
    ----------
    parts : dict
        ``(set, part)`` to its rows.
    sha256 : str
        Of the file they were read from.
    leaderboard : list of dict
        Entries with ``dataset``, ``model``, ``mean``, ``std``; empty if the file is not there.
    """

    parts: dict[tuple[str, str], Part]
    sha256: str
    leaderboard: list[dict[str, str]]

    def best(self, dataset: str) -> tuple[str, float] | None:
        """Return the leader of a set and its mean score."""
        entries = [row for row in self.leaderboard if row["dataset"] == dataset]
        return (entries[0]["model"], float(entries[0]["mean"])) if entries else None

    def rank(self, dataset: str, score: float) -> tuple[int, int] | None:
        """Return where a score would stand on the board, and how many entries it has."""
        entries = [row for row in self.leaderboard if row["dataset"] == dataset]
        if not entries:
            return None
        sign = 1 if entries[0]["metric"] in SMALLER_IS_BETTER else -1
        better = sum(sign * float(row["mean"]) < sign * score for row in entries)
        return better + 1, len(entries)


def load_group(files: Mapping[str, Path] | None = None) -> Group:
    """Read the group.

    Parameters
    ----------
    files : mapping of str to pathlib.Path, optional
        Files of the data set by name; fetched from the data catalogue by default.

    Raises
    ------
    DataError
        If the data cannot be had.
    """
    if files is None:
        from kozue import data

        files = data.get(DATA_SET)
    board = _leaderboard({path.parent for path in files.values()})
    for path in files.values():
        if path.suffix == ".parquet":
            return Group(_from_parquet(path), file_hash(path), board)
    for path in files.values():
        if path.suffix == ".zip":
            return Group(_from_zip(path), file_hash(path), board)
    raise DataError(f"The data set {DATA_SET!r} has neither a Parquet file nor a zip archive.")


def _leaderboard(folders: set[Path]) -> list[dict[str, str]]:
    """Read the leaderboard, a copy of the public pages that may lie beside the data."""
    for folder in sorted(folders):
        for path in sorted(folder.glob("leaderboard_tdc_*.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                return list(csv.DictReader(lines))
    return []


def _from_parquet(path: Path) -> dict[tuple[str, str], Part]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["dataset", "split", "Drug", "Y"])
    parts = {}
    for dataset in pc.unique(table["dataset"]).to_pylist():
        of_set = table.filter(pc.equal(table["dataset"], dataset))
        for split in ("train_val", "test"):
            rows = of_set.filter(pc.equal(of_set["split"], split))
            parts[dataset, split] = Part(rows["Drug"].to_pylist(), np.asarray(rows["Y"].to_pylist(), float))
    return parts


def _from_zip(path: Path) -> dict[tuple[str, str], Part]:
    """Read the archive of the Harvard Dataverse: ``admet_group/<set>/{train_val,test}.csv``."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            place = Path(name)
            if place.suffix == ".csv" and place.stem in ("train_val", "test"):
                rows = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
                values = np.array([float(row["Y"]) for row in rows])
                parts[place.parent.name.lower(), place.stem] = Part([row["Drug"] for row in rows], values)
    return parts
