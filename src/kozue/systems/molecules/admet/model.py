"""One endpoint's model: boosted trees and a similarity kernel, averaged, with what was learned about their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kozue.ml.calibration import Calibration
from kozue.ml.cards import read_card
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.store import load_arrays
from kozue.ml.trees import Trees, Walker


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

    def raw(self, features: np.ndarray, near: np.ndarray) -> np.ndarray:
        """Return predictions on the model's scale, shape (k,), float64.

        Parameters
        ----------
        features : numpy.ndarray
            Shape (k, d), float32.
        near : numpy.ndarray
            Shape (k, m), similarity to the members.
        """
        trees = self.walker.predict(features)
        if self.is_class:
            trees = 1 / (1 + np.exp(-trees))
        if self.share:
            # Summed row by row (no matrix product), so that a row's last bits do not depend on its batch.
            kernel = (near * self.kernel).sum(axis=1) + self.kernel_offset
            kernel = np.clip(kernel, 0, 1) if self.is_class else kernel
            trees = (1 - self.share) * trees + self.share * kernel
        return trees

    def answer(self, features: np.ndarray, near: np.ndarray, confidence: float, neighbours: int) -> Answer:
        """Predict with interval, domain and neighbours.

        Parameters
        ----------
        features, near : numpy.ndarray
            As in :meth:`raw`.
        confidence : float
            Of the conformal intervals; Venn-Abers bounds have none.
        neighbours : int
            How many to return; at least 1 is looked up for the domain.
        """
        from kozue.ml.domain import nearest

        raw = self.raw(features, near)
        places, similarities = nearest(near, max(neighbours, 1))
        similarity = similarities[:, 0] if similarities.shape[1] else np.zeros(len(raw))
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
            places[:, :neighbours],
            similarities[:, :neighbours],
        )
