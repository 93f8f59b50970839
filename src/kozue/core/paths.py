"""Where Kozue keeps what belongs to the user: runs, own models, downloaded data."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "KOZUE_HOME"


def home() -> Path:
    """Return the user's Kozue folder.

    ``KOZUE_HOME`` if it is set, else the platform's place for user data. The folder is not
    created here.
    """
    given = os.environ.get(HOME_VARIABLE)
    if given:
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("kozue", appauthor=False))
