"""Context: what an operation may ask of whatever runs it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kozue.core.errors import Cancelled
from kozue.core.wording import counted

if TYPE_CHECKING:
    import numpy as np

    from kozue.core.records import Batch

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the reader of a result must know although the work went on.

    Parameters
    ----------
    code : str
        Short, stable, lower case.
    message : str
        A sentence; where it counts records it holds ``{count}`` and ``{one|several}``, see
        :func:`kozue.core.wording.counted`.
    count : int, optional
        How many records it speaks of; the counts of batches and parts are added up.
    """

    code: str
    message: str
    count: int | None = None

    @property
    def text(self) -> str:
        """The sentence with its count filled in."""
        return self.message if self.count is None else counted(self.message, self.count)

    def as_dict(self) -> dict[str, str]:
        """Return code and sentence, as the doors show them."""
        return {"code": self.code, "message": self.text}


def merge_warnings(warnings: Iterable[Warned]) -> list[Warned]:
    """Add up the counts of equal warnings and keep each once, in order of first appearance."""
    merged: dict[tuple[str, str], Warned] = {}
    for warned in warnings:
        key = (warned.code, warned.message)
        before = merged.get(key)
        if before is not None and before.count is not None and warned.count is not None:
            warned = replace(warned, count=before.count + warned.count)
        merged[key] = warned
    return list(merged.values())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is.

    Parameters
    ----------
    done : int
        Units finished.
    total : int or None
        Units in all, if known.
    message : str
        What is being done now.
    """

    done: int
    total: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that a job set aside.

    Parameters
    ----------
    row : int
        0-based position in the input.
    code, message : str
        Why.
    """

    row: int
    code: str
    message: str


class Checkpoint:
    """Named JSON states that survive a kill; each save replaces the last one atomically.

    Parameters
    ----------
    folder : pathlib.Path or None
        Where to keep them; None keeps them in memory only.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._memory: dict[str, Any] = {}

    def save(self, name: str, state: Any) -> None:
        """Keep a JSON-ready state under a name."""
        if self.folder is None:
            self._memory[name] = state
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{name}.tmp"
        beside.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        os.replace(beside, self.folder / f"{name}.json")

    def load(self, name: str) -> Any | None:
        """Return the last saved state, or None."""
        if self.folder is None:
            return self._memory.get(name)
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _serial(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    return (function(item) for item in items)


@dataclass
class Context:
    """Progress, cancel, checkpoint, seeded randomness and other operations, for one piece of work.

    Parameters
    ----------
    seed : int
        Seed of the run; the same seed gives the same result on every engine.
    stream : int
        Number of the part, so that parts draw different random numbers.
    on_progress : callable, optional
        Receives :class:`Progress`.
    is_cancelled : callable, optional
        Returns True when the work should stop.
    checkpoint : Checkpoint
        Named states for resume.
    caller : callable, optional
        ``(name, batch, settings) -> batch``; set by the engine for :meth:`call`.
    mapper : callable, optional
        ``(function, items) -> iterator``; set by the engine for :meth:`map`.
    on_preview : callable, optional
        Receives what :meth:`preview` shows.
    asked : callable, optional
        Returns all wishes of the run so far; set by the engine for :meth:`wishes`.
    """

    seed: int = 0
    stream: int = 0
    on_progress: Callable[[Progress], None] | None = None
    is_cancelled: Callable[[], bool] | None = None
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    caller: Callable[[str, Batch, Mapping[str, Any]], Batch] | None = None
    mapper: Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]] = _serial
    on_preview: Callable[[Mapping[str, Any]], None] | None = None
    asked: Callable[[], list[dict[str, Any]]] | None = None
    warnings: list[Warned] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    _rng: np.random.Generator | None = None
    _last_progress: float = 0.0
    _last_preview: float = 0.0

    @property
    def rng(self) -> np.random.Generator:
        """Random generator seeded by the run's seed and the part's number."""
        if self._rng is None:
            import numpy as np

            self._rng = np.random.default_rng([self.seed, self.stream])
        return self._rng

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Tell how far the work is; also the place where a cancel takes effect.

        Raises
        ------
        Cancelled
            If the person asked to stop.
        """
        self.check_cancelled()
        now = time.monotonic()
        finished = total is not None and done >= total
        if self.on_progress is not None and (finished or now - self._last_progress >= 0.05):
            self._last_progress = now
            self.on_progress(Progress(done, total, message))

    def check_cancelled(self) -> None:
        """Raise :class:`~kozue.core.errors.Cancelled` if the person asked to stop."""
        if self.is_cancelled is not None and self.is_cancelled():
            raise Cancelled("The run was cancelled.", "Resume it to go on from the last finished part.")

    def preview(self, make: Callable[[], Mapping[str, Any]], *, last: bool = False) -> None:
        """Show what a job has so far, at most once a second.

        Parameters
        ----------
        make : callable
            Returns JSON-ready data: ``facts`` (name to number or text), ``records`` (a list of rows, best first),
            ``curves`` (name to list of numbers; the first is the axis), ``losses`` (reason to count) and ``labels``
            (any of these names to Japanese). Only called when somebody will see it.
        last : bool
            Whether nothing comes after it; it is then shown however soon it comes.
        """
        now = time.monotonic()
        if self.on_preview is not None and (last or now - self._last_preview >= 1):
            self._last_preview = now
            self.on_preview(make())

    def wishes(self) -> list[dict[str, Any]]:
        """Return all that people have asked of this run since it began, oldest first; see ``Operation.wishes``."""
        return self.asked() if self.asked is not None else []

    def warn(self, code: str, message: str, count: int | None = None) -> None:
        """Attach a warning to the answer.

        Parameters
        ----------
        code : str
            Short, stable, lower case.
        message : str
            A sentence; ``{count}`` in it stands for the number of records, ``{molecule is|molecules are}`` for the
            words that go with one and with several.
        count : int, optional
            Records of this batch it speaks of; equal messages are kept once, their counts added up.
        """
        self.warnings[:] = merge_warnings([*self.warnings, Warned(code, message, count)])

    def reject(self, row: int, code: str, message: str) -> None:
        """Name a record (0-based input position) that a job sets aside, and why."""
        self.rejected.append(Rejected(row, code, message))

    def call(self, name: str, batch: Batch, **settings: Any) -> Batch:
        """Run another operation on a batch, by its registered name.

        Parameters
        ----------
        name : str
            For example ``"admet.predict"``.
        batch : pyarrow.RecordBatch
            Records with the columns that the operation takes.
        **settings
            Settings of that operation.

        Returns
        -------
        pyarrow.RecordBatch
            As many rows, with error columns.
        """
        if self.caller is None:
            raise RuntimeError("This context has no engine; run the operation through kozue.run.")
        return self.caller(name, batch, settings)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply a function to items over the engine's workers, in order."""
        return self.mapper(function, items)
