"""Whether a request from outside may start programs on this machine: only if its user said so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kozue.core.errors import SettingsError
from kozue.core.operation import Operation

ALLOWED = "KOZUE_ALLOW_PROGRAMS"


def refuse_programs(op: Operation, settings: Mapping[str, Any] | None) -> None:
    """Refuse settings that would start programs, unless the server was started so that it may.

    Web pages and agents speak through REST and MCP; the command line and Python are the user's own hands.

    Raises
    ------
    SettingsError
        If the settings cannot be used, or name programs and these are not allowed.
    """
    if os.environ.get(ALLOWED) == "1":
        return
    named = op.parse(settings).programs()
    if named:
        raise SettingsError(
            f"These settings would start programs on this machine ({', '.join(named)[:300]}), which requests from "
            "outside may not.",
            f"Run it from the command line or Python, or start the server with {ALLOWED}=1.",
        )
