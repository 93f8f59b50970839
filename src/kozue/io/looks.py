"""What a cell looks like, told from its characters alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

SMILES = re.compile(
    r"^(?=.*[A-Za-z*])(?:\[[^\[\]\s]{1,60}\]|Br|Cl|[BCNOPSFI]|[bcnops]|\*|[-=#$:/\\.~()]|%\d\d|\d)+(?:\s+\|.*\|)?$"
)
PROTEIN = re.compile(r"^[ACDEFGHIKLMNPQRSTVWYBZXUOJ*-]{10,}$", re.IGNORECASE)
NUCLEOTIDE = re.compile(r"^[ACGTUNRYSWKMBDHV-]{8,}$", re.IGNORECASE)
NUMBER = re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$")
BY_ROLE = {"molecule": SMILES, "protein_sequence": PROTEIN, "nucleotide_sequence": NUCLEOTIDE}
# Long values are judged by their beginning, which keeps guessing cheap.
LOOK_AT = 400


def looks_like(role: str, value: str) -> bool:
    """Tell whether a cell could play the role."""
    text = value.strip()
    if role == "protein_structure":
        return "ATOM  " in text[:200_000] or "_atom_site." in text[:200_000]
    if role == "molecule" and ("M  END" in text or text.startswith("InChI=1")):
        return True
    if role == "value":
        return bool(NUMBER.match(text))
    pattern = BY_ROLE.get(role)
    if pattern is None:
        return True
    if len(text) > LOOK_AT:
        return not re.search(r"\s", text[:LOOK_AT])
    return bool(text) and bool(pattern.match(text))


def share(role: str, values: Iterable[str | None]) -> float:
    """Return the fraction of the filled cells that could play the role; 0 if none is filled."""
    filled = [value for value in values if value and value.strip()]
    if not filled:
        return 0.0
    return sum(looks_like(role, value) for value in filled) / len(filled)
