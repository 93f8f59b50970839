"""``/api/files``: receive a file, look at how it would be read, forget it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile

from kozue.doors.rest.bodies import FileBody, PreviewBody
from kozue.doors.rest.problems import problem_responses
from kozue.doors.rest.services import Use

router = APIRouter(tags=["files"])

PREVIEW_ROWS = 20


@router.post("/files", status_code=201, operation_id="upload_file", responses=problem_responses(413))
def upload_file(file: Annotated[UploadFile, File()], response: Response, services: Use) -> FileBody:
    """Receive a file of records; the server makes its id, the name given is only a label."""
    upload = services.uploads.receive(file.file, file.filename or "")
    response.headers["Location"] = f"/api/files/{upload.id}"
    return FileBody(id=upload.id, name=upload.name, size=upload.size)


@router.get("/files/{file_id}", operation_id="get_file", responses=problem_responses(404))
def get_file(file_id: str, services: Use) -> FileBody:
    """Return a received file's label and size."""
    upload, _ = services.uploads.get(file_id)
    return FileBody(id=upload.id, name=upload.name, size=upload.size)


@router.delete(
    "/files/{file_id}", status_code=204, operation_id="delete_file", responses=problem_responses(404)
)
def delete_file(file_id: str, services: Use) -> None:
    """Forget a received file."""
    services.uploads.remove(file_id)


@router.get("/files/{file_id}/preview", operation_id="preview_file", responses=problem_responses(404, 413))
def preview_file(
    file_id: str, services: Use, operation: Annotated[str, Query(description="Full name of the operation.")]
) -> PreviewBody:
    """Read the first records as an operation would: format, columns, guesses made."""
    import pyarrow as pa

    from kozue.core.records import columns_of
    from kozue.io import open_records
    from kozue.run.answers import json_rows

    op = services.registry.operation(operation)
    upload, path = services.uploads.get(file_id)
    if op.takes is None:
        from kozue.core.errors import InputError

        raise InputError(f"{op.name} takes no records.", "Leave the file out.")
    source = open_records(path, op.takes, filename=upload.name, limits=services.input_limits())
    first = next(iter(source.batches(PREVIEW_ROWS)), None)
    table = pa.Table.from_batches([first] if first is not None else [], schema=source.arrow_schema)
    body = {
        "format": source.format,
        "column_map": source.column_map,
        "columns": [column.as_dict() for column in columns_of(source.arrow_schema)],
        "records": json_rows(table),
        "warnings": [warned.as_dict() for warned in source.warnings],
    }
    return PreviewBody.model_validate(body)
