"""One endpoint's model: the shares of several learners, and what was learned about their errors."""

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
from kozue.systems.molecules.admet.modes import Mode


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
    places : numpy.ndarray
        Shape (k, n), the nearest members; none if only the similarity was asked for.
    similarities : numpy.ndarray
        Shape (k, n), at least 1 of them, highest first.
    """

    kernel: np.ndarray
    places: np.ndarray
    similarities: np.ndarray


@dataclass(frozen=True, slots=True)
class Answer:
    """One endpoint's predictions for k molecules, all shape (k,) but the last two.

    Parameters
    ----------
    value, low, high : numpy.ndarray
        float32, measured unit or probability.
    similarity : numpy.ndarray
        To the nearest training molecule.
    percentile : numpy.ndarray
        Share of the reference drugs that are predicted lower, 0 to 100; empty if the model knows no drugs.
    places, similarities : numpy.ndarray
        Shape (k, number of neighbours): positions among the endpoint's members, and how similar they are.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    similarity: np.ndarray
    percentile: np.ndarray
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
    kernel_offset : float
        Kernel prediction at no similarity at all.
    transfer : numpy.ndarray or None
        Shape (e + 1,), weights of the shared network's hidden layer, the offset last.
    shares : dict
        By mode: each learner's share of the average.
    errors : dict
        By mode: a calibration for classes, conformal intervals for values.
    drugs : dict of str to numpy.ndarray
        By mode: shape (101,), percentiles of the predictions for reference drugs; empty if there are none.
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
    transfer: np.ndarray | None
    shares: dict[Mode, dict[str, float]]
    errors: dict[Mode, Calibration | ConformalIntervals]
    drugs: dict[Mode, np.ndarray]
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
        error_model = Calibration if is_class else ConformalIntervals
        shares: dict[Mode, dict[str, float]] = facts["shares"]
        return cls(
            is_class=is_class,
            scale=Scale(facts.get("floor"), facts.get("lowest"), facts.get("highest")),
            walker=Trees.from_arrays(part("tree_")).walker(),
            members=np.cumsum(arrays["members"].astype(np.int64)),
            values=arrays["values"].astype(np.float32),
            kernel=arrays["kernel"].astype(np.float64),
            kernel_offset=float(facts["kernel_offset"]),
            transfer=arrays.get("transfer"),
            shares=shares,
            errors={mode: error_model(**part(f"error_{mode}_")) for mode in shares},
            drugs={mode: arrays[f"drugs_{mode}"] for mode in shares if f"drugs_{mode}" in arrays},
            inside=float(facts["inside"]),
            edge=float(facts["edge"]),
        )

    def uses(self, learner: str, mode: Mode | None = None) -> bool:
        """Whether a learner has a share, in one mode or in any."""
        modes = self.shares if mode is None else (mode,)
        return any(self.shares[each].get(learner, 0) > 0 for each in modes)

    def raw(
        self,
        features: np.ndarray,
        kernel: np.ndarray,
        shared: Mapping[str, np.ndarray] | None = None,
        mode: Mode = "fast",
    ) -> np.ndarray:
        """Return predictions on the model's scale, shape (k,), float64.

        Parameters
        ----------
        features : numpy.ndarray
            Shape (k, d), float32.
        kernel : numpy.ndarray
            Shape (k,), see :class:`Surroundings`.
        shared : mapping of str to numpy.ndarray
            Of the networks that take part in the mode: predictions of shape (k,); for ``transfer`` the hidden
            layer, shape (k, e); for ``trees``, if they were asked together, their sums.
        mode : {"fast", "accurate", "minimol"}
            Which learners take part.
        """
        total = np.zeros(len(features))
        for learner, share in self.shares[mode].items():
            if learner == "trees":
                score = (shared or {}).get(learner)
                score = self.walker.predict(features) if score is None else score
                score = 1 / (1 + np.exp(-score)) if self.is_class else score
            elif learner == "kernel":
                score = kernel
            elif learner == "transfer" and self.transfer is not None:
                # Summed row by row, as the kernel is.
                rows = (shared or {})[learner].astype(np.float64)
                score = (rows * self.transfer[:-1]).sum(axis=1) + self.transfer[-1]
            else:
                score = (shared or {})[learner]
            total += share * (np.clip(score, 0, 1) if self.is_class else score)
        return total

    def answer(
        self,
        features: np.ndarray,
        around: Surroundings,
        confidence: float,
        neighbours: int,
        shared: Mapping[str, np.ndarray] | None = None,
        mode: Mode = "fast",
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
        shared : mapping of str to numpy.ndarray
            As for :meth:`raw`.
        mode : {"fast", "accurate", "minimol"}
            Which learners take part.
        """
        raw = self.raw(features, around.kernel, shared, mode)
        error = self.errors[mode]
        similarity = around.similarities[:, 0] if around.similarities.shape[1] else np.zeros(len(raw))
        if isinstance(error, Calibration):
            value = error.probability(raw)
            low, high = error.interval(raw)
        else:
            half = error.half_width(similarity, confidence)
            value, low, high = (self.scale.backward(x) for x in (raw, raw - half, raw + half))
        return Answer(
            value.astype(np.float32),
            low.astype(np.float32),
            high.astype(np.float32),
            similarity,
            self.percentile(value, mode),
            around.places[:, :neighbours],
            around.similarities[:, :neighbours],
        )

    def percentile(self, value: np.ndarray, mode: Mode) -> np.ndarray:
        """Return how many of 100 reference drugs are predicted lower, shape (k,), or nothing without drugs."""
        if mode not in self.drugs:
            return np.zeros(0, np.float32)
        marks = self.drugs[mode].astype(np.float64)
        below = np.searchsorted(marks, value, side="left") + np.searchsorted(marks, value, side="right")
        return np.clip((below - 1) / 2, 0, 100).astype(np.float32)
