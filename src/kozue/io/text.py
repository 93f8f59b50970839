"""Bytes to lines: encodings, blocks of whole lines, and lines too long to be true."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kozue.core.errors import FormatError, LimitError
from kozue.io.limits import MIB, Limits
from kozue.io.notes import Notes
from kozue.io.streams import ByteStream

BLOCK = MIB // 2
# A line this many times longer than the limit is no line; going on would only burn time.
GIVE_UP = 64
MISSING = "what follows is missing"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {"cp932": "Shift_JIS", "utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines as UTF-8 or in the file's own 8-bit encoding.

    Parameters
    ----------
    data : bytes
        Ends with a line feed, except at the end of the file. Empty for a line that was skipped.
    line : int
        1-based number of its first line.
    problem : str
        Why the one line that it stands for was skipped (too long, cut off); else ``""``.
    lines : int
        How many lines it spans.
    """

    data: bytes
    line: int
    lines: int
    problem: str = ""


def encoding_of(head: bytes) -> str:
    """Guess the encoding from a byte order mark, else from what the first bytes can be."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    if decodes(head, "utf-8"):
        return "utf-8"
    return next((name for name in ("cp932", "cp1252") if decodes(head, name)), "utf-8")


def decodes(head: bytes, encoding: str) -> bool:
    """Tell whether the bytes are valid; the last character may be cut."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def head_text(head: bytes) -> str:
    """Decode the first bytes for guessing; what cannot be decoded is replaced."""
    return codecs.getincrementaldecoder(encoding_of(head))("replace").decode(head)


def refuse_binary(head: bytes, name: str) -> None:
    """Refuse what is no text.

    Raises
    ------
    FormatError
        If many of the first bytes are control characters.
    """
    if encoding_of(head) in ("utf-16", "utf-32"):
        return
    sample = head[:65536]
    control = sum(sample.count(byte) for byte in (*range(9), 11, *range(14, 27), *range(28, 32), 127))
    if control > max(8, len(sample) // 20):
        raise FormatError(
            f"{name} is a binary file of a kind that is not known, not a table of records.",
            "Give CSV, TSV, Parquet, SMILES, SDF, FASTA, PDB or mmCIF (gzip, zstd, bzip2 or xz is fine).",
            {"file": name},
        )


def plain_reader(stream: ByteStream, encoding: str) -> Callable[[int], bytes]:
    """Return a read function without byte order mark, in UTF-8 where the file's encoding is not bytewise."""
    if encoding in ("utf-16", "utf-32"):
        decoder = codecs.getincrementaldecoder(encoding)("replace")

        def transcode(count: int) -> bytes:
            while piece := stream.read(count):
                if text := decoder.decode(piece):
                    return text.encode("utf-8", "replace")
            return decoder.decode(b"", True).encode("utf-8", "replace")

        return transcode
    if encoding == "utf-8-sig":
        stream.read(len(codecs.BOM_UTF8))
    return stream.read


def blocks(
    stream: ByteStream, encoding: str, limits: Limits, *, carriage_returns: bool = False
) -> Iterator[Block]:
    """Cut a stream into blocks of whole lines.

    Parameters
    ----------
    stream : ByteStream
        At its start.
    encoding : str
        As :func:`encoding_of` says.
    limits : Limits
        A line longer than ``max_line_bytes`` becomes a block without data.
    carriage_returns : bool
        Whether lines end with a lone carriage return, as old Macintosh programs wrote them.

    Raises
    ------
    LimitError
        If a line goes on for more than 64 times the limit.
    """
    read = plain_reader(stream, encoding)
    size = min(BLOCK, limits.max_line_bytes)
    carry, line = b"", 1
    while piece := read(size):
        if carriage_returns:
            piece = piece.replace(b"\r", b"\n")
        data = carry + piece
        cut = data.rfind(b"\n") + 1
        body, carry = data[:cut], data[cut:]
        if body:
            for block in _split_long(body, line, limits):
                yield block
                line += block.lines
        if len(carry) > limits.max_line_bytes:
            carry = _skip_line(read, stream.name, line, limits, len(carry), carriage_returns)
            yield _too_long(line, limits)
            line += 1
    if stream.fault:
        # What a cut left of the last line is not to be trusted; whole lines before it are.
        cut = carry.rfind(b"\n") + 1
        for block in _split_long(carry[:cut], line, limits) if cut else ():
            yield block
            line += block.lines
        yield Block(b"", line, 1, f"{stream.fault}; {MISSING}")
    elif carry:
        yield from _split_long(carry, line, limits)


def problem_code(problem: str, other: str) -> str:
    """Return the error code for a block's problem."""
    return "cut_file" if problem.endswith(MISSING) else other


def _split_long(body: bytes, line: int, limits: Limits) -> Iterator[Block]:
    """Set lines aside that are longer than the limit; most blocks are too short to hold one."""
    longest = 0 if len(body) <= limits.max_line_bytes else max(map(len, body.split(b"\n")))
    if longest <= limits.max_line_bytes:
        yield Block(body, line, body.count(b"\n") + (not body.endswith(b"\n")))
        return
    kept: list[bytes] = []
    for text in _lines(body):
        if len(text) <= limits.max_line_bytes + 1:
            kept.append(text)
            continue
        if kept:
            yield Block(b"".join(kept), line, len(kept))
            line += len(kept)
            kept = []
        yield _too_long(line, limits)
        line += 1
    if kept:
        yield Block(b"".join(kept), line, len(kept))


def _lines(body: bytes) -> list[bytes]:
    """Split at line feeds only, keeping them."""
    return [text + b"\n" for text in body.removesuffix(b"\n").split(b"\n")]


def _too_long(line: int, limits: Limits) -> Block:
    return Block(b"", line, 1, f"the line is longer than {limits.max_line_bytes:,} bytes")


def _skip_line(
    read: Callable[[int], bytes], name: str, line: int, limits: Limits, seen: int, carriage_returns: bool
) -> bytes:
    """Read past the end of a line and return what follows it."""
    mark = b"\r" if carriage_returns else b"\n"
    while piece := read(BLOCK):
        cut = piece.find(mark)
        if cut >= 0:
            rest = piece[cut + 1 :]
            return rest.replace(b"\r", b"\n") if carriage_returns else rest
        seen += len(piece)
        if seen > GIVE_UP * limits.max_line_bytes:
            raise LimitError(
                f"{name}, line {line}: no end of the line within {seen:,} bytes.",
                "This is no text table, or it was damaged; look at the file around this line.",
                {"file": name, "row": line},
            )
    return b""


def to_text(data: bytes, encoding: str, line: int, notes: Notes) -> str:
    """Decode a block; lines in another encoding are read as such and counted as a warning."""
    primary = "utf-8" if encoding in ("utf-8-sig", "utf-16", "utf-32") else encoding
    try:
        return data.decode(primary)
    except UnicodeDecodeError:
        pass
    texts = []
    for offset, raw in enumerate(data.split(b"\n")):
        text = None
        for name in (primary, "utf-8", "cp932", "cp1252"):
            try:
                text = raw.decode(name)
            except UnicodeDecodeError:
                continue
            if name != primary:
                notes.count(
                    "mixed_encoding",
                    str(line + offset),
                    "{count} {line|lines}, the first is line {first}, {is|are} not "
                    + NAMES.get(primary, "UTF-8")
                    + " as the rest; {it was|they were} read as Shift_JIS, UTF-8 or Windows-1252. "
                    "Check {its|their} text.",
                )
            break
        if text is None:
            text = raw.decode(primary, "replace")
            notes.count(
                "replaced_characters",
                str(line + offset),
                "{count} {line|lines}, the first is line {first}, {holds|hold} bytes of no known encoding; "
                "they were replaced by '\ufffd'.",
            )
        texts.append(text)
    return "\n".join(texts)
