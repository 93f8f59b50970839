"""SMILES while they are written, many at once: what a tree search and a policy both do with the prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from kozue.systems.molecules.design.prior import LONGEST, Prior, State
from kozue.systems.molecules.design.tokens import END, PAD, RANDOM, SPECIAL

NEVER = -1e9  # logit of a token that may not follow


class Writing(Protocol):
    """Sequences under way.

    ``numbers`` are the tokens of each so far; ``finished`` has shape (n,).
    """

    @property
    def numbers(self) -> list[list[int]]:
        """Tokens written so far, without the start token."""
        ...

    @property
    def finished(self) -> np.ndarray:
        """Which sequences are complete, shape (n,), bool."""
        ...

    def logits(self) -> torch.Tensor:
        """Return the next token's logits, shape (n, tokens), :data:`NEVER` where it may not follow."""
        ...

    def push(self, chosen: np.ndarray) -> None:
        """Write one token a sequence, ``chosen`` of shape (n,); none may be finished."""
        ...

    def take(self, places: Sequence[int] | np.ndarray) -> Writing:
        """Return some of the sequences, in this order, to be continued independently."""
        ...

    def steps(self, place: int) -> list[int]:
        """Return the tokens that were pushed on a sequence since it began."""
        ...

    def text(self, place: int) -> str:
        """Return the SMILES of a finished sequence."""
        ...


@dataclass(slots=True)
class Free:
    """Whole molecules without constraint.

    Parameters
    ----------
    prior : Prior
        Network and vocabulary.
    state : State
        Of ``len(numbers)`` sequences.
    numbers : list of list of int
        Tokens so far.
    """

    prior: Prior
    state: State
    numbers: list[list[int]]
    finished: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    @classmethod
    def begin(cls, prior: Prior, count: int, style: int) -> Free:
        """Begin ``count`` molecules in a style (CANONICAL or RANDOM)."""
        return cls(prior, prior.begin(count, style), [[] for _ in range(count)], np.zeros(count, bool))

    def logits(self) -> torch.Tensor:
        """See :class:`Writing`."""
        logits = self.state.logits.clone()
        logits[:, PAD] = NEVER
        logits[:, END + 1 : SPECIAL] = NEVER
        empty = [place for place, numbers in enumerate(self.numbers) if not numbers]
        if empty:
            logits[empty, END] = NEVER
        return logits

    def push(self, chosen: np.ndarray) -> None:
        """See :class:`Writing`."""
        for numbers, number in zip(self.numbers, chosen.tolist(), strict=True):
            numbers.append(number)
        lengths = np.array([len(numbers) for numbers in self.numbers])
        self.finished = (chosen == END) | (lengths >= LONGEST)
        if not self.finished.all():
            self.state = self.prior.advance(self.state, chosen)

    def take(self, places: Sequence[int] | np.ndarray) -> Free:
        """See :class:`Writing`."""
        chosen = np.asarray(places, np.int64)
        return Free(
            self.prior,
            self.state.take(chosen),
            [list(self.numbers[place]) for place in chosen],
            self.finished[chosen],
        )

    def steps(self, place: int) -> list[int]:
        """See :class:`Writing`."""
        return self.numbers[place]

    def text(self, place: int) -> str:
        """See :class:`Writing`."""
        return self.prior.tokens.decode(self.numbers[place])


def drawn(logits: torch.Tensor, rng: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
    """Draw one token a row by its probability, shape (n,), int64."""
    shares = torch.softmax(logits / temperature, dim=1).cumsum(dim=1)
    # The last sum may be a little below one; and no token beyond the last possible one may be drawn.
    marks = torch.from_numpy(rng.random(len(shares), dtype=np.float32))[:, None] * shares[:, -1:]
    return torch.searchsorted(shares, marks, right=True)[:, 0].clamp(max=shares.shape[1] - 1).numpy()


def completed(
    writing: Writing, rng: np.random.Generator, temperature: float = 1.0
) -> tuple[list[str], list[list[int]]]:
    """Write all sequences to their end.

    Returns
    -------
    list of str
        SMILES, in the order of the sequences.
    list of list of int
        Their tokens.
    """
    texts = [""] * len(writing.numbers)
    numbers: list[list[int]] = [[]] * len(writing.numbers)
    places = np.arange(len(texts))
    while len(places):
        done = writing.finished
        if done.any():
            for at in np.flatnonzero(done):
                texts[places[at]] = writing.text(int(at))
                numbers[places[at]] = writing.numbers[at]
            left = np.flatnonzero(~done)
            places = places[left]
            if not len(left):
                break
            writing = writing.take(left)
        writing.push(drawn(writing.logits(), rng, temperature))
    return texts, numbers


def sample(
    prior: Prior,
    count: int,
    rng: np.random.Generator,
    *,
    style: int = RANDOM,
    temperature: float = 1.0,
    batch: int = 256,
) -> list[str]:
    """Return ``count`` SMILES as the prior writes them; some may be unreadable."""
    found: list[str] = []
    while len(found) < count:
        size = min(batch, count - len(found))
        found += completed(Free.begin(prior, size, style), rng, temperature)[0]
    return found
