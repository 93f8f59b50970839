"""The public benchmark: rows of the TDC ADMET group as they are shipped, and its leaderboard."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kozue.core.errors import DataError
from kozue.ml.metrics import SMALLER_IS_BETTER
from kozue.ml.store import file_hash

DATA_SET = "tdc_admet_group"
LICENCE = "CC BY 4.0"
BOARD = "TDC ADMET group, March 2026"
CITATION = "Huang et al., Therapeutics Data Commons, NeurIPS Datasets and Benchmarks 2021"

# Entries whose networks were pre-trained on assays that hold the labels of the Veith and CarbonMangels sets
# (github.com/mims-harvard/TDC issue 166), and a board that repeats the scores of another set (issue 394).
LEAKED_ENTRIES = ("MapLight + GNN", "ContextPred", "AttrMasking")
LEAKED_SETS = ("cyp2c9", "cyp2d6", "cyp3a4")
WRONG_BOARDS = frozenset({"bioavailability_ma"})


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
class Entry:
    """One entry of a set's public board.

    Parameters
    ----------
    name : str
        Of the method.
    value, spread : float
        Mean and standard deviation of its metric; the spread is NaN if none is given.
    is_leaked : bool
        Whether it is known to have seen the labels.
    """

    name: str
    value: float
    spread: float
    is_leaked: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a score would stand on a set's board, itself counted among the entries.

    Parameters
    ----------
    place, entries : int
        Place from 1; equal scores share the better one.
    clean_place, clean_entries : int
        The same without the entries that are known to have seen the labels.
    best : Entry
        The leader.
    """

    place: int
    entries: int
    clean_place: int
    clean_entries: int
    best: Entry


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

    def board(self, dataset: str) -> list[Entry]:
        """Return a set's entries, best first; none if its public scores are known to be those of another set."""
        rows = [row for row in self.leaderboard if row["dataset"] == dataset and dataset not in WRONG_BOARDS]
        sets_leak = dataset.startswith(LEAKED_SETS)
        entries = [
            Entry(
                row["model"],
                float(row["mean"]),
                float(row["std"] or "nan"),
                sets_leak and row["model"].startswith(LEAKED_ENTRIES),
            )
            for row in rows
        ]
        sign = 1 if rows and rows[0]["metric"] in SMALLER_IS_BETTER else -1
        return sorted(entries, key=lambda entry: sign * entry.value)

    def best(self, dataset: str) -> tuple[str, float] | None:
        """Return the leader of a set and its mean score."""
        entries = self.board(dataset)
        return (entries[0].name, entries[0].value) if entries else None

    def standing(self, dataset: str, metric: str, score: float) -> Standing | None:
        """Return where a score would stand on a set's board; None if there is no board to compare with."""
        entries = self.board(dataset)
        if not entries:
            return None
        sign = 1 if metric in SMALLER_IS_BETTER else -1
        clean = [entry for entry in entries if not entry.is_leaked]
        place, clean_place = (
            1 + sum(sign * entry.value < sign * score for entry in some) for some in (entries, clean)
        )
        return Standing(place, len(entries) + 1, clean_place, len(clean) + 1, entries[0])


def summary_of(standings: Sequence[Standing]) -> dict[str, float | int]:
    """Return mean place, firsts, places among the first three and the worst place, with and without leaked entries."""
    places = np.array([[one.place, one.clean_place] for one in standings])
    if not len(places):
        return {}
    found: dict[str, float | int] = {"boards": len(places)}
    for column, suffix in enumerate(("", "_without_leaks")):
        of_kind = places[:, column]
        found[f"mean_place{suffix}"] = round(float(of_kind.mean()), 2)
        found[f"first_on{suffix}"] = int((of_kind == 1).sum())
        found[f"top_3_on{suffix}"] = int((of_kind <= 3).sum())
        found[f"worst_place{suffix}"] = int(of_kind.max())
    return found


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
