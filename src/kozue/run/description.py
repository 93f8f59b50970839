"""``run.json``: what a run was asked to do, written once and never changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kozue
from kozue.core.errors import RunError
from kozue.run.folder import RunFolder, read_json, write_json

if TYPE_CHECKING:
    from kozue.io import Limits

VERSIONED = ("numpy", "pyarrow", "rdkit", "scikit-learn", "lightgbm", "torch")


@dataclass(frozen=True)
class Description:
    """What a run was asked to do.

    Parameters
    ----------
    id : str
        ULID.
    operation, module, kind : str
        Full name, module that defines it, ``map`` or ``job``.
    settings : dict
        JSON-ready, defaults filled in.
    columns : dict
        Canonical column -> the user's column, as given.
    format : str or None
        Input format, if the user gave it.
    seed : int
        Seed.
    strict : bool
        Fail if a record fails.
    engine : str
        ``inline``, ``pool`` or ``ray``; not part of the fingerprint, for the result is the same.
    workers : int or None
        Processes or CPUs.
    input : str or None
        Path of the input: absolute, or below the run folder; None without records.
    input_name : str
        Its name for messages.
    input_sha256 : str
        Fingerprint of the input.
    input_limits : dict
        Caps under which it was read.
    models : list of dict
        ``name`` and ``sha256`` of the models that answer.
    versions : dict
        Kozue, Python and the libraries that shape the result.
    created : str
        ISO 8601, UTC.
    """

    id: str
    operation: str
    module: str
    kind: str
    settings: dict[str, Any]
    columns: dict[str, str]
    format: str | None
    seed: int
    strict: bool
    engine: str
    workers: int | None
    input: str | None
    input_name: str
    input_sha256: str
    input_limits: dict[str, Any]
    models: list[dict[str, str]]
    versions: dict[str, str] = field(default_factory=dict)
    created: str = ""

    @property
    def limits(self) -> Limits:
        """Caps under which the input is read."""
        from kozue.io import Limits as Caps

        return Caps(**self.input_limits)

    @property
    def fingerprint(self) -> str:
        """Hash of everything that shapes the result; equal fingerprints, equal results."""
        shaping = {
            key: value
            for key, value in asdict(self).items()
            if key
            not in {"id", "engine", "workers", "input", "input_name", "input_limits", "created", "versions"}
        }
        shaping["kozue"] = self.versions.get("kozue")
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()

    def input_path(self, folder: RunFolder) -> Path | None:
        """Return where the input lies.

        Raises
        ------
        RunError
            If it is no longer there.
        """
        if self.input is None:
            return None
        path = folder.path / self.input  # an absolute path wins over the folder
        if not path.exists():
            raise RunError(f"The input {path} is no longer there.", "Put it back, or start a new run.")
        return path

    @classmethod
    def read(cls, folder: RunFolder) -> Description:
        """Read ``run.json``."""
        content = read_json(folder.description)
        content.pop("fingerprint", None)
        try:
            return cls(**content)
        except TypeError as error:
            raise RunError(
                f"{folder.description} was written by another version of Kozue: {error}.", "Start a new run."
            ) from error

    def write(self, folder: RunFolder) -> None:
        """Write ``run.json``."""
        write_json(folder.description, {**asdict(self), "fingerprint": self.fingerprint})


def library_versions() -> dict[str, str]:
    """Return the versions of Kozue, Python and the libraries that shape results."""
    versions = {"kozue": kozue.__version__, "python": platform.python_version()}
    for name in VERSIONED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
