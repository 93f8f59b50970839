"""``kozue doctor``: look whether everything is here and in order."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from kozue.core.errors import KozueError
from kozue.core.paths import home
from kozue.core.registry import get_registry
from kozue.doors import terminal

EXTRAS = {"cluster": "ray"}


def doctor() -> None:
    """Check the installation: plug-ins, models, optional parts, folders."""
    rows = list(checks())
    terminal.show_rows(("", "what", "found"), [(_MARKS[state], what, found) for state, what, found in rows])
    if any(state == "bad" for state, _, _ in rows):
        terminal.stderr.print("Something needs repair; see the lines marked with '✗'.")
        sys.exit(1)


_MARKS = {"good": "✓", "note": "·", "bad": "✗"}


def checks() -> Iterator[tuple[str, str, str]]:
    """Yield (``good`` | ``note`` | ``bad``, what was looked at, what was found)."""
    from kozue.run.description import library_versions

    for name, version in library_versions().items():
        yield "good", name, version
    yield "good", "machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    registry = get_registry()
    yield "good", "operations", f"{len(registry.operations)} in {len(registry.systems)} systems"
    for plugin in registry.broken:
        yield "bad", f"plug-in {plugin.name} ({plugin.package})", plugin.reason
    yield from _models()
    yield from _folders()
    for extra, module in EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        found = "installed" if there else f"not installed; if you need it: pip install 'kozue[{extra}]'"
        yield ("good" if there else "note"), f"extra '{extra}'", found
    page = Path(__file__).parents[1] / "web" / "static" / "vendor"
    built = page.exists() and any(page.iterdir())
    yield (
        "good" if built else "bad",
        "web page",
        "built" if built else "its JavaScript was not built; install Kozue again",
    )


def _models() -> Iterator[tuple[str, str, str]]:
    from kozue.ml.store import list_models, verify_model

    for model in list_models():
        try:
            verify_model(model.folder)
            yield "good", f"model {model.name}", model.reference().sha256[:12]
        except KozueError as error:
            yield "bad", f"model {model.name}", str(error)


def _folders() -> Iterator[tuple[str, str, str]]:
    folder = home()
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = os.access(place, os.W_OK)
    free = shutil.disk_usage(place).free / 1e9
    yield ("good" if writable else "bad"), "your Kozue folder", f"{folder} ({free:.0f} GB free)"
    mirror = os.environ.get("KOZUE_MIRROR")
    if mirror:
        there = Path(mirror).is_dir()
        yield ("good" if there else "bad"), "KOZUE_MIRROR", mirror if there else f"{mirror} is not a folder"
