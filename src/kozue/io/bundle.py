"""A zip or tar archive as one source: the records of its files, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from kozue.core.errors import ArchiveError, FormatError, InputError, KozueError, LimitError
from kozue.core.records import RecordError
from kozue.io.archive import members
from kozue.io.convert import as_text
from kozue.io.limits import Limits
from kozue.io.notes import Notes
from kozue.io.reader import Chunk, Reader, string_chunk
from kozue.io.streams import Blob, blob_of_bytes

if TYPE_CHECKING:
    import pyarrow as pa

OpenMember = Callable[[Blob, Notes], Reader]


class BundleReader:
    """Reads every file of an archive; columns are the union of theirs, as text.

    A file inside that cannot be read at all is one error record.

    Parameters
    ----------
    blob : Blob
        The archive.
    open_member : callable
        ``(blob, notes) -> Reader`` for a file inside.
    limits, notes
        Bounds, and where warnings go.
    """

    format = "archive"

    def __init__(self, blob: Blob, open_member: OpenMember, limits: Limits, notes: Notes) -> None:
        self.blob, self.limits, self.notes, self._open_member = blob, limits, notes, open_member
        self.place = "record"
        self.position = 0
        names: dict[str, None] = {}
        formats: dict[str, None] = {}
        for member, content in self._members():
            try:
                reader = open_member(blob_of_bytes(content, member), Notes(member))
            except KozueError as error:
                _refuse_workbook(member, blob.name)
                notes.say("unreadable_file", f"{blob.name}: {error.message}")
                continue
            formats[reader.format] = None
            names.update(dict.fromkeys(reader.schema.names))
        if not names:
            raise InputError(f"{blob.name} holds no file that can be read.", where={"file": blob.name})
        if len(names) > limits.max_columns:
            raise LimitError(f"The files in {blob.name} have more than {limits.max_columns:,} columns.")
        if len(formats) > 1:
            notes.say("mixed_formats", f"{blob.name} holds files of several formats: {', '.join(formats)}.")
        self.names = list(names)

    @cached_property
    def schema(self) -> pa.Schema:
        """All columns of all files."""
        import pyarrow as pa

        return pa.schema([(name, pa.string()) for name in self.names])

    def _members(self) -> Iterator[tuple[str, bytes]]:
        with self.blob.open() as stream:
            for member, content in members(stream, self.blob.name, self.limits):
                # What file managers add is no record of anybody.
                if member.startswith("__MACOSX/") or member.rsplit("/", 1)[-1].startswith("."):
                    continue
                _refuse_workbook(member, self.blob.name)
                yield member, content

    def chunks(self) -> Iterator[Chunk]:
        """Read the files in their order in the archive."""
        self.position = 0
        for member, content in self._members():
            notes = Notes(member)
            try:
                reader = self._open_member(blob_of_bytes(content, member), notes)
                for chunk in reader.chunks():
                    yield self._aligned(chunk, reader, member)
            except ArchiveError:
                raise
            except KozueError as error:
                problem = RecordError("unreadable_file", error.message.rstrip("."))
                chunk = string_chunk([None], len(self.names), [1], {0: problem})
                chunk.origin = f"{self.blob.name}, {member}, file"
                yield chunk
            for warned in notes.all():
                sentence = f"{warned.text} ({{count}} such {{warning|warnings}} from the files inside)"
                self.notes.count(warned.code, member, sentence)

    def _aligned(self, chunk: Chunk, reader: Reader, member: str) -> Chunk:
        """Put a member's columns where the archive's columns are."""
        import pyarrow as pa

        given = dict(zip(reader.schema.names, chunk.columns, strict=True))
        nulls = pa.nulls(chunk.rows, pa.string())
        columns = [as_text(given[name]) if name in given else nulls for name in self.names]
        origin = f"{self.blob.name}, {member}, {reader.place}"
        return Chunk(columns, chunk.rows, chunk.places, chunk.errors, origin)


def _refuse_workbook(member: str, archive: str) -> None:
    if member == "[Content_Types].xml" or member.startswith(("xl/", "word/")):
        raise FormatError(
            f"{archive} is an Excel or Word file, not a table of records.",
            "Save the sheet as CSV (UTF-8) and give that.",
            {"file": archive},
        )
