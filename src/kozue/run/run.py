"""One run: its state, and the process that works on it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.errors import RunError
from kozue.core.settings import Settings, parse_settings
from kozue.run.answers import Answer
from kozue.run.description import Description
from kozue.run.execution import process_start
from kozue.run.folder import RunFolder, now, read_json, write_json
from kozue.run.parts import operation_named

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.core.operation import Operation
    from kozue.run.query import Filters

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

    def wish(self, **wish: Any) -> None:
        """Ask something of a job while it works, for example to ban a substructure.

        Raises
        ------
        RunError
            If the run is over, or its operation takes no wishes.
        SettingsError
            If the operation does not know the wish.
        """
        op = self._operation()
        if op.wishes is None:
            raise RunError(
                f"{op.name} takes no wishes while it works.", "Cancel it and start it anew instead."
            )
        status = self.status()
        if status["state"] in FINAL:
            raise RunError(f"Run {self.id} is {status['state']}; it can no longer be steered.")
        self.files.add_wish(
            parse_settings(op.wishes, wish, op.name).model_dump(mode="json", exclude_unset=True)
        )

    @property
    def wishes_model(self) -> type[Settings] | None:
        """What its operation can be asked while it works, if anything."""
        return self._operation().wishes

    def wishes(self) -> list[dict[str, Any]]:
        """Return what was asked of it so far, oldest first."""
        return self.files.wishes()

    def preview(self) -> dict[str, Any]:
        """Return what a job has so far, see :meth:`kozue.core.context.Context.preview`; empty if it shows nothing."""
        return dict(read_json(self.files.preview)) if self.files.preview.exists() else {}

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
        filters: Filters | None = None,
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

    def _operation(self) -> Operation:
        return operation_named(self.asked.operation, self.asked.module)

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
