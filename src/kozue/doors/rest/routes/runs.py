"""``/api/runs``: start, watch, cancel, resume, read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from kozue.core.errors import InputError, SettingsError
from kozue.doors.programs import refuse_programs
from kozue.doors.rest.bodies import (
    DifferencesBody,
    ExtrasBody,
    RunRequest,
    RunsBody,
    StatusBody,
    TableBody,
    WishesBody,
)
from kozue.doors.rest.differences import differences, forget
from kozue.doors.rest.exports import FILE_CONTENT, Format, run_response, table_response
from kozue.doors.rest.problems import ConflictError, problem_responses
from kozue.doors.rest.routes.operations import as_source
from kozue.doors.rest.services import Services, Use
from kozue.doors.rest.streams import status_events
from kozue.run import Run

router = APIRouter(prefix="/runs", tags=["runs"])

# A report is a page of its own with pictures inside; it gets no part of the server's rights.
REPORT_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "script-src 'unsafe-inline'; font-src data:"
)
EXTRA_ROWS = 1000
OPERATORS = ("<=", ">=", "!=", "=", "<", ">", "~")


@router.post("", status_code=201, operation_id="start_run", responses=problem_responses(404, 413, 501, 503))
def start_run(body: RunRequest, request: Request, response: Response, services: Use) -> StatusBody:
    """Start a run and return at once; its address is in Location."""
    op = services.registry.operation(body.operation)
    refuse_programs(op, body.settings)
    source, filename, columns, form = chosen_input(body, services)
    run = services.store.create(
        op,
        source,
        body.settings,
        columns=columns or None,
        format=form,
        filename=filename,
        engine=body.engine,
        workers=body.workers,
        seed=body.seed,
        strict=body.strict,
        limits=services.input_limits(),
    )
    run.start()
    response.headers["Location"] = f"/api/runs/{run.id}"
    return shown(run)


def chosen_input(body: RunRequest, services: Services) -> tuple[Any, str, dict[str, str], str | None]:
    """Return the run's records: source, name, column map and format.

    Raises
    ------
    InputError
        If more than one source is named.
    """
    given = [name for name in ("records", "file_id", "input_of") if getattr(body, name) is not None]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are given.", "Give one of them.")
    if body.file_id is not None:
        upload, path = services.uploads.get(body.file_id)
        return path, upload.name, body.columns, None
    if body.input_of is None:
        return as_source(body.records), "", body.columns, None
    other = services.store.get(body.input_of)
    source: Any = other.asked.input_path(other.files)
    if source is not None and source.is_relative_to(other.folder):
        # What lies in the other run's folder would go with it.
        source = source.read_bytes()
    return source, other.asked.input_name, body.columns or other.asked.columns, other.asked.format


@router.get("", operation_id="list_runs", responses=problem_responses())
def list_runs(
    services: Use,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> RunsBody:
    """List runs, newest first."""
    runs = services.store.list()
    return RunsBody(total=len(runs), runs=[shown(run) for run in runs[offset : offset + limit]])


@router.get("/{run_id}", operation_id="get_run", responses=problem_responses(404))
def get_run(run_id: str, services: Use) -> StatusBody:
    """Return a run's state, counts, warnings, rate and the seconds left."""
    return shown(services.store.get(run_id))


@router.get(
    "/{run_id}/events",
    operation_id="run_events",
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **problem_responses(404),
    },
    response_class=StreamingResponse,
)
def run_events(run_id: str, services: Use) -> StreamingResponse:
    """Stream the status as server-sent events until the run is over."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        status_events(services.store.get(run_id)), media_type="text/event-stream", headers=headers
    )


@router.post("/{run_id}/cancel", operation_id="cancel_run", responses=problem_responses(404, 409))
def cancel_run(run_id: str, services: Use) -> StatusBody:
    """Stop a run within two seconds; finished parts are kept."""
    run = services.store.get(run_id)
    if run.state not in ("queued", "running"):
        raise ConflictError(f"Run {run.id} is {run.state}; there is nothing to cancel.")
    run.cancel()
    return shown(run)


@router.post("/{run_id}/resume", operation_id="resume_run", responses=problem_responses(404, 409))
def resume_run(run_id: str, services: Use) -> StatusBody:
    """Go on from the last finished part."""
    run = services.store.get(run_id)
    if run.state in ("running", "finished"):
        raise ConflictError(f"Run {run.id} is {run.state}; there is nothing to resume.")
    run.resume()
    return shown(run)


@router.delete("/{run_id}", status_code=204, operation_id="delete_run", responses=problem_responses(404, 409))
def delete_run(run_id: str, services: Use) -> None:
    """Delete a run with its folder: input, result and report. One that goes on has to be cancelled first."""
    run = services.store.get(run_id)
    if run.state in ("queued", "running"):
        raise ConflictError(f"Run {run.id} is {run.state}.", "Cancel it first, then delete it.")
    services.store.remove(run)
    forget(run.id)


@router.get("/{run_id}/preview", operation_id="get_run_preview", responses=problem_responses(404))
def get_run_preview(run_id: str, services: Use) -> dict[str, Any]:
    """Return what a job has so far: facts, best records, curves, losses; empty if it shows nothing."""
    return services.store.get(run_id).preview()


@router.post("/{run_id}/wishes", operation_id="steer_run", responses=problem_responses(404, 409))
def steer_run(run_id: str, body: dict[str, Any], services: Use) -> WishesBody:
    """Ask something of a job while it works; what it understands is among its operation's ``wishes``."""
    run = services.store.get(run_id)
    if run.wishes_model is None:
        raise ConflictError(f"{run.asked.operation} takes no wishes while it works.")
    if run.state not in ("queued", "running"):
        raise ConflictError(f"Run {run.id} is {run.state}; it can no longer be steered.")
    run.wish(**body)
    return WishesBody(wishes=run.wishes())


@router.get("/{run_id}/request", operation_id="get_run_request", responses=problem_responses(404))
def get_run_request(run_id: str, services: Use) -> dict[str, Any]:
    """Return what the run was asked: operation, settings, columns, seed, input, versions."""
    asked = services.store.get(run_id).asked
    names = (
        "operation",
        "settings",
        "columns",
        "seed",
        "strict",
        "engine",
        "workers",
        "input_name",
        "input_sha256",
    )
    return {name: getattr(asked, name) for name in (*names, "models", "versions", "created")}


@router.get("/{run_id}/table", operation_id="get_run_table", responses=problem_responses(404, 409))
def get_run_table(
    run_id: str,
    services: Use,
    order: Annotated[str | None, Query(description="Column to sort by.")] = None,
    descending: bool = False,
    filters: Annotated[
        list[str] | None,
        Query(
            alias="filter",
            description="Conditions such as 'logp<=3', 'name~stat' (contains), 'error_code='; all must hold.",
        ),
    ] = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> TableBody:
    """Return one page of the result, ordered and filtered on the server."""
    from kozue.core.records import columns_of
    from kozue.run.answers import json_rows

    run = finished(services.store.get(run_id))
    page, total = run.query(order, descending, parse_filters(filters or []), offset, limit)
    columns = [column.as_dict() for column in columns_of(stored_schema(run))]
    return TableBody.model_validate(
        {"total": total, "offset": offset, "columns": columns, "records": json_rows(page)}
    )


@router.get(
    "/{run_id}/differences/{other_id}",
    operation_id="get_run_differences",
    responses=problem_responses(404, 409),
)
def get_run_differences(
    run_id: str,
    other_id: str,
    services: Use,
    key: Annotated[str | None, Query(description="Column that matches records; found by default.")] = None,
    order: Annotated[str | None, Query(description="Column to sort by.")] = None,
    descending: bool = False,
    filters: Annotated[
        list[str] | None, Query(alias="filter", description="Conditions such as 'logp_change>=0.5'.")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> DifferencesBody:
    """Lay two finished runs of one operation side by side, record by record, with the change of every value."""
    import pyarrow.parquet as pq

    from kozue.core.records import columns_of
    from kozue.run.answers import json_rows
    from kozue.run.query import query_table

    first, second = finished(services.store.get(run_id)), finished(services.store.get(other_id))
    found = differences(first, second, key)
    page, total = query_table(found.path, order, descending, parse_filters(filters or []), offset, limit)
    columns = [column.as_dict() for column in columns_of(pq.read_schema(found.path))]
    return DifferencesBody.model_validate(
        {
            "total": total,
            "offset": offset,
            "columns": columns,
            "records": json_rows(page),
            "key": found.key,
            "n_both": found.n_both,
            "n_first": found.n_first,
            "n_second": found.n_second,
            "summary": found.summary,
            "warnings": found.warnings,
        }
    )


@router.get(
    "/{run_id}/differences/{other_id}/result.{form}",
    operation_id="download_run_differences",
    responses={200: {"content": FILE_CONTENT}, **problem_responses(404, 409)},
    response_class=Response,
)
def download_run_differences(
    run_id: str,
    other_id: str,
    form: Format,
    services: Use,
    key: Annotated[str | None, Query(description="Column that matches records; found by default.")] = None,
) -> Response:
    """Download two runs side by side as CSV, Parquet, SDF or JSON lines."""
    from kozue.run.query import read_parquet

    first, second = finished(services.store.get(run_id)), finished(services.store.get(other_id))
    table = read_parquet(differences(first, second, key).path)
    return table_response(table, form, f"differences_{first.id}_{second.id}")


@router.get("/{run_id}/extras", operation_id="get_run_extras", responses=problem_responses(404, 409))
def get_run_extras(run_id: str, services: Use) -> ExtrasBody:
    """Return what a job gave beside its main table: summary, further tables, names of figures."""
    return read_extras(finished(services.store.get(run_id)))


@router.get(
    "/{run_id}/result.{form}",
    operation_id="download_run",
    responses={200: {"content": FILE_CONTENT}, **problem_responses(404, 409)},
    response_class=Response,
)
def download_run(run_id: str, form: Format, services: Use) -> Response:
    """Download the result as CSV, Parquet, SDF or JSON lines."""
    return run_response(finished(services.store.get(run_id)), form)


@router.get(
    "/{run_id}/report",
    operation_id="get_run_report",
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **problem_responses(404, 409),
    },
    response_class=Response,
)
def get_run_report(run_id: str, services: Use) -> Response:
    """Return the report, one page that also opens offline."""
    run = services.store.get(run_id)
    if not run.report_path.is_file():
        raise ConflictError(f"Run {run.id} is {run.state} and has no report.", "Wait for it or resume it.")
    return FileResponse(
        run.report_path, media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY}
    )


def shown(run: Run) -> StatusBody:
    """Return a run's status without the path of its folder, which is the server's own business."""
    status = {key: value for key, value in run.status().items() if key != "folder"}
    return StatusBody.model_validate(status)


def finished(run: Run) -> Run:
    """Return the run if it has a result.

    Raises
    ------
    ConflictError
        If it has none yet.
    """
    state = run.state
    if state != "finished" or not run.result_path.is_file():
        raise ConflictError(f"Run {run.id} is {state}; it has no result.", "Wait for it or resume it.")
    return run


def read_extras(run: Run) -> ExtrasBody:
    """Read what lies beside a run's main table, which may itself be far too large to read here."""
    from kozue.run.answers import json_rows, json_value
    from kozue.run.folder import read_json
    from kozue.run.query import read_parquet

    listed_path = run.folder / "summary.json"
    if not listed_path.is_file():
        return ExtrasBody(summary={}, tables={}, figures={})
    listed = read_json(listed_path)
    tables = {name: read_parquet(run.folder / "tables" / f"{name}.parquet") for name in listed["tables"]}
    return ExtrasBody(
        summary=json_value(listed["summary"]),
        tables={name: json_rows(table.slice(0, EXTRA_ROWS)) for name, table in tables.items()},
        figures={
            figure["title"]: (run.folder / figure["file"]).read_text(encoding="utf-8")
            for figure in listed["figures"]
        },
    )


def stored_schema(run: Run) -> Any:
    """Return the Arrow schema of a run's result."""
    import pyarrow.parquet as pq

    return pq.read_schema(run.result_path)


def parse_filters(texts: list[str]) -> list[tuple[str, tuple[str, Any]]]:
    """Read conditions such as ``logp<=3``; a column may have several, and all of them must hold.

    Raises
    ------
    SettingsError
        If one cannot be read.
    """
    found: list[tuple[str, tuple[str, Any]]] = []
    for text in texts:
        places = [(text.find(op), -len(op), op) for op in OPERATORS if op in text]
        if not places or min(places)[0] == 0:
            raise SettingsError(
                f"The filter {text[:100]!r} cannot be read.",
                f"Write column, one of {' '.join(OPERATORS)}, value.",
            )
        at, _, op = min(places)
        column, value = text[:at].strip(), text[at + len(op) :].strip()
        found.append((column, ("contains" if op == "~" else op, value if value != "" else None)))
    return found
