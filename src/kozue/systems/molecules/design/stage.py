"""One stage of a search: generators take turns at one oracle until the budget is spent."""

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
        Proposals a round.
    before_round : callable
        Called with the number of the round; takes effect of wishes (cancel, ban), tells progress.
    screening : int
        Proposals for each one that may be scored.
    """

    def __init__(
        self,
        generators: Mapping[str, Generator],
        oracle: Oracle,
        batch: int,
        before_round: Callable[[Stage], None],
        screening: int = 1,
    ) -> None:
        self.generators = generators
        self.oracle = oracle
        self.batch = batch
        self.rounds = 0
        self.portfolio = Portfolio(list(generators))
        self.exhausted = False
        self._before_round = before_round
        self._screening = screening

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
            name = self.portfolio.next()
            judged = self._round(name)
            idle = 0 if any(one.status == "scored" for one in judged) else idle + 1
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
            judged = self.oracle.judge(
                [Proposal(smiles) for smiles in start[begin : begin + self.batch]], INPUT
            )
            for generator in self.generators.values():
                generator.learn(judged, mine=False)

    def _round(self, name: str) -> list[Judged]:
        """Let one generator propose, and all learn."""
        # A whole batch even when fewer calls are left: some will be known already or removed.
        proposals = self.generators[name].propose(self.batch * self._screening)
        judged = self.oracle.judge(proposals, name, self.batch)
        for other, generator in self.generators.items():
            generator.learn(judged, mine=other == name)
        self.portfolio.account(name, judged)
        return judged

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
