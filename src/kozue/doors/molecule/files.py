"""The sheet as a file: PDF to read, CSV with an endpoint a row, SDF with the records."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, get_args

from kozue.core.errors import UnknownNameError, unknown_name
from kozue.doors.molecule.sheet import Content

if TYPE_CHECKING:
    import pyarrow as pa

SheetFormat = Literal["pdf", "csv", "sdf"]


def sheet_format(name: str) -> SheetFormat:
    """Return the form of a sheet by the end of a file name.

    Raises
    ------
    UnknownNameError
        If sheets are not written so.
    """
    end = name.rpartition(".")[2].lower() if "." in name else ""
    for form in get_args(SheetFormat):
        if end == form:
            return form  # type: ignore[no-any-return]
    raise unknown_name("sheet format", end or name, get_args(SheetFormat))


def render(content: Content, form: SheetFormat, language: str) -> tuple[bytes, list[str]]:
    """Write a sheet.

    Parameters
    ----------
    content : Content
        What was computed.
    form : {"pdf", "csv", "sdf"}
        What to make.
    language : {"en", "ja"}
        Of the words on it.

    Returns
    -------
    made : bytes
        The file.
    warnings : list of str
        What the reader must know, and what could not be made as asked.

    Raises
    ------
    UnknownNameError
        If no installed operation gives a profile, without which there is nothing for CSV and SDF.
    """
    if form == "pdf":
        from kozue.doors.molecule.paper.document import write_pdf

        return write_pdf(content, language)
    return _written(_table(content, form, language), form), list(content.warnings)


def _table(content: Content, form: SheetFormat, language: str) -> pa.Table:
    import pyarrow as pa

    from kozue.doors.molecule.comparison import table_of

    if content.table is None:
        raise UnknownNameError("No installed operation gives a profile of a molecule.", "Ask for the PDF.")
    table = content.table
    if form == "csv":
        records = [entry.record for entry in content.entries]
        table = table_of(content.parts, records, [entry.title for entry in content.entries], language)
    if content.mode is None or "mode" in table.column_names:
        return table
    # Numbers of different modes look alike; the file says which one they are of.
    return table.append_column("mode", pa.array([content.mode.key] * table.num_rows, pa.string()))


def _written(table: pa.Table, form: SheetFormat) -> bytes:
    from kozue.io import write_records

    sink = io.BytesIO()
    write_records(table.to_batches(), sink, form)
    return sink.getvalue()
