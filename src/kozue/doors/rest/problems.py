"""Errors over HTTP: one problem object (RFC 9457) for everything that can go wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from kozue.core.errors import KozueError

log = logging.getLogger("kozue.rest")

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What was wrong, where, and what to do next (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="Stable name of the kind of problem.", examples=["urn:kozue:problem:bad_input"]
    )
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="HTTP status.", ge=400, le=599)
    detail: str = Field(description="What was wrong and where.")
    code: str = Field(description="Short, stable, lower case.")
    hint: str | None = Field(default=None, description="What to do next.")
    where: dict[str, Any] | None = Field(default=None, description="File, row (1-based), column.")


class AuthenticationError(KozueError):
    """The request does not carry the server's token."""

    code = "token_missing"
    status = 401


class ForbiddenError(KozueError):
    """The request names a foreign host or comes from a foreign page."""

    code = "foreign_request"
    status = 403


class BusyError(KozueError):
    """As many small questions are being answered as the server allows at once."""

    code = "busy"
    status = 429


class ConflictError(KozueError):
    """The thing is not in a state that allows this."""

    code = "wrong_state"
    status = 409


class ParameterError(KozueError):
    """The address carries a parameter that it does not know."""

    code = "unknown_parameter"
    status = 422


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse a misspelt query parameter: a filter that is quietly dropped gives a wrong answer.

    Raises
    ------
    ParameterError
        Naming the parameters that exist.
    """
    dependant = getattr(request.scope.get("route"), "dependant", None)
    known = {"token"} | {field.alias for field in getattr(dependant, "query_params", [])}
    for name in request.query_params:
        if name not in known:
            listed = ", ".join(sorted(known - {"token"})) or "none"
            raise ParameterError(
                f"{name[:80]!r} is not a parameter of this address.", f"Parameters: {listed}."
            )


DESCRIPTIONS: dict[int, str] = {
    400: "The request cannot be read.",
    401: "The server's token is missing or wrong.",
    403: "The request names a foreign host or comes from a foreign page.",
    404: "There is nothing by this name.",
    405: "This address does not know the method.",
    409: "Its state does not allow this.",
    413: "Larger than the limits allow.",
    422: "Records, settings or parameters cannot be used; the detail says which and why.",
    429: "Too many questions at once; ask again after the seconds in Retry-After.",
    500: "A fault of the server.",
    501: "An optional dependency is not installed.",
    503: "A data set cannot be had.",
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems of a route: those that every route has, and the ones given."""
    wanted = sorted({400, 401, 403, 405, 422, 500, *statuses})
    return {
        status: {
            "description": DESCRIPTIONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in wanted
    }


def problem_response(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Render a problem object."""
    content = json.dumps(body, ensure_ascii=False, allow_nan=False, default=str).encode("utf-8", "replace")
    return Response(content, int(body["status"]), dict(headers or {}), media_type=MEDIA_TYPE)


def error_response(error: KozueError) -> Response:
    """Render an error of our own."""
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="kozue"'
    if error.status == 429:
        headers["Retry-After"] = "1"
    return problem_response(error.problem(), headers)


def http_problem(status: int, detail: str, hint: str = "") -> dict[str, Any]:
    """Build the problem object for a bare HTTP status."""
    names = {400: "unreadable_request", 404: "unknown_address", 405: "unknown_method", 413: "too_large"}
    code = names.get(status, "fault" if status >= 500 else "http")
    body = {
        "type": f"urn:kozue:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return {**body, "hint": hint} if hint else body


def allowed_methods(app: FastAPI, scope: Mapping[str, Any]) -> list[str]:
    """Return every method that some route offers at this path (each route knows only its own)."""
    found: set[str] = set()
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        trial = {**scope, "method": method, "path_params": {}}
        if any(route.matches(trial)[0] is Match.FULL for route in app.router.routes):
            found.add(method)
    return sorted(found)


def sentence(error: Mapping[str, Any]) -> str:
    """Turn one validation error into words."""
    place = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path"))
    text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    if error["type"] == "missing":
        return f"{place or 'the body'} is missing"
    if error["type"] == "extra_forbidden":
        return f"{place!r} is not known here"
    if error["type"] == "json_invalid":
        return f"the body is not JSON ({error.get('ctx', {}).get('error', text)})"
    return f"{place or 'the body'} should be {text}"


def validation_problem(errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Build the problem object for a request that does not fit its schema."""
    sentences = list(dict.fromkeys(sentence(error) for error in errors))
    shown = "; ".join(sentences[:5]) + (f"; and {len(sentences) - 5} more" if len(sentences) > 5 else "")
    return {
        "type": "urn:kozue:problem:bad_request",
        "title": "Bad request",
        "status": 422,
        "detail": f"The request cannot be used: {shown}.",
        "code": "bad_request",
        "hint": "GET /api/openapi.json describes what each address takes.",
    }


def install_handlers(app: FastAPI) -> None:
    """Let every error of the application leave as a problem object (or as a page below ``/ui``)."""

    def render(
        request: Request, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        page = getattr(app.state, "error_page", None)
        if page is not None and request.url.path.startswith("/ui"):
            shown: Response = page(request, body)
            return shown
        return problem_response(body, headers)

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, KozueError)
        made = error_response(error)
        return render(request, error.problem(), {k: v for k, v in made.headers.items() if k in _KEPT})

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return render(request, validation_problem(error.errors()))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(allowed_methods(app, request.scope)) or headers.get("Allow", "GET")
        return render(request, http_problem(error.status_code, _words(request, error)), headers)

    async def fault(request: Request, error: Exception) -> Response:
        log.error("unexpected error at %s", request.url.path, exc_info=error)
        hint = "This is a fault of Kozue; the server's log has the details."
        return render(request, http_problem(500, f"Unexpected {type(error).__name__}.", hint))

    app.add_exception_handler(KozueError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, fault)


_KEPT = ("www-authenticate", "retry-after")


def _words(request: Request, error: HTTPException) -> str:
    if error.status_code == 404:
        return f"There is nothing at {request.url.path[:200]}."
    if error.status_code == 405:
        return f"{request.method} is not known at {request.url.path[:200]}."
    return str(error.detail)
