"""The work behind ``design.evaluate``: what a prior writes, beside real molecules.

The measures are those of MOSES (Polykovskiy et al., Front. Pharmacol. 2020, 11, 565644) but for the Fréchet ChemNet
distance, which needs a network of its own (``benchmarks/design_prior.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors
from scipy.stats import wasserstein_distance

from kozue.chem import scaffold
from kozue.core.context import Context
from kozue.core.errors import InputError
from kozue.core.operation import JobResult
from kozue.core.records import Batch
from kozue.systems.molecules.design.known import Known
from kozue.systems.molecules.design.molecules import read_molecules
from kozue.systems.molecules.design.outputs import EVALUATION_SCHEMA
from kozue.systems.molecules.design.prior import load_prior
from kozue.systems.molecules.design.sampling import readable
from kozue.systems.molecules.design.tokens import CANONICAL
from kozue.systems.molecules.design.watching import diversity
from kozue.systems.molecules.design.writing import sample

if TYPE_CHECKING:
    from kozue.systems.molecules.design.prior_settings import EvaluateSettings

LEAST = 20
_STEP = 512
_COMPARED = 2000  # molecules a side whose similarities and properties are compared
_PAIRED = 500  # molecules whose pairs are compared
PROPERTIES: dict[str, Callable[[Chem.Mol], float]] = {
    "weight (g/mol)": Descriptors.MolWt,
    "logP": Crippen.MolLogP,
    "QED": QED.qed,
}


@dataclass(frozen=True, slots=True)
class Real:
    """Molecules to compare with.

    Parameters
    ----------
    known : sequence of str
        Canonical SMILES that are not new.
    like : sequence of str
        Canonical SMILES that the samples should be like.
    """

    known: Sequence[str]
    like: Sequence[str]


def evaluate(batches: Iterator[Batch], settings: EvaluateSettings, context: Context) -> JobResult:
    """Sample, and compare with the molecules given or with MOSES."""
    real = _moses() if settings.protocol == "moses" else _given(batches, context)
    prior = load_prior(settings.prior)
    texts: list[str] = []
    while len(texts) < settings.count:
        context.progress(len(texts), settings.count, "writing molecules")
        size = min(_STEP, settings.count - len(texts))
        texts += sample(prior, size, context.rng, style=CANONICAL)
    found = [text for text in readable(texts) if text is not None]
    different = list(dict.fromkeys(found))
    if len(different) < LEAST:
        raise InputError(f"The prior {settings.prior!r} wrote only {len(different)} different molecules.")
    context.progress(settings.count, settings.count, "comparing")
    rows = [
        ("valid", len(found) / len(texts), None, "share of texts that are molecules"),
        ("unique", len(different) / len(found), None, "share of these that are different"),
        (
            "novel",
            len(set(different) - set(real.known)) / len(different),
            None,
            "share of the different ones that are not among the known molecules",
        ),
        *_compared(different, real, context.rng),
    ]
    names = ("measure", "value", "reference", "meaning")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    table = pa.table(columns, schema=EVALUATION_SCHEMA.to_arrow())
    summary = {"prior": settings.prior, "sampled": len(texts), "compared_with": len(real.like)}
    return JobResult(tables={"judgement": table}, summary=summary)


def _given(batches: Iterator[Batch], context: Context) -> Real:
    smiles = read_molecules(batches, context).smiles
    if len(smiles) < LEAST:
        raise InputError(
            f"There are {len(smiles)} different molecules to compare with, too few.",
            f"Give at least {LEAST}, or set protocol to moses.",
        )
    return Real(smiles, smiles)


def _moses() -> Real:
    from kozue.data import get

    files = get("moses")
    train, test = (pd.read_csv(files[f"{part}_quarter.csv.gz"])["SMILES"] for part in ("train", "test"))
    return Real(
        [text for text in readable(train.tolist()) if text],
        [text for text in readable(test.tolist()) if text],
    )


def _compared(
    different: Sequence[str], real: Real, rng: np.random.Generator
) -> list[tuple[str, float, float | None, str]]:
    """Return the measures that have a counterpart among real molecules: one half of them beside the other."""
    order = rng.permutation(len(real.like))
    half = len(order) // 2
    one = [real.like[place] for place in order[: min(half, _COMPARED)]]
    other = [real.like[place] for place in order[half : half + _COMPARED]]
    ours = [different[place] for place in rng.permutation(len(different))[:_COMPARED]]
    known = Known((), one)
    scaffolds = {scaffold(Chem.MolFromSmiles(text)) for text in one}

    def shared(smiles: Sequence[str]) -> float:
        return float(np.mean([scaffold(Chem.MolFromSmiles(text)) in scaffolds for text in smiles]))

    rows: list[tuple[str, float, float | None, str]] = [
        (
            "internal diversity",
            diversity(list(ours[:_PAIRED])),
            diversity(other[:_PAIRED]),
            "one minus the mean Tanimoto similarity (ECFP4) of all pairs",
        ),
        (
            "similarity to the nearest",
            float(known.nearest(ours)[1].mean()),
            float(known.nearest(other)[1].mean()),
            "mean Tanimoto similarity (ECFP4) to the nearest of the real molecules",
        ),
        (
            "shared scaffolds",
            shared(ours),
            shared(other),
            "share whose Bemis-Murcko scaffold is among the real ones'",
        ),
    ]
    for name, measure in PROPERTIES.items():
        mine, theirs, reference = (
            [measure(Chem.MolFromSmiles(text)) for text in smiles] for smiles in (ours, other, one)
        )
        rows.append(
            (
                f"distance in {name}",
                float(wasserstein_distance(mine, reference)),
                float(wasserstein_distance(theirs, reference)),
                "Wasserstein distance of the distributions",
            )
        )
    return rows
