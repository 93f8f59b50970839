"""Running operations: in memory for small questions, in a run folder for everything else.

A run is a folder that explains itself: ``run.json``, ``parts/`` (one Parquet file a part),
``manifest.jsonl`` (a line a finished part), ``result.parquet``, ``report.html``, ``log.jsonl``.
The part is the unit of work, retry, resume and scale on every engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kozue.run.answers import Answer, answer
    from kozue.run.execution import execute
    from kozue.run.run import Run
    from kozue.run.store import RunStore

__all__ = ["Answer", "Run", "RunStore", "answer", "execute"]

_HOMES = {
    "Answer": "kozue.run.answers",
    "Run": "kozue.run.run",
    "RunStore": "kozue.run.store",
    "answer": "kozue.run.answers",
    "execute": "kozue.run.execution",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
