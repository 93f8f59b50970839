"""The networks that all endpoints share: a dense one, graph networks, and one on MiniMol's embedding.

Each predicts all tasks of :mod:`~kozue.systems.molecules.admet.tasks` at once, on the models' scale (log10 where
the endpoint has a floor, probabilities for classes). A row never depends on the other rows of its call: molecules
pass one by one, or in blocks of a fixed size, so that the last bits are the same in every batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem

from kozue.chem.embedding import embed
from kozue.ml.perceptron import Perceptron
from kozue.ml.store import load_arrays

if TYPE_CHECKING:
    from kozue.ml.message_passing import MessagePassing

COUNTS = 1024  # Morgan counts are the first columns of the features
WHOLE = 225  # properties and functional groups the last ones
MOST_COUNTED = 15
MOST_SPREAD = 6.0
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Scaling:
    """How features and targets were brought to mean 0 and spread 1.

    Parameters
    ----------
    feature_mean, feature_spread : numpy.ndarray
        Shape (225,), of properties and functional groups.
    tasks : tuple of str
        Order of the targets.
    is_class : numpy.ndarray
        Shape (t,), bool.
    mean, spread : numpy.ndarray
        Shape (t,); 0 and 1 for classes.
    embedding_mean, embedding_spread : numpy.ndarray
        Shape (512,), of MiniMol's embedding.
    """

    feature_mean: np.ndarray
    feature_spread: np.ndarray
    tasks: tuple[str, ...]
    is_class: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    embedding_mean: np.ndarray
    embedding_spread: np.ndarray

    def whole(self, table: np.ndarray) -> np.ndarray:
        """Return standardised properties, shape (n, 225), float32, from rows of all features."""
        plain = np.nan_to_num(table[:, -WHOLE:], nan=0.0, posinf=0.0, neginf=0.0)
        scaled = (plain - self.feature_mean) / self.feature_spread
        return np.clip(scaled, -MOST_SPREAD, MOST_SPREAD).astype(np.float32)

    def dense(self, table: np.ndarray) -> np.ndarray:
        """Return what the dense network reads, shape (n, 1249), float32."""
        counts = np.log1p(np.minimum(table[:, :COUNTS], MOST_COUNTED)).astype(np.float32)
        return np.concatenate([counts, self.whole(table)], axis=1)

    def embedded(self, embedding: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Return what the network on embeddings reads, shape (n, 1761); without an embedding the mean of all."""
        scaled = np.nan_to_num((embedding - self.embedding_mean) / self.embedding_spread, nan=0.0)
        near = np.clip(scaled, -MOST_SPREAD, MOST_SPREAD).astype(np.float32)
        return np.concatenate([near, self.dense(table)], axis=1)

    def targets(self, values: np.ndarray) -> np.ndarray:
        """Model scale to what networks learn, shape (n, t)."""
        scaled = np.clip((values - self.mean) / self.spread, -5, 5)
        return np.where(self.is_class, values, scaled).astype(np.float32)

    def outputs(self, raw: np.ndarray) -> np.ndarray:
        """Raw network outputs to model scale, shape (n, t), float64."""
        raw = raw.astype(np.float64)
        return np.where(
            self.is_class, 1 / (1 + np.exp(-np.clip(raw, -30, 30))), raw * self.spread + self.mean
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what has to be stored."""
        names = np.frombuffer("\n".join(self.tasks).encode(), np.uint8)
        rest = [name for name in self.__slots__ if name != "tasks"]
        return {"tasks": names, **{name: getattr(self, name) for name in rest}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Scaling:
        """Read what :meth:`arrays` returned."""
        names = tuple(arrays["tasks"].tobytes().decode().split("\n"))
        return cls(tasks=names, **{name: array for name, array in arrays.items() if name != "tasks"})


class Networks:
    """Shipped networks; each is read when it is first asked.

    Parameters
    ----------
    folder : pathlib.Path
        With ``scaling.npz``, ``dense.npz``, ``embedding.npz`` and ``graph_0.npz``, ``graph_1.npz``, ...
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.scaling = Scaling.from_arrays(load_arrays(folder, "scaling"))

    @cached_property
    def dense(self) -> Perceptron:
        """The network of the fast mode."""
        return Perceptron.from_arrays(load_arrays(self._folder, "dense"))

    @cached_property
    def embedding(self) -> Perceptron:
        """The network that also reads MiniMol's embedding."""
        return Perceptron.from_arrays(load_arrays(self._folder, "embedding"))

    @cached_property
    def graphs(self) -> list[MessagePassing]:
        """The graph networks, one for each fold that it did not see."""
        from kozue.ml.message_passing import from_arrays

        stems = sorted(path.stem for path in self._folder.glob("graph_*.npz"))
        return [from_arrays(load_arrays(self._folder, stem)) for stem in stems]

    def hidden(self, table: np.ndarray) -> np.ndarray:
        """Return the dense network's last hidden layer, shape (n, 256), float32: a learned representation."""
        return _in_blocks(self.dense.hidden, self.scaling.dense(table))

    def by_dense(self, table: np.ndarray) -> dict[str, np.ndarray]:
        """Return every task's prediction, each shape (n,), from the features."""
        return self._named(self.scaling.outputs(_in_blocks(self.dense.predict, self.scaling.dense(table))))

    def by_graphs(self, mols: Sequence[Chem.Mol], table: np.ndarray) -> dict[str, np.ndarray]:
        """Return every task's mean over the graph networks, each shape (n,)."""
        return self._named(graph_scores(self.graphs, self.scaling, mols, table))

    def by_embedding(self, mols: Sequence[Chem.Mol], table: np.ndarray) -> dict[str, np.ndarray]:
        """Return every task's prediction, each shape (n,), from MiniMol's embedding and the features.

        Raises
        ------
        MissingExtraError
            If the optional package is not installed.
        """
        rows = self.scaling.embedded(embed(mols), table)
        return self._named(self.scaling.outputs(_in_blocks(self.embedding.predict, rows)))

    def _named(self, scores: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(self.scaling.tasks, scores.T, strict=True))


def graph_scores(
    networks: Sequence[MessagePassing], scaling: Scaling, mols: Sequence[Chem.Mol], table: np.ndarray
) -> np.ndarray:
    """Return the mean prediction of graph networks on the models' scale, shape (n, t)."""
    from kozue.chem.graphs import graphs
    from kozue.ml.message_passing import Molecules, predict

    data = Molecules(graphs(mols), scaling.whole(table))
    parts = [scaling.outputs(predict(network, data, batch=1)) for network in networks]
    return np.mean(parts, axis=0)


def _in_blocks(function: Callable[[np.ndarray], np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Apply a function of rows to blocks of one size (the last filled up with zeros)."""
    parts = []
    for start in range(0, max(len(rows), 1), _BLOCK):
        block = np.zeros((_BLOCK, rows.shape[1]), np.float32)
        part = rows[start : start + _BLOCK]
        block[: len(part)] = part
        parts.append(function(block)[: len(part)])
    return np.concatenate(parts)
