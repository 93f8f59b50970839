"""A small dense network for many targets at once: trained with torch, asked with numpy alone.

It may learn from another model's predictions beside measured values (distillation: Hinton, Vinyals and Dean,
2015, arXiv:1503.02531), so that a fast model takes over what a slow one knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kozue.ml.quantised import packed, unpacked

RISE = 0.15  # share of the steps in which the learning rate rises


@dataclass(frozen=True, slots=True)
class Perceptron:
    """Two hidden layers with rectifiers, then one linear layer.

    Parameters
    ----------
    weights : tuple of numpy.ndarray
        Shapes (d, h), (h, e) and (e, t), float32.
    biases : tuple of numpy.ndarray
        Shapes (h,), (e,) and (t,), float32.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]

    def hidden(self, features: np.ndarray) -> np.ndarray:
        """Return the last hidden layer, shape (n, e), float32."""
        rows = np.asarray(features, np.float32)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            rows = np.maximum(rows @ weight + bias, 0)
        return rows

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return raw targets, shape (n, t), float32: values, or log odds of classes."""
        return self.hidden(features) @ self.weights[-1] + self.biases[-1]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what has to be stored; see :mod:`kozue.ml.quantised`."""
        named = {}
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named |= {f"weight_{layer}": weight, f"bias_{layer}": bias}
        return packed(named)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Perceptron:
        """Read what :meth:`arrays` returned."""
        named = unpacked(arrays)
        layers = range(len(named) // 2)
        return cls(
            tuple(named[f"weight_{layer}"] for layer in layers),
            tuple(named[f"bias_{layer}"] for layer in layers),
        )


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a perceptron learns from.

    Parameters
    ----------
    features : numpy.ndarray
        Shape (n, d), float32, of spread about 1.
    targets : numpy.ndarray
        Shape (n, t), float32; values of mean 0 and spread 1, or classes (0 to 1: a teacher's probability).
    weights : numpy.ndarray
        Shape (n, t), float32: how much each target counts; 0 where nothing is known.
    is_class : numpy.ndarray
        Shape (t,), bool.
    """

    features: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    is_class: np.ndarray


@dataclass(frozen=True, slots=True)
class Course:
    """How to train.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the two hidden layers.
    epochs, batch : int
        Passes, and molecules a step.
    rate, decay : float
        Of AdamW; the rate is the highest of a one-cycle schedule.
    dropout : tuple of float
        Of the features, and of the hidden layers.
    seed : int
        Same seed, same weights.
    """

    hidden: tuple[int, int] = (512, 256)
    epochs: int = 12
    batch: int = 160
    rate: float = 2e-3
    decay: float = 1e-3
    dropout: tuple[float, float] = (0.1, 0.25)
    seed: int = 0


def train(
    lesson: Lesson,
    course: Course | None = None,
    tick: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Perceptron:
    """Train on weighted targets: squared error (Huber) for values, cross-entropy for classes.

    Parameters
    ----------
    lesson : Lesson
        What to learn.
    course : Course, optional
        How to train.
    tick : callable
        Receives the pass and its mean loss; may raise :class:`~kozue.core.errors.Cancelled`.

    Raises
    ------
    TrainingError
        If nothing is known, or the loss stops being a number.
    """
    import torch
    from torch import nn

    from kozue.ml import torchloop

    course = course or Course()
    rows = np.flatnonzero((lesson.weights > 0).any(axis=1))
    sizes = (lesson.features.shape[1], *course.hidden, lesson.targets.shape[1])
    is_class = torch.from_numpy(lesson.is_class)

    def make() -> nn.Sequential:
        layers = [nn.Linear(*ends) for ends in pairwise(sizes)]
        outer, inner = course.dropout
        return nn.Sequential(
            nn.Dropout(outer),
            layers[0],
            nn.ReLU(),
            nn.Dropout(inner),
            layers[1],
            nn.ReLU(),
            nn.Dropout(inner),
            layers[2],
        )

    def loss(network: nn.Sequential, places: np.ndarray, _: np.random.Generator) -> torch.Tensor:
        features, truth, weights = (
            torch.from_numpy(np.asarray(part[places], np.float32))
            for part in (lesson.features, lesson.targets, lesson.weights)
        )
        guess = network(features)
        of_classes = nn.functional.binary_cross_entropy_with_logits(
            guess, truth.clamp(0, 1), reduction="none"
        )
        of_values = nn.functional.smooth_l1_loss(guess, truth, reduction="none")
        return (torch.where(is_class, of_classes, of_values) * weights).sum() / len(places)

    cycle = torchloop.Cycle(course.epochs, course.batch, course.rate, course.decay, RISE, course.seed)
    network = torchloop.train(make, loss, rows, cycle, tick)
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    return Perceptron(
        tuple(layer.weight.detach().numpy().T.copy() for layer in layers),
        tuple(layer.bias.detach().numpy().copy() for layer in layers),
    )
