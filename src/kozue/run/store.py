"""The store of runs: create, find, start, cancel, resume, query."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.errors import RunError, unknown_name
from kozue.core.operation import Operation
from kozue.core.paths import home
from kozue.core.settings import Settings
from kozue.run.answers import Answer, find_operation, open_input
from kozue.run.description import Description, library_versions
from kozue.run.engines import ENGINES
from kozue.run.execution import process_start
from kozue.run.folder import RunFolder, now, read_json, write_json
from kozue.run.identifiers import is_id, new_id

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.io import Limits

FINAL = frozenset({"finished", "failed", "cancelled", "interrupted"})
CANCEL_SECONDS = 1.2


class Run:
    """One run and its folder.

    Parameters
    ----------
    folder : pathlib.Path
        The run folder.
    """

    def __init__(self, folder: Path) -> None:
        self.files = RunFolder(folder)
        self.asked = Description.read(self.files)

    @property
    def id(self) -> str:
        """ULID of the run."""
        return self.asked.id

    @property
    def folder(self) -> Path:
        """Its folder."""
        return self.files.path

    @property
    def result_path(self) -> Path:
        """``result.parquet``."""
        return self.files.result

    @property
    def report_path(self) -> Path:
        """``report.html``."""
        return self.files.report

    @property
    def state(self) -> str:
        """``queued``, ``running``, ``finished``, ``failed``, ``cancelled`` or ``interrupted``."""
        return str(self.status()["state"])

    def status(self) -> dict[str, Any]:
        """Return how far the run is; a run whose process is gone is ``interrupted``."""
        content = read_json(self.files.status)
        state = content.get("state", "queued")
        if state == "running" and not _alive(content.get("pid"), content.get("pid_started")):
            state = "interrupted"
        return {
            "id": self.id,
            "operation": self.asked.operation,
            "state": state,
            "n_in": content.get("n_in"),
            "n_ok": content.get("n_ok"),
            "n_failed": content.get("n_failed"),
            "done": content.get("done", 0),
            "total": content.get("total"),
            "rate": content.get("rate"),
            "eta_s": content.get("eta_s"),
            "message": content.get("message", ""),
            "warnings": content.get("warnings", []),
            "created": self.asked.created,
            "started": content.get("started"),
            "finished": content.get("finished"),
            "error": content.get("error"),
            "models": self.asked.models,
            "input": self.asked.input_name,
            "folder": str(self.folder),
        }

    def start(self) -> None:
        """Work on the run in a process of its own and return at once.

        Raises
        ------
        RunError
            If it is being worked on already.
        """
        if self.state == "running":
            raise RunError(f"Run {self.id} is being worked on already.", "Wait for it, or cancel it.")
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "kozue.run.worker", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # The worker takes seconds to import; until it reports, the run is already its.
        started = {"state": "running", "pid": process.pid, "pid_started": process_start(process.pid)}
        write_json(self.files.status, {**read_json(self.files.status), **started, "message": "starting"})
        _CHILDREN.append(process)

    def resume(self) -> None:
        """Go on from the last finished part; a finished run is left as it is."""
        if self.state != "finished":
            self.start()

    def cancel(self) -> None:
        """Stop the run within two seconds; finished parts are kept.

        Raises
        ------
        RunError
            If it is not running.
        """
        status = self.status()
        if status["state"] not in ("running", "queued"):
            raise RunError(f"Run {self.id} is {status['state']}; there is nothing to cancel.")
        self.files.cancel_wish.touch()
        pid = read_json(self.files.status).get("pid")
        if pid == os.getpid():
            return  # worked on in this very process, which will see the wish
        _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + CANCEL_SECONDS
        while time.monotonic() < deadline and self.state == "running":
            time.sleep(0.05)
        if self.state in ("running", "interrupted", "queued"):
            _signal(pid, signal.SIGKILL)
            content = read_json(self.files.status)
            write_json(self.files.status, {**content, "state": "cancelled", "finished": now(), "eta_s": None})

    def events(self, poll: float = 0.2) -> Iterator[dict[str, Any]]:
        """Yield the status whenever it changes, the last time in a final state."""
        last: dict[str, Any] | None = None
        while True:
            status = self.status()
            if status != last:
                last = status
                yield status
            if status["state"] in FINAL:
                return
            time.sleep(poll)

    def wait(self, seconds: float | None = None) -> dict[str, Any]:
        """Wait for a final state, or for some seconds, and return the status."""
        deadline = None if seconds is None else time.monotonic() + seconds
        status = self.status()
        while status["state"] not in FINAL and (deadline is None or time.monotonic() < deadline):
            time.sleep(0.05)
            status = self.status()
        return status

    def query(
        self,
        order: str | None = None,
        descending: bool = False,
        filters: Mapping[str, Any] | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[pa.Table, int]:
        """Return a page of the result table; see :func:`kozue.run.query.query_table`."""
        from kozue.run.query import query_table

        return query_table(self._finished_result(), order, descending, filters, offset, limit)

    def answer(self) -> Answer:
        """Read the whole result back into memory."""
        from kozue.run.query import read_answer

        self._finished_result()
        return read_answer(self)

    def _finished_result(self) -> Path:
        status = self.status()
        if status["state"] != "finished" or not self.result_path.exists():
            raise RunError(
                f"Run {self.id} is {status['state']}; it has no result yet.", "Wait for it or resume it."
            )
        return self.result_path


_CHILDREN: list[subprocess.Popen[bytes]] = []


def _alive(pid: int | None, started: str | None) -> bool:
    """Tell whether the process that leads a run still lives."""
    if pid is None:
        return False
    for child in list(_CHILDREN):
        if child.poll() is not None:  # reap our own, or they would look alive for ever
            _CHILDREN.remove(child)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return started is None or process_start(pid) in (None, started)


def _signal(pid: int | None, number: int) -> None:
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # The worker leads a session of its own; its pool goes with it.
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


class RunStore:
    """All runs below one folder; runs with a folder elsewhere are found through a link file.

    Parameters
    ----------
    root : pathlib.Path, optional
        ``runs`` in the user's Kozue folder by default.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or home() / "runs"

    def create(
        self,
        operation: Operation | str,
        source: Any = None,
        settings: Mapping[str, Any] | Settings | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        format: str | None = None,
        filename: str = "",
        engine: str = "inline",
        workers: int | None = None,
        seed: int = 0,
        strict: bool = False,
        limits: Limits | None = None,
        folder: Path | None = None,
    ) -> Run:
        """Describe a run in a new folder, without starting it.

        Parameters
        ----------
        operation : Operation or str
            What to do.
        source : path, "-", bytes, list, Series, DataFrame or Arrow table, optional
            Records. A file is read where it lies; everything else is kept in the run folder.
        settings, columns, format, filename, seed, strict, limits
            See :func:`kozue.run.answers.answer`.
        engine, workers
            See :mod:`kozue.run.engines`.
        folder : pathlib.Path, optional
            A folder of the user's own. If it holds the same run already, that one is returned.

        Raises
        ------
        InputError, SettingsError
            If input or settings cannot be used.
        RunError
            If the folder holds another run or other files.
        """
        op = find_operation(operation)
        chosen = settings if isinstance(settings, Settings) else op.parse(settings)
        if engine not in ENGINES:
            raise unknown_name("engine", engine, ENGINES)
        identifier = new_id()
        # Until it is complete, the folder has a name that no listing shows.
        draft = self.root / f".{identifier}.draft"
        draft.mkdir(parents=True)
        try:
            asked = self._describe(
                draft,
                identifier,
                op,
                chosen,
                source,
                columns,
                format,
                filename,
                engine,
                workers,
                seed,
                strict,
                limits,
            )
            asked.write(RunFolder(draft))
            write_json(RunFolder(draft).status, {"state": "queued"})
            if folder is None:
                os.replace(draft, self.root / identifier)
                return Run(self.root / identifier)
            return self._place(draft, folder.absolute(), asked)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _describe(
        self,
        draft: Path,
        identifier: str,
        op: Operation,
        settings: Settings,
        source: Any,
        columns: Mapping[str, str] | None,
        format: str | None,
        filename: str,
        engine: str,
        workers: int | None,
        seed: int,
        strict: bool,
        limits: Limits | None,
    ) -> Description:
        from kozue.io import Limits as Caps
        from kozue.run.inputs import keep_input

        models = [{"name": model.name, "sha256": model.sha256} for model in op.model_references(settings)]
        kept = keep_input(draft, source, filename, limits or Caps(), op.takes)
        opened = open_input(op, kept.path, columns, format, kept.name, limits)
        return Description(
            id=identifier,
            operation=op.name,
            module=op.function.__module__,
            kind=op.kind,
            settings=settings.model_dump(mode="json"),
            columns=dict(columns or {}),
            format=format,
            seed=seed,
            strict=strict,
            engine=engine,
            workers=workers,
            input=kept.recorded,
            input_name=kept.name,
            input_sha256=opened.fingerprint() if opened else "",
            input_limits=(limits or Caps()).model_dump(),
            models=models,
            versions=library_versions(),
            created=now(),
        )

    def _place(self, draft: Path, folder: Path, asked: Description) -> Run:
        """Move a draft to the user's folder, or find the same run there."""
        if (folder / "run.json").exists():
            there = Run(folder)
            if there.asked.fingerprint == asked.fingerprint:
                return there
            raise RunError(
                f"{folder} holds another run ({there.asked.operation} on {there.asked.input_name}).",
                "Choose another folder, or remove that one.",
            )
        if folder.exists() and any(folder.iterdir()):
            raise RunError(f"{folder} is not empty and holds no run.", "Choose another folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(draft, folder) if not folder.exists() else _move_into(draft, folder)
        (self.root / f"{asked.id}.link").write_text(str(folder), encoding="utf-8")
        return Run(folder)

    def unfinished_like(self, run: Run) -> Run | None:
        """Return the newest stopped run that asks the same as this one, to be resumed instead."""
        for other in self.list():
            if other.id == run.id or other.asked.fingerprint != run.asked.fingerprint:
                continue
            if other.state in ("cancelled", "interrupted"):
                return other
        return None

    def remove(self, run: Run) -> None:
        """Delete a run's folder."""
        shutil.rmtree(run.folder)
        (self.root / f"{run.id}.link").unlink(missing_ok=True)

    def list(self) -> list[Run]:
        """Return all runs, the newest first; folders that are no longer runs are left out."""
        if not self.root.exists():
            return []
        found = []
        for entry in self.root.iterdir():
            identifier = entry.name.removesuffix(".link")
            if is_id(identifier):
                with contextlib.suppress(RunError, OSError):
                    found.append(Run(self._folder(identifier)))
        return sorted(found, key=lambda run: run.id, reverse=True)

    def _folder(self, identifier: str) -> Path:
        link = self.root / f"{identifier}.link"
        return Path(link.read_text(encoding="utf-8")) if link.exists() else self.root / identifier

    def get(self, identifier: str) -> Run:
        """Return a run by its id or by the only start of an id that fits.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        wanted = identifier.upper()
        known = [run.id for run in self.list()] if len(wanted) < 26 else []
        fitting = [known_id for known_id in known if len(wanted) >= 6 and known_id.startswith(wanted)]
        if len(fitting) == 1:
            wanted = fitting[0]
        if not is_id(wanted) or not RunFolder(self._folder(wanted)).description.exists():
            raise unknown_name("run", identifier, [run.id for run in self.list()[:20]])
        return Run(self._folder(wanted))


def _move_into(draft: Path, folder: Path) -> None:
    for entry in draft.iterdir():
        shutil.move(entry, folder / entry.name)
