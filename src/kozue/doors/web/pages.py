"""The pages: which address shows which template with which facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.staticfiles import StaticFiles

import kozue
from kozue.core.errors import KozueError
from kozue.core.operation import ModelReference, Operation
from kozue.core.registry import Registry
from kozue.doors.rest.bodies import describe
from kozue.doors.rest.routes.operations import stage_of
from kozue.doors.rest.services import Services, services_of
from kozue.doors.web import language as languages
from kozue.doors.web.facts import about_facts, call_examples
from kozue.doors.web.forms import fields_of, wish_fields_of

STAGES = ("themes", "targets", "structures", "molecules", "patients")
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "kozue_theme"
# Well-known drugs, to begin with.
EXAMPLES = (
    {"name": "aspirin", "smiles": "CC(=O)Oc1ccccc1C(=O)O"},
    {"name": "imatinib", "smiles": "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"},
    {"name": "haloperidol", "smiles": "O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1"},
    {"name": "donepezil", "smiles": "COc1cc2c(cc1OC)C(=O)C(CC1CCN(Cc3ccccc3)CC1)C2"},
)
YEAR = 365 * 24 * 3600

router = APIRouter(prefix="/ui", include_in_schema=False, default_response_class=HTMLResponse)


def folder() -> Path:
    """Return the folder of templates and static files."""
    return Path(str(resources.files("kozue.doors.web")))


def environment() -> Environment:
    """Build the template environment; everything is escaped, and a missing fact is a fault."""
    made = Environment(
        loader=FileSystemLoader(folder() / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["json_block"] = json_block
    return made


def json_block(value: Any) -> Markup:
    """Write JSON for a data block of a page; nothing in it can end the block."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def mount_pages(app: FastAPI) -> None:
    """Add the pages and their static files to the application."""
    app.state.templates = environment()
    app.state.error_page = error_page
    app.mount("/ui/static", CachedFiles(directory=folder() / "static"), name="static")
    app.include_router(router)

    @app.get("/molecule", include_in_schema=False)
    def molecule(request: Request, smiles: str = "", name: str = "", mode: str = "") -> Response:
        return held_molecule(request, smiles, name, mode) if smiles else RedirectResponse("/ui/molecule")

    @app.get("/favicon.ico", include_in_schema=False)
    def favicon() -> Response:
        icon = (folder() / "static" / "favicon.svg").read_bytes()
        return Response(icon, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


class CachedFiles(StaticFiles):
    """Static files that a browser asks about again only to hear that they have not changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Send a file with a cache rule."""
        response = super().file_response(*args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def render(request: Request, name: str, *, status: int = 200, page: str = "", **facts: Any) -> HTMLResponse:
    """Render a template with what every page needs."""
    language = languages.choose(
        request.query_params.get("language"),
        request.cookies.get(languages.COOKIE),
        request.headers.get("accept-language", ""),
    )
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    text = languages.Texts(language)
    shared = {
        "t": text,
        "language": language,
        "other_language": "en" if language == "ja" else "ja",
        "theme": chosen if chosen in THEMES else "auto",
        "page": page,
        "path": request.url.path,
        "version": kozue.__version__,
        "strings": text.below("js."),
    }
    template = request.app.state.templates.get_template(name)
    response = HTMLResponse(template.render({**shared, **facts}), status)
    if request.query_params.get("language") in languages.LANGUAGES:
        response.set_cookie(languages.COOKIE, language, max_age=YEAR, samesite="strict", path="/")
    return response


def error_page(request: Request, problem: Mapping[str, Any]) -> Response:
    """Show a problem as a page."""
    return render(request, "error.html", status=int(problem["status"]), problem={"hint": "", **problem})


def stages_of(registry: Registry) -> list[dict[str, Any]]:
    """Return systems and their operations along the pipeline; plug-ins come last, if there are any."""
    found: dict[str, dict[str, list[Operation]]] = {stage: {} for stage in STAGES}
    for op in registry.operations.values():
        found.setdefault(stage_of(op), {}).setdefault(op.system, []).append(op)
    return [
        {
            "name": stage,
            "systems": [
                {"system": registry.systems[name], "operations": ops} for name, ops in systems.items()
            ],
        }
        for stage, systems in found.items()
    ]


@router.get("/")
def home(request: Request) -> Response:
    """Show all systems along the pipeline, and the newest runs."""
    services = services_of(request)
    runs = [run.status() for run in services.store.list()[:5]]
    return render(
        request,
        "home.html",
        page="systems",
        stages=stages_of(services.registry),
        runs=runs,
        titles=titles(services),
    )


@router.get("")
def home_without_slash() -> Response:
    """Go to the start page."""
    return RedirectResponse("/ui/")


@router.get("/molecule")
def molecule_page(request: Request, smiles: str = "", name: str = "", mode: str = "") -> Response:
    """Show one molecule; the page's script asks for what the address names."""
    from kozue.doors.molecule.parts import find_parts, optional_numbers

    if smiles:
        return held_molecule(request, smiles, name, mode)
    parts = find_parts(services_of(request).registry)
    kinetics = parts.kinetics
    return render(
        request,
        "molecule.html",
        page="molecule",
        parts=parts.as_dict(),
        examples=EXAMPLES,
        kinetics=kinetics,
        measured=optional_numbers(kinetics) if kinetics else [],
        fields={
            language: fields_of(kinetics, language) if kinetics else [] for language in languages.LANGUAGES
        },
    )


def held_molecule(request: Request, smiles: str, name: str, mode: str) -> Response:
    """Hold a structure and go on at an address without it, which is what the browser remembers."""
    identifier = services_of(request).handles.keep(smiles[:200_000], name[:500])
    asked = urlencode({"id": identifier, **({"mode": mode[:100]} if mode else {})})
    return RedirectResponse(f"/ui/molecule?{asked}", status_code=303)


@router.get("/compare")
def compare_page(request: Request) -> Response:
    """Show several molecules side by side."""
    from kozue.doors.molecule.parts import find_parts

    parts = find_parts(services_of(request).registry)
    return render(request, "compare.html", page="molecule", parts=parts.as_dict())


@router.get("/differences")
def differences_page(request: Request, first: str, second: str) -> Response:
    """Show two runs of one operation side by side."""
    services = services_of(request)
    runs = [services.store.get(identifier).status() for identifier in (first, second)]
    return render(request, "differences.html", page="runs", runs=runs, titles=titles(services))


@router.get("/runs")
def runs_page(request: Request) -> Response:
    """List the runs."""
    services = services_of(request)
    runs = services.store.list()
    shown = [run.status() for run in runs[:200]]
    return render(request, "runs.html", page="runs", runs=shown, total=len(runs), titles=titles(services))


@router.get("/runs/{run_id}")
def run_page(request: Request, run_id: str) -> Response:
    """Show one run."""
    services = services_of(request)
    run = services.store.get(run_id)
    asked = run.asked
    op = services.registry.operations.get(asked.operation)
    return render(
        request,
        "run.html",
        page="runs",
        run=run.status(),
        asked=asked,
        operation=op,
        has_report=run.report_path.is_file(),
        columns=[column.as_dict() for column in op.takes] if op is not None and op.takes is not None else [],
        wishes={
            language: wish_fields_of(op, language) if op is not None else []
            for language in languages.LANGUAGES
        },
    )


@router.get("/models")
def models_page(request: Request) -> Response:
    """List the models."""
    from kozue.doors.rest.routes.catalogue import list_models

    return render(request, "models.html", page="models", models=list_models().models)


@router.get("/models/{name:path}")
def model_page(request: Request, name: str) -> Response:
    """Show a model's card."""
    from kozue.doors.rest.routes.catalogue import get_model

    return render(request, "model.html", page="models", model=get_model(name))


@router.get("/data")
def data_page(request: Request) -> Response:
    """List the data sets."""
    from kozue.doors.rest.routes.catalogue import list_data

    return render(request, "data.html", page="data", sets=list_data().data)


@router.get("/about")
def about_page(request: Request) -> Response:
    """Show versions, folders, plug-ins and licences."""
    services = services_of(request)
    licences = sorted((folder() / "static" / "vendor" / "licences").glob("*"))
    return render(
        request,
        "about.html",
        page="about",
        facts=about_facts(services),
        broken=services.registry.broken,
        licences=[path.name for path in licences],
    )


@router.get("/{system}/{verb}")
def operation_page(request: Request, system: str, verb: str) -> Response:
    """Show one operation: what it is for, its form, its answer."""
    services = services_of(request)
    op = services.registry.operation(f"{system}.{verb}")
    siblings = [other for other in services.registry.operations.values() if other.system == op.system]
    models, missing = _models(op)
    return render(
        request,
        "operation.html",
        page="systems",
        operation=op,
        described=describe(op, stage_of(op)),
        system=services.registry.systems[op.system],
        siblings=siblings,
        fields={language: fields_of(op, language) for language in languages.LANGUAGES},
        models=models,
        models_missing=missing,
        calls=call_examples(op),
        limits=services.limits,
    )


def _models(op: Operation) -> tuple[list[ModelReference], str]:
    """Return the models that answer with default settings, or why there are none."""
    if any(field.is_required() for field in op.settings.model_fields.values()):
        return [], ""
    # The page must open although a model is missing: it is where a person learns so.
    try:
        return op.model_references(op.parse({})), ""
    except KozueError as error:
        return [], str(error)


def titles(services: Services) -> dict[str, Any]:
    """Return the titles of operations by name."""
    return {op.name: op.title for op in services.registry.operations.values()}
