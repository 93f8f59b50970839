"""A recurrent network over SMILES tokens: two layers of gated recurrent units (Cho et al., EMNLP 2014).

With every token it is told what the text has left unfinished (:mod:`~kozue.systems.molecules.design.unfinished`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from kozue.ml.quantised import packed, unpacked
from kozue.ml.store import find_model, load_arrays
from kozue.systems.molecules.design.tokens import CANONICAL, END, PAD, SPECIAL, Tokens, atoms_of
from kozue.systems.molecules.design.unfinished import EMPTY, WIDTH, Stand, described, followed

_TEXTS = ("tokens", "reference")
LONGEST = 100  # tokens; no drug-like SMILES of the training sets has more


class SmilesNetwork(nn.Module):
    """Next-token logits of a token sequence.

    Parameters
    ----------
    tokens : Tokens
        Vocabulary.
    embedding, hidden : int
        Width of an embedded token, width of each of the two recurrent layers.
    told : bool
        Whether it is told what is unfinished; priors trained before it could be are not.
    """

    def __init__(self, tokens: Tokens, embedding: int, hidden: int, told: bool = True) -> None:
        super().__init__()
        self.elements = [*((),) * SPECIAL, *map(atoms_of, tokens.pieces)]
        self.embedding = nn.Embedding(len(tokens), embedding)
        self.unfinished = nn.Linear(WIDTH, embedding, bias=False) if told else None
        self.recurrent = nn.GRU(embedding, hidden, 2, batch_first=True)
        self.output = nn.Linear(hidden, len(tokens))

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (n, length, tokens), of numbers, shape (n, length)."""
        given = self.embedding(numbers)
        if self.unfinished is not None:
            given = given + self.unfinished(torch.from_numpy(self._read(numbers)))
        logits: torch.Tensor = self.output(self.recurrent(given)[0])
        return logits

    def step(self, numbers: torch.Tensor, stands: Sequence[Stand]) -> tuple[torch.Tensor, list[Stand]]:
        """Return what one token a sequence gives to the recurrent layers, and where the texts stand after it."""
        given: torch.Tensor = self.embedding(numbers)
        if self.unfinished is None:
            return given, list(stands)
        after = [
            followed(stand, self.elements[number])
            for stand, number in zip(stands, numbers.tolist(), strict=True)
        ]
        told = np.zeros((len(after), WIDTH), np.float32)
        for stand, row in zip(after, told, strict=True):
            described(stand, row)
        return given + self.unfinished(torch.from_numpy(told)), after

    def _read(self, numbers: torch.Tensor) -> np.ndarray:
        """Return what is unfinished after every token, shape (n, length, WIDTH); zeros from END on."""
        told = np.zeros((*numbers.shape, WIDTH), np.float32)
        for row, out in zip(numbers.tolist(), told, strict=True):
            stand = EMPTY
            for number, place in zip(row, out, strict=True):
                if number in (END, PAD):
                    break
                stand = followed(stand, self.elements[number])
                described(stand, place)
        return told


@dataclass(slots=True)
class State:
    """Where a batch of sequences stands.

    Parameters
    ----------
    hidden : torch.Tensor
        Shape (2, n, hidden).
    logits : torch.Tensor
        Of the next token, shape (n, tokens).
    stands : list of Stand
        What the texts have left unfinished.
    """

    hidden: torch.Tensor
    logits: torch.Tensor
    stands: list[Stand]

    def take(self, places: np.ndarray) -> State:
        """Return the state of some of the sequences, in this order; a place may come twice."""
        chosen = torch.as_tensor(np.ascontiguousarray(places))
        stands = [self.stands[place] for place in chosen.tolist()]
        return State(self.hidden[:, chosen], self.logits[chosen], stands)


class Prior:
    """A vocabulary and the network that learned to continue its sequences.

    Parameters
    ----------
    tokens : Tokens
        Vocabulary.
    network : SmilesNetwork
        Trained.
    reference : sequence of str
        SMILES of some of the molecules it learned, to compare its own with.
    """

    def __init__(self, tokens: Tokens, network: SmilesNetwork, reference: Sequence[str] = ()) -> None:
        self.tokens = tokens
        self.network = network.eval()
        self.reference = tuple(reference)

    def stored(self) -> dict[str, np.ndarray]:
        """Return arrays that :meth:`from_arrays` takes; large matrices in one byte a number."""
        weights = {name: value.detach().numpy() for name, value in self.network.state_dict().items()}
        texts = {"tokens": self.tokens.pieces, "reference": self.reference}
        return {**packed(weights), **{name: as_array(lines) for name, lines in texts.items()}}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Prior:
        """Build it from stored arrays."""
        tokens, reference = Tokens(from_array(arrays["tokens"])), from_array(arrays["reference"])
        weights = unpacked({name: value for name, value in arrays.items() if name not in _TEXTS})
        hidden, embedding = weights["recurrent.weight_hh_l0"].shape[1], weights["embedding.weight"].shape[1]
        network = SmilesNetwork(tokens, embedding, hidden, "unfinished.weight" in weights)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return cls(tokens, network, reference)

    def copy(self) -> Prior:
        """Return an independent copy, to be fine-tuned."""
        own = self.network
        network = SmilesNetwork(
            self.tokens,
            own.embedding.embedding_dim,
            own.recurrent.hidden_size,
            own.unfinished is not None,
        )
        network.load_state_dict(self.network.state_dict())
        return Prior(self.tokens, network, self.reference)

    @torch.no_grad()
    def begin(self, count: int, style: int = CANONICAL) -> State:
        """Return the state of ``count`` empty sequences."""
        hidden = torch.zeros(2, count, self.network.recurrent.hidden_size)
        return self._step(hidden, torch.full((count,), style), [EMPTY] * count)

    @torch.no_grad()
    def advance(self, state: State, numbers: np.ndarray) -> State:
        """Return the state after one more token a sequence, ``numbers`` of shape (n,)."""
        return self._step(state.hidden, torch.as_tensor(numbers), state.stands)

    def _step(self, hidden: torch.Tensor, numbers: torch.Tensor, stands: Sequence[Stand]) -> State:
        given, after = self.network.step(numbers, stands)
        one: Any = self.network.recurrent
        first = _unit(
            given,
            hidden[0],
            one.weight_ih_l0,
            one.weight_hh_l0,
            one.bias_ih_l0,
            one.bias_hh_l0,
        )
        second = _unit(first, hidden[1], one.weight_ih_l1, one.weight_hh_l1, one.bias_ih_l1, one.bias_hh_l1)
        return State(torch.stack([first, second]), self.network.output(second), after)

    def logarithm(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the log-likelihood of each sequence, shape (n,), differentiable.

        Parameters
        ----------
        numbers : torch.Tensor
            Shape (n, length): a start token, the tokens, END, then PAD.
        """
        return -token_losses(self.network, numbers).sum(1)


def _unit(
    given: torch.Tensor,
    hidden: torch.Tensor,
    weight: torch.Tensor,
    recurrent: torch.Tensor,
    bias: torch.Tensor,
    recurrent_bias: torch.Tensor,
) -> torch.Tensor:
    """One step of a gated recurrent unit, as torch.nn.GRU defines it."""
    of_input = torch.addmm(bias, given, weight.T)
    of_hidden = torch.addmm(recurrent_bias, hidden, recurrent.T)
    width = hidden.shape[1]
    gates = torch.sigmoid(of_input[:, : 2 * width] + of_hidden[:, : 2 * width])
    reset, update = gates[:, :width], gates[:, width:]
    fresh = torch.tanh(of_input[:, 2 * width :] + reset * of_hidden[:, 2 * width :])
    return torch.lerp(fresh, hidden, update)


def token_losses(network: SmilesNetwork, numbers: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of every token after the first, shape (n, length - 1); 0 at PAD."""
    logits = network(numbers[:, :-1])
    following = numbers[:, 1:]
    losses = nn.functional.cross_entropy(
        logits.flatten(0, 1), following.flatten(), ignore_index=PAD, reduction="none"
    )
    return losses.view(following.shape)


def as_array(lines: Sequence[str]) -> np.ndarray:
    """Return lines of text as UTF-8 bytes, to be stored with weights."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def from_array(stored: np.ndarray) -> list[str]:
    """Return the lines of :func:`as_array`."""
    text = stored.tobytes().decode()
    return text.split("\n") if text else []


def padded(rows: Sequence[Sequence[int]], starts: Sequence[int]) -> np.ndarray:
    """Return token rows with their start token and END as one array, shape (n, longest + 2)."""
    out = np.full((len(rows), max(map(len, rows), default=0) + 2), PAD, np.int64)
    for place, (row, start) in enumerate(zip(rows, starts, strict=True)):
        out[place, 0] = start
        out[place, 1 : len(row) + 1] = row
        out[place, len(row) + 1] = END
    return out


@lru_cache(maxsize=4)
def load_prior(name: str) -> Prior:
    """Return a stored prior: ``design/zinc``, ``design/moses``, or the name of an own one.

    Raises
    ------
    UnknownNameError, ModelError
        If there is none of that name, or it is damaged.
    """
    return read_prior(find_model(name).folder)


def read_prior(folder: Path) -> Prior:
    """Return the prior in a folder."""
    return Prior.from_arrays(load_arrays(folder, "prior"))
