"""Bytes of a source: a file, standard input or memory, unpacked on the way by their content.

A damaged or cut compressed file does not raise: the bytes before the damage are delivered and
``fault`` says what happened, so that the records before the cut are not lost.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from kozue.core.errors import FormatError, InputError, LimitError
from kozue.io.limits import MIB, Limits

PIECE = 1 << 16
# Unpacked in small steps: what a step gave before the damage is kept, the step that fails is lost.
OUT = 1 << 14
# A dictionary larger than this (the strongest level of xz takes 65 MB) is only there to fill memory.
XZ_MEMORY = 256 * MIB
# Small files may be packed very well; a ratio says something only for much output.
RATIO_FROM = 64 * MIB


@dataclass(frozen=True)
class Blob:
    """Bytes that can be opened again and again.

    Parameters
    ----------
    name : str
        For messages and for guessing the format.
    size : int
        Number of bytes.
    open : callable
        Returns a new binary file object at the start.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]


def blob_of_bytes(content: bytes, name: str) -> Blob:
    """Wrap bytes in memory."""
    return Blob(name or "<bytes>", len(content), lambda: io.BytesIO(content))


def blob_of_path(path: Path, name: str = "") -> Blob:
    """Wrap a file.

    Raises
    ------
    InputError
        If it does not exist, is a folder or may not be read.
    """
    shown = name or path.name
    try:
        if path.is_dir():
            raise InputError(f"{str(path)!r} is a folder.", "Give one file.", {"file": str(path)})
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            f"The file {str(path)[:300]!r} cannot be read: {reason}.",
            "Check the path. A molecule or a sequence itself goes into a list: ['CCO'].",
            {"file": str(path)[:300]},
        ) from error
    return Blob(shown, size, lambda: path.open("rb"))


def blob_of_stdin(limits: Limits, name: str = "") -> Blob:
    """Spool standard input into a temporary file, so that it can be read twice.

    Raises
    ------
    LimitError
        If it is longer than ``limits.max_file_bytes``.
    """
    handle, place = tempfile.mkstemp(prefix="kozue-stdin-")
    size = 0
    with os.fdopen(handle, "wb") as spool:
        while piece := sys.stdin.buffer.read(MIB):
            size += len(piece)
            if size > limits.max_file_bytes:
                Path(place).unlink()
                raise LimitError(f"Standard input is longer than {limits.max_file_bytes:,} bytes.")
            spool.write(piece)
    path = Path(place)

    def reopen() -> BinaryIO:
        return path.open("rb")

    weakref.finalize(reopen, path.unlink, missing_ok=True)
    return Blob(name or "<standard input>", size, reopen)


class Engine(Protocol):
    """What bz2's and lzma's decompressors have in common."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Unpack some bytes."""


class GzipEngine:
    """zlib behind the interface of the other decompressors."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=31)
        self._tail = b""

    @property
    def eof(self) -> bool:
        """Whether the member is complete."""
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        """Whether more packed bytes are needed."""
        return not self._tail and not self.eof

    @property
    def unused_data(self) -> bytes:
        """Bytes after the member."""
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Unpack some bytes."""
        out = self._inflater.decompress(self._tail + data, max(max_length, 0))
        self._tail = self._inflater.unconsumed_tail
        return out


class ByteStream:
    """Plain bytes, read forward.

    Parameters
    ----------
    raw : binary file
        Where the bytes come from.
    name : str
        For messages.
    """

    packed = ""

    def __init__(self, raw: BinaryIO, name: str) -> None:
        self.raw = raw
        self.name = name
        self.fault = ""
        self.position = 0

    def read(self, count: int = PIECE) -> bytes:
        """Return up to ``count`` bytes; ``b""`` at the end."""
        piece = self.raw.read(count)
        self.position += len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self.raw.close()


class InflatedStream(ByteStream):
    """Bytes unpacked while they are read, with the bounds of :class:`Limits`."""

    def __init__(self, raw: BinaryIO, name: str, packed: str, limits: Limits) -> None:
        super().__init__(raw, name)
        self.packed = packed
        self.limits = limits
        self.unpacked = 0
        self._input = b""
        self._engine: Any = ENGINES[packed]()
        self._ended = False

    def read(self, count: int = PIECE) -> bytes:
        """Return up to ``count`` unpacked bytes; ``b""`` at the end or at the damage (see ``fault``)."""
        pieces: list[bytes] = []
        size = 0
        while size < count and not self._ended:
            try:
                piece = self._step(count - size)
            except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
                self._end(f"is damaged ({str(error)[:120]})")
                break
            pieces.append(piece)
            size += len(piece)
        self._account(size)
        return b"".join(pieces)

    def _step(self, count: int) -> bytes:
        if self._engine.eof:
            self._input = self._engine.unused_data.lstrip(b"\0") or self._more()
            if not self._input:
                self._end("")
                return b""
            self._engine = ENGINES[self.packed]()
        if self._engine.needs_input and not self._input:
            self._input = self._more()
            if not self._input:
                self._end("is cut off before its end")
                return b""
        data, self._input = self._input, b""
        return bytes(self._engine.decompress(data, min(count, OUT)))

    def _more(self) -> bytes:
        piece = self.raw.read(PIECE)
        self.position += len(piece)
        return piece

    def _end(self, fault: str) -> None:
        self._ended = True
        self.fault = f"the {self.packed} file {fault}" if fault else ""

    def _account(self, count: int) -> None:
        self.unpacked += count
        check_unpacked(self.name, self.unpacked, self.position, self.limits)


class ZstdStream(ByteStream):
    """Zstandard by way of Arrow, which is a dependency already."""

    packed = "zstd"

    def __init__(self, raw: BinaryIO, name: str, limits: Limits) -> None:
        import pyarrow as pa

        super().__init__(raw, name)
        self.limits = limits
        self.unpacked = 0
        self._inflated = pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")

    def read(self, count: int = PIECE) -> bytes:
        """Return up to ``count`` unpacked bytes; ``b""`` at the end or at the damage (see ``fault``)."""
        if self.fault:
            return b""
        try:
            piece = bytes(self._inflated.read(count))
        except (OSError, ValueError) as error:
            self.fault = f"the zstd file is cut off or damaged ({str(error)[:120]})"
            return b""
        self.position = self.raw.tell()
        self.unpacked += len(piece)
        check_unpacked(self.name, self.unpacked, self.position, self.limits)
        return piece


ENGINES: dict[str, Callable[[], Any]] = {
    "gzip": GzipEngine,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY),
}
MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


def check_unpacked(name: str, unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse what unpacks to too much.

    Raises
    ------
    LimitError
        Beyond ``limits.max_file_bytes`` or, for much output, ``limits.max_ratio``.
    """
    if unpacked > limits.max_file_bytes:
        raise LimitError(
            f"{name} unpacks to more than {limits.max_file_bytes:,} bytes.", where={"file": name}
        )
    if unpacked > RATIO_FROM and unpacked > limits.max_ratio * max(packed, 1):
        raise LimitError(
            f"{name} unpacks to more than {limits.max_ratio} times its size; such files are made to do harm.",
            "Unpack it yourself if you trust it, and give the plain file.",
            {"file": name},
        )


def packing_of(head: bytes) -> str:
    """Return the compression that the first bytes show, or ``""``."""
    return next((packed for magic, packed in MAGIC.items() if head.startswith(magic)), "")


def open_stream(blob: Blob, limits: Limits) -> ByteStream:
    """Open a source for reading, unpacked if its content is packed.

    Raises
    ------
    LimitError
        If the file is larger than the limits allow.
    """
    if blob.size > limits.max_file_bytes:
        raise LimitError(
            f"{blob.name} has {blob.size:,} bytes; the limit is {limits.max_file_bytes:,}.",
            "Split the file, or use the command line or Python, where the limit is higher.",
            {"file": blob.name},
        )
    raw = blob.open()
    head = raw.read(8)
    raw.seek(0)
    packed = packing_of(head)
    if packed == "zstd":
        return ZstdStream(raw, blob.name, limits)
    if packed:
        return InflatedStream(raw, blob.name, packed, limits)
    return ByteStream(raw, blob.name)


def head_of(blob: Blob, limits: Limits, count: int = 1 << 18) -> bytes:
    """Return the first unpacked bytes of a source.

    Raises
    ------
    InputError
        If there are none.
    FormatError
        If it is packed and not even its first bytes can be unpacked.
    """
    stream = open_stream(blob, limits)
    try:
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < count and (piece := stream.read(count)):
            pieces.append(piece)
        if not pieces and stream.fault:
            raise FormatError(f"{blob.name}: {stream.fault}.", "Copy or download the file again.")
    finally:
        stream.close()
    return b"".join(pieces)[:count]
