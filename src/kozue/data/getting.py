"""Get a data set's files: from a mirror, from the cache, or from its publisher."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kozue.core.errors import DataError, KozueError
from kozue.core.paths import home
from kozue.data.catalogue import DataFile, DataSet, DataSource, find
from kozue.data.download import ResumingDownloader, refuse_unsafe

MIRROR_VARIABLE = "KOZUE_MIRROR"
LOCK = "lock.json"


def get(name: str) -> dict[str, Path]:
    """Return a data set's files on this machine.

    A mirror folder (``KOZUE_MIRROR``) is looked at first, then what was downloaded before; then the
    publisher's files are downloaded, checked against the catalogue and made into the tables that the
    catalogue describes. Files whose hash nobody knows are recorded at their first download.

    Parameters
    ----------
    name : str
        Name in the catalogue.

    Returns
    -------
    dict of str to pathlib.Path
        By file name.

    Raises
    ------
    UnknownNameError
        If the catalogue has no such data set.
    DataError
        If a file cannot be had, or is not what was recorded.
    """
    entry = find(name)
    return {file.name: _from_mirror(entry, file) or _from_cache(entry, file) for file in entry.files}


def _from_mirror(entry: DataSet, file: DataFile) -> Path | None:
    root = os.environ.get(MIRROR_VARIABLE)
    if not root:
        return None
    path = Path(root).expanduser() / entry.mirror / file.name
    if not path.is_file():
        return None
    found = sha256_of(path)
    if found != file.sha256:
        raise DataError(
            f"{path} is not the file that the catalogue describes "
            f"(sha256 {found[:12]}…, not {file.sha256[:12]}…).",
            f"Replace it, or unset {MIRROR_VARIABLE} to download it.",
        )
    return path


def _from_cache(entry: DataSet, file: DataFile) -> Path:
    folder = home() / "data" / entry.name
    path = folder / file.name
    recorded = _read_lock(folder).get(file.name)
    if path.is_file() and recorded:
        if sha256_of(path) == recorded["sha256"]:
            return path
        raise DataError(
            f"{path} has changed since it was made.",
            f"Delete it and run 'kozue data get {entry.name}' again.",
        )
    if not file.sources:
        raise DataError(
            f"{file.name} of the data set {entry.name!r} is not on this machine, and its publisher offers it only in a "
            "form that could run code when it is opened (pickle), which Kozue never does.",
            f"Set {MIRROR_VARIABLE} to a folder that holds {entry.mirror}/{file.name}; "
            f"'kozue data describe {entry.name}' says what it is and where it came from.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    sources = {source.name: _source(entry, folder / "sources", source) for source in file.sources}
    try:
        made = _made(file, sources, folder) if file.prepare else next(iter(sources.values()))
    except (KozueError, ValueError, KeyError) as error:
        # What nobody has vouched for and what does not fit is not kept: it may be an error page.
        for source in file.sources:
            if not source.sha256:
                sources[source.name].unlink(missing_ok=True)
        raise DataError(
            f"{file.name} cannot be made from what {file.sources[0].url} gave: {error}",
            "The publisher may have changed the file, or be out of order; try again later.",
        ) from error
    for source in file.sources:
        _record(folder / "sources", source.name, sources[source.name], {"url": source.url})
    return made


def _source(entry: DataSet, folder: Path, source: DataSource) -> Path:
    """Return a publisher's file, downloaded if it is not there yet."""
    import pooch

    folder.mkdir(parents=True, exist_ok=True)
    recorded = _read_lock(folder).get(source.name, {}).get("sha256", "")
    expected = source.sha256 or recorded
    refuse_unsafe(source.url)
    try:
        place = pooch.retrieve(
            source.url,
            known_hash=f"sha256:{expected}" if expected else None,
            fname=source.name,
            path=folder,
            downloader=ResumingDownloader(folder / f".{source.name}.part"),
        )
    except ValueError as error:
        raise DataError(
            f"{source.url} gave a file that is not what was recorded (sha256 should be {expected[:12]}…).",
            "The publisher may have changed it, or something on the way did; it was not used.",
        ) from error
    except DataError as error:
        raise DataError(
            f"The data set {entry.name!r} is not on this machine, and {error.message}",
            f"Connect to the network and try again, or set {MIRROR_VARIABLE} to a folder that holds "
            f"{entry.mirror}/{entry.files[0].name}. What has arrived so far is kept.",
        ) from error
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written: {error}.", "Set KOZUE_HOME to another folder."
        ) from error
    return Path(place)


def _made(file: DataFile, sources: Mapping[str, Path], folder: Path) -> Path:
    """Make a table from the publisher's files and check that it is the one described."""
    from kozue.data.prepare import prepare

    handle, place = tempfile.mkstemp(prefix=".making-", suffix="-" + file.name, dir=folder)
    os.close(handle)
    beside = Path(place)
    try:
        rows, content = prepare(file.prepare, sources, file.datasets, beside)
        if rows != file.rows or (file.content and content != file.content):
            raise DataError(
                f"The table is not the one in the catalogue ({rows:,} rows, {file.rows:,} expected)."
            )
        os.replace(beside, folder / file.name)
    finally:
        beside.unlink(missing_ok=True)
    _record(folder, file.name, folder / file.name, {"from": list(sources)})
    return folder / file.name


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_lock(folder: Path) -> dict[str, Any]:
    path = folder / LOCK
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise DataError(
            f"{path} is damaged: {error}.", "Delete the folder and get the data again."
        ) from error
    return found


def _record(folder: Path, name: str, path: Path, facts: Mapping[str, Any]) -> None:
    """Write down what a file is, atomically."""
    lock = _read_lock(folder)
    lock[name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size, **facts}
    beside = folder / f".{LOCK}.{os.getpid()}"
    beside.write_text(json.dumps(lock, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(beside, folder / LOCK)
