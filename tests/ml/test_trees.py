from __future__ import annotations

import numpy as np
import pytest

from kozue.ml.trees import Trees


@pytest.fixture(scope="module")
def trained():
    import lightgbm

    rng = np.random.default_rng(0)
    features = np.concatenate([rng.integers(0, 4, (500, 10)), rng.normal(size=(500, 10))], axis=1).astype(
        np.float32
    )
    target = features[:, 0] * features[:, 12] + rng.normal(size=500)
    settings = {"verbose": -1, "num_threads": 1, "num_leaves": 12, "seed": 1, "use_missing": False}
    return lightgbm.train(settings, lightgbm.Dataset(features, target), 40), features


def test_says_what_lightgbm_says(trained):
    booster, features = trained
    trees = Trees.from_booster(booster)
    np.testing.assert_allclose(
        trees.walker().predict(features), booster.predict(features), rtol=1e-5, atol=1e-5
    )


def test_stored_trees_are_close_and_small(trained):
    booster, features = trained
    stored = Trees.from_booster(booster).arrays()
    again = Trees.from_arrays(stored).walker().predict(features)
    np.testing.assert_allclose(again, booster.predict(features), rtol=5e-3, atol=5e-3)
    assert sum(array.nbytes for array in stored.values()) < len(booster.model_to_string()) / 5


def test_a_row_does_not_depend_on_its_batch(trained):
    booster, features = trained
    walker = Trees.from_booster(booster).walker()
    together = walker.predict(features)
    for start, stop in ((0, 1), (3, 10), (100, 500)):
        np.testing.assert_array_equal(walker.predict(features[start:stop]), together[start:stop])


def test_trees_without_a_split():
    import lightgbm

    features = np.zeros((50, 3), np.float32)
    booster = lightgbm.train(
        {"verbose": -1, "num_threads": 1}, lightgbm.Dataset(features, np.arange(50.0)), 3
    )
    found = Trees.from_booster(booster).walker().predict(features)
    np.testing.assert_allclose(found, booster.predict(features), rtol=1e-6)
