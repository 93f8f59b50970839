"""Molecules as SVG: transparent, standalone, legible on a light and on a dark page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from kozue.chem.parsing import parse
from kozue.core.errors import InputError

Colour = tuple[float, float, float, float]

# Blue and orange: told apart with every common kind of colour vision, and on black as on white.
RAISES: Colour = (0.90, 0.45, 0.05, 0.75)
LOWERS: Colour = (0.13, 0.47, 0.85, 0.75)
MARKED: Colour = (0.95, 0.75, 0.10, 0.55)
_INK_LIGHT = (0.13, 0.13, 0.13)
_INK_DARK = (0.88, 0.88, 0.88)
# Element colours darkened or lightened until they have a contrast of 4.5:1 on their page.
_ELEMENTS_LIGHT = {
    7: (0.10, 0.25, 0.80),
    8: (0.75, 0.05, 0.05),
    16: (0.45, 0.38, 0.00),
    9: (0.05, 0.42, 0.20),
}
_ELEMENTS_DARK = {7: (0.55, 0.70, 1.00), 8: (1.00, 0.50, 0.45), 16: (0.90, 0.80, 0.25), 9: (0.45, 0.85, 0.55)}


def svg(
    smiles: str,
    width: int = 240,
    height: int = 160,
    weights: Sequence[float] | None = None,
    highlight_atoms: Sequence[int] = (),
    dark: bool = False,
) -> str:
    """Draw a molecule.

    Parameters
    ----------
    smiles : str
        SMILES or MOL block.
    width, height : int
        Pixels, 20 to 4000.
    weights : sequence of float, optional
        One number an atom, in the order of the SMILES: orange raises, blue lowers, strength by the
        largest absolute weight of the molecule.
    highlight_atoms : sequence of int
        Atoms to mark in yellow, 0-based.
    dark : bool
        Ink for a dark page.

    Returns
    -------
    str
        SVG with a view box and no script, style sheet or outside reference.

    Raises
    ------
    UnreadableMoleculeError
        If the structure cannot be read.
    InputError
        If weights or atoms do not fit the molecule.

    Examples
    --------
    >>> from kozue.chem.draw import svg
    >>> svg("CCO").startswith("<svg")
    True
    """
    mol = parse(smiles)
    count = mol.GetNumAtoms()
    if weights is not None and len(weights) != count:
        raise InputError(
            f"The number of weights is {len(weights)}, that of atoms {count}: they must be the same."
        )
    if any(not 0 <= atom < count for atom in highlight_atoms):
        raise InputError(f"An atom to mark is not in the molecule, whose atoms are 0 to {count - 1}.")
    colours = _weight_colours(weights) if weights is not None else {}
    colours |= {int(atom): MARKED for atom in highlight_atoms}
    return _draw(mol, _bounded(width), _bounded(height), colours, dark)


def placed_svg(
    mol: Chem.Mol, atoms: Sequence[int], width: int, height: int, dark: bool = False
) -> tuple[str, list[tuple[float, float]]]:
    """Draw a molecule as it lies, and tell where each of its atoms is.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        With two-dimensional coordinates.
    atoms : sequence of int
        Atoms to mark in yellow, 0-based.
    width, height : int
        Pixels, 20 to 4000.
    dark : bool
        Ink for a dark page.

    Returns
    -------
    picture : str
        SVG.
    places : list of (float, float)
        Pixels from the left and from the top, an atom each.
    """
    size = _bounded(width), _bounded(height)
    drawer = _drawn(mol, *size, dict.fromkeys(map(int, atoms), MARKED), dark)
    places = [drawer.GetDrawCoords(atom) for atom in range(mol.GetNumAtoms())]
    return _cleaned(drawer.GetDrawingText(), *size), [(place.x, place.y) for place in places]


def _bounded(pixels: int) -> int:
    return max(20, min(4000, int(pixels)))


def _weight_colours(weights: Sequence[float]) -> dict[int, Colour]:
    """Colour atoms whose weight is at least a twentieth of the largest one."""
    known = [0.0 if weight is None or weight != weight else float(weight) for weight in weights]
    largest = max((abs(weight) for weight in known), default=0.0)
    if not 0 < largest < float("inf"):
        return {}
    colours = {}
    for atom, weight in enumerate(known):
        strength = abs(weight) / largest
        if strength >= 0.05:
            red, green, blue, opacity = RAISES if weight > 0 else LOWERS
            colours[atom] = (red, green, blue, opacity * strength**0.7)
    return colours


def _draw(mol: Chem.Mol, width: int, height: int, colours: dict[int, Colour], dark: bool) -> str:
    return _cleaned(_drawn(mol, width, height, colours, dark).GetDrawingText(), width, height)


def _drawn(
    mol: Chem.Mol, width: int, height: int, colours: dict[int, Colour], dark: bool
) -> rdMolDraw2D.MolDraw2DSVG:
    with rdBase.BlockLogs():
        try:
            ready = rdMolDraw2D.PrepareMolForDrawing(mol)
        except (ValueError, RuntimeError):  # a structure that cannot be kekulised is drawn as it is
            ready = rdMolDraw2D.PrepareMolForDrawing(mol, kekulize=False)
        if not ready.GetNumConformers():
            rdDepictor.Compute2DCoords(ready)
        drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
        options = drawer.drawOptions()
        options.clearBackground = False
        options.fillHighlights = True
        options.highlightRadius = 0.42
        options.setHighlightColour(MARKED)
        options.bondLineWidth = 1.4
        options.addStereoAnnotation = False
        options.useBWAtomPalette()
        ink = _INK_DARK if dark else _INK_LIGHT
        palette = {-1: ink, 0: ink, 1: ink, 6: ink, **(_ELEMENTS_DARK if dark else _ELEMENTS_LIGHT)}
        options.updateAtomPalette(palette)
        options.setLegendColour(ink)
        drawer.DrawMolecule(
            ready,
            highlightAtoms=list(colours),
            highlightAtomColors=colours,
            highlightBonds=[],
        )
        drawer.FinishDrawing()
    return drawer


def _as_attributes(style: re.Match[str]) -> str:
    """Write a style as attributes: a strict content security policy refuses inline styles."""
    rules = [rule.split(":", 1) for rule in style[1].split(";") if ":" in rule]
    return "".join(f" {name.strip()}='{value.strip()}'" for name, value in rules)


def _cleaned(text: str, width: int, height: int) -> str:
    """Drop the XML head, RDKit's name space and comments: what is left can stand inside an HTML page."""
    body = text[text.index(">", text.index("<svg")) + 1 :]
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"\s+class='[^']*'", "", body)
    body = re.sub(r"\s*style='([^']*)'", _as_attributes, body)
    body = re.sub(r"\n\s*\n+", "\n", body).strip()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">{body}'
    )
