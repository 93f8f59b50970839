"""The application: addresses generated from the registry, guarded, with the web pages at ``/ui``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import RedirectResponse
from fastapi.security import HTTPBearer

import kozue
from kozue.core.registry import Registry, get_registry
from kozue.doors.rest.bodies import HealthBody
from kozue.doors.rest.problems import (
    Problem,
    install_handlers,
    problem_responses,
    refuse_unknown_parameters,
)
from kozue.doors.rest.routes import catalogue, files, molecules, operations, runs, sheets
from kozue.doors.rest.security import LOCAL_HOSTS, Guard
from kozue.doors.rest.services import ServerLimits, Services, default_uploads
from kozue.doors.rest.uploads import Uploads

if TYPE_CHECKING:
    from kozue.run import RunStore

DESCRIPTION = """Every operation of Kozue as `POST /api/<system>/<verb>` for small questions, and `/api/runs` for
everything else. An answer always carries how many records went in, how many have a result, and what the
reader must know. Errors are RFC 9457 problems with a hint."""


CHECKED = [Depends(refuse_unknown_parameters)]


def create_app(
    registry: Registry | None = None,
    store: RunStore | None = None,
    token: str | None = None,
    allowed_hosts: Iterable[str] = LOCAL_HOSTS,
    *,
    uploads: Path | None = None,
    limits: ServerLimits | None = None,
    web: bool = True,
) -> FastAPI:
    """Build the application.

    Parameters
    ----------
    registry : Registry, optional
        Operations; all that are installed by default.
    store : RunStore, optional
        Runs; the user's own by default.
    token : str, optional
        Secret that every request must carry; without it everyone who reaches the port may ask.
    allowed_hosts : iterable of str
        Names that the Host header may have.
    uploads : pathlib.Path, optional
        Folder of received files.
    limits : ServerLimits, optional
        Sizes.
    web : bool, default True
        Whether the pages are served, too.
    """
    registry = registry if registry is not None else get_registry()
    limits = limits or ServerLimits()
    app = FastAPI(
        title="Kozue",
        version=kozue.__version__,
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # FastAPI's own pages load scripts from another host
        redoc_url=None,
    )
    app.state.services = Services(
        registry, store, Uploads(uploads or default_uploads(), limits.upload_bytes), limits
    )
    install_handlers(app)
    add_health(app)
    api = APIRouter(prefix="/api", dependencies=[*CHECKED, Depends(HTTPBearer(auto_error=False))])
    for module in (operations, files, runs, sheets, molecules, catalogue):
        api.include_router(module.router)
    operations.add_inline_routes(api, registry, limits.inline_rows)
    app.include_router(api)
    if web:
        from kozue.doors.web import mount_pages

        mount_pages(app)

        @app.get("/", include_in_schema=False)
        def home() -> RedirectResponse:
            return RedirectResponse("/ui/")

    app.add_middleware(
        Guard, token=token, hosts=allowed_hosts, max_body=limits.body_bytes, max_upload=limits.upload_bytes
    )
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    return app


def add_health(app: FastAPI) -> None:
    """Add the one address that needs no token."""

    @app.get(
        "/api/health",
        operation_id="health",
        tags=["server"],
        responses=problem_responses(),
        dependencies=CHECKED,
    )
    def health() -> HealthBody:
        """Tell that the server is up."""
        return HealthBody(status="ok", version=kozue.__version__)


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the problem object that all errors share."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = schema
    return app.openapi_schema
