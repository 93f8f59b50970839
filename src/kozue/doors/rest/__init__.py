"""REST door: every operation of the registry as ``POST /api/<system>/<verb>``, and runs beside them.

``create_app`` builds the application (the web pages are mounted at ``/ui``), ``serve`` runs it on this
machine only and prints the address with its one-time token.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kozue.doors.rest.app import create_app
    from kozue.doors.rest.server import serve

__all__ = ["create_app", "serve"]

_HOMES = {"create_app": "kozue.doors.rest.app", "serve": "kozue.doors.rest.server"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
