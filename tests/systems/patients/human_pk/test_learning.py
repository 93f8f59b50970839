"""The learners: joint distribution, Gaussian process, forests as arrays, similarities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.systems.patients.human_pk.forests import boost, grow
from kozue.systems.patients.human_pk.kernels import CountLibrary, fit_process, squared_distances
from kozue.systems.patients.human_pk.stacking import fit_joint

RNG = np.random.default_rng(7)
COVARIANCE = np.array([[1.0, 0.8, 0.5], [0.8, 1.0, 0.3], [0.5, 0.3, 1.0]])


def records(n=1500, missing=0.4):
    rows = RNG.multivariate_normal([1.0, 2.0, 3.0], COVARIANCE, n)
    rows[:, 1:][RNG.random((n, 2)) < missing] = np.nan
    return rows


def test_joint_distribution_is_found_despite_gaps():
    joint = fit_joint(("a", "b", "c"), records())
    np.testing.assert_allclose(joint.mean, [1, 2, 3], atol=0.12)
    sizes = np.sqrt(np.diag(joint.scatter))
    correlation = joint.scatter / np.outer(sizes, sizes)
    np.testing.assert_allclose(correlation, COVARIANCE, atol=0.08)


def test_any_subset_conditions_as_the_normal_distribution_says():
    joint = fit_joint(("a", "b", "c"), records(4000, 0.0))
    mean, scatter = joint.condition(np.array([np.nan, 3.0, np.nan]), [0])
    assert mean[0] == pytest.approx(1.8, abs=0.08)
    both, narrower = joint.condition(np.array([np.nan, 3.0, 3.5]), [0])
    assert narrower[0, 0] < scatter[0, 0]
    assert both[0] > mean[0]
    nothing, widest = joint.condition(np.full(3, np.nan), [0])
    assert nothing[0] == pytest.approx(joint.mean[0]) and widest[0, 0] > scatter[0, 0]


def test_one_wild_record_does_not_tilt_everything():
    rows = records(300, 0.0)
    calm = fit_joint(("a", "b", "c"), rows)
    rows[0] = [1.0, 12.0, -7.0]
    wild = fit_joint(("a", "b", "c"), rows)
    point = np.array([np.nan, 3.0, 3.0])
    assert wild.condition(point, [0])[0][0] == pytest.approx(calm.condition(point, [0])[0][0], abs=0.3)


def test_process_interpolates_and_prefers_the_kernel_that_tells():
    x = np.sort(RNG.uniform(-3, 3, 80))
    y = np.sin(x) + 0.05 * RNG.standard_normal(80)
    useful = np.exp(-squared_distances(x[:, None], x[:, None]))
    useless = np.exp(-squared_distances(*[RNG.standard_normal((80, 1))] * 2))
    process = fit_process([useful, useless], y)
    assert process.weights[0] > 5 * process.weights[1]
    at = np.array([[0.5], [1.5]])
    near = np.exp(-squared_distances(at, x[:, None]))
    np.testing.assert_allclose(process.predict([near, np.zeros_like(near)]), np.sin(at[:, 0]), atol=0.1)


def test_given_weights_are_used():
    kernel = np.exp(-squared_distances(*[RNG.standard_normal((20, 2))] * 2))
    weights = np.array([0.7, 0.2])
    assert fit_process([kernel], RNG.standard_normal(20), weights).weights is weights


@pytest.mark.parametrize("learner", [grow, boost])
def test_trees_as_arrays_predict_sensibly(learner):
    x = RNG.standard_normal((400, 6)).astype(np.float32)
    y = 2 * x[:, 0] + np.where(x[:, 1] > 0, 1.0, -1.0)
    found = learner(x, y, 3).walker().predict(x)
    assert np.corrcoef(found, y)[0, 1] > 0.9
    np.testing.assert_array_equal(found, learner(x, y, 3).walker().predict(x))


def test_forest_equals_that_of_scikit_learn():
    from sklearn.ensemble import ExtraTreesRegressor

    from kozue.systems.patients.human_pk.forests import from_forest

    x = RNG.standard_normal((150, 5)).astype(np.float32)
    forest = ExtraTreesRegressor(20, min_samples_leaf=3, random_state=1).fit(x, x[:, 0] ** 2)
    np.testing.assert_allclose(from_forest(forest).walker().predict(x), forest.predict(x), atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 15), min_size=6, max_size=6), min_size=2, max_size=5))
def test_count_similarity_is_smaller_over_larger(rows):
    counts = np.array(rows, np.uint8)
    found = CountLibrary(counts).similarity(counts)
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            larger = sum(max(p, q) for p, q in zip(a, b, strict=True))
            wanted = sum(min(p, q) for p, q in zip(a, b, strict=True)) / max(larger, 1)
            assert found[i, j] == pytest.approx(wanted)
    np.testing.assert_array_equal(CountLibrary(counts).similarity(counts[:1]), found[:1])
