"""What a search gives back: the best molecules with their lineage, every call, who found what, what was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from rdkit import Chem

from kozue.chem.alerts import structural_alerts
from kozue.core.context import Context
from kozue.core.operation import JobResult
from kozue.systems.molecules.design import pictures
from kozue.systems.molecules.design.core.scaffold import Core
from kozue.systems.molecules.design.known import Known
from kozue.systems.molecules.design.objective import Objective
from kozue.systems.molecules.design.oracle import Call, Oracle
from kozue.systems.molecules.design.outputs import (
    CALL_SCHEMA,
    GENERATOR_SCHEMA,
    LOSS_SCHEMA,
    search_schema,
)
from kozue.systems.molecules.design.prior import Prior
from kozue.systems.molecules.design.rewards.operations import OUTSIDE
from kozue.systems.molecules.design.watching import diversity

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings

_BEST = 100
FAR = 0.35  # Tanimoto similarity (ECFP4) below which a molecule has no known neighbour


@dataclass(frozen=True, slots=True)
class Finished:
    """A stage that is over.

    Parameters
    ----------
    plan : SearchSettings
        Its settings.
    objective : Objective
        Its rewards.
    oracle : Oracle
        Its calls and losses.
    number : int
        From 0.
    """

    plan: SearchSettings
    objective: Objective
    oracle: Oracle
    number: int

    def has_rewards_of(self, plan: SearchSettings) -> bool:
        """Whether its scores mean what those of another stage mean."""
        return self.plan.rewards == plan.rewards and self.plan.combine == plan.combine


def assemble(
    stages: Sequence[Finished],
    core: Core | None,
    given: Sequence[str],
    prior: Prior,
    settings: SearchSettings,
    context: Context,
) -> JobResult:
    """Return tables, figures and summary of a search.

    The main table holds the best molecules of the last stage; stages before it that had the same rewards count too.
    """
    last = stages[-1]
    same = [one for one in stages if one.has_rewards_of(last.plan)]
    found = _distinct(same)
    fronts = last.objective.fronts(_raw(found, last.objective)) if last.objective.is_pareto else None
    order = _order(found, fronts)[: settings.top]
    chosen = [found[place] for place in order]
    known = Known(given, prior.reference)
    table = _best_table(chosen, None if fronts is None else fronts[order], last, core, known)
    tables = {
        "molecules": table,
        "calls": _calls_table(stages),
        "generators": _generators_table(stages),
        "losses": _losses_table(stages),
    }
    if not chosen:
        context.warn("nothing", "No molecule was scored.")
    figures = _figures(stages, [call.smiles for _, call in chosen], given, prior)
    return JobResult(tables=tables, figures=figures, summary=_summary(stages, chosen, core))


def _distinct(stages: Sequence[Finished]) -> list[tuple[int, Call]]:
    """Return the scored calls with their stage, each structure once."""
    found: dict[str, tuple[int, Call]] = {}
    for stage in stages:
        for call in stage.oracle.calls:
            if np.isfinite(call.score):
                found.setdefault(call.smiles, (stage.number, call))
    return list(found.values())


def _order(found: Sequence[tuple[int, Call]], fronts: np.ndarray | None) -> np.ndarray:
    """Return places best first; of equals the earlier one."""
    scores = np.array([call.score for _, call in found], float)
    keys = [np.arange(len(found)), -scores]
    if fronts is not None:
        keys.append(fronts)
    return np.lexsort(keys)


def _best_table(
    chosen: Sequence[tuple[int, Call]],
    fronts: np.ndarray | None,
    stage: Finished,
    core: Core | None,
    known: Known,
) -> pa.Table:
    raw = _raw(chosen, stage.objective)
    worth = {f"{name}_desirability": values for name, values in stage.objective.desirabilities(raw).items()}
    schema = search_schema([*raw], [*worth], core is not None, fronts is not None)
    smiles = [call.smiles for _, call in chosen]
    nearest, similarity = known.nearest(smiles)
    columns: dict[str, Any] = {
        "rank": range(1, len(chosen) + 1),
        "smiles": smiles,
        "score": [call.score for _, call in chosen],
        "front": fronts,
        "nearest": nearest,
        "nearest_similarity": similarity,
        "concerns": concerns(smiles, raw, similarity < FAR),
        "generator": [call.generator for _, call in chosen],
        "call": [call.number for _, call in chosen],
        "stage": [number + 1 for number, _ in chosen],
        "parents": [list(call.parents) for _, call in chosen],
    }
    if core is not None:
        columns["core_atoms"] = [list(core.mapping(Chem.MolFromSmiles(text)) or ()) for text in smiles]
    return _table({**columns, **raw, **worth}, schema.to_arrow())


def _raw(found: Sequence[tuple[int, Call]], objective: Objective) -> dict[str, np.ndarray]:
    """Return the reward columns of some calls, each of shape (n,)."""
    return {name: np.array([call.values[name] for _, call in found], float) for name in objective.columns}


def concerns(smiles: Sequence[str], raw: Mapping[str, np.ndarray], is_far: np.ndarray) -> list[list[str]]:
    """Return for each molecule why its score may be too good to be true."""
    found: list[list[str]] = []
    for place, text in enumerate(smiles):
        reasons = [
            f"outside the domain of {name.removesuffix('_' + OUTSIDE)}"
            for name, values in raw.items()
            if name.endswith("_" + OUTSIDE) and values[place] == 1
        ]
        if is_far[place]:
            reasons.append("no known neighbour")
        reasons += structural_alerts(Chem.MolFromSmiles(text))
        found.append(reasons)
    return found


def _calls_table(stages: Sequence[Finished]) -> pa.Table:
    calls = [(stage.number + 1, call) for stage in stages for call in stage.oracle.calls]
    best: list[float] = []
    for stage in stages:
        scores = np.array([call.score for call in stage.oracle.calls], float)
        best += np.fmax.accumulate(scores).tolist() if len(scores) else []
    columns = {
        "call": [call.number for _, call in calls],
        "smiles": [call.smiles for _, call in calls],
        "score": [call.score for _, call in calls],
        "best": best,
        "generator": [call.generator for _, call in calls],
        "stage": [number for number, _ in calls],
        "parents": [list(call.parents) for _, call in calls],
    }
    return _table(columns, CALL_SCHEMA.to_arrow())


def _generators_table(stages: Sequence[Finished]) -> pa.Table:
    names = list(dict.fromkeys(name for stage in stages for name in stage.oracle.proposed))
    top = {call.number for _, call in _top(stages[-1])}
    rows = []
    for name in names:
        calls = [call for stage in stages for call in stage.oracle.calls if call.generator == name]
        scores = np.array([call.score for call in calls if np.isfinite(call.score)])
        rows.append(
            {
                "generator": name,
                "proposed": sum(stage.oracle.proposed[name] for stage in stages),
                "repeated": sum(stage.oracle.repeated[name] for stage in stages),
                "scored": len(calls),
                "mean": float(scores.mean()) if len(scores) else float("nan"),
                "best": float(scores.max()) if len(scores) else float("nan"),
                "top": sum(call.number in top for call in stages[-1].oracle.calls if call.generator == name),
            }
        )
    columns = {field: [row[field] for row in rows] for field in (rows[0] if rows else GENERATOR_SCHEMA.names)}
    return _table(columns if rows else {}, GENERATOR_SCHEMA.to_arrow())


def _lost(stages: Sequence[Finished]) -> dict[str, int]:
    lost: dict[str, int] = {}
    for stage in stages:
        for reason, count in stage.oracle.lost.items():
            lost[reason] = lost.get(reason, 0) + count
    return lost


def _figures(
    stages: Sequence[Finished], best: Sequence[str], given: Sequence[str], prior: Prior
) -> dict[str, str]:
    """Return the pictures by title; those without enough to draw are left out."""
    calls = [call for stage in stages for call in stage.oracle.calls]
    drawn = {
        "calls": pictures.score_over_calls(calls) if calls else "",
        "space": pictures.chemical_space(calls, prior.reference, given),
        "properties": pictures.property_distributions(best, prior.reference),
        "losses": pictures.losses(_lost(stages)),
    }
    return {pictures.TITLES[name]: svg for name, svg in drawn.items() if svg}


def _losses_table(stages: Sequence[Finished]) -> pa.Table:
    lost = _lost(stages)
    ordered = sorted(lost.items(), key=lambda item: (-item[1], item[0]))
    columns = {"reason": [reason for reason, _ in ordered], "molecules": [count for _, count in ordered]}
    return _table(columns, LOSS_SCHEMA.to_arrow())


def _table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """Build a table with the columns of a schema; NaN becomes empty."""
    arrays = [pa.array(columns.get(field.name, []), field.type, from_pandas=True) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _top(stage: Finished) -> list[tuple[int, Call]]:
    found = _distinct([stage])
    return [found[place] for place in _order(found, None)[:_BEST]]


def _summary(
    stages: Sequence[Finished], chosen: Sequence[tuple[int, Call]], core: Core | None
) -> dict[str, Any]:
    calls = sum(len(stage.oracle.calls) for stage in stages)
    proposed = sum(sum(stage.oracle.proposed.values()) for stage in stages)
    repeated = sum(sum(stage.oracle.repeated.values()) for stage in stages)
    scores = [call.score for stage in stages for call in stage.oracle.calls if np.isfinite(call.score)]
    return {
        "calls": calls,
        "proposed": proposed,
        "repeated": repeated,
        "removed": sum(sum(stage.oracle.lost.values()) for stage in stages),
        "best": _rounded(max(scores)) if scores else None,
        "mean": _rounded(np.mean(scores)) if scores else None,
        "top_10_mean": _rounded(np.mean([call.score for _, call in chosen[:10]])) if chosen else None,
        "diversity_of_top_50": _rounded(diversity([call.smiles for _, call in chosen[:50]])),
        "core": core.smiles if core is not None else None,
    }


def _rounded(value: float) -> float:
    return round(float(value), 4)
