"""Settings in a file: TOML, YAML or JSON, read the same way for every operation."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.errors import FormatError, InputError, LimitError

if TYPE_CHECKING:
    from kozue.core.operation import Operation
    from kozue.core.settings import Settings

SUFFIXES = (".toml", ".yaml", ".yml", ".json")
LARGEST_BYTES = 5_000_000


def read_settings_file(path: str | Path) -> dict[str, Any]:
    """Read a file of settings as a mapping.

    Parameters
    ----------
    path : str or pathlib.Path
        Its suffix says how it is written: .toml, .yaml, .yml or .json.

    Raises
    ------
    InputError
        If there is no such file, or its suffix is none of these.
    FormatError
        If it cannot be read as what its suffix says; names the line.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{file} cannot be a settings file.",
            f"Its name should end in {', '.join(SUFFIXES)}.",
            {"file": str(file)},
        )
    if not file.is_file():
        raise InputError(f"There is no settings file {file}.", "Check the path.", {"file": str(file)})
    if file.stat().st_size > LARGEST_BYTES:
        raise LimitError(
            f"{file} is larger than {LARGEST_BYTES / 1e6:g} MB.", "Settings are a few lines of text."
        )
    try:
        found = _parsed(file.read_text(encoding="utf-8-sig"), file.suffix.lower())
    except ValueError as error:  # of TOML, JSON and of the encoding; YAML's is made one
        raise FormatError(
            f"{file} cannot be read as {file.suffix[1:].upper()}: {error}", "Correct it.", {"file": str(file)}
        ) from error
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise FormatError(
            f"{file} holds no settings: names with values were expected, not a {type(found).__name__}.",
            "Write for example: calls = 1000" if file.suffix == ".toml" else "Write for example: calls: 1000",
            {"file": str(file)},
        )
    return found


def load_settings(
    op: Operation, path: str | Path | None = None, given: Mapping[str, Any] | None = None
) -> Settings:
    """Read and check the settings of an operation.

    Parameters
    ----------
    op : Operation
        Whose settings.
    path : str or pathlib.Path, optional
        A file of settings; paths in it start from its folder.
    given : mapping, optional
        Settings that win over those of the file.

    Raises
    ------
    KozueError
        If the file cannot be read, or a setting cannot be used.
    """
    if path is None:
        return op.parse(given)
    file = Path(path).expanduser()
    found = read_settings_file(file)
    given = given or {}
    # Whatever the options give is read from the current folder; the rest is checked first, by the file's own folder.
    missing = {name: value for name, value in given.items() if name not in found}
    checked = op.parse({**found, **missing}, source=str(file), folder=file.resolve().parent)
    if not given:
        return checked
    return op.parse({**checked.model_dump(mode="json", include=set(found)), **given})


def _parsed(text: str, suffix: str) -> Any:
    if suffix == ".toml":
        return tomllib.loads(text)
    if suffix == ".json":
        return json.loads(text)
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
