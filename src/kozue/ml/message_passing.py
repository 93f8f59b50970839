"""A directed message-passing network over molecular graphs, for many targets at once.

Messages run along directed bonds and never straight back; an atom sums the messages that reach it, a molecule
averages and sums its atoms. After Yang et al., J. Chem. Inf. Model. 2019, 59, 3370. A vector of whole-molecule
properties joins before the read-out, which all targets share but for their last layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import nn

from kozue.chem.graphs import Graphs
from kozue.ml import torchloop
from kozue.ml.quantised import packed, unpacked
from kozue.ml.torchloop import Cycle

RISE = 0.1  # share of the steps in which the learning rate rises
_SUM_SCALE = 25.0  # atoms of a usual molecule: keeps the summed atoms in the range of the averaged ones


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network.

    Parameters
    ----------
    atom_codes, bond_codes : int
        How many codes there are.
    properties : int
        Length of the whole-molecule vector.
    targets : int
        How many values are predicted.
    width, depth : int
        Of the messages, and how many times they are passed on.
    readout : int
        Width of the read-out layer.
    dropout : float
        In the read-out.
    """

    atom_codes: int
    bond_codes: int
    properties: int
    targets: int
    width: int = 192
    depth: int = 3
    readout: int = 320
    dropout: float = 0.1


class MessagePassing(nn.Module):
    """The network; see the module's text.

    Parameters
    ----------
    shape : Shape
        Sizes.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.atom_in = nn.EmbeddingBag(shape.atom_codes, shape.width, mode="sum")
        self.bond_in = nn.EmbeddingBag(shape.bond_codes, shape.width, mode="sum")
        self.atom_out = nn.EmbeddingBag(shape.atom_codes, shape.width, mode="sum")
        for table in (self.atom_in, self.bond_in, self.atom_out):
            nn.init.normal_(table.weight, std=0.3)
        self.pass_on = nn.Linear(shape.width, shape.width, bias=False)
        self.collect = nn.Linear(shape.width, shape.width)
        self.mix = nn.Sequential(
            nn.Linear(2 * shape.width + shape.properties, shape.readout),
            nn.LayerNorm(shape.readout),
            nn.ReLU(),
            nn.Dropout(shape.dropout),
            nn.Linear(shape.readout, shape.readout),
            nn.ReLU(),
            nn.Dropout(shape.dropout),
        )
        self.last = nn.Linear(shape.readout, shape.targets)

    def fingerprint(
        self,
        atoms: torch.Tensor,
        bonds: torch.Tensor,
        ends: torch.Tensor,
        owners: torch.Tensor,
        properties: torch.Tensor,
    ) -> torch.Tensor:
        """Return the read-out layer, shape (molecules, readout)."""
        source, target = ends[:, 0], ends[:, 1]
        start = self.atom_in(atoms)[source] + self.bond_in(bonds)
        messages = torch.relu(start)
        reached = messages.new_zeros(len(atoms), self.shape.width)
        for _ in range(self.shape.depth - 1):
            arriving = reached.index_add(0, target, messages)
            back = messages.view(-1, 2, self.shape.width).flip(1).reshape(messages.shape)
            messages = torch.relu(start + self.pass_on(arriving[source] - back))
        nodes = torch.relu(self.atom_out(atoms) + self.collect(reached.index_add(0, target, messages)))
        total = nodes.new_zeros(len(properties), self.shape.width).index_add(0, owners, nodes)
        count = torch.bincount(owners, minlength=len(properties)).clamp(min=1).unsqueeze(1)
        return self.mix(torch.cat([total / count, total / _SUM_SCALE, properties], dim=1))

    def forward(self, *graph: torch.Tensor) -> torch.Tensor:
        """Return raw targets, shape (molecules, targets); arguments as of :meth:`fingerprint`."""
        return self.last(self.fingerprint(*graph))


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs, batch : int
        Passes over the molecules, and molecules a step.
    rate : float
        Highest learning rate of the one-cycle schedule.
    decay : float
        AdamW weight decay.
    hide : float
        Share of atoms that are made nameless in each step, so that the network can be asked about hidden atoms.
    seed : int
        Of the start, the order, the dropout and the hidden atoms.
    """

    epochs: int = 15
    batch: int = 64
    rate: float = 1.5e-3
    decay: float = 1e-4
    hide: float = 0.02
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Molecules:
    """What a network reads.

    Parameters
    ----------
    graphs : Graphs
        n molecules.
    properties : numpy.ndarray
        Shape (n, p), float32, of mean 0 and spread 1 over the training molecules.
    """

    graphs: Graphs
    properties: np.ndarray

    def batch(self, places: np.ndarray) -> tuple[torch.Tensor, ...]:
        """Return the tensors of some molecules, in the order of :meth:`MessagePassing.fingerprint`."""
        atoms, bonds, ends, owners = self.graphs.take(places)
        whole = (torch.from_numpy(part.astype(np.int64)) for part in (atoms, bonds, ends, owners))
        return (*whole, torch.from_numpy(self.properties[places]))


def train(
    shape: Shape,
    data: Molecules,
    targets: np.ndarray,
    is_class: np.ndarray,
    plan: Plan | None = None,
    tick: Callable[[int, float], None] = lambda epoch, loss: None,
) -> MessagePassing:
    """Train on all molecules at once.

    Each target counts with the square root of its number of known values: large sets do not drown small ones.

    Parameters
    ----------
    shape : Shape
        Sizes.
    data : Molecules
        n molecules.
    targets : numpy.ndarray
        Shape (n, t), float32, NaN where unknown; values of mean 0 and spread 1, or classes 0 and 1.
    is_class : numpy.ndarray
        Shape (t,), bool.
    plan : Plan, optional
        How to train.
    tick : callable
        Receives the pass and its mean loss; may raise :class:`~kozue.core.errors.Cancelled`.

    Raises
    ------
    TrainingError
        If nothing is known, or the loss stops being a number.
    """
    plan = plan or Plan()
    known = ~np.isnan(targets)
    rows = np.flatnonzero(known.any(axis=1))
    counts = known.sum(axis=0)
    weights = torch.from_numpy((1 / np.sqrt(np.maximum(counts, 1)) * (counts > 0)).astype(np.float32))
    known_in_all = float((weights * torch.from_numpy(counts.astype(np.float32))).sum())
    weights *= len(rows) / max(
        known_in_all, 1.0
    )  # below 1 only where nothing is known, which the loop refuses
    loss = _Loss(torch.from_numpy(is_class), weights)

    def of_batch(network: MessagePassing, places: np.ndarray, generator: np.random.Generator) -> torch.Tensor:
        batch = data.batch(places)
        _hide(batch[0], plan.hide, generator)
        return loss(network(*batch), torch.from_numpy(targets[places]))

    cycle = Cycle(plan.epochs, plan.batch, plan.rate, plan.decay, RISE, plan.seed)
    return torchloop.train(lambda: MessagePassing(shape), of_batch, rows, cycle, tick)


def _hide(atoms: torch.Tensor, share: float, generator: np.random.Generator) -> None:
    """Take the element from a share of the atoms, in place (code 0 is no element)."""
    if share > 0:
        atoms[torch.from_numpy(generator.random(len(atoms)) < share), 0] = 0


class _Loss:
    """Weighted mean over known targets: logarithmic for classes, Huber for values."""

    def __init__(self, is_class: torch.Tensor, weights: torch.Tensor) -> None:
        self.is_class, self.weights = is_class, weights

    def __call__(self, predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        known = ~torch.isnan(truth)
        filled = torch.where(known, truth, torch.zeros_like(truth))
        classes = nn.functional.binary_cross_entropy_with_logits(
            predicted, filled.clamp(0, 1), reduction="none"
        )
        values = nn.functional.smooth_l1_loss(predicted, filled, reduction="none")
        each = torch.where(self.is_class, classes, values)
        return (each * self.weights * known).sum() / len(truth)


@torch.no_grad()
def predict(network: MessagePassing, data: Molecules, batch: int = 128) -> np.ndarray:
    """Return raw targets, shape (n, t), float32: standardised values, and log odds of classes."""
    out = np.zeros((len(data.graphs), network.shape.targets), np.float32)
    for start in range(0, len(out), batch):
        places = np.arange(start, min(start + batch, len(out)))
        out[places] = network(*data.batch(places)).numpy()
    return out


def to_arrays(network: MessagePassing) -> dict[str, np.ndarray]:
    """Return the weights as they are stored (see :mod:`kozue.ml.quantised`), and the sizes."""
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return {**packed(state), "shape": np.array(list(asdict(network.shape).values()), np.float64)}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> MessagePassing:
    """Rebuild a network of :func:`to_arrays`, in evaluation mode."""
    *sizes, dropout = arrays["shape"].tolist()
    network = MessagePassing(Shape(*(int(size) for size in sizes), dropout))
    weights = unpacked({name: array for name, array in arrays.items() if name != "shape"})
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return network.eval()
