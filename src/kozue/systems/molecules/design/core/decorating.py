"""Cores decorated by a language model, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kozue.systems.molecules.design.core.gapped import writings
from kozue.systems.molecules.design.core.grammar import ENDED, FAILED, START_STATE, Grammar
from kozue.systems.molecules.design.core.scaffold import Core
from kozue.systems.molecules.design.prior import LONGEST, Prior, State
from kozue.systems.molecules.design.tokens import END, RANDOM, Tokens
from kozue.systems.molecules.design.writing import NEVER, completed

BATCH = 256
_GIVE_UP = 20  # times the molecules wanted


@dataclass(slots=True)
class Decorated:
    """Side chains under way; fulfils :class:`~kozue.systems.molecules.design.writing.Writing`.

    Parameters
    ----------
    prior : Prior
        Network and vocabulary.
    grammar : Grammar
        Of the core, as it is written.
    state : State
        Of the network.
    places : numpy.ndarray
        States of the grammar, shape (n,).
    written : list of list of int
        Tokens since the first gap; fixed text between gaps among them.
    finished : numpy.ndarray
        Shape (n,), bool.
    """

    prior: Prior
    grammar: Grammar
    state: State
    places: np.ndarray
    written: list[list[int]]
    finished: np.ndarray

    @classmethod
    def begin(cls, prior: Prior, grammar: Grammar, count: int, style: int = RANDOM) -> Decorated:
        """Begin ``count`` molecules; the network has read the core up to its first gap."""
        state = prior.begin(1, style)
        for number in grammar.prefix:
            state = prior.advance(state, np.array([number]))
        return cls(
            prior,
            grammar,
            state.take(np.zeros(count, np.int64)),
            np.full(count, START_STATE),
            [[] for _ in range(count)],
            np.zeros(count, bool),
        )

    @property
    def numbers(self) -> Numbers:
        """Tokens of the whole SMILES so far, the core's among them; of finished ones to their end."""
        return Numbers(self)

    def logits(self) -> torch.Tensor:
        """Return the next token's logits, shape (n, tokens), :data:`NEVER` where it may not follow."""
        logits = self.state.logits
        follower = self.grammar.follower
        if follower is not None:
            # A linker ends where a molecule would, or where the second fragment would begin.
            logits = logits.clone()
            logits[:, END] = torch.logaddexp(logits[:, END], logits[:, follower])
        allowed = torch.from_numpy(self.grammar.masks(self.places))
        return logits.masked_fill(~allowed, NEVER)

    def push(self, chosen: np.ndarray) -> None:
        """Write one token a sequence; none may be finished."""
        self.places = self.grammar.push(self.places, chosen)
        for written, number in zip(self.written, chosen.tolist(), strict=True):
            written.append(number)
        longest = LONGEST - len(self.grammar.prefix)
        too_long = np.array([len(written) >= longest for written in self.written])
        self.finished = (self.places == ENDED) | (self.places == FAILED) | too_long
        if not self.finished.all():
            self.state = self.prior.advance(self.state, chosen)

    def take(self, places: Sequence[int] | np.ndarray) -> Decorated:
        """Return some of the sequences, in this order, to be continued independently."""
        kept = np.asarray(places, np.int64)
        return Decorated(
            self.prior,
            self.grammar,
            self.state.take(kept),
            self.places[kept],
            [list(self.written[place]) for place in kept],
            self.finished[kept],
        )

    def steps(self, place: int) -> list[int]:
        """Return the tokens that were pushed on a sequence since it began."""
        return self.written[place]

    def text(self, place: int) -> str:
        """Return the SMILES of a finished sequence; empty if it had grown too long."""
        return self.grammar.text(self.written[place]) if self.places[place] == ENDED else ""


class Numbers(Sequence[list[int]]):
    """Token sequences that are put together when they are asked for.

    Parameters
    ----------
    decorated : Decorated
        Whose.
    """

    def __init__(self, decorated: Decorated) -> None:
        self._of = decorated

    def __len__(self) -> int:
        return len(self._of.written)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[at] for at in range(len(self))[place]]
        grammar, written = self._of.grammar, self._of.written[place]
        if self._of.places[place] != ENDED:
            return [*grammar.prefix, *written]
        return [*grammar.prefix, *(number for number in written if number != END), *grammar.tail(written)]


def grammars(tokens: Tokens, core: Core) -> tuple[Grammar, ...]:
    """Return a grammar for each way of writing a core, another site last in each."""
    return tuple(Grammar(tokens, gapped) for gapped in writings(core))


def sample(
    prior: Prior,
    core: Core,
    count: int,
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    empty: float = 0.0,
    style: int = RANDOM,
    batch: int = BATCH,
) -> list[str]:
    """Grow side chains on a core.

    Parameters
    ----------
    prior : Prior
        Writes them; best one that has learned random atom orders.
    core : Core
        What stays.
    count : int
        Molecules wanted.
    rng : numpy.random.Generator
        For all draws.
    temperature : float
        Above 1 for the unusual.
    empty : float
        Probability that a site keeps its hydrogen, drawn for a batch; at least one site grows.
    style : int
        How the prior is told to write: RANDOM, or CANONICAL where it has learned only that.
    batch : int
        Sequences that are written together.

    Returns
    -------
    list of str
        Canonical SMILES, each shown by a mapping to hold the core; repeats are left in. Fewer than ``count`` only
        where the prior writes almost nothing that RDKit accepts.
    """
    found: list[str] = []
    written = 0
    ways: dict[tuple[int, ...], tuple[Grammar, ...]] = {}
    while len(found) < count and written < _GIVE_UP * count + batch:
        left_empty = _drawn_empty(core, empty, rng)
        if left_empty not in ways:
            ways[left_empty] = grammars(prior.tokens, core.leaving_empty(left_empty))
        grammar = ways[left_empty][int(rng.integers(len(ways[left_empty])))]
        size = min(batch, max(count - len(found), 16))
        texts, _ = completed(Decorated.begin(prior, grammar, size, style), rng, temperature)
        written += size
        found += [smiles for smiles in map(core.accepted, texts) if smiles]
    return found[:count]


def _drawn_empty(core: Core, empty: float, rng: np.random.Generator) -> tuple[int, ...]:
    """Draw the sites that keep their hydrogen; never all, and none of a linker's."""
    if empty <= 0 or core.is_linked:
        return ()
    stay = rng.random(len(core.labels)) < empty
    if stay.all():
        stay[int(rng.integers(len(stay)))] = False
    return tuple(label for label, keeps in zip(core.labels, stay.tolist(), strict=True) if keeps)
