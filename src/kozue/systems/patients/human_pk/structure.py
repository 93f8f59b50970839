"""From structures to human values: a Gaussian process and a forest, averaged.

Both see predictions of nine in-vitro properties (clearance in liver cells and microsomes, lipophilicity,
protein binding …) beside the structure; those assistants were trained on molecules of which none is in the
pharmacokinetic tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from kozue.chem import parse
from kozue.ml.trees import Trees, Walker
from kozue.systems.patients.human_pk.chemistry import fingerprints, names_of, tables
from kozue.systems.patients.human_pk.endpoints import Endpoint
from kozue.systems.patients.human_pk.forests import grow
from kozue.systems.patients.human_pk.kernels import CountLibrary, Process, fit_process, squared_distances

_ASSISTED, _IONISED = 3.0, 2.0  # how much more the assistants and groups count than one of 140 properties
_FAR = 4.0  # standard deviations beyond which a descriptor says no more


@dataclass(frozen=True, slots=True)
class Drawn:
    """Molecules as arrays.

    Parameters
    ----------
    counts : dict of str to numpy.ndarray
        Capped counts by kind, each shape (n, size), uint8.
    forest : numpy.ndarray
        Shape (n, d), float32: what the trees see.
    plain : numpy.ndarray
        Shape (n, p), float32: properties, assistants and groups, as the distances are made from.
    assisted : numpy.ndarray
        Shape (n, 9), the assistants' predictions.
    groups : numpy.ndarray
        Shape (n, 23).
    """

    counts: dict[str, np.ndarray]
    forest: np.ndarray
    plain: np.ndarray
    assisted: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.forest)


def draw(mols: Sequence[Chem.Mol], assistants: Sequence[Walker]) -> Drawn:
    """Turn molecules into arrays.

    Parameters
    ----------
    mols : sequence of rdkit.Chem.Mol
        Shape (n,), standardised.
    assistants : sequence of Walker
        Boosted trees on folded counts and properties.
    """
    # RDKit's reduced graph depends on the order of atoms and on what was computed before (ranks that stay
    # on the molecule): a fresh molecule from the canonical SMILES has the same numbers however it was drawn.
    mols = [parse(text) for text in names_of(mols)]
    made = tables(mols)
    seen = assistant_features(made)
    assisted = np.stack([walker.predict(seen) for walker in assistants], axis=1).astype(np.float32)
    forest = [made["properties"], made["fragments"], made["groups"], assisted, made["reduced"]]
    size = np.abs(made["properties"])
    plain = [np.sign(made["properties"]) * np.log1p(size), assisted, _log_groups(made["groups"])]
    return Drawn(
        fingerprints(mols),
        np.concatenate(forest, axis=1).astype(np.float32),
        np.concatenate(plain, axis=1).astype(np.float32),
        assisted,
        made["groups"],
    )


def assistant_features(made: dict[str, np.ndarray]) -> np.ndarray:
    """Return what the assistants see, shape (n, d), float32."""
    return np.concatenate([made["folded"], made["properties"]], axis=1).astype(np.float32)


def _log_groups(groups: np.ndarray) -> np.ndarray:
    return np.sign(groups) * np.log1p(np.abs(groups))


@dataclass(frozen=True, slots=True)
class Measure:
    """How distances between molecules are made from their numbers.

    Parameters
    ----------
    mean, width : numpy.ndarray
        Shape (p,), of the training molecules; a width of 0 leaves the number out.
    assistants : int
        How many of the last numbers are assistants and groups.
    wide, narrow : float
        Squared distances at which similarity has fallen to 1/e.
    """

    mean: np.ndarray
    width: np.ndarray
    assistants: int
    wide: float
    narrow: float

    @classmethod
    def fit(cls, drawn: Drawn) -> Measure:
        """Learn scales from the training molecules; no measured value is looked at."""
        few = drawn.assisted.shape[1] + drawn.groups.shape[1]
        plain = drawn.plain.astype(float)
        bare = cls(plain.mean(axis=0), plain.std(axis=0), few, 1.0, 1.0)
        wide, narrow = bare.spaces(drawn)
        return cls(bare.mean, bare.width, few, _middle(wide), _middle(narrow))

    def spaces(self, drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of the wide (all) and narrow space (assistants and groups), float32."""
        width = np.where(self.width > 1e-6, self.width, np.inf)
        scaled = np.clip((drawn.plain - self.mean) / width, -_FAR, _FAR)
        narrow = scaled[:, -self.assistants :]
        split = scaled.shape[1] - self.assistants
        few = drawn.assisted.shape[1]
        wide = np.concatenate([scaled[:, :split], _ASSISTED * narrow[:, :few], _IONISED * narrow[:, few:]], 1)
        # Half precision is what is stored: fit and prediction must see the same numbers.
        return wide.astype(np.float16).astype(np.float32), narrow.astype(np.float16).astype(np.float32)


def _middle(space: np.ndarray) -> float:
    return float(np.median(squared_distances(space, space)))


class Neighbourhood:
    """Training molecules as the kernels see them.

    Parameters
    ----------
    counts : dict of str to numpy.ndarray
        Capped counts of the training molecules, each shape (m, size).
    wide, narrow : numpy.ndarray
        Shape (m, …), their coordinates.
    measure : Measure
        Makes coordinates.
    """

    def __init__(
        self, counts: dict[str, np.ndarray], wide: np.ndarray, narrow: np.ndarray, measure: Measure
    ) -> None:
        self._libraries = {kind: CountLibrary(array) for kind, array in counts.items()}
        self.wide, self.narrow, self.measure = wide, narrow, measure

    @classmethod
    def of(cls, drawn: Drawn) -> Neighbourhood:
        """Build from training molecules."""
        measure = Measure.fit(drawn)
        return cls(drawn.counts, *measure.spaces(drawn), measure)

    def kernels(self, drawn: Drawn) -> list[np.ndarray]:
        """Return six kernels, each shape (n, m); the first is the similarity of Morgan counts."""
        wide, narrow = self.measure.spaces(drawn)
        shared = [library.similarity(drawn.counts[kind]) for kind, library in self._libraries.items()]
        near = np.exp(-squared_distances(wide, self.wide) / self.measure.wide)
        close = np.exp(-squared_distances(narrow, self.narrow) / self.measure.narrow)
        straight = np.array([(self.narrow * query).sum(axis=1) for query in narrow])
        straight = straight.reshape(len(narrow), len(self.narrow)) / self.narrow.shape[1]
        return [kernel.astype(np.float64) for kernel in (*shared, near, close, straight)]


@dataclass(frozen=True, slots=True)
class StructureModel:
    """One endpoint's model.

    Parameters
    ----------
    process : Process
        On the kernels to its members.
    trees : Trees
        The forest.
    walker : Walker
        The forest, as it predicts.
    members : numpy.ndarray
        Shape (m,), positions of its training molecules.
    """

    process: Process
    trees: Trees
    walker: Walker
    members: np.ndarray

    @classmethod
    def of(cls, process: Process, trees: Trees, members: np.ndarray) -> StructureModel:
        """Build from what is stored."""
        return cls(process, trees, trees.walker(), members)


def fit_structure(
    endpoint: Endpoint,
    kernels: Sequence[np.ndarray],
    features: np.ndarray,
    values: np.ndarray,
    members: np.ndarray,
    seed: int,
) -> StructureModel:
    """Fit both learners.

    Parameters
    ----------
    endpoint : Endpoint
        What is learned.
    kernels : sequence of numpy.ndarray
        Kernels among all molecules, each shape (n, n).
    features : numpy.ndarray
        Shape (n, d), what the forest sees.
    values : numpy.ndarray
        Shape (n,), log10 of measured values; only those of the members are looked at.
    members : numpy.ndarray
        Positions of the molecules to learn from.
    seed : int
        Of the forest.
    """
    target = trimmed(endpoint, values[members])
    process = fit_process(among(kernels, members), target)
    return StructureModel.of(process, grow(features[members], target, seed), members)


def trimmed(endpoint: Endpoint, target: np.ndarray) -> np.ndarray:
    """Pull the most extreme training values in, shape as given; see :class:`Endpoint`."""
    low, high = np.quantile(target, [endpoint.trim, 1 - endpoint.trim])
    return np.clip(target, low, high)


def among(kernels: Sequence[np.ndarray], members: np.ndarray) -> list[np.ndarray]:
    """Cut the kernels among some molecules out of those among all."""
    return [kernel[np.ix_(members, members)] for kernel in kernels]


def predict_structure(
    model: StructureModel, kernels: Sequence[np.ndarray], features: np.ndarray
) -> np.ndarray:
    """Predict log10 values, shape (n,).

    Parameters
    ----------
    model : StructureModel
        Fitted.
    kernels : sequence of numpy.ndarray
        Each shape (n, all molecules).
    features : numpy.ndarray
        Shape (n, d).
    """
    near = [kernel.take(model.members, axis=1) for kernel in kernels]
    return (model.process.predict(near) + model.walker.predict(features)) / 2
