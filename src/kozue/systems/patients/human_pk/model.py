"""The shipped model: structure models, joint distribution, and what was learned about their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem

from kozue.chem import parse
from kozue.core.errors import ModelError
from kozue.ml.cards import read_card
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.store import load_arrays
from kozue.ml.trees import Trees, Walker
from kozue.systems.patients.human_pk.chemistry import GROUP_NAMES, fingerprints
from kozue.systems.patients.human_pk.endpoints import L_PER_H, LEARNED
from kozue.systems.patients.human_pk.kernels import Process
from kozue.systems.patients.human_pk.pipeline import GIVEN, NAMES, TARGETS, always_known
from kozue.systems.patients.human_pk.stacking import Joint
from kozue.systems.patients.human_pk.structure import (
    Measure,
    Neighbourhood,
    StructureModel,
    draw,
    predict_structure,
)

WEIGHTS = Path(__file__).parent / "weights"
SHARED = "shared"
FUP = LEARNED.index("fup")


@dataclass(frozen=True, slots=True)
class Predicted:
    """Predictions for k molecules on the logarithm.

    Parameters
    ----------
    mean : numpy.ndarray
        Shape (k, 4), see :data:`~kozue.systems.patients.human_pk.endpoints.LEARNED`.
    scatter : numpy.ndarray
        Shape (k, 4, 4).
    expected : numpy.ndarray
        Shape (k, g, 2): mean and deviation of each measured input, as the structure alone suggests.
    near : numpy.ndarray
        Shape (k, m), similarity to the training molecules.
    informed : numpy.ndarray
        Shape (k,), bool: whether measured values were used.
    """

    mean: np.ndarray
    scatter: np.ndarray
    expected: np.ndarray
    near: np.ndarray
    informed: np.ndarray


@dataclass(frozen=True, slots=True)
class Errors:
    """Conformal errors of an endpoint, in standard deviations of the joint distribution.

    Parameters
    ----------
    structure, measured : ConformalIntervals
        Where nothing, and where something was measured.
    """

    structure: ConformalIntervals
    measured: ConformalIntervals

    def half_width(
        self, deviation: np.ndarray, similarity: np.ndarray, informed: np.ndarray, confidence: float
    ) -> np.ndarray:
        """Return half the interval's width on the logarithm, shape (k,)."""
        alone = self.structure.half_width(similarity, confidence)
        helped = self.measured.half_width(similarity, confidence)
        return deviation * np.where(informed, helped, alone)


@dataclass(frozen=True, slots=True)
class HumanPK:
    """Everything that a prediction needs.

    Parameters
    ----------
    smiles : list of str
        Shape (m,), training molecules.
    values : dict of str to numpy.ndarray
        By endpoint, shape (m,), measured, NaN where not.
    assistants : list of Walker
        Models of in-vitro properties.
    neighbourhood : Neighbourhood
        The training molecules as the kernels see them.
    models : list of StructureModel
        In the order of the endpoints.
    joint : Joint
        Of everything that may be known.
    errors : dict of str to Errors
        By endpoint, and ``mrt``.
    lines : dict of str to tuple
        Log-log lines of the classical methods.
    inside, edge : float
        Similarity limits of the domain.
    """

    smiles: list[str]
    values: dict[str, np.ndarray]
    assistants: list[Walker]
    assistant_names: list[str]
    neighbourhood: Neighbourhood
    models: list[StructureModel]
    joint: Joint
    errors: dict[str, Errors]
    lines: dict[str, tuple[float, float]]
    inside: float
    edge: float

    @classmethod
    def load(cls) -> HumanPK:
        """Load the shipped model; the second call costs nothing.

        Raises
        ------
        ModelError
            If the weights are missing or damaged.
        """
        return _load(str(WEIGHTS))

    def predict(self, mols: Sequence[Chem.Mol], given: Mapping[str, np.ndarray]) -> Predicted:
        """Predict from structures and whatever was measured.

        Parameters
        ----------
        mols : sequence of rdkit.Chem.Mol
            Shape (k,), standardised.
        given : mapping of str to numpy.ndarray
            By measured input, shape (k,), in its unit, NaN where not measured.
        """
        drawn = draw(mols, self.assistants)
        kernels = self.neighbourhood.kernels(drawn)
        alone = np.stack([predict_structure(model, kernels, drawn.forest) for model in self.models], axis=1)
        known = always_known(alone, drawn, self.assistant_names, GROUP_NAMES)
        logs = {key: np.log10(values) for key, values in given.items()}
        k, e = len(mols), len(LEARNED)
        mean, scatter = np.zeros((k, e)), np.zeros((k, e, e))
        expected = np.zeros((k, len(GIVEN), 2))
        informed = np.zeros(k, bool)
        inputs = [NAMES.index(name) for name in GIVEN]
        for row in range(k):
            record = np.full(len(NAMES), np.nan)
            record[: known.shape[1]] = known[row]
            usual, spread = self.joint.condition(record, inputs)
            expected[row] = np.stack([usual, np.sqrt(np.diag(spread))], axis=1)
            record[inputs] = [logs[name][row] for name in GIVEN]
            wanted = list(TARGETS)
            if np.isfinite(logs["human_fup"][row]):
                record[TARGETS[FUP]] = logs["human_fup"][row]
                wanted.remove(TARGETS[FUP])
            informed[row] = np.isfinite(record[known.shape[1] :]).any()
            columns = [TARGETS.index(place) for place in wanted]
            found, left = self.joint.condition(record, wanted)
            mean[row, columns] = found
            scatter[np.ix_([row], columns, columns)] = left
            if len(columns) < e:
                mean[row, FUP] = record[TARGETS[FUP]]
        return Predicted(mean, scatter, expected, kernels[0], informed)


def residence(mean: np.ndarray, scatter: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of the logarithm of the mean residence time, shape (k,) each.

    MRT is volume of distribution over clearance by definition, so that the three always agree.

    Parameters
    ----------
    mean, scatter : numpy.ndarray
        Shapes (k, 4) and (k, 4, 4).
    """
    cl, v = LEARNED.index("cl"), LEARNED.index("vdss")
    variance = scatter[:, cl, cl] + scatter[:, v, v] - 2 * scatter[:, cl, v]
    return mean[:, v] - mean[:, cl] - np.log10(L_PER_H), np.sqrt(np.maximum(variance, 1e-12))


def deviations(scatter: np.ndarray) -> np.ndarray:
    """Return standard deviations, shape (k, 4); 0 for what was measured."""
    return np.sqrt(np.maximum(np.diagonal(scatter, axis1=1, axis2=2), 0.0))


def _part(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def error_model(arrays: Mapping[str, np.ndarray]) -> Errors:
    """Read the errors of an endpoint from its arrays."""
    return Errors(
        ConformalIntervals(**_part(arrays, "structure_error_")),
        ConformalIntervals(**_part(arrays, "measured_error_")),
    )


@cache
def _load(folder: str) -> HumanPK:
    root = Path(folder)
    if not (root / SHARED).is_dir():
        raise ModelError(
            "The weights of human_pk are not in this installation.",
            "Reinstall Kozue, or rebuild them with: python -m kozue.systems.patients.human_pk.training",
        )
    shared = load_arrays(root / SHARED, "model")
    facts: dict[str, Any] = read_card(root / SHARED)["model"]
    smiles = shared["smiles"].tobytes().decode().split("\n")
    measure = Measure(
        shared["measure_mean"], shared["measure_width"], int(facts["few"]), facts["wide"], facts["narrow"]
    )
    counts = fingerprints([parse(text) for text in smiles])
    neighbourhood = Neighbourhood(
        counts, shared["wide"].astype(np.float32), shared["narrow"].astype(np.float32), measure
    )
    walkers = [
        Trees.from_arrays(_part(shared, f"assistant{number}_")).walker()
        for number in range(len(facts["assistants"]))
    ]
    models, values, errors = [], {}, {}
    for key in (*LEARNED, "mrt"):
        arrays = load_arrays(root / key, "model")
        errors[key] = error_model(arrays)
        if key == "mrt":
            continue
        process = Process(arrays["process_weights"], arrays["process_dual"], float(arrays["process_mean"][0]))
        members = arrays["members"].astype(np.int64)
        models.append(StructureModel.of(process, Trees.from_arrays(_part(arrays, "tree_")), members))
        values[key] = np.full(len(smiles), np.nan)
        values[key][members] = 10.0 ** arrays["values"]
    joint = Joint(NAMES, shared["joint_mean"], shared["joint_scatter"])
    lines = {species: tuple(line) for species, line in facts["lines"].items()}
    return HumanPK(
        smiles,
        values,
        walkers,
        list(facts["assistants"]),
        neighbourhood,
        models,
        joint,
        errors,
        lines,
        float(facts["inside"]),
        float(facts["edge"]),
    )
