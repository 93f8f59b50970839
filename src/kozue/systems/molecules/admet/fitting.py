"""Fit one endpoint: folds, learners, their shares, errors, domain. Shared by the shipped models and users' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from kozue.ml import domain
from kozue.ml.calibration import Calibration
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.trees import Trees
from kozue.systems.molecules.admet.completing import completed
from kozue.systems.molecules.admet.model import EndpointModel, Scale
from kozue.systems.molecules.admet.modes import MODES, Mode

FOLDS = 5
MAX_DEPTH = 10
STEPS = 10  # shares are tenths
EVENNESS = 0.02  # of the loss: what wholly uneven shares cost, so that chance does not pick a single learner


@dataclass(frozen=True, slots=True)
class Recipe:
    """Choices that were frozen by cross-validation on training data only.

    Parameters
    ----------
    trees, leaves : int
        Number of trees and leaves of each.
    rate : float
        Learning rate.
    columns : float
        Share of the features that each tree may look at.
    ridge : float
        Regularisation of the kernel.
    """

    trees: int = 300
    leaves: int = 15
    rate: float = 0.05
    columns: float = 0.15
    ridge: float = 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """Distinct molecules with one value each.

    Parameters
    ----------
    features : numpy.ndarray
        Shape (n, d), float32.
    bits : numpy.ndarray
        Shape (n, 1024), uint8.
    values : numpy.ndarray
        Shape (n,), measured values or 0/1.
    folds : numpy.ndarray
        Shape (n,), fold of each molecule.
    shared : mapping of str to numpy.ndarray
        Out-of-fold predictions of the shared networks by learner, each shape (n,), model scale.
    hidden : numpy.ndarray, optional
        Shape (n, e), what a shared network makes of the molecules: a learner of its own starts from it.
    bounds : numpy.ndarray, optional
        Shape (n, 2), measured unit: what each value lies between, where some are only limits; equal ends: measured.
    complete : bool
        Whether limits are filled in with what may lie beyond, or stand as the values that they are.
    """

    features: np.ndarray
    bits: np.ndarray
    values: np.ndarray
    folds: np.ndarray
    shared: Mapping[str, np.ndarray] = field(default_factory=dict)
    hidden: np.ndarray | None = None
    bounds: np.ndarray | None = None
    complete: bool = True

    @property
    def is_measured(self) -> np.ndarray:
        """Shape (n,), whether each value is one, not a limit."""
        if self.bounds is None:
            return np.ones(len(self.values), bool)
        return self.bounds[:, 0] == self.bounds[:, 1]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted endpoint, ready to be stored.

    Parameters
    ----------
    arrays, facts : dict
        For the weight file, and for the card's ``model`` table. ``members`` is to be added by whoever
        knows the library.
    by_mode : dict of str to numpy.ndarray
        Each shape (n,), model-scale predictions of each molecule by the models that did not see it.
    similarity : numpy.ndarray
        Shape (n,), to the nearest molecule of the other folds.
    model : EndpointModel
        For use at once; its members are not set.
    folds : numpy.ndarray
        Shape (n,), as given.
    target : numpy.ndarray
        Shape (n,), what was learned, model scale: measured values, and what limits were filled in with.
    """

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any]
    by_mode: dict[Mode, np.ndarray]
    similarity: np.ndarray
    model: EndpointModel = field(repr=False)
    folds: np.ndarray = field(repr=False)
    target: np.ndarray = field(repr=False)

    @property
    def out_of_fold(self) -> np.ndarray:
        """Shape (n,), predictions of the fast mode."""
        return self.by_mode["fast"]


def similarity_matrix(bits: np.ndarray) -> np.ndarray:
    """Tanimoto similarity of all pairs, shape (n, n), float32."""
    ones = bits.astype(np.float32)
    shared = ones @ ones.T
    sizes = ones.sum(axis=1)
    union = sizes[:, None] + sizes[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def fit_trees(features: np.ndarray, target: np.ndarray, is_class: bool, recipe: Recipe, seed: int) -> Trees:
    """Boost trees on the model's scale (log odds for classes)."""
    import lightgbm

    settings = {
        "objective": "binary" if is_class else "regression",
        "num_leaves": recipe.leaves,
        "max_depth": MAX_DEPTH,
        "learning_rate": recipe.rate,
        "feature_fraction": recipe.columns,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "min_data_in_leaf": 5 if len(target) >= 100 else 2,
        "lambda_l2": 1.0,
        "max_bin": 63,
        "use_missing": False,
        "boost_from_average": True,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    data = lightgbm.Dataset(features, target, free_raw_data=True)
    return Trees.from_booster(lightgbm.train(settings, data, recipe.trees))


def fit_kernel(similarity: np.ndarray, target: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    """Kernel ridge regression on Tanimoto similarity: weights of shape (n,), and the offset."""
    from scipy.linalg import solve

    offset = float(target.mean())
    system = similarity.astype(np.float64 if len(target) < 4000 else np.float32, copy=True)
    system[np.diag_indices_from(system)] += ridge
    return solve(system, target - offset, assume_a="pos", overwrite_a=True).astype(np.float64), offset


def fit_transfer(hidden: np.ndarray, target: np.ndarray, ridge: float = 30.0) -> np.ndarray:
    """Ridge regression on a network's hidden layer: weights of shape (e + 1,), the offset last."""
    from scipy.linalg import solve

    rows = hidden.astype(np.float64)
    middle, offset = rows.mean(axis=0), float(target.mean())
    centred = rows - middle
    system = centred.T @ centred + ridge * np.eye(rows.shape[1])
    weights = solve(system, centred.T @ (target - offset), assume_a="pos")
    return np.append(weights, offset - middle @ weights)


def choose_shares(
    by_learner: Mapping[str, np.ndarray], target: np.ndarray, is_class: bool
) -> dict[str, float]:
    """Return the shares with the least out-of-fold loss: squared, or logarithmic for classes.

    Parameters
    ----------
    by_learner : mapping of str to numpy.ndarray
        Out-of-fold predictions, each shape (n,).
    target : numpy.ndarray
        Shape (n,).
    is_class : bool
        Which loss.
    """
    table = np.array(list(by_learner.values()))
    best, found = np.inf, np.zeros(len(table))
    # Every way to put STEPS tenths into as many boxes as there are learners.
    for cuts in combinations(range(STEPS + len(table) - 1), len(table) - 1):
        bounds = np.array([-1, *cuts, STEPS + len(table) - 1])
        shares = (np.diff(bounds) - 1) / STEPS
        mixed = shares @ table
        if is_class:
            inside = np.clip(mixed, 1e-6, 1 - 1e-6)
            loss = -float(np.log(np.where(target > 0.5, inside, 1 - inside)).mean())
        else:
            loss = float(((target - mixed) ** 2).mean())
        loss *= 1 + EVENNESS * float(((shares - 1 / len(table)) ** 2).sum())
        if loss < best:
            best, found = loss, shares
    return {name: float(share) for name, share in zip(by_learner, found, strict=True) if share > 0}


def fit(
    sample: Sample,
    is_class: bool,
    scale: Scale,
    recipe: Recipe,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> Fitted:
    """Cross-validate, learn the errors, then fit on everything.

    Parameters
    ----------
    sample : Sample
        Training molecules.
    is_class : bool
        Whether values are 0/1.
    scale : Scale
        Measured to model scale.
    recipe : Recipe
        Frozen choices.
    seed : int
        Same seed, same model.
    tick : callable
        Called after each of the fits (number of folds + 1).
    """
    similarity = similarity_matrix(sample.bits)
    targets = targets_of(sample, similarity, is_class, scale, recipe)
    columns, near = _out_of_fold(sample, similarity, targets, is_class, recipe, seed, tick)
    target, known = targets(np.ones(len(sample.values), bool)), sample.is_measured
    trees = fit_trees(sample.features, target, is_class, recipe, seed)
    weights, offset = fit_kernel(similarity, target, recipe.ridge)
    tick()
    inside, edge = domain.thresholds(near)
    arrays = {
        **{f"tree_{name}": array for name, array in trees.arrays().items()},
        "values": sample.values.astype(np.float32),
        "kernel": weights.astype(np.float16 if 1e-3 < np.abs(weights).max(initial=0) < 1000 else np.float32),
    }
    if sample.hidden is not None:
        arrays["transfer"] = fit_transfer(sample.hidden, target)
    shares: dict[Mode, dict[str, float]] = {}
    by_mode: dict[Mode, np.ndarray] = {}
    for mode, learners in MODES.items():
        if mode != "fast" and learners[-1] not in columns:
            continue
        taking = {name: columns[name] for name in learners if name in columns}
        # Chosen and calibrated on measured values alone: what was filled in agrees with the models that filled it.
        shares[mode] = choose_shares(
            {name: column[known] for name, column in taking.items()}, target[known], is_class
        )
        by_mode[mode] = sum(
            (share * taking[name] for name, share in shares[mode].items()), np.zeros(len(target))
        )
        errors: Calibration | ConformalIntervals = (
            Calibration.fit(by_mode[mode], target)
            if is_class
            else ConformalIntervals.fit((target - by_mode[mode])[known], near[known])
        )
        arrays |= {f"error_{mode}_{name}": array for name, array in errors.arrays().items()}
    limits = {"floor": scale.floor, "lowest": scale.lowest, "highest": scale.highest}
    facts = {
        **{name: value for name, value in limits.items() if value is not None},
        "kernel_offset": offset,
        "shares": shares,
        "inside": inside,
        "edge": edge,
    }
    model = EndpointModel.from_arrays(
        {**arrays, "members": np.zeros(len(target), np.int64)},
        {"kind": "classification" if is_class else "regression", "model": facts},
    )
    return Fitted(arrays, facts, by_mode, near, model, sample.folds, target)


def targets_of(
    sample: Sample, similarity: np.ndarray, is_class: bool, scale: Scale, recipe: Recipe
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what to learn from some molecules, given as a mask of shape (n,).

    Limits are filled in from those molecules alone: what a fold's own values say must not reach the models that
    predict it.
    """
    values = sample.values.astype(float)
    target = values if is_class else scale.forward(values)
    bounds = sample.bounds
    if is_class or bounds is None or not sample.complete or sample.is_measured.all():
        return lambda rows: target[rows]
    # Beyond the floor of a logarithm there is nothing: a lower end there is none.
    low, high = scale.forward(bounds[:, 0]), scale.forward(bounds[:, 1])
    if scale.floor is not None:
        low = np.where(bounds[:, 0] <= 0, -np.inf, low)
    ends = np.column_stack([low, high])

    def of(rows: np.ndarray) -> np.ndarray:
        hidden = None if sample.hidden is None else sample.hidden[rows]
        near = similarity[np.ix_(rows, rows)]
        return completed(ends[rows], sample.folds[rows], near, hidden, recipe.ridge)

    return of


def _out_of_fold(
    sample: Sample,
    similarity: np.ndarray,
    targets: Callable[[np.ndarray], np.ndarray],
    is_class: bool,
    recipe: Recipe,
    seed: int,
    tick: Callable[[], None],
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return each learner's predictions of molecules it did not see, and the nearest similarity it had."""
    names = ("trees", "kernel", "transfer") if sample.hidden is not None else ("trees", "kernel")
    columns = {name: np.empty(len(similarity)) for name in names}
    near = np.empty(len(similarity))
    for fold in np.unique(sample.folds):
        test, train = sample.folds == fold, sample.folds != fold
        learned = targets(train)
        across = similarity[np.ix_(test, train)]
        near[test] = across.max(axis=1)
        score = (
            fit_trees(sample.features[train], learned, is_class, recipe, seed)
            .walker()
            .predict(sample.features[test])
        )
        columns["trees"][test] = 1 / (1 + np.exp(-score)) if is_class else score
        weights, offset = fit_kernel(similarity[np.ix_(train, train)], learned, recipe.ridge)
        columns["kernel"][test] = across.astype(float) @ weights + offset
        if sample.hidden is not None:
            line = fit_transfer(sample.hidden[train], learned)
            columns["transfer"][test] = sample.hidden[test].astype(float) @ line[:-1] + line[-1]
        tick()
    if is_class:
        columns = {name: np.clip(column, 0, 1) for name, column in columns.items()}
    return {**columns, **sample.shared}, near
