"""A recurrent network over SMILES tokens: two layers of gated recurrent units (Cho et al., EMNLP 2014)."""

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
from kozue.systems.molecules.design.tokens import CANONICAL, END, PAD, Tokens

_TEXTS = ("tokens", "reference")
LONGEST = 100  # tokens; no drug-like SMILES of the training sets has more


class SmilesNetwork(nn.Module):
    """Next-token logits of a token sequence.

    Parameters
    ----------
    tokens, embedding, hidden : int
        Vocabulary, width of an embedded token, width of each of the two recurrent layers.
    """

    def __init__(self, tokens: int, embedding: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, embedding)
        self.recurrent = nn.GRU(embedding, hidden, 2, batch_first=True)
        self.output = nn.Linear(hidden, tokens)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (n, length, tokens), of numbers, shape (n, length)."""
        logits: torch.Tensor = self.output(self.recurrent(self.embedding(numbers))[0])
        return logits


@dataclass(slots=True)
class State:
    """Where a batch of sequences stands.

    Parameters
    ----------
    hidden : torch.Tensor
        Shape (2, n, hidden).
    logits : torch.Tensor
        Of the next token, shape (n, tokens).
    """

    hidden: torch.Tensor
    logits: torch.Tensor

    def take(self, places: np.ndarray) -> State:
        """Return the state of some of the sequences, in this order; a place may come twice."""
        chosen = torch.as_tensor(np.ascontiguousarray(places))
        return State(self.hidden[:, chosen], self.logits[chosen])


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
        network = SmilesNetwork(len(tokens), embedding, hidden)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return cls(tokens, network, reference)

    def copy(self) -> Prior:
        """Return an independent copy, to be fine-tuned."""
        network = SmilesNetwork(
            len(self.tokens), self.network.embedding.embedding_dim, self.network.recurrent.hidden_size
        )
        network.load_state_dict(self.network.state_dict())
        return Prior(self.tokens, network, self.reference)

    @torch.no_grad()
    def begin(self, count: int, style: int = CANONICAL) -> State:
        """Return the state of ``count`` empty sequences."""
        hidden = torch.zeros(2, count, self.network.recurrent.hidden_size)
        return self._step(hidden, torch.full((count,), style))

    @torch.no_grad()
    def advance(self, state: State, numbers: np.ndarray) -> State:
        """Return the state after one more token a sequence, ``numbers`` of shape (n,)."""
        return self._step(state.hidden, torch.as_tensor(numbers))

    def _step(self, hidden: torch.Tensor, numbers: torch.Tensor) -> State:
        one: Any = self.network.recurrent
        first = _unit(
            self.network.embedding(numbers),
            hidden[0],
            one.weight_ih_l0,
            one.weight_hh_l0,
            one.bias_ih_l0,
            one.bias_hh_l0,
        )
        second = _unit(first, hidden[1], one.weight_ih_l1, one.weight_hh_l1, one.bias_ih_l1, one.bias_hh_l1)
        return State(torch.stack([first, second]), self.network.output(second))

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
