"""Result tables as files for download."""

from __future__ import annotations

import io
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Literal

from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.run import Run

Format = Literal["csv", "parquet", "sdf", "jsonl"]
MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "sdf": "chemical/x-mdl-sdfile",
    "jsonl": "application/x-ndjson",
}
FILE_CONTENT = {
    media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
    for media in MEDIA_TYPES.values()
}


def attachment(name: str) -> dict[str, str]:
    """Return the header that makes a browser save a response under a name."""
    return {"Content-Disposition": f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "_", name)}"'}


def table_response(table: pa.Table, form: Format, name: str) -> Response:
    """Render a small table in a file format."""
    from kozue.io import write_records

    sink = io.BytesIO()
    write_records(table.to_batches(), sink, form)
    return Response(sink.getvalue(), media_type=MEDIA_TYPES[form], headers=attachment(f"{name}.{form}"))


def run_response(run: Run, form: Format) -> Response:
    """Send a run's result, converted batch by batch into a file that is deleted once sent."""
    name = f"{run.asked.operation.replace('.', '_')}_{run.id}.{form}"
    if form == "parquet":
        return FileResponse(run.result_path, media_type=MEDIA_TYPES[form], headers=attachment(name))
    import pyarrow.parquet as pq

    from kozue.io import write_records

    with NamedTemporaryFile(suffix=f".{form}", delete=False) as made:
        path = Path(made.name)
    try:
        with pq.ParquetFile(run.result_path) as stored:
            write_records(stored.iter_batches(4096), path, form)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    done = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=MEDIA_TYPES[form], headers=attachment(name), background=done)
