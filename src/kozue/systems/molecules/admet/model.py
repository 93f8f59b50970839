"""One endpoint's model: boosted trees and a similarity kernel, averaged, with what was learned about their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kozue.chem.fingerprints import BitLibrary
from kozue.ml.calibration import Calibration
from kozue.ml.cards import read_card
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.domain import nearest
from kozue.ml.store import load_arrays
from kozue.ml.trees import Trees, Walker

_STEP = 8  # molecules at a time: their similarities to the whole library then stay in the cache


@dataclass(frozen=True, slots=True)
class Scale:
    """How measured values become model values and back.

    Parameters
    ----------
    floor : float or None
        Predict log10 of values, none below this; None predicts the value itself.
    lowest, highest : float or None
        Values beyond these cannot exist; predictions and intervals stop there.
    """

    floor: float | None = None
    lowest: float | None = None
    highest: float | None = None

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Measured to model scale."""
        return values if self.floor is None else np.log10(np.maximum(values, self.floor))

    def backward(self, values: np.ndarray) -> np.ndarray:
        """Model to measured scale."""
        if self.floor is not None:
            values = 10.0 ** np.clip(values, -30, 30)
        if self.lowest is None and self.highest is None:
            return values
        return np.clip(values, self.lowest, self.highest)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an endpoint's training molecules around k molecules say.

    Parameters
    ----------
    kernel : numpy.ndarray
        Shape (k,), prediction from the similarities alone, model scale.
    places, similarities : numpy.ndarray
        Shape (k, n): the nearest members, and how similar they are.
    """

    kernel: np.ndarray
    places: np.ndarray
    similarities: np.ndarray

    @classmethod
    def joined(cls, parts: list[Surroundings]) -> Surroundings:
        """Put parts one after the other."""
        if not parts:
            return cls(np.zeros(0), np.zeros((0, 0), np.int64), np.zeros((0, 0), np.float32))
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Answer:
    """One endpoint's predictions for k molecules, all shape (k,) but the last two.

    Parameters
    ----------
    value, low, high : numpy.ndarray
        float32, measured unit or probability.
    similarity : numpy.ndarray
        To the nearest training molecule.
    places, similarities : numpy.ndarray
        Shape (k, number of neighbours): positions among the endpoint's members, and how similar they are.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    similarity: np.ndarray
    places: np.ndarray
    similarities: np.ndarray


@dataclass(frozen=True, slots=True)
class EndpointModel:
    """Everything that one endpoint needs beside the library of training molecules.

    Parameters
    ----------
    is_class : bool
        Whether a probability is predicted.
    scale : Scale
        Measured to model scale.
    walker : Walker
        The trees.
    members : numpy.ndarray
        Shape (m,), positions of the training molecules in the library, ascending.
    values : numpy.ndarray
        Shape (m,), measured values.
    kernel : numpy.ndarray
        Shape (m,), weight of the similarity to each member.
    kernel_offset, share : float
        Kernel prediction at no similarity at all, and the kernel's share of the average.
    calibration : Calibration or ConformalIntervals
        For classes, and for values.
    inside, edge : float
        Similarity limits of the domain.
    """

    is_class: bool
    scale: Scale
    walker: Walker
    members: np.ndarray
    values: np.ndarray
    kernel: np.ndarray
    kernel_offset: float
    share: float
    calibration: Calibration | ConformalIntervals
    inside: float
    edge: float

    @classmethod
    def load(cls, folder: Path) -> EndpointModel:
        """Read a model's folder."""
        return cls.from_arrays(load_arrays(folder, "model"), read_card(folder))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> EndpointModel:
        """Build from stored arrays and the card's ``model`` table."""

        def part(prefix: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}

        facts = card["model"]
        is_class = card["kind"] == "classification"
        error_model = (Calibration if is_class else ConformalIntervals)(**part("error_"))
        return cls(
            is_class=is_class,
            scale=Scale(facts.get("floor"), facts.get("lowest"), facts.get("highest")),
            walker=Trees.from_arrays(part("tree_")).walker(),
            members=np.cumsum(arrays["members"].astype(np.int64)),
            values=arrays["values"].astype(np.float32),
            kernel=arrays["kernel"].astype(np.float64),
            kernel_offset=float(facts["kernel_offset"]),
            share=float(facts["kernel_share"]),
            calibration=error_model,
            inside=float(facts["inside"]),
            edge=float(facts["edge"]),
        )

    def look(self, near: np.ndarray, neighbours: int) -> Surroundings:
        """Return what the training molecules around say.

        Parameters
        ----------
        near : numpy.ndarray
            Shape (k, m), similarity to the members, rows contiguous.
        neighbours : int
            How many to name; at least 1 is looked up for the domain.
        """
        # Summed row by row (no matrix product), so that a row's last bits do not depend on its batch.
        kernel = (near * self.kernel).sum(axis=1) + self.kernel_offset if self.share else np.zeros(len(near))
        return Surroundings(kernel, *nearest(near, max(neighbours, 1)))

    def raw(self, features: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """Return predictions on the model's scale, shape (k,), float64.

        Parameters
        ----------
        features : numpy.ndarray
            Shape (k, d), float32.
        kernel : numpy.ndarray
            Shape (k,), see :class:`Surroundings`.
        """
        trees = self.walker.predict(features)
        if self.is_class:
            trees, kernel = 1 / (1 + np.exp(-trees)), np.clip(kernel, 0, 1)
        return (1 - self.share) * trees + self.share * kernel if self.share else trees

    def answer(
        self, features: np.ndarray, around: Surroundings, confidence: float, neighbours: int
    ) -> Answer:
        """Predict with interval, domain and neighbours.

        Parameters
        ----------
        features : numpy.ndarray
            Shape (k, d), float32.
        around : Surroundings
            Of the same molecules.
        confidence : float
            Of the conformal intervals; Venn-Abers bounds have none.
        neighbours : int
            How many to return.
        """
        raw = self.raw(features, around.kernel)
        similarity = around.similarities[:, 0] if around.similarities.shape[1] else np.zeros(len(raw))
        if isinstance(self.calibration, Calibration):
            value = self.calibration.probability(raw)
            low, high = self.calibration.interval(raw)
        else:
            half = self.calibration.half_width(similarity, confidence)
            value, low, high = (self.scale.backward(x) for x in (raw, raw - half, raw + half))
        return Answer(
            value.astype(np.float32),
            low.astype(np.float32),
            high.astype(np.float32),
            similarity,
            around.places[:, :neighbours],
            around.similarities[:, :neighbours],
        )


def look_around(
    index: BitLibrary, bits: np.ndarray, models: Mapping[str, EndpointModel], neighbours: int
) -> dict[str, Surroundings]:
    """Return what every model's training molecules around k molecules say.

    Parameters
    ----------
    index : BitLibrary
        The library that the models' members lie in.
    bits : numpy.ndarray
        Shape (k, 1024), uint8.
    models : mapping of str to EndpointModel
        By endpoint.
    neighbours : int
        How many to name.
    """
    found: dict[str, list[Surroundings]] = {key: [] for key in models}
    for start in range(0, len(bits), _STEP):
        similarity = index.similarity(bits[start : start + _STEP])
        for key, model in models.items():
            # take() keeps rows contiguous, which the row-by-row sums rely on.
            found[key].append(model.look(similarity.take(model.members, axis=1), neighbours))
    return {key: Surroundings.joined(parts) for key, parts in found.items()}
