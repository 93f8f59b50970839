"""``/api/molecules``: what the page of a molecule needs, so that every program gets the same.

Structures come in the bodies of requests and never in addresses: those end up in histories and logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from kozue.core.operation import Operation
from kozue.doors.molecule.files import SheetFormat, render
from kozue.doors.molecule.sheet import MOST_MOLECULES
from kozue.doors.rest.exports import MEDIA_TYPES, attachment
from kozue.doors.rest.problems import problem_responses
from kozue.doors.rest.services import Services, Use

router = APIRouter(prefix="/molecules", tags=["molecules"])

MAX_TEXT = 200_000
MOST_DRAWINGS = 64
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, description="SMILES, MOL block or InChI.")]
Mode = Annotated[
    str,
    Field(
        max_length=40,
        description="Way of computing profile and contributions, see /api/molecules/parts; its default if empty.",
    ),
]
SHEET_CONTENT = {
    media: {"schema": {"type": "string", "format": "binary"}}
    for media in ("application/pdf", "text/csv", "chemical/x-mdl-sdfile")
}


class StructureBody(BaseModel):
    """One structure."""

    model_config = ConfigDict(extra="forbid")
    smiles: Text
    name: str = Field(default="", max_length=500)


class HandleBody(BaseModel):
    """A structure that the server holds for a day under a random name."""

    id: str
    smiles: str
    name: str


class AlertBody(BaseModel):
    """A structural alert and where it lies."""

    name: str
    atoms: list[int] = Field(description="0-based, in the order of the SMILES.")


class NoteBody(BaseModel):
    """Something to know about a structure before believing predictions."""

    code: str
    message: dict[str, str]


class FactsBody(BaseModel):
    """What can be said of a structure at once."""

    smiles: str
    canonical: str
    inchikey: str
    formula: str
    weight: float = Field(description="g/mol")
    heavy_atoms: int
    atoms: int
    notes: list[NoteBody]
    alerts: list[AlertBody]


class DrawingWish(BaseModel):
    """One picture."""

    model_config = ConfigDict(extra="forbid")
    smiles: Text
    width: int = Field(default=240, ge=40, le=1200)
    height: int = Field(default=160, ge=40, le=1200)
    weights: list[Annotated[float, Field(allow_inf_nan=False)]] | None = Field(
        default=None, max_length=1000, description="One number an atom."
    )
    atoms: list[Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=list, max_length=1000, description="Atoms to mark, 0-based."
    )


class DrawingsRequest(BaseModel):
    """Many pictures at once."""

    model_config = ConfigDict(extra="forbid")
    drawings: list[DrawingWish] = Field(min_length=1, max_length=MOST_DRAWINGS)
    dark: bool = False
    align: bool = Field(default=False, description="Lay the common core of all of them alike.")


class DrawingBody(BaseModel):
    """A picture, or why there is none."""

    svg: str
    problem: str


class DrawingsBody(BaseModel):
    """Pictures in the order asked for."""

    drawings: list[DrawingBody]
    core_atoms: int = Field(description="Atoms of the common core that lies alike; 0 without.")


class KineticsWish(BaseModel):
    """Human pharmacokinetics on the sheet."""

    model_config = ConfigDict(extra="forbid")
    values: dict[str, float] = Field(default_factory=dict, description="Measured values by column.")
    settings: dict[str, Any] = Field(default_factory=dict)


class ComparisonRequest(BaseModel):
    """Which molecules to lay side by side."""

    model_config = ConfigDict(extra="forbid")
    molecules: list[StructureBody] = Field(min_length=1, max_length=MOST_MOLECULES)
    reference: int = Field(
        default=0, ge=0, lt=MOST_MOLECULES, description="Which one the others are held against."
    )
    mode: Mode = ""


class ComparedMolecule(BaseModel):
    """One column of a comparison."""

    smiles: str
    name: str
    formula: str
    weight: float
    alerts: list[str]
    problems: list[str] = Field(description="Why there are no values, if so.")


class ComparedEndpoint(BaseModel):
    """One row of a comparison."""

    key: str
    differs: bool = Field(description="Whether any molecule is told apart from the reference.")
    values: list[dict[str, Any]] = Field(
        description="A molecule each: value, low, high, percentile, light, domain, and the verdict: better, "
        "worse, different, similar, or empty."
    )


class ComparisonBody(BaseModel):
    """Molecules side by side."""

    molecules: list[ComparedMolecule]
    endpoints: list[ComparedEndpoint]
    warnings: list[str]


class SheetRequest(BaseModel):
    """Which molecules, and what of them."""

    model_config = ConfigDict(extra="forbid")
    molecules: list[StructureBody] = Field(min_length=1, max_length=MOST_MOLECULES)
    language: Literal["en", "ja"] = "en"
    explain: list[str] = Field(
        default_factory=list, max_length=8, description="Endpoints whose atom contributions are drawn."
    )
    kinetics: KineticsWish | None = None
    mode: Mode = ""


@router.get("/parts", operation_id="molecule_parts", responses=problem_responses())
def molecule_parts(services: Use) -> dict[str, Any]:
    """Return the operations that tell something about one molecule, and how their endpoints are read."""
    from kozue.doors.molecule.parts import find_parts

    return find_parts(services.registry).as_dict()


@router.post("/handles", status_code=201, operation_id="hold_molecule", responses=problem_responses(413))
def hold_molecule(body: StructureBody, response: Response, services: Use) -> HandleBody:
    """Hold a structure in memory for a day under a random name, so that no address has to hold it."""
    identifier = services.handles.keep(body.smiles, body.name)
    response.headers["Location"] = f"/api/molecules/handles/{identifier}"
    return HandleBody(id=identifier, smiles=body.smiles, name=body.name)


@router.get("/handles/{handle}", operation_id="get_held_molecule", responses=problem_responses(404))
def get_held_molecule(handle: str, services: Use) -> HandleBody:
    """Return a structure that is held."""
    found = services.handles.get(handle)
    return HandleBody(id=handle, smiles=found.smiles, name=found.name)


@router.post("/facts", operation_id="molecule_facts", responses=problem_responses(413))
def molecule_facts(body: StructureBody) -> FactsBody:
    """Read a structure: formula, weight, what is odd about it, and the atoms of structural alerts."""
    from kozue.doors.molecule.facts import facts

    return FactsBody.model_validate(facts(body.smiles))


@router.post("/drawings", operation_id="draw_molecules", responses=problem_responses(413))
def draw_molecules(body: DrawingsRequest) -> DrawingsBody:
    """Draw many molecules as SVG, on request with atom weights, marked atoms or their common core laid alike."""
    from kozue.doors.molecule.drawings import Wanted, draw_all

    wanted = [Wanted(one.smiles, one.width, one.height, one.weights, one.atoms) for one in body.drawings]
    drawn, core = draw_all(wanted, body.dark, body.align)
    return DrawingsBody(
        drawings=[DrawingBody(svg=one.svg, problem=one.problem) for one in drawn], core_atoms=core
    )


@router.post("/comparison", operation_id="compare_molecules", responses=problem_responses(404, 413, 429))
def compare_molecules(body: ComparisonRequest, services: Use) -> ComparisonBody:
    """Lay up to six molecules side by side and say where the models tell them apart from the reference."""
    from kozue.core.errors import InputError
    from kozue.doors.molecule.comparison import compared
    from kozue.doors.molecule.parts import find_parts
    from kozue.doors.molecule.sheet import Asked, collect

    if body.reference >= len(body.molecules):
        raise InputError(
            f"There is no molecule {body.reference + 1} to compare with; {len(body.molecules)} were given.",
            "reference counts from 0.",
        )
    asked = [Asked(one.smiles, one.name) for one in body.molecules]
    with services.turn():
        content = collect(find_parts(services.registry), asked, asker(services), mode=body.mode)
    molecules = [
        ComparedMolecule(
            smiles=entry.smiles,
            name=entry.name,
            formula=entry.facts["formula"],
            weight=entry.facts["weight"],
            alerts=[alert["name"] for alert in entry.facts["alerts"]],
            problems=entry.problems,
        )
        for entry in content.entries
    ]
    rows = compared(content.parts, [entry.record for entry in content.entries], body.reference)
    return ComparisonBody.model_validate(
        {"molecules": molecules, "endpoints": rows, "warnings": content.warnings}
    )


@router.post(
    "/sheet",
    operation_id="molecule_sheet",
    responses={200: {"content": SHEET_CONTENT}, **problem_responses(404, 413, 429)},
    response_class=Response,
)
def molecule_sheet(
    body: SheetRequest,
    services: Use,
    form: Annotated[SheetFormat, Query(alias="format", description="What to make.")] = "pdf",
) -> Response:
    """Make the sheet of up to six molecules: PDF to read, CSV with an endpoint a row, SDF with the records.

    What could not be made as asked is in the header ``X-Kozue-Warnings``, a JSON list of sentences.
    """
    from kozue.doors.molecule.parts import find_parts
    from kozue.doors.molecule.sheet import Asked, collect

    asked = [Asked(one.smiles, one.name) for one in body.molecules]
    wants_all = form == "pdf"
    kinetics = body.kinetics.model_dump() if body.kinetics is not None and wants_all else None
    with services.turn():
        content = collect(
            find_parts(services.registry),
            asked,
            asker(services),
            body.explain if wants_all else (),
            kinetics,
            body.mode,
        )
    name = "molecule" if len(asked) == 1 else "molecules"
    content_type = "application/pdf" if form == "pdf" else MEDIA_TYPES[form]
    file, warnings = render(content, form, body.language)
    made = Response(file, media_type=content_type, headers=attachment(f"{name}.{form}"))
    if warnings:
        made.headers["X-Kozue-Warnings"] = json.dumps(warnings, ensure_ascii=True)
    return made


def asker(services: Services) -> Any:
    """Return the function by which the sheet asks operations."""
    from kozue.run import answer

    def ask(op: Operation, records: list[dict[str, Any]], settings: Mapping[str, Any]) -> Any:
        return answer(op, records, dict(settings), limits=services.input_limits())

    return ask
