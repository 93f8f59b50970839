"""What the routes share: registry, run store, uploads, limits, and the gate for small questions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from kozue.core.registry import Registry
from kozue.doors.molecule.handles import Handles
from kozue.doors.rest.problems import BusyError
from kozue.doors.rest.uploads import Uploads

if TYPE_CHECKING:
    from kozue.io import Limits
    from kozue.run import RunStore

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How much one request may ask for.

    Parameters
    ----------
    inline_rows : int
        Records answered at once; more become a run.
    inline_calls : int
        Small questions answered at the same time; further ones wait a little, then get a 429.
    inline_wait : float
        Seconds that such a question waits for its turn.
    body_bytes : int
        A JSON body.
    upload_bytes : int
        An uploaded file.
    page_rows : int
        Rows of one page of a run's table.
    """

    inline_rows: int = 1000
    inline_calls: int = 2
    inline_wait: float = 10.0
    body_bytes: int = 16 * MEGABYTE
    upload_bytes: int = 2048 * MEGABYTE
    page_rows: int = 1000


@dataclass
class Services:
    """Everything that a route may use; one for each application.

    Parameters
    ----------
    registry : Registry
        Operations.
    given_store : RunStore or None
        Where runs live; the user's own store if None, opened at first use.
    uploads : Uploads
        Received files.
    limits : ServerLimits
        Sizes.
    handles : Handles
        Structures by random names, for addresses that hold none.
    """

    registry: Registry
    given_store: RunStore | None
    uploads: Uploads
    limits: ServerLimits = field(default_factory=ServerLimits)
    handles: Handles = field(default_factory=Handles)

    def __post_init__(self) -> None:
        self._gate = threading.BoundedSemaphore(self.limits.inline_calls)

    @property
    def store(self) -> RunStore:
        """The run store."""
        if self.given_store is None:
            from kozue.run import RunStore

            self.given_store = RunStore()
        return self.given_store

    def input_limits(self) -> Limits:
        """Return the reader's limits for what comes over the network."""
        from kozue.io import Limits

        return Limits(max_file_bytes=self.limits.upload_bytes)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one of the few places for a small question.

        Raises
        ------
        BusyError
            If none became free in time.
        """
        if not self._gate.acquire(timeout=self.limits.inline_wait):
            raise BusyError(
                f"{self.limits.inline_calls} questions are being answered already.",
                "Ask again in a moment, or start a run with POST /api/runs.",
            )
        try:
            yield
        finally:
            self._gate.release()


def services_of(request: Request) -> Services:
    """Return the application's services."""
    found: Services = request.app.state.services
    return found


Use = Annotated[Services, Depends(services_of)]


def default_uploads() -> Path:
    """Return the folder of received files below the user's Kozue folder."""
    from kozue.core.paths import home

    return home() / "uploads"
