"""The work behind ``design.search``: stages one after another, then the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem

from kozue.core.context import Context
from kozue.core.errors import SettingsError
from kozue.core.operation import JobResult
from kozue.core.records import Batch
from kozue.systems.molecules.design.core.scaffold import Core
from kozue.systems.molecules.design.diversity import Diversity
from kozue.systems.molecules.design.filters.screening import Filters
from kozue.systems.molecules.design.generators.policy import Policy
from kozue.systems.molecules.design.journal import Journal
from kozue.systems.molecules.design.molecules import Given, read_molecules
from kozue.systems.molecules.design.objective import Objective
from kozue.systems.molecules.design.oracle import Oracle
from kozue.systems.molecules.design.prior import Prior, load_prior
from kozue.systems.molecules.design.results import Finished, assemble
from kozue.systems.molecules.design.stage import Stage, streams
from kozue.systems.molecules.design.starting import core_of, make_generators
from kozue.systems.molecules.design.surrogate import Surrogate
from kozue.systems.molecules.design.watching import Watch

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings

CARRIED = 100
"""Best molecules of a stage that the next one begins with."""


@dataclass(slots=True)
class Search:
    """What lasts from stage to stage.

    Parameters
    ----------
    settings : SearchSettings
        Of the whole search.
    context : Context
        Seed, progress, checkpoint, other operations.
    given : Given
        Molecules of the input.
    core : Core or None
        What stays.
    prior : Prior
        What the search begins with.
    """

    settings: SearchSettings
    context: Context
    given: Given
    core: Core | None
    prior: Prior
    policy: Prior | None = None
    finished: list[Finished] = field(default_factory=list)

    def run_stage(self, number: int, plan: SearchSettings, start: list[str]) -> None:
        """Run one stage and keep what came out."""
        context = self.context
        rngs = streams(context.seed, number, ("scores", "screening", *plan.generators))
        objective = Objective.of(plan)
        filters = Filters(plan)
        blame = filters.contradiction(None if self.core is None else self.core.marked)
        if blame:
            raise SettingsError(blame, "Loosen that filter, or change the core.")
        diversity = Diversity(plan)
        journal = Journal(context.checkpoint, number)
        oracle = Oracle(
            lambda smiles, mols: objective.values(smiles, mols, context),
            lambda columns: (objective.scores(columns, rngs["scores"]), objective.reasons(columns)),
            filters,
            diversity,
            journal,
            plan.calls,
            self._keeps_core if self.core is not None else None,
            diversity.key if plan.tautomers else None,
            Surrogate(rngs["screening"]) if plan.candidates > 1 else None,
        )
        generators = make_generators(plan, self.prior, self.policy, self.core, start, rngs)
        watch = Watch(context, number, self.settings.in_stages(), self.core)
        stage = Stage(generators, oracle, plan.batch, watch, plan.candidates)
        before = self.finished[-1] if self.finished else None
        if before is not None and before.has_rewards_of(plan):
            stage.take_over(oracle.inherit(before.oracle))
            start = []
        try:
            stage.run(start)
            watch.finish(stage)
        finally:
            journal.flush()
            objective.close()
        learned = generators.get("policy")
        if isinstance(learned, Policy):
            self.policy = learned.policy
        if stage.exhausted:
            context.warn(
                "exhausted",
                f"Stage {number + 1} found nothing new any more after {len(oracle.calls):,} of {plan.calls:,} calls.",
            )
        self.finished.append(Finished(plan, objective, oracle, number))

    def _keeps_core(self, mol: Chem.Mol) -> bool:
        return self.core is None or self.core.mapping(mol) is not None


def search(batches: Iterator[Batch], settings: SearchSettings, context: Context) -> JobResult:
    """Search in all stages, and tell what was found and how."""
    given = read_molecules(batches, context)
    core = core_of(settings, given.smiles)
    going = Search(settings, context, given, core, load_prior(settings.prior))
    start = given.smiles
    for number, plan in enumerate(settings.in_stages()):
        going.run_stage(number, plan, start)
        start = best_of(going.finished[-1], CARRIED)
    return assemble(going.finished, core, given.smiles, going.prior, settings, context)


def best_of(finished: Finished, count: int) -> list[str]:
    """Return the best molecules of a stage, best first; of equals the earlier one."""
    calls = [call for call in finished.oracle.calls if np.isfinite(call.score)]
    calls.sort(key=lambda call: (-call.score, call.number))
    return [call.smiles for call in calls[:count]]
