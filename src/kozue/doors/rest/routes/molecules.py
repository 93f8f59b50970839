"""``/api/molecules``: pictures of structures."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from kozue.core.errors import InputError, SettingsError
from kozue.doors.rest.problems import problem_responses

router = APIRouter(prefix="/molecules", tags=["molecules"])

MAX_SMILES = 2000
# With the places of its atoms a structure is some ten times as long.
MAX_PLACED = 20_000
# A picture depends on its address alone.
CACHE = {"Cache-Control": "private, max-age=604800, immutable"}


@router.get(
    "/svg",
    operation_id="draw_molecule",
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}, **problem_responses()},
    response_class=Response,
)
def draw_molecule(
    smiles: Annotated[str, Query(min_length=1, max_length=MAX_SMILES, description="SMILES to draw.")],
    width: Annotated[int, Query(ge=40, le=1200)] = 240,
    height: Annotated[int, Query(ge=40, le=1200)] = 160,
    weights: Annotated[
        str, Query(max_length=8000, description="One number an atom, separated by commas.")
    ] = "",
    dark: bool = False,
    mark: Annotated[bool, Query(description="Draw a mark instead of failing if it cannot be read.")] = False,
) -> Response:
    """Draw a molecule as SVG, on request with one weight an atom as colours."""
    numbers = parse_weights(weights)
    try:
        svg = cached_svg(smiles, width, height, numbers, dark)
    except InputError:
        if not mark:
            raise
        svg = UNREADABLE.format(colour="#f19a94" if dark else "#a92e2e", width=width, height=height)
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


# The drawing carries its colours as style attributes.
HEADERS = {**CACHE, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


UNREADABLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="-30 -20 60 40" '
    'fill="none" stroke="{colour}" stroke-width="1.6" stroke-linecap="round">'
    '<path d="M-7 -4 0 -8 7 -4V4L0 8 -7 4Z" stroke-dasharray="2.5 3"/><path d="M-12 12 12 -12"/></svg>'
)


class PointsRequest(BaseModel):
    """A structure whose attachment points are wanted, on request after adding or taking away one."""

    model_config = ConfigDict(extra="forbid")
    smiles: str = Field(
        min_length=1,
        max_length=MAX_PLACED,
        description="SMILES with or without [*:1]; or what lying was, so that atoms keep number and place.",
    )
    toggle: int | None = Field(
        default=None, ge=0, le=100_000, description="Atom that gets a point, or loses those it has."
    )
    width: int = Field(default=360, ge=40, le=1200)
    height: int = Field(default=260, ge=40, le=1200)
    dark: bool = False


class SiteBody(BaseModel):
    """One atom of the drawing."""

    atom: int = Field(description="0-based, in the order of lying.")
    element: str
    x: float = Field(description="Pixels from the left.")
    y: float = Field(description="Pixels from the top.")
    points: list[int] = Field(description="Numbers of its attachment points.")
    is_open: bool = Field(description="Whether it has a hydrogen that a point can replace.")


class PointsBody(BaseModel):
    """A structure with its attachment points."""

    smiles: str = Field(description="With [*:n] at each point.")
    lying: str = Field(description="The same with the places of the atoms, for the next request.")
    svg: str
    sites: list[SiteBody]


@router.post("/points", operation_id="mark_attachment_points", responses=problem_responses(413))
def mark_attachment_points(body: PointsRequest) -> PointsBody:
    """Draw a structure with its attachment points, and say where each atom lies so that it can be clicked."""
    from kozue.chem.points import mark

    made = mark(body.smiles, body.toggle, width=body.width, height=body.height, dark=body.dark)
    return PointsBody.model_validate(asdict(made))


def parse_weights(text: str) -> tuple[float, ...] | None:
    """Read numbers separated by commas.

    Raises
    ------
    SettingsError
        If one is not a finite number.
    """
    import math

    if not text:
        return None
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(
            "weights should be numbers separated by commas.", "For example 0.1,-0.3,0."
        ) from None
    if not all(math.isfinite(number) for number in found):
        raise SettingsError("weights should be finite numbers.", "Leave NaN and infinities out.")
    return found


@lru_cache(maxsize=4096)
def cached_svg(smiles: str, width: int, height: int, weights: tuple[float, ...] | None, dark: bool) -> str:
    """Draw; equal requests are drawn once."""
    from kozue.chem.draw import svg

    drawn: str = svg(smiles, width=width, height=height, weights=weights, dark=dark)
    return drawn
