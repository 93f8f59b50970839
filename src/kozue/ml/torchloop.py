"""The one way networks are trained here: AdamW under a one-cycle schedule, same seed same weights.

One cycle: Smith and Topin, 2018, arXiv:1708.07120. AdamW: Loshchilov and Hutter, 2019, arXiv:1711.05101.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from kozue.core.errors import TrainingError

LARGEST_GRADIENT = 1.0  # norm to which larger gradients are shortened

Network = TypeVar("Network", bound=torch.nn.Module)
Loss = Callable[[Network, np.ndarray, np.random.Generator], torch.Tensor]
Cut = Callable[[np.ndarray, int, np.random.Generator], Iterator[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Cycle:
    """How to train.

    Parameters
    ----------
    epochs, batch : int
        Passes, and records a step.
    rate, decay : float
        Of AdamW; the rate is the highest of the cycle.
    rise : float
        Share of all steps in which the rate rises.
    seed : int
        Of the weights' start, the order, the dropout and whatever the loss draws.
    """

    epochs: int
    batch: int
    rate: float
    decay: float
    rise: float
    seed: int


def shuffled(rows: np.ndarray, batch: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Cut one pass over the rows into batches of random ones."""
    order = generator.permutation(rows)
    for start in range(0, len(order), batch):
        yield order[start : start + batch]


def train(
    make: Callable[[], Network],
    loss: Loss[Network],
    rows: np.ndarray,
    cycle: Cycle,
    tick: Callable[[int, float], None] = lambda epoch, loss: None,
    cut: Cut = shuffled,
) -> Network:
    """Train a network for a number of passes, and return it in evaluation mode.

    Parameters
    ----------
    make : callable
        Builds the network; called after seeding, so that its start is reproducible.
    loss : callable
        ``(network, places, generator) -> scalar``: the mean loss of the records at these places.
    rows : numpy.ndarray
        Shape (n,), int, places of the records to learn from.
    cycle : Cycle
        How to train.
    tick : callable
        Receives the pass and its mean loss; may raise :class:`~kozue.core.errors.Cancelled`.
    cut : callable
        ``(rows, batch, generator)`` to the batches of one pass: every row once, and as few batches as can be.

    Raises
    ------
    TrainingError
        If there is nothing to learn from, or the loss stops being a number.
    """
    if not len(rows):
        raise TrainingError("There are no values to learn.", "Bring measured values.")
    generator = np.random.default_rng(cycle.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(cycle.seed)
        network = make()
        optimiser = torch.optim.AdamW(network.parameters(), lr=cycle.rate, weight_decay=cycle.decay)
        steps = -(-len(rows) // cycle.batch) * cycle.epochs
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, cycle.rate, total_steps=steps, pct_start=cycle.rise
        )
        for epoch in range(cycle.epochs):
            total = 0.0
            for places in cut(rows, cycle.batch, generator):
                optimiser.zero_grad()
                value = loss(network, places, generator)
                value.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
                optimiser.step()
                schedule.step()
                total += float(value.detach()) * len(places)
            if not np.isfinite(total):
                raise TrainingError(
                    f"The loss became {total} in pass {epoch + 1}.", "Lower the learning rate."
                )
            tick(epoch, total / len(rows))
    return network.eval()
