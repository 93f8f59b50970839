"""Zip and tar archives, opened with caps: members, bytes, ratio, names, links."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kozue.core.errors import ArchiveError, FormatError
from kozue.io.limits import Limits
from kozue.io.streams import blob_of_bytes, blob_of_path

PIECE = 1 << 16
DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
    struct.error,
)
HINT = "Unpack it yourself if you trust it, and give the files one by one."


def read_archive(path: str | Path | bytes, limits: Limits | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a zip or tar archive; nothing is written to disk.

    Parameters
    ----------
    path : path or bytes
        The archive, or its content.
    limits : Limits, optional
        Caps on members, unpacked bytes and the ratio of unpacked to packed bytes.

    Yields
    ------
    str
        Name inside the archive, a relative path without ``..``.
    bytes
        Content.

    Raises
    ------
    ArchiveError
        If a name leads out of the archive, a member is a link or a device, or a cap is reached.
    FormatError
        If it is no archive, is encrypted or damaged.
    """
    blob = blob_of_bytes(path, "The archive") if isinstance(path, bytes) else blob_of_path(Path(path))
    with blob.open() as stream:
        yield from members(stream, blob.name, limits or Limits())


def members(stream: BinaryIO, name: str, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive that is open; see :func:`read_archive`."""
    try:
        if stream.read(2) == b"PK" and zipfile.is_zipfile(stream):
            yield from _zip(stream, name, limits)
        else:
            stream.seek(0)
            yield from _tar(stream, name, limits)
    except DAMAGED as error:
        raise FormatError(
            f"{name} cannot be opened as a zip or tar archive: {str(error)[:200]}.",
            "It may be cut or damaged; copy or download it again.",
            {"file": name},
        ) from error


def safe_name(name: str, archive: str) -> str:
    """Return a member's name if it stays inside the archive.

    Raises
    ------
    ArchiveError
        For absolute paths, drive letters, ``..`` and control characters.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    drive = len(name) > 1 and name[1] == ":"
    if path.is_absolute() or drive or ".." in path.parts or any(ord(mark) < 32 for mark in name):
        raise ArchiveError(
            f"{archive} holds the file name {name[:100]!r}, which leads out of the archive.",
            "Such archives are made to overwrite files; do not unpack it.",
            {"file": archive},
        )
    return str(path)


class _Budget:
    """Counts members and bytes."""

    def __init__(self, name: str, packed: int, limits: Limits) -> None:
        self.name, self.packed, self.limits = name, max(packed, 1), limits
        self.members = self.bytes = 0

    def member(self) -> None:
        self.members += 1
        if self.members > self.limits.max_members:
            self._refuse(f"holds more than {self.limits.max_members:,} files")

    def take(self, count: int) -> None:
        self.bytes += count
        if self.bytes > self.limits.max_total_bytes:
            self._refuse(f"unpacks to more than {self.limits.max_total_bytes:,} bytes")
        # A megabyte is harmless however well it was packed.
        if self.bytes > (1 << 20) and self.bytes > self.limits.max_ratio * self.packed:
            self._refuse(f"unpacks to more than {self.limits.max_ratio} times its size")

    def _refuse(self, reason: str) -> None:
        raise ArchiveError(f"{self.name} {reason}.", HINT, {"file": self.name})

    def read(self, stream: BinaryIO) -> bytes:
        pieces = []
        while piece := stream.read(PIECE):
            self.take(len(piece))
            pieces.append(piece)
        return b"".join(pieces)


def _zip(stream: BinaryIO, name: str, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(name, stream.seek(0, io.SEEK_END), limits)
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            budget.member()
            inside = safe_name(member.filename, name)
            kind = (member.external_attr >> 16) & 0o170000
            if member.is_dir():
                continue
            if kind not in (0, 0o100000):
                raise ArchiveError(
                    f"{name} holds a link or device named {inside[:100]!r}.", HINT, {"file": name}
                )
            if member.flag_bits & 1:
                raise FormatError(
                    f"{name} is encrypted.", "Unpack it with its password first.", {"file": name}
                )
            with archive.open(member) as content:
                yield inside, budget.read(content)  # type: ignore[arg-type]


def _tar(stream: BinaryIO, name: str, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(name, stream.seek(0, io.SEEK_END), limits)
    stream.seek(0)
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for member in archive:
            budget.member()
            inside = safe_name(member.name, name)
            if member.isdir():
                continue
            if not member.isreg():
                raise ArchiveError(
                    f"{name} holds a link or device named {inside[:100]!r}.", HINT, {"file": name}
                )
            content = archive.extractfile(member)
            if content is not None:
                yield inside, budget.read(content)  # type: ignore[arg-type]
