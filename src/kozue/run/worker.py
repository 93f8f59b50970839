"""``python -m kozue.run.worker FOLDER``: work on a run in a process of its own."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

from kozue.core.errors import Cancelled, KozueError


def _stop(number: int, frame: FrameType | None) -> None:
    raise Cancelled("The run was cancelled.", "Resume it to go on from the last finished part.")


def main(folder: str) -> int:
    """Execute a run folder; the outcome is in its ``status.json``."""
    signal.signal(signal.SIGTERM, _stop)
    from kozue.run.execution import execute

    try:
        execute(Path(folder))
    except KozueError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
