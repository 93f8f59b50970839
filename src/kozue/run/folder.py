"""The run folder: what is written where, always beside and then renamed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kozue.core.context import Warned
from kozue.core.errors import RunError

COMPRESSION = "zstd"


def write_json(path: Path, content: Any) -> None:
    """Write JSON beside and rename, so that a reader never sees half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False), encoding="utf-8")
    os.replace(beside, path)


def read_json(path: Path) -> Any:
    """Read a JSON file of a run folder.

    Raises
    ------
    RunError
        If it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            f"{path} is missing.", "This is not a run folder, or it was changed by hand."
        ) from None
    except json.JSONDecodeError as error:
        raise RunError(f"{path} is damaged: {error}.", "Start the run again with a new folder.") from error


def now() -> str:
    """Return the time of day as an ISO 8601 text in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class PartOutcome:
    """One finished part, as a line of ``manifest.jsonl``.

    Parameters
    ----------
    part : int
        0-based number.
    rows, failed : int
        Records of the part, and those without a result.
    sha256 : str
        Hash of the part's file.
    warnings : list of dict
        ``code``, ``message``, ``count``.
    first_failure : list or None
        ``[row in the part, message]`` of the first failed record.
    """

    part: int
    rows: int
    failed: int
    sha256: str
    warnings: list[dict[str, Any]] = field(default_factory=list)
    first_failure: list[Any] | None = None

    def as_warnings(self) -> list[Warned]:
        """Return the part's warnings."""
        return [Warned(**entry) for entry in self.warnings]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths and files of one run.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    """

    path: Path

    @property
    def description(self) -> Path:
        """``run.json``: what was asked."""
        return self.path / "run.json"

    @property
    def status(self) -> Path:
        """``status.json``: how far it is."""
        return self.path / "status.json"

    @property
    def parts(self) -> Path:
        """Folder of finished parts."""
        return self.path / "parts"

    @property
    def manifest(self) -> Path:
        """``manifest.jsonl``: a line a finished part."""
        return self.path / "manifest.jsonl"

    @property
    def result(self) -> Path:
        """``result.parquet``: the main table."""
        return self.path / "result.parquet"

    @property
    def report(self) -> Path:
        """``report.html``."""
        return self.path / "report.html"

    @property
    def cancel_wish(self) -> Path:
        """A file whose presence asks the run to stop."""
        return self.path / "cancel"

    @property
    def preview(self) -> Path:
        """``preview.json``: what a job under way has so far."""
        return self.path / "preview.json"

    def add_wish(self, wish: dict[str, Any]) -> None:
        """Append a wish to ``wishes.jsonl``."""
        with (self.path / "wishes.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(wish, ensure_ascii=False) + "\n")

    def wishes(self) -> list[dict[str, Any]]:
        """Return all wishes so far, oldest first; a line that is still being written is left for later."""
        path = self.path / "wishes.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def part(self, number: int) -> Path:
        """Return the path of a part's file."""
        return self.parts / f"{number:06d}.parquet"

    def log(self, event: str, **facts: Any) -> None:
        """Append a line to ``log.jsonl``."""
        line = json.dumps({"time": now(), "event": event, **facts}, ensure_ascii=False)
        with (self.path / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def finished_parts(self) -> dict[int, PartOutcome]:
        """Return the parts that are finished: named in the manifest and with a whole file."""
        found: dict[int, PartOutcome] = {}
        if not self.manifest.exists():
            return found
        for line in self.manifest.read_text(encoding="utf-8").splitlines():
            try:
                outcome = PartOutcome(**json.loads(line))
            except (json.JSONDecodeError, TypeError):
                continue  # the process was killed while it wrote this line; the part is done again
            if self.part(outcome.part).exists():
                found[outcome.part] = outcome
        return found

    def add_to_manifest(self, outcome: PartOutcome) -> None:
        """Record a finished part; starts on a fresh line even after a cut one."""
        line = json.dumps(asdict(outcome), ensure_ascii=False)
        with self.manifest.open("a+", encoding="utf-8") as stream:
            if stream.tell() and not _ends_with_newline(self.manifest):
                stream.write("\n")
            stream.write(line + "\n")

    def write_part(self, number: int, batches: list[pa.RecordBatch]) -> str:
        """Write a part beside and rename it; return its sha256."""
        self.parts.mkdir(exist_ok=True)
        target = self.part(number)
        beside = self.parts / f".{number:06d}.{os.getpid()}.tmp"
        with pq.ParquetWriter(beside, batches[0].schema, compression=COMPRESSION) as writer:
            writer.write_table(pa.Table.from_batches(batches))
        digest = hashlib.sha256(beside.read_bytes()).hexdigest()
        os.replace(beside, target)
        return digest

    def join_parts(self, count: int) -> None:
        """Write ``result.parquet`` from the parts in order, one at a time in memory."""
        beside = self.path / f".result.{os.getpid()}.tmp"
        writer: pq.ParquetWriter | None = None
        try:
            for table in self._part_tables(count):
                if writer is None:
                    writer = pq.ParquetWriter(beside, table.schema, compression=COMPRESSION)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()
        os.replace(beside, self.result)

    def _part_tables(self, count: int) -> Iterator[pa.Table]:
        for number in range(count):
            # ParquetFile, not read_table: the dataset reader would look at the folder's name too.
            with pq.ParquetFile(self.part(number)) as stored:
                yield stored.read()

    def clean(self) -> None:
        """Remove what a killed process left half-written."""
        for beside in [*self.path.glob(".*.tmp"), *self.parts.glob(".*.tmp")]:
            beside.unlink(missing_ok=True)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


class StatusWriter:
    """Keeps ``status.json`` current without writing it more than five times a second."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.content: dict[str, Any] = {}
        self._written = 0.0

    def update(self, *, force: bool = False, **facts: Any) -> None:
        """Change some facts; they reach the file at once if forced, else soon."""
        self.content.update(facts)
        moment = time.monotonic()
        if force or moment - self._written >= 0.2:
            self._written = moment
            write_json(self.folder.status, self.content)
