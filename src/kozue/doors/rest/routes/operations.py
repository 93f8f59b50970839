"""``/api/operations``: what can be asked; ``/api/<system>/<verb>``: ask it."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from kozue.core.errors import LimitError, unknown_name
from kozue.core.operation import Operation
from kozue.core.registry import Registry
from kozue.doors.programs import refuse_programs
from kozue.doors.rest.bodies import (
    AnswerBody,
    ChoicesBody,
    OperationBody,
    OperationsBody,
    describe,
    inline_request,
)
from kozue.doors.rest.exports import FILE_CONTENT, Format, table_response
from kozue.doors.rest.problems import problem_responses
from kozue.doors.rest.services import Services, Use, services_of
from kozue.run import Answer

router = APIRouter(tags=["operations"])


def stage_of(op: Operation) -> str:
    """Return the stage of the pipeline that an operation's folder belongs to; others' are plug-ins."""
    parts = op.function.__module__.split(".")
    return parts[2] if parts[:2] == ["kozue", "systems"] and len(parts) > 3 else "plugins"


@router.get("/operations", operation_id="list_operations", responses=problem_responses())
def list_operations(services: Use) -> OperationsBody:
    """List every operation with its schema, settings, guidance and cost."""
    found = [describe(op, stage_of(op)) for op in services.registry.operations.values()]
    return OperationsBody(operations=[OperationBody(**entry) for entry in found])


@router.get("/operations/{system}/{verb}", operation_id="get_operation", responses=problem_responses(404))
def get_operation(system: str, verb: str, services: Use) -> OperationBody:
    """Describe one operation."""
    op = services.registry.operation(f"{system}.{verb}")
    return OperationBody(**describe(op, stage_of(op)))


@router.get(
    "/operations/{system}/{verb}/example",
    operation_id="get_operation_example",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problem_responses(404)},
    response_class=Response,
)
def get_example(system: str, verb: str, services: Use) -> Response:
    """Return the operation's example input, a small real file."""
    op = services.registry.operation(f"{system}.{verb}")
    if op.example_path is None or not op.example_path.is_file():
        with_one = [other.name for other in services.registry.operations.values() if other.example]
        raise unknown_name("example of the operation", op.name, with_one)
    return Response(
        op.example_path.read_bytes(),
        media_type="text/plain; charset=utf-8",
        headers={"X-Name": op.example_path.name},
    )


@router.get(
    "/operations/{system}/{verb}/choices/{setting}",
    operation_id="get_setting_choices",
    responses=problem_responses(404),
)
def get_setting_choices(system: str, verb: str, setting: str, services: Use) -> ChoicesBody:
    """Return what the lines of a setting may name, with labels and units."""
    op = services.registry.operation(f"{system}.{verb}")
    references = choices_of(op)
    if setting not in references:
        raise unknown_name(f"setting of {op.name} with choices", setting, references)
    return ChoicesBody.model_validate({"kinds": [asdict(kind) for kind in op.resolve(references[setting])()]})


def choices_of(op: Operation) -> dict[str, str]:
    """Return the settings whose schema names a function for what they offer, with that reference."""
    found = {}
    for name, field in op.settings.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "choices" in extra:
            found[name] = str(extra["choices"])
    return found


def add_inline_routes(api: APIRouter, registry: Registry, max_rows: int) -> None:
    """Add ``POST /<system>/<verb>`` for every operation."""
    for op in registry.operations.values():
        responses: dict[int | str, dict[str, Any]] = {
            200: {"model": AnswerBody, "description": "The answer.", "content": FILE_CONTENT},
            **problem_responses(413, 429, 501, 503),
        }
        api.add_api_route(
            f"/{op.system}/{op.verb}",
            inline_endpoint(op, inline_request(op, max_rows)),
            methods=["POST"],
            operation_id=f"{op.system}_{op.verb}",
            summary=op.title.en,
            description="\n\n".join(text for text in (op.description, op.when, op.when_not, op.cost) if text),
            tags=[op.system],
            responses=responses,
            response_class=JSONResponse,
        )


def inline_endpoint(op: Operation, model: type[BaseModel]) -> Callable[..., Any]:
    """Build the function behind an operation's own address, with the signature FastAPI reads."""

    async def endpoint(request: Request, body: BaseModel, as_file: Format | None = None) -> Response:
        services = services_of(request)
        found = await answer_while_connected(request, services, op, body)
        if as_file is not None:
            return await run_in_threadpool(table_response, found.table, as_file, op.name)
        return JSONResponse(await run_in_threadpool(found.as_dict))

    form = Query(alias="format", description="Instead of JSON, the main table as a file.")
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
            inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[model, Body()]),
            inspect.Parameter(
                "as_file",
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[Format | None, form],
            ),
        ]
    )
    endpoint.__name__ = f"{op.system}_{op.verb}"
    return endpoint


async def answer_while_connected(
    request: Request, services: Services, op: Operation, body: BaseModel
) -> Answer:
    """Answer in a thread; stop when the client goes away, since nobody would read the answer."""
    gone = threading.Event()
    work = asyncio.ensure_future(run_in_threadpool(answer_inline, services, op, body, gone.is_set))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=0.5)
            if not work.done() and await request.is_disconnected():
                gone.set()
    except asyncio.CancelledError:
        gone.set()
        raise
    return work.result()


def answer_inline(
    services: Services, op: Operation, body: BaseModel, is_cancelled: Callable[[], bool]
) -> Answer:
    """Answer a small question.

    Raises
    ------
    LimitError
        If it is not small.
    BusyError
        If too many are being answered.
    """
    from kozue.run import answer

    records = getattr(body, "records", None)
    most = services.limits.inline_rows
    if records is not None and len(records) > most:
        raise LimitError(
            f"{len(records)} records are more than the {most} that are answered at once.",
            "Start a run with POST /api/runs, or send fewer.",
        )
    refuse_programs(op, getattr(body, "settings", None))
    with services.turn():
        return answer(
            op,
            as_source(records),
            getattr(body, "settings", {}),
            columns=getattr(body, "columns", None) or None,
            seed=getattr(body, "seed", 0),
            strict=getattr(body, "strict", False),
            limits=services.input_limits(),
            is_cancelled=is_cancelled,
        )


def as_source(records: list[Any] | None) -> list[Any] | None:
    """Return records in a form that the reader takes: all texts or all objects.

    Raises
    ------
    InputError
        If both kinds are mixed.
    """
    from kozue.core.errors import InputError

    if records is None or len({isinstance(record, str) for record in records}) <= 1:
        return records
    first = isinstance(records[0], str)
    row = next(index for index, record in enumerate(records) if isinstance(record, str) is not first)
    raise InputError(
        f"Records are all texts or all objects; record {row + 1} is not like the first.",
        "Write every record in the same way.",
        {"row": row + 1},
    )
