"""Train a torch network: mini-batches, early stopping on held-out loss, same seed same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from kozue.core.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Schedule:
    """How to train.

    Parameters
    ----------
    epochs : int
        At most this many passes over the records.
    patience : int
        Passes without a better held-out loss before stopping.
    batch : int
        Records a step.
    rate : float
        AdamW learning rate.
    decay : float
        AdamW weight decay.
    clip : float
        Largest gradient norm.
    seed : int
        Of the weights' start, the order and the dropout.
    """

    epochs: int = 100
    patience: int = 10
    batch: int = 64
    rate: float = 1e-3
    decay: float = 1e-4
    clip: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What happened.

    Parameters
    ----------
    train, held_out : list of float
        Mean loss of each pass.
    best : int
        The pass (from 0) whose weights were kept.
    """

    train: list[float]
    held_out: list[float]
    best: int


Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def masked(loss: Loss) -> Loss:
    """Return a loss over the known targets only (NaN is unknown), for several targets at once.

    Parameters
    ----------
    loss : callable
        Element-wise: ``(predicted, truth) -> tensor`` of the same shape.
    """

    def of_known(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        known = ~torch.isnan(truth)
        each = loss(predicted, torch.where(known, truth, torch.zeros_like(truth)))
        return (each * known).sum() / known.sum().clamp(min=1)

    return of_known


def train(
    make: Callable[[], torch.nn.Module],
    loss: Loss,
    data: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    schedule: Schedule | None = None,
    tick: Callable[[int, float], None] = lambda epoch, value: None,
) -> tuple[torch.nn.Module, History]:
    """Train a network and return it with its best weights, in evaluation mode.

    Parameters
    ----------
    make : callable
        Builds the network; called after seeding, so that its start is reproducible.
    loss : callable
        ``(predicted, truth) -> scalar``.
    data, held_out : tuple of numpy.ndarray
        Features of shape (n, d) and targets of shape (n, ...), float32.
    schedule : Schedule, optional
        How to train.
    tick : callable
        Receives the pass and its held-out loss; may raise :class:`~kozue.core.errors.Cancelled`.

    Raises
    ------
    TrainingError
        If there is nothing to train on, or the loss stops being a number.
    """
    plan = schedule or Schedule()
    if not len(data[0]) or not len(held_out[0]):
        raise TrainingError("There are no records to train on, or none to hold out.", "Bring more records.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        order = torch.Generator().manual_seed(plan.seed)
        network = make()
        history = _run(network, loss, _tensors(data), _tensors(held_out), plan, order, tick)
    return network.eval(), history


def _tensors(pair: tuple[np.ndarray, np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    features, targets = (torch.from_numpy(np.ascontiguousarray(part, np.float32)) for part in pair)
    return features, targets


def _run(
    network: torch.nn.Module,
    loss: Loss,
    data: tuple[torch.Tensor, torch.Tensor],
    held_out: tuple[torch.Tensor, torch.Tensor],
    plan: Schedule,
    order: torch.Generator,
    tick: Callable[[int, float], None],
) -> History:
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.decay)
    losses: tuple[list[float], list[float]] = ([], [])
    best, kept = -1, {}
    for epoch in range(plan.epochs):
        losses[0].append(_one_pass(network, loss, data, plan, order, optimiser))
        network.eval()
        with torch.no_grad():
            value = float(loss(network(held_out[0]), held_out[1]))
        if not np.isfinite(value):
            raise TrainingError(f"The loss became {value} in pass {epoch + 1}.", "Lower the learning rate.")
        losses[1].append(value)
        tick(epoch, value)
        if best < 0 or value < losses[1][best]:
            best = epoch
            kept = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        if epoch - best >= plan.patience:
            break
    network.load_state_dict(kept)
    return History(losses[0], losses[1], best)


def _one_pass(
    network: torch.nn.Module,
    loss: Loss,
    data: tuple[torch.Tensor, torch.Tensor],
    plan: Schedule,
    order: torch.Generator,
    optimiser: torch.optim.Optimizer,
) -> float:
    """Visit every record once in a new order; a last batch of one joins none (batch norm needs two)."""
    network.train()
    features, targets = data
    shuffled, total, seen = torch.randperm(len(features), generator=order), 0.0, 0
    for rows in shuffled.split(plan.batch):
        if len(rows) == 1 and len(features) > 1:
            continue
        optimiser.zero_grad()
        value = loss(network(features[rows]), targets[rows])
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), plan.clip)
        optimiser.step()
        total, seen = total + float(value.detach()) * len(rows), seen + len(rows)
    return total / max(seen, 1)
