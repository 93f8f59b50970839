"""Forests and boosted trees as the small arrays of :mod:`kozue.ml.trees`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kozue.ml.trees import Trees

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesRegressor

TREES = 60


def grow(features: np.ndarray, target: np.ndarray, seed: int) -> Trees:
    """Fit extremely randomised trees and return them as arrays.

    Geurts, Ernst and Wehenkel, Mach. Learn. 2006, 63, 3.

    Parameters
    ----------
    features : numpy.ndarray
        Shape (n, d), float32.
    target : numpy.ndarray
        Shape (n,), model scale.
    seed : int
        Random state.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(
        TREES, max_features=0.3, min_samples_leaf=3, n_jobs=1, random_state=seed
    ).fit(features, target)
    return from_forest(forest)


def from_forest(forest: ExtraTreesRegressor) -> Trees:
    """Copy scikit-learn's trees; each leaf is divided by their number, so that the sum is the mean."""
    parts: dict[str, list[np.ndarray]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "leaf")
    }
    splits, leaves = [], []
    for member in forest.estimators_:
        tree = member.tree_
        inner = tree.children_left >= 0
        number = np.where(inner, np.cumsum(inner) - 1, -np.cumsum(~inner))
        threshold = tree.threshold[inner]
        rounded = threshold.astype(np.float32)
        above = rounded.astype(float) > threshold
        rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
        parts["feature"].append(tree.feature[inner].astype(np.uint16))
        parts["threshold"].append(rounded)
        parts["left"].append(number[tree.children_left[inner]].astype(np.int16))
        parts["right"].append(number[tree.children_right[inner]].astype(np.int16))
        parts["leaf"].append((tree.value[~inner, 0, 0] / len(forest.estimators_)).astype(np.float32))
        splits.append(int(inner.sum()))
        leaves.append(int((~inner).sum()))
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    return Trees(**joined, splits=np.array(splits, np.int32), leaves=np.array(leaves, np.int32))


def boost(features: np.ndarray, target: np.ndarray, seed: int) -> Trees:
    """Fit boosted trees with LightGBM and return them as arrays.

    Parameters
    ----------
    features : numpy.ndarray
        Shape (n, d), float32.
    target : numpy.ndarray
        Shape (n,).
    seed : int
        Of the sampling of rows and columns.
    """
    import lightgbm

    settings = {
        "objective": "l2",
        "learning_rate": 0.08,
        "num_leaves": 16,
        "min_child_samples": 8,
        "feature_fraction": 0.15,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 2.0,
        "max_bin": 63,
        "num_threads": 1,
        "deterministic": True,
        "seed": seed,
        "verbose": -1,
    }
    return Trees.from_booster(lightgbm.train(settings, lightgbm.Dataset(features, target), 180))
