"""``/api/molecules``: pictures of structures."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query, Response

from kozue.core.errors import InputError, SettingsError
from kozue.doors.rest.problems import problem_responses

router = APIRouter(prefix="/molecules", tags=["molecules"])

MAX_SMILES = 2000
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
