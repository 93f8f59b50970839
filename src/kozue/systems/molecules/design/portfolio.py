"""Which generator gets the next calls: a discounted upper-confidence-bound bandit.

Garivier and Moulines, ALT 2011: old rewards fade, because what a generator earns changes as the search goes on. What
is earned here is the share of calls that reached the best hundred.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np

from kozue.systems.molecules.design.contracts import Judged

BEST = 100
FADING = 0.9  # a round
CURIOSITY = 0.25
LEAST_SHARE = 0.08  # of rounds for each, so that one that starts slowly can come back


class Portfolio:
    """Accounts of some generators.

    Parameters
    ----------
    names : sequence of str
        The generators.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._earned = np.zeros(len(names))
        self._given = np.zeros(len(names))
        self._since = np.zeros(len(names))
        self._marks: list[float] = []  # the best scores, ascending
        self.spent = dict.fromkeys(names, 0)

    def next(self) -> str:
        """Return whose turn it is."""
        untried = np.flatnonzero(self._given == 0)
        if len(untried):
            return self.names[int(untried[0])]
        overdue = np.flatnonzero(self._since * LEAST_SHARE >= len(self.names))
        if len(overdue):
            return self.names[int(overdue[0])]
        rate = self._earned / self._given
        width = CURIOSITY * np.sqrt(np.log(1 + self._given.sum()) / self._given)
        return self.names[int(np.argmax(rate + width))]

    def account(self, name: str, judged: Sequence[Judged]) -> None:
        """Take note of what a round of a generator brought."""
        at = self.names.index(name)
        scored = [one for one in judged if one.status == "scored"]
        reached = sum(self._reaches(one.score) for one in scored)
        self._earned *= FADING
        self._given *= FADING
        # A round that proposed nothing new earned nothing; it must not look untried.
        self._earned[at] += reached / max(len(scored), 1)
        self._given[at] += 1
        self._since += 1
        self._since[at] = 0
        self.spent[name] += len(scored)

    def _reaches(self, score: float) -> bool:
        """Whether a score is among the best; the marks are moved."""
        if len(self._marks) >= BEST:
            if score <= self._marks[0]:
                return False
            del self._marks[0]
        insort(self._marks, score)
        return len(self._marks) < BEST or bisect_left(self._marks, score) > 0
