"""How much of a round each generator may propose: as much as its proposals of late were worth.

What is worth something is a call that reached the best hundred. Old rounds fade, because what a generator earns changes
as the search goes on; and each keeps a share, so that one that starts slowly can come back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from kozue.systems.molecules.design.contracts import Judged

BEST = 100
FADING = 0.9  # a round
LEAST_SHARE = 0.1
EXPECTED = 0.1  # share of its proposals that a new generator is taken to have earned
BELIEVED = 100  # proposals that this is believed as firmly as


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
        self._proposed = np.zeros(len(names))
        self._marks: list[float] = []  # the best scores, ascending
        self.spent: Counter[str] = Counter(dict.fromkeys(names, 0))

    def shares(self, count: int) -> dict[str, int]:
        """Part a number of proposals among the generators."""
        rates = (self._earned + EXPECTED * BELIEVED) / (self._proposed + BELIEVED)
        least = min(LEAST_SHARE, 1 / len(self.names))
        shares = least + (1 - least * len(self.names)) * rates / rates.sum()
        ends = np.round(np.cumsum(shares) * count).astype(int)
        return dict(zip(self.names, np.diff(ends, prepend=0).tolist(), strict=True))

    def account(self, judged: Mapping[str, Sequence[Judged]]) -> None:
        """Take note of what a round brought."""
        self._earned *= FADING
        self._proposed *= FADING
        for at, name in enumerate(self.names):
            some = judged.get(name, ())
            scored = [one for one in some if one.status == "scored"]
            self._earned[at] += sum(self._reaches(one.score) for one in scored)
            self._proposed[at] += len(some)
            self.spent[name] += len(scored)

    def _reaches(self, score: float) -> bool:
        """Whether a score is among the best; the marks are moved."""
        if len(self._marks) >= BEST:
            if score <= self._marks[0]:
                return False
            del self._marks[0]
        insort(self._marks, score)
        return len(self._marks) < BEST or bisect_left(self._marks, score) > 0
