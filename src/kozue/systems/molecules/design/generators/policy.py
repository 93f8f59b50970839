"""A copy of the prior that learns from scores: what scored well becomes likelier, what is drug-like stays so.

The policy's log-likelihood is drawn to a multiple of the score, up to a constant that is learned too (trajectory
balance: Malkin et al., NeurIPS 2022), plus a share of the prior's (REINVENT: Olivecrona et al., J. Cheminf. 2017, 9,
48). It is replayed on the best molecules so far, whoever proposed them, drawn by rank (Genetic GFN: Kim et al., NeurIPS
2024) and in random atom orders (Augmented Memory: Guo and Schwaller, JACS Au 2024, 4, 2160).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from kozue.systems.molecules.design.contracts import Judged, Proposal
from kozue.systems.molecules.design.corpus import random_order
from kozue.systems.molecules.design.prior import LONGEST, Prior, padded
from kozue.systems.molecules.design.tokens import CANONICAL, END, RANDOM
from kozue.systems.molecules.design.writing import Writing, completed

MEMORY = 1000
"""Molecules remembered; the replay draws from the best of them."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How the policy is fine-tuned.

    Parameters
    ----------
    rate : float
        Learning rate of Adam.
    sharpness : float
        Nats of log-likelihood that a score of one is worth.
    replays : int
        Gradient steps a round.
    size : int
        Sequences a step.
    rank_weight : float
        Molecules are replayed in proportion to 1 / (rank_weight * remembered + rank).
    random_share : float
        Of replayed sequences that are written in a random atom order.
    prior_weight : float
        How much of the prior's log-likelihood the policy keeps: 1 is REINVENT's loss, 0 the flow network's.
    level_rate : float
        Learning rate of the loss' constant (the logarithm of the flow network's partition function).
    """

    rate: float = 1e-3
    sharpness: float = 50.0
    replays: int = 4
    size: int = 64
    rank_weight: float = 0.01
    random_share: float = 0.5
    prior_weight: float = 0.0
    level_rate: float = 0.1


class Policy:
    """Fine-tuned prior; fulfils :class:`~kozue.systems.molecules.design.contracts.Generator`.

    Parameters
    ----------
    prior : Prior
        Stays as it is; a copy learns.
    begin : callable
        Prior and number of sequences to a :class:`Writing` of them.
    rng : numpy.random.Generator
        For all choices.
    learning : Learning
        Settings of the fine-tuning.
    style : int
        Start token of what ``begin`` writes.
    whole : bool
        Whether molecules are written whole, so that those of other generators can be learned from; with a core
        only what the policy wrote itself is learned.
    """

    name = "policy"

    def __init__(
        self,
        prior: Prior,
        begin: Callable[[Prior, int], Writing],
        rng: np.random.Generator,
        learning: Learning | None = None,
        *,
        style: int = CANONICAL,
        whole: bool = True,
    ) -> None:
        self.prior = prior
        self.policy = prior.copy()
        self._begin = begin
        self._rng = rng
        self._learning = learning or Learning()
        self._style = style
        self._whole = whole
        self._level = torch.zeros(2, requires_grad=True)
        self._optimiser = torch.optim.Adam(
            [
                {"params": self.policy.network.parameters(), "lr": self._learning.rate},
                {"params": [self._level], "lr": self._learning.level_rate},
            ]
        )
        self._memory: dict[str, float] = {}
        self._best: list[tuple[str, float]] = []
        self._improved = True
        self._written: dict[str, list[int]] = {}
        self._asked: list[list[int]] = []

    def propose(self, count: int) -> list[Proposal]:
        """See the contract; what came in since the last time is learned now."""
        self._improve()
        texts, self._asked = completed(self._begin(self.policy, count), self._rng)
        return [Proposal(text) for text in texts]

    def learn(self, judged: Sequence[Judged], mine: bool) -> None:
        """See the contract."""
        young: dict[str, float] = {}
        for place, one in enumerate(judged):
            if one.status != "scored" or not np.isfinite(one.score):
                continue
            if mine:
                self._written[one.smiles] = [number for number in self._asked[place] if number != END]
            if mine or self._whole:
                young[one.smiles] = one.score
        old = [(smiles, score) for smiles, score in self._memory.items() if smiles not in young]
        best = sorted([*young.items(), *old], key=lambda item: -item[1])[:MEMORY]  # of equals the youngest
        self._memory = dict(best)
        self._written = {smiles: self._written[smiles] for smiles in self._memory if smiles in self._written}
        self._best, self._improved = best, False

    def _improve(self) -> None:
        if self._improved or len(self._best) < 2:
            return
        for _ in range(self._learning.replays):
            self._step(self._best)
        self._improved = True

    def _step(self, best: list[tuple[str, float]]) -> None:
        """One gradient step on remembered molecules."""
        how = self._learning
        weights = 1 / (how.rank_weight * len(best) + np.arange(len(best)) + 1e-3)
        size = min(how.size, len(best))
        places = self._rng.choice(len(best), size=size, replace=False, p=weights / weights.sum())
        chosen = [(self._tokens(best[place][0]), best[place][1]) for place in places]
        rows = [(*tokens, score) for tokens, score in chosen if tokens is not None]
        if not rows:
            return
        numbers = torch.from_numpy(padded([row[0] for row in rows], [row[1] for row in rows]))
        style = torch.tensor([row[1] - CANONICAL for row in rows])
        largest = max(
            1.0, abs(best[0][1])
        )  # so that raw scores of any size are worth as much as those up to one
        goal = how.sharpness / largest * torch.tensor([row[2] for row in rows])
        if how.prior_weight:
            with torch.no_grad():
                goal = goal + how.prior_weight * self.prior.logarithm(numbers)
        found = self.policy.logarithm(numbers) + self._level[style]
        loss = (found - goal).square().mean()
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()

    def _tokens(self, smiles: str) -> tuple[list[int], int] | None:
        """Return a molecule's tokens and its start token; None if it cannot be written."""
        written = self._written.get(smiles)
        if not self._whole:
            return None if written is None else (written, self._style)
        if self._rng.random() < self._learning.random_share:
            numbers = self.policy.tokens.encode(random_order(smiles, self._rng))
            if numbers is not None and len(numbers) <= LONGEST:
                return numbers, RANDOM
        numbers = self.policy.tokens.encode(smiles)
        return None if numbers is None or len(numbers) > LONGEST else (numbers, CANONICAL)
