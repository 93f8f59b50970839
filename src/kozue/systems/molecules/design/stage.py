"""One stage of a search: generators propose to one oracle until the budget is spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kozue.core.errors import SettingsError
from kozue.systems.molecules.design.contracts import Generator, Judged, Proposal
from kozue.systems.molecules.design.oracle import Oracle
from kozue.systems.molecules.design.portfolio import Portfolio

INPUT = "input"
"""Name under which the molecules given are scored."""
_PATIENCE = 40  # rounds without anything new, after which there is nothing more to find
_HOPELESS = 2000  # proposals of which none could be scored


class Stage:
    """Generators, an oracle, and the rounds between them.

    Parameters
    ----------
    generators : mapping of str to Generator
        By name.
    oracle : Oracle
        Shared by all.
    batch : int
        Calls a round.
    before_round : callable
        Called with the number of the round; takes effect of wishes (cancel, ban), tells progress.
    candidates : int
        Proposals for each call.
    """

    def __init__(
        self,
        generators: Mapping[str, Generator],
        oracle: Oracle,
        batch: int,
        before_round: Callable[[Stage], None],
        candidates: int = 1,
    ) -> None:
        self.generators = generators
        self.oracle = oracle
        self.batch = batch
        self.rounds = 0
        self.portfolio = Portfolio(list(generators))
        self.exhausted = False
        self._before_round = before_round
        self._candidates = candidates

    def take_over(self, judged: Sequence[Judged]) -> None:
        """Let all generators learn what an earlier stage has scored."""
        for begin in range(0, len(judged), self.batch):
            for generator in self.generators.values():
                generator.learn(judged[begin : begin + self.batch], mine=False)

    def run(self, start: Sequence[str]) -> None:
        """Score the start molecules, then search until the budget is spent or nothing new comes.

        Raises
        ------
        SettingsError
            If nothing that is proposed can be scored, with what removes it.
        """
        self._ask_start(start)
        idle = 0
        while self.oracle.left > 0:
            self._before_round(self)
            self.rounds += 1
            idle = 0 if self._round() else idle + 1
            if not self.oracle.calls and (
                idle >= _PATIENCE or sum(self.oracle.proposed.values()) >= _HOPELESS
            ):
                raise self._hopeless()
            if idle >= _PATIENCE:
                self.exhausted = True
                break

    def _ask_start(self, start: Sequence[str]) -> None:
        for begin in range(0, len(start), self.batch):
            self._before_round(self)
            proposals = [Proposal(smiles) for smiles in start[begin : begin + self.batch]]
            judged = self.oracle.judge({INPUT: proposals})[INPUT]
            for generator in self.generators.values():
                generator.learn(judged, mine=False)

    def _round(self) -> bool:
        """Let all propose and learn; return whether anything was scored."""
        # Whole rounds even when fewer calls are left: some will be known already or removed.
        shares = self.portfolio.shares(self.batch * self._candidates)
        proposals = {name: self.generators[name].propose(count) for name, count in shares.items() if count}
        judged = self.oracle.judge(proposals, self.batch)
        for name, generator in self.generators.items():
            if name in judged:
                generator.learn(judged[name], mine=True)
            generator.learn([one for other in judged if other != name for one in judged[other]], mine=False)
        self.portfolio.account(judged)
        return any(one.status == "scored" for some in judged.values() for one in some)

    def _hopeless(self) -> SettingsError:
        lost = self.oracle.lost.most_common(3)
        blame = ", ".join(f"{reason} ({count:,})" for reason, count in lost)
        return SettingsError(
            f"Of {sum(self.oracle.proposed.values()):,} structures proposed none could be scored; "
            f"they were removed by: {blame or 'nothing, they were all repeats'}.",
            "Loosen that filter, or the core.",
        )


def streams(seed: int, stage: int, names: Sequence[str]) -> dict[str, np.random.Generator]:
    """Return a generator of random numbers for each name, independent of one another and of who else there is."""
    return {name: np.random.default_rng([seed, stage, *name.encode()]) for name in names}
