"""The protocols behind the published figures: five folds, stereoisomers together, everything refitted.

With new scaffolds the question is another one: does the shipped rule for intervals, which was learned on mixed
folds, still hold for compounds of a scaffold that nobody trained on? Errors of the mixed folds give the rule, without
the compounds that are judged; predictions come from models that have not seen the scaffold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kozue.systems.patients.human_pk import allometry, judging
from kozue.systems.patients.human_pk.endpoints import LEARNED
from kozue.systems.patients.human_pk.measured import MEASURED, SPECIES
from kozue.systems.patients.human_pk.model import deviations
from kozue.systems.patients.human_pk.pipeline import (
    FOLDS,
    Conditioned,
    Folded,
    Material,
    Say,
    cross_stack,
    fold_structures,
    folds_by_scaffold,
    mixed_folds,
)

_CLEARANCES = tuple(f"{species}_cl" for species in SPECIES)
_ANIMAL = tuple(key for key in MEASURED if key.split("_")[0] in SPECIES)
#: Setting -> measured values that may be used, each where a compound has it.
CHOICES: dict[str, tuple[str, ...]] = {
    "structure": (),
    "structure + rat CL": ("rat_cl",),
    "structure + dog CL": ("dog_cl",),
    "structure + monkey CL": ("monkey_cl",),
    "structure + any CL of three species": _CLEARANCES,
    "structure + all animal values": _ANIMAL,
    "structure + everything measured": tuple(MEASURED),
}
PUBLISHED = (
    *judging.published(
        "cl", "PKSmart", "5 x 5-fold, their table and folds (repository, notebook 10)", 1281,
        GMFE=2.46, within_2_fold=51.6, R2_log=0.31,
    ),
    *judging.published(
        "vdss", "PKSmart", "5 x 5-fold, their table and folds (repository, notebook 10)", 1249,
        GMFE=2.11, within_2_fold=57.6, R2_log=0.54,
    ),
    *judging.published(
        "fup", "PKSmart", "5 x 5-fold, their table and folds (repository, notebook 10)", 879,
        GMFE=2.74, within_2_fold=55.5, R2_log=0.63,
    ),
    *judging.published(
        "cl", "Iwata et al. 2021: structure + rat CL", "their own compounds (J. Pharm. Sci. 2021)", None,
        GMFE=2.68, within_2_fold=48.5,
    ),
    *judging.published(
        "cl", "Iwata et al. 2022: structure + imputed non-clinical values", "their own compounds (JCIM 2022)", None,
        GMFE=1.92, within_2_fold=66.5,
    ),
)  # fmt: skip


def cross_validate(
    material: Material,
    keys: Sequence[str],
    seeds: Sequence[int],
    confidence: float,
    say: Say,
    scaffolds: bool = False,
) -> list[dict[str, Any]]:
    """Return the lines of the evaluation, averaged over seeds.

    Parameters
    ----------
    material : Material
        All compounds.
    keys : sequence of str
        Endpoints.
    seeds : sequence of int
        Each deals its own folds.
    confidence : float
        Of the intervals whose coverage is counted.
    say : callable
        Progress.
    scaffolds : bool
        Whether to judge on new scaffolds as well; takes twice as long.
    """
    found: list[list[dict[str, Any]]] = []
    passes = 2 if scaffolds else 1
    for number, seed in enumerate(seeds):

        def tell(done: int, total: int, message: str, before: int = passes * number) -> None:
            say(before * total + done, passes * len(seeds) * total, f"seed {before // passes + 1}: {message}")

        def tell_second(done: int, total: int, message: str, before: int = passes * number + 1) -> None:
            tell(done, total, f"{message}, new scaffolds", before)

        # The joint distribution needs every structure model, also for one endpoint.
        folded = fold_structures(material, mixed_folds(material.compounds, seed), seed, tell)
        stacked = cross_stack(material, folded, CHOICES)
        lines = judge_seed(material, folded, stacked, keys, confidence)
        if scaffolds:
            apart = fold_structures(material, folds_by_scaffold(material.compounds, seed), seed, tell_second)
            lines += judge_scaffolds(material, folded, stacked, apart, keys, confidence)
        found.append(lines)
    return [*average(found), *(line for line in PUBLISHED if line["endpoint"] in keys)]


def judge_seed(
    material: Material,
    folded: Folded,
    stacked: Mapping[str, Conditioned],
    keys: Sequence[str],
    confidence: float,
) -> list[dict[str, Any]]:
    """Return the lines of one seed."""
    made: list[dict[str, Any]] = []
    for key in keys:
        for setting, compounds, rows in _questions(material, key):
            errors = _errors(material, folded, stacked[setting], key, compounds)
            half = judging.leave_fold_out(errors, folded.fold, confidence, rows)
            protocol = f"{FOLDS} folds, refitted"
            made += _lines(errors, key, setting, compounds, rows, protocol, half)
        if key == "cl":
            made += _classical(material, folded)
    return made


def judge_scaffolds(
    material: Material,
    folded: Folded,
    stacked: Mapping[str, Conditioned],
    apart: Folded,
    keys: Sequence[str],
    confidence: float,
) -> list[dict[str, Any]]:
    """Return the lines of one seed on new scaffolds, with intervals learned on mixed folds.

    Parameters
    ----------
    material : Material
        All compounds.
    folded, stacked : Folded, mapping of str to Conditioned
        Of mixed folds: what the intervals are learned from.
    apart : Folded
        Of folds of whole scaffolds.
    keys : sequence of str
        Endpoints.
    confidence : float
        Of the intervals.
    """
    stacked_apart = cross_stack(material, apart, CHOICES)
    made: list[dict[str, Any]] = []
    for key in keys:
        for setting, compounds, rows in _questions(material, key):
            learned = _errors(material, folded, stacked[setting], key, compounds)
            judged = _errors(material, apart, stacked_apart[setting], key, compounds)
            half = judging.leave_fold_out(learned, apart.fold, confidence, rows, judged)
            protocol = f"{FOLDS} folds of new scaffolds, refitted; intervals from mixed folds"
            made += _lines(judged, key, setting, compounds, rows, protocol, half)
    return made


def _questions(material: Material, key: str) -> list[tuple[str, str, np.ndarray]]:
    """Return (setting, name of the compounds, rows) of every comparison of an endpoint."""
    compounds, given = material.compounds, material.given
    has = {name: np.isfinite(given[name]) for name in given}
    any_cl = np.any([has[name] for name in _CLEARANCES], axis=0)
    asked = [("structure", "human table", compounds.in_human)]
    if key == "cl":
        asked += [("structure", "with rat CL", has["rat_cl"]), ("structure", "with any animal CL", any_cl)]
        asked += [
            (f"structure + {species} CL", f"with {species} CL", has[f"{species}_cl"]) for species in SPECIES
        ]
        asked += [
            ("structure + any CL of three species", "with any animal CL", any_cl),
            ("structure + any CL of three species", "with monkey CL", has["monkey_cl"]),
        ]
    animal = compounds.in_animal & any_cl
    asked.append(("structure + all animal values", "with any animal CL", animal))
    if key != "fup":
        asked.append(("structure + everything measured", "with any animal CL", animal))
    if key != "cl":
        asked.append(("structure", "with any animal CL", animal))
    return asked


def _errors(
    material: Material, folded: Folded, stacked: Conditioned, key: str, molecules: str
) -> judging.OutOfFold:
    """Return truth and prediction of every compound that was asked about."""
    column = LEARNED.index(key)
    compounds = material.compounds
    truth = compounds.human[key] if molecules == "human table" else compounds.paired[key]
    deviation = np.maximum(deviations(stacked.scatter)[:, column], 1e-6)
    return judging.OutOfFold(truth, stacked.mean[:, column], deviation, folded.similarity)


def _lines(
    errors: judging.OutOfFold,
    key: str,
    setting: str,
    molecules: str,
    rows: np.ndarray,
    protocol: str,
    half: np.ndarray,
) -> list[dict[str, Any]]:
    return judging.lines(
        key, setting, molecules, errors.truth[rows], errors.predicted[rows], protocol, half[rows]
    )


def _classical(material: Material, folded: Folded) -> list[dict[str, Any]]:
    """Judge classical scaling on the same compounds; fitted lines are fitted without the fold."""
    truth = material.compounds.paired["cl"]
    given = {key: 10.0**values for key, values in material.given.items()}
    unbound = 10.0 ** material.compounds.paired["fup"]
    made: dict[str, np.ndarray] = {}
    for k in range(FOLDS):
        train, own = folded.fold != k, folded.fold == k
        lines = {
            species: allometry.fit_line(material.given[f"{species}_cl"][train], truth[train])
            for species in SPECIES
        }
        for name, values in allometry.all_methods(given, unbound, lines).items():
            made.setdefault(name, np.full(len(truth), np.nan))[own] = np.log10(values[own])
    rows = []
    for name, predicted in made.items():
        rows += judging.lines("cl", name, "with its inputs", truth, predicted, "classical, same compounds")
    return rows


def average(found: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Average the seeds' lines, interval ends too; the interval then is that of a single seed."""
    merged = []
    for same in zip(*found, strict=True):
        line = dict(same[0])
        for name in ("value", "low", "high"):
            values = [entry[name] for entry in same if entry[name] is not None]
            line[name] = float(np.mean(values)) if values else None
        if len(same) > 1:
            line["protocol"] = f"{line['protocol']}, mean of {len(same)} seeds"
        merged.append(line)
    return merged
