"""Fit one endpoint: folds, trees, kernel, errors, domain. Shared by the shipped models and by users' own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kozue.ml import domain
from kozue.ml.calibration import Calibration
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.trees import Trees
from kozue.systems.molecules.admet.model import EndpointModel, Scale

FOLDS = 5
MAX_DEPTH = 10
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


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
    """

    features: np.ndarray
    bits: np.ndarray
    values: np.ndarray
    folds: np.ndarray


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted endpoint, ready to be stored.

    Parameters
    ----------
    arrays, facts : dict
        For the weight file, and for the card's ``model`` table. ``members`` is to be added by whoever
        knows the library.
    out_of_fold : numpy.ndarray
        Shape (n,), model-scale predictions of each molecule by the models that did not see it.
    similarity : numpy.ndarray
        Shape (n,), to the nearest molecule of the other folds.
    model : EndpointModel
        For use at once; its members are not set.
    folds : numpy.ndarray
        Shape (n,), as given.
    """

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any]
    out_of_fold: np.ndarray
    similarity: np.ndarray
    model: EndpointModel = field(repr=False)
    folds: np.ndarray = field(repr=False)


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


def choose_share(by_trees: np.ndarray, by_kernel: np.ndarray, target: np.ndarray, is_class: bool) -> float:
    """Return the kernel's share with the least out-of-fold loss: squared, or logarithmic for classes."""

    def loss(share: float) -> float:
        mixed = (1 - share) * by_trees + share * by_kernel
        if not is_class:
            return float(((target - mixed) ** 2).mean())
        inside = np.clip(mixed, 1e-6, 1 - 1e-6)
        return float(-(target * np.log(inside) + (1 - target) * np.log(1 - inside)).mean())

    return min(SHARES, key=loss)


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
    target = sample.values.astype(float) if is_class else scale.forward(sample.values.astype(float))
    similarity = similarity_matrix(sample.bits)
    folds = np.unique(sample.folds)
    by_trees, by_kernel, near = (np.empty(len(target)) for _ in range(3))
    for fold in folds:
        test, train = sample.folds == fold, sample.folds != fold
        across = similarity[np.ix_(test, train)]
        near[test] = across.max(axis=1)
        trees = fit_trees(sample.features[train], target[train], is_class, recipe, seed)
        weights, offset = fit_kernel(similarity[np.ix_(train, train)], target[train], recipe.ridge)
        score = trees.walker().predict(sample.features[test])
        by_trees[test] = 1 / (1 + np.exp(-score)) if is_class else score
        kernel = across.astype(float) @ weights + offset
        by_kernel[test] = np.clip(kernel, 0, 1) if is_class else kernel
        tick()
    share = choose_share(by_trees, by_kernel, target, is_class)
    out_of_fold = (1 - share) * by_trees + share * by_kernel
    trees = fit_trees(sample.features, target, is_class, recipe, seed)
    weights, offset = fit_kernel(similarity, target, recipe.ridge)
    tick()
    errors: Calibration | ConformalIntervals = (
        Calibration.fit(out_of_fold, target)
        if is_class
        else ConformalIntervals.fit(target - out_of_fold, near)
    )
    inside, edge = domain.thresholds(near)
    arrays = {
        **{f"tree_{name}": array for name, array in trees.arrays().items()},
        **{f"error_{name}": array for name, array in errors.arrays().items()},
        "values": sample.values.astype(np.float32),
        "kernel": weights.astype(np.float16 if 1e-3 < np.abs(weights).max(initial=0) < 1000 else np.float32),
    }
    limits = {"floor": scale.floor, "lowest": scale.lowest, "highest": scale.highest}
    facts = {
        **{name: value for name, value in limits.items() if value is not None},
        "kernel_offset": offset,
        "kernel_share": share,
        "inside": inside,
        "edge": edge,
    }
    model = EndpointModel.from_arrays(
        {**arrays, "members": np.zeros(len(target), np.int64)},
        {"kind": "classification" if is_class else "regression", "model": facts},
    )
    return Fitted(arrays, facts, out_of_fold, near, model, sample.folds)
