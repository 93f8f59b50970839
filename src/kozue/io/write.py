"""Records to files: streamed, atomic, and safe to open in a spreadsheet."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from kozue.core.errors import InputError
from kozue.io.tables import write_csv, write_jsonl, write_parquet, write_smi

if TYPE_CHECKING:
    import pyarrow as pa

BY_SUFFIX = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".sdf": "sdf", ".sd": "sdf", ".smi": "smi", ".smiles": "smi",
}  # fmt: skip
PACKED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
FORMATS = ("csv", "tsv", "parquet", "jsonl", "sdf", "smi")

Writer = Callable[[Iterable["pa.RecordBatch"], BinaryIO, bool], int]


def write_records(
    batches: Iterable[pa.RecordBatch],
    destination: str | Path | BinaryIO,
    format: str | None = None,
    *,
    guard_formulas: bool = True,
) -> int:
    """Write batches of records.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        All with one schema.
    destination : path, "-" or binary file
        A path is written beside and then renamed, so that it is whole or absent; ``.gz``, ``.zst`` and
        ``.bz2`` at its end pack it. ``"-"`` is standard output.
    format : str, optional
        ``csv``, ``tsv``, ``parquet``, ``jsonl``, ``sdf`` or ``smi``; else the path's suffix decides.
    guard_formulas : bool, default True
        Put an apostrophe before text cells of csv and tsv that a spreadsheet would run as a formula.

    Returns
    -------
    int
        Number of records written.

    Raises
    ------
    InputError
        If the format is not known or the place cannot be written.
    """
    if isinstance(destination, str) and destination == "-":
        import sys

        return _writer(format or "csv")(batches, sys.stdout.buffer, guard_formulas)
    if not isinstance(destination, (str, Path)):
        return _writer(format or "csv")(batches, destination, guard_formulas)
    path = Path(destination)
    chosen, packed = _by_suffix(path.name)
    writer = _writer(format or chosen or _unknown(path.name))
    with _beside(path) as raw, _packing(raw, packed) as stream:
        return writer(batches, stream, guard_formulas)


def writable_format(path: Path) -> str:
    """Return the format in which a path of this name would be written.

    Raises
    ------
    InputError
        If its suffix does not say.
    """
    return _by_suffix(path.name)[0] or _unknown(path.name)


def _by_suffix(name: str) -> tuple[str, str]:
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    packed = PACKED.get(suffixes.pop(), "") if suffixes and suffixes[-1] in PACKED else ""
    return (BY_SUFFIX.get(suffixes[-1], "") if suffixes else ""), packed


def _unknown(name: str) -> str:
    raise InputError(
        f"The name {name[:100]!r} does not say in which format to write.",
        f"End it with one of {', '.join(BY_SUFFIX)} (also with .gz or .zst), or choose a format.",
    )


def _writer(format: str) -> Writer:
    if format in ("csv", "tsv"):
        return lambda batches, stream, guard: write_csv(
            batches, stream, "\t" if format == "tsv" else ",", guard
        )
    if format == "sdf":
        from kozue.io.write_sdf import write_sdf

        return lambda batches, stream, guard: write_sdf(batches, stream)
    plain = {"parquet": write_parquet, "jsonl": write_jsonl, "smi": write_smi}.get(format)
    if plain is None:
        raise InputError(
            f"There is no format named {format[:60]!r} to write.", f"Formats: {', '.join(FORMATS)}."
        )
    return lambda batches, stream, guard: plain(batches, stream)


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file in the same folder and rename it when all went well."""
    beside = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("xb") as stream:
            yield stream
        os.replace(beside, path)
    except OSError as error:
        raise InputError(
            f"{str(path)[:300]!r} cannot be written: {error.strerror}.", "Choose another place."
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()


@contextmanager
def _packing(raw: BinaryIO, packed: str) -> Iterator[Any]:
    """Pack what is written, with the same bytes for the same input."""
    if not packed:
        yield raw
    elif packed == "gzip":
        import gzip

        # No name and no time in the header: equal records give equal files.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as stream:
            yield stream
    else:
        import pyarrow as pa

        with pa.CompressedOutputStream(pa.PythonFile(raw, "w"), packed) as stream:
            yield stream
