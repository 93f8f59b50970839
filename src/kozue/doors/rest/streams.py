"""A run's progress as server-sent events, which pass through proxies and need no socket of their own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool

from kozue.run import Run

FINAL = frozenset({"finished", "failed", "cancelled", "interrupted"})


def event(name: str, data: dict[str, Any]) -> bytes:
    """Render one event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n".encode()


async def status_events(run: Run, poll: float = 0.25, heartbeat: float = 10.0) -> AsyncIterator[bytes]:
    """Yield a ``status`` event whenever the status changes, and ``end`` at a final state.

    Parameters
    ----------
    run : Run
        The run.
    poll : float
        Seconds between two looks.
    heartbeat : float
        Seconds of silence after which a comment keeps the connection open.
    """
    last: dict[str, Any] | None = None
    spoken = time.monotonic()
    while True:
        status = await run_in_threadpool(run.status)
        if status != last:
            last, spoken = status, time.monotonic()
            yield event("status", status)
        if status["state"] in FINAL:
            yield event("end", {"state": status["state"]})
            return
        if time.monotonic() - spoken > heartbeat:
            spoken = time.monotonic()
            yield b": still here\n\n"
        await asyncio.sleep(poll)
