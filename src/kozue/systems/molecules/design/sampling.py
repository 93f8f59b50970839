"""The work behind ``design.sample``: molecules as a prior writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from rdkit import Chem, rdBase

from kozue.core.context import Context
from kozue.core.operation import JobResult
from kozue.systems.molecules.design.outputs import SAMPLE_SCHEMA
from kozue.systems.molecules.design.prior import Prior, load_prior
from kozue.systems.molecules.design.tokens import CANONICAL
from kozue.systems.molecules.design.writing import sample

if TYPE_CHECKING:
    from kozue.systems.molecules.design.prior_settings import SampleSettings

_STEP = 512
_GIVE_UP = 20  # times the molecules wanted: a prior that repeats itself has no more to say


def sample_molecules(settings: SampleSettings, context: Context) -> JobResult:
    """Sample until there are as many as wanted, or nothing new comes any more."""
    prior = load_prior(settings.prior)
    written = 0
    found: list[str] = []
    known: set[str] = set()
    unreadable = 0
    while len(found) < settings.count and written < _GIVE_UP * settings.count + _STEP:
        context.progress(len(found), settings.count, "writing molecules")
        size = _STEP if settings.unique else min(_STEP, settings.count - len(found))
        texts = sample(prior, size, context.rng, style=CANONICAL, temperature=settings.temperature)
        written += len(texts)
        for text, smiles in zip(texts, readable(texts), strict=True):
            unreadable += smiles is None
            if not settings.unique:
                found.append(text)
            elif smiles is not None and smiles not in known:
                known.add(smiles)
                found.append(smiles)
    found = found[: settings.count]
    context.progress(settings.count, settings.count, "writing molecules")
    if len(found) < settings.count:
        context.warn(
            "fewer",
            f"Only {len(found):,} different molecules came out of {written:,} that were written; "
            "a higher temperature gives more.",
        )
    table = pa.table({"smiles": found}, schema=SAMPLE_SCHEMA.to_arrow())
    summary = {
        "prior": settings.prior,
        "molecules": len(found),
        "written": written,
        "readable": round(1 - unreadable / max(written, 1), 4),
    }
    return JobResult(tables={"molecules": table}, summary=summary)


def readable(texts: list[str]) -> list[str | None]:
    """Return canonical SMILES, None for what RDKit cannot read or has no atoms."""
    out: list[str | None] = []
    with rdBase.BlockLogs():
        for text in texts:
            mol = Chem.MolFromSmiles(text) if text else None
            out.append(Chem.MolToSmiles(mol) if mol is not None and mol.GetNumAtoms() else None)
    return out


def novel_start(prior: Prior, count: int, rng: np.random.Generator) -> list[str]:
    """Return readable, different molecules of the prior, to begin a population with."""
    found: dict[str, None] = {}
    for _ in range(_GIVE_UP):
        for smiles in readable(sample(prior, count, rng, style=CANONICAL)):
            if smiles is not None and "." not in smiles:
                found.setdefault(smiles)
        if len(found) >= count:
            break
    return list(found)[:count]
