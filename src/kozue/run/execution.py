"""Execute a run folder from wherever it stands to its end."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kozue.core.context import Checkpoint, Progress, Warned, merge_warnings
from kozue.core.errors import Cancelled, InputError, KozueError, RunError
from kozue.core.operation import Operation
from kozue.core.wording import counted
from kozue.run.answers import Answer, answer_job, failed_records, json_value, make_context, open_input
from kozue.run.description import Description
from kozue.run.engines import Engine, make_engine
from kozue.run.folder import COMPRESSION, PartOutcome, RunFolder, StatusWriter, now, write_json
from kozue.run.parts import PartTask, do_part, operation_named, rows_under_way

RESUME_HINT = "Finished parts are kept: resume it with 'kozue runs resume', or give the same command again."


def execute(
    folder: Path,
    *,
    engine: str | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Do what a run folder describes, skipping the parts that are finished.

    Parameters
    ----------
    folder : pathlib.Path
        With a ``run.json``; see :meth:`kozue.run.store.RunStore.create`.
    engine : {"inline", "pool", "ray"}, optional
        Instead of the one it was created with; the result is the same.
    workers : int, optional
        Processes or CPUs.
    on_progress, is_cancelled : callable, optional
        See :class:`~kozue.core.context.Context`.

    Returns
    -------
    dict
        The final status.

    Raises
    ------
    Cancelled
        If it was stopped; it can be resumed.
    KozueError
        If it failed; the reason is in the status, too.
    """
    execution = _Execution(RunFolder(folder), on_progress, is_cancelled)
    hands: Engine | None = None
    try:
        execution.begin()
        hands = make_engine(engine or execution.asked.engine, workers or execution.asked.workers)
        execution.work(hands)
    except (Cancelled, KeyboardInterrupt):
        execution.end("cancelled")
        raise Cancelled("The run was cancelled.", RESUME_HINT) from None
    except Exception as error:
        if execution.folder.cancel_wish.exists():
            # The signal struck inside a library that turned it into an error of its own.
            execution.end("cancelled")
            raise Cancelled("The run was cancelled.", RESUME_HINT) from error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            full = RunError(f"The disk that holds {folder} is full.", f"Make room. {RESUME_HINT}")
            # The status may not find room either; the run then counts as interrupted, and can be resumed as well.
            with contextlib.suppress(OSError):
                execution.end("failed", error=full.problem())
            raise full from error
        known = error if isinstance(error, KozueError) else RunError(f"{type(error).__name__}: {error}")
        execution.end("failed", error=known.problem())
        raise
    finally:
        if hands is not None:
            hands.close()
    return execution.status.content


class _Execution:
    """The state of one execution: what was asked, what is done, who wants to know."""

    def __init__(
        self,
        folder: RunFolder,
        on_progress: Callable[[Progress], None] | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> None:
        self.folder = folder
        self.asked = Description.read(folder)
        self.op: Operation = operation_named(self.asked.operation, self.asked.module)
        self.status = StatusWriter(folder)
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._looked = 0.0
        self._began = time.monotonic()
        self._rows_before = 0
        self._rows_done = 0
        self._source: Any = None
        self._rows_read = 0
        self._all_read = False

    def begin(self) -> None:
        """Take the folder over: remove half-written files and an old wish to cancel."""
        self.folder.parts.mkdir(exist_ok=True)
        self.folder.clean()
        self.folder.cancel_wish.unlink(missing_ok=True)
        for left in self.folder.parts.glob(".*.progress"):
            left.unlink(missing_ok=True)
        self.folder.log("begin", engine=self.asked.engine, pid=os.getpid())
        self.status.update(
            force=True,
            state="running",
            pid=os.getpid(),
            pid_started=process_start(os.getpid()),
            started=now(),
            finished=None,
            message="reading the input",
            done=0,
            total=None,
            error=None,
        )

    def end(self, state: str, **facts: Any) -> None:
        """Write the last status."""
        self.folder.log(state, **{key: value for key, value in facts.items() if key == "error"})
        self.status.update(force=True, state=state, finished=now(), eta_s=None, **facts)

    def tick(self) -> None:
        """Look for a wish to cancel and say how far the run is; called many times a second."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled("The run was cancelled.", RESUME_HINT)
        moment = time.monotonic()
        if moment - self._looked < 0.1:
            return
        self._looked = moment
        if self.folder.cancel_wish.exists():
            raise Cancelled("The run was cancelled.", RESUME_HINT)
        self._tell(self._rows_done + rows_under_way(self.folder), self._estimate(), "working")

    def _tell(self, done: int, total: int | None, message: str, *, force: bool = False) -> None:
        elapsed = max(time.monotonic() - self._began, 1e-6)
        rate = max(done - self._rows_before, 0) / elapsed
        eta = (total - done) / rate if total is not None and rate > 0 else None
        self.status.update(
            force=force,
            done=done,
            total=total,
            rate=round(rate, 1),
            eta_s=eta and round(eta, 1),
            message=message,
        )
        if self._on_progress is not None:
            self._on_progress(Progress(done, total, message))

    def _estimate(self) -> int | None:
        """Return the number of records: exact once all are read, before that from the bytes read so far."""
        if self._all_read:
            return self._rows_read
        size, position = self._source.size, self._source.position
        if not size or not position or not self._rows_read:
            return None
        return max(self._rows_read, round(self._rows_read * float(size) / float(position)))

    def work(self, hands: Engine) -> None:
        """Open the input, do the operation, write result and report."""
        settings = self.op.parse(self.asked.settings)
        path = self.asked.input_path(self.folder)
        self._source = open_input(
            self.op, path, self.asked.columns, self.asked.format, self.asked.input_name, self.asked.limits
        )
        if self._source is not None and self._source.fingerprint() != self.asked.input_sha256:
            raise RunError(
                f"{self.asked.input_name} has changed since this run was begun.",
                "Start a new run, or put the old file back.",
            )
        facts = self._work_map(hands) if self.op.kind == "map" else self._work_job(hands, settings)
        self.status.update(force=True, message="writing the report", **facts)
        from kozue.run.report import write_report

        write_report(self.folder, self.asked, self.op, self.status.content)
        self.end("finished", message="finished")

    def _work_map(self, hands: Engine) -> dict[str, Any]:
        outcomes = self.folder.finished_parts()
        self._rows_done = self._rows_before = sum(outcome.rows for outcome in outcomes.values())
        for outcome in hands.submit_all(do_part, self._tasks(set(outcomes)), self.tick):
            self._keep(outcome, outcomes)
        count = len(outcomes)
        if count == 0:
            raise InputError(f"{self._source.name} holds no records.", "Check that it is the right file.")
        self._tell(self._rows_done, self._rows_read, "joining the parts", force=True)
        self.folder.join_parts(count)
        return _map_facts([outcomes[number] for number in range(count)], list(self._source.warnings))

    def _tasks(self, finished: set[int]) -> Iterator[PartTask]:
        asked = self.asked
        for number, batch in enumerate(self._source.batches(self.op.part_rows)):
            self._rows_read += batch.num_rows
            if number not in finished:
                yield PartTask(
                    self.folder.path, number, batch, asked.operation, asked.module, asked.settings, asked.seed
                )
        self._all_read = True

    def _keep(self, outcome: PartOutcome, outcomes: dict[int, PartOutcome]) -> None:
        self.folder.add_to_manifest(outcome)
        outcomes[outcome.part] = outcome
        self._rows_done += outcome.rows
        if self.asked.strict and outcome.failed:
            row, message = outcome.first_failure or [0, ""]
            record = outcome.part * self.op.part_rows + row + 1
            raise InputError(
                f"Record {record} has no result, and strict was asked for: {message}",
                "Repair or remove it, or run without strict.",
            )

    def _work_job(self, hands: Engine, settings: Any) -> dict[str, Any]:
        context = make_context(
            self.asked.seed,
            0,
            lambda progress: self._tell(progress.done, progress.total, progress.message),
            self._wants_cancel,
            Checkpoint(self.folder.path / "checkpoint"),
            partial(_ordered_map, hands, self.tick_job),
        )
        context.on_preview = lambda content: write_json(self.folder.preview, json_value(dict(content)))
        context.asked = self.folder.wishes
        found = answer_job(self.op, self._source, settings, context, self.op.model_references(settings))
        if self.asked.strict and found.n_failed:
            raise InputError(
                counted(
                    "{count} {record was|records were} set aside, and strict was asked for.", found.n_failed
                ),
                "See the table 'set_aside'.",
            )
        write_job_result(self.folder, found)
        return {
            "n_in": found.n_in,
            "n_ok": found.n_ok,
            "n_failed": found.n_failed,
            "warnings": [warned.as_dict() for warned in found.warnings],
        }

    def _wants_cancel(self) -> bool:
        return self.folder.cancel_wish.exists() or (self._is_cancelled is not None and self._is_cancelled())

    def tick_job(self) -> None:
        """Look for a wish to cancel while a job's work is fanned out."""
        if self._wants_cancel():
            raise Cancelled("The run was cancelled.", RESUME_HINT)


def _map_facts(outcomes: list[PartOutcome], source_warnings: list[Warned]) -> dict[str, Any]:
    n_in = sum(outcome.rows for outcome in outcomes)
    n_failed = sum(outcome.failed for outcome in outcomes)
    warnings = merge_warnings([*source_warnings, *(w for outcome in outcomes for w in outcome.as_warnings())])
    start = 0
    for outcome in outcomes:
        if outcome.first_failure is not None:
            row, message = outcome.first_failure
            warnings.append(failed_records(n_failed, n_in, start + row, message))
            break
        start += outcome.rows
    return {
        "n_in": n_in,
        "n_ok": n_in - n_failed,
        "n_failed": n_failed,
        "warnings": [warned.as_dict() for warned in warnings],
    }


def _call_numbered(function: Callable[[Any], Any], numbered: tuple[int, Any]) -> tuple[int, Any]:
    number, item = numbered
    return number, function(item)


def _ordered_map(
    hands: Engine, tick: Callable[[], None], function: Callable[[Any], Any], items: Iterable[Any]
) -> Iterator[Any]:
    """Give results in the order of the items, whichever worker is ready first."""
    early: dict[int, Any] = {}
    wanted = 0
    for number, result in hands.submit_all(partial(_call_numbered, function), enumerate(items), tick):
        early[number] = result
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def write_job_result(folder: RunFolder, found: Answer) -> None:
    """Write a job's tables, figures, files and summary into the run folder."""
    for name in ("tables", "figures", "files"):
        (folder.path / name).mkdir(exist_ok=True)
    for name, table in found.tables.items():
        _write_table(folder.path / "tables" / f"{name}.parquet", table)
    figures = []
    for number, (title, svg) in enumerate(found.figures.items()):
        (folder.path / "figures" / f"{number:02d}.svg").write_text(svg, encoding="utf-8")
        figures.append({"title": title, "file": f"figures/{number:02d}.svg"})
    for name, content in found.files.items():
        (folder.path / "files" / Path(name).name).write_bytes(content)
    listed = {
        "summary": json_value(found.summary),
        "figures": figures,
        "tables": list(found.tables),
        "files": [Path(name).name for name in found.files],
    }
    write_json(folder.path / "summary.json", listed)
    _write_table(folder.result, found.table)


def _write_table(path: Path, table: pa.Table) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    pq.write_table(table, beside, compression=COMPRESSION)
    os.replace(beside, path)


def process_start(pid: int) -> str | None:
    """Return when a process started, so that a reused pid is not mistaken for it; None if unknown."""
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()[19]
        )
    except (OSError, IndexError):
        return None
