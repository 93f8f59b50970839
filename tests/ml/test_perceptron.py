from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import TrainingError
from kozue.ml.perceptron import Course, Lesson, Perceptron, train
from kozue.ml.quantised import packed, unpacked

PLAN = Course(hidden=(32, 16), epochs=30, batch=32, rate=1e-2, dropout=(0.0, 0.0), seed=4)


@pytest.fixture(scope="module")
def lesson():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 6)).astype(np.float32)
    targets = np.stack([features[:, 0] - features[:, 1], (features[:, 2] > 0)], axis=1).astype(np.float32)
    weights = (rng.random(targets.shape) < 0.7).astype(np.float32)
    return Lesson(features, targets, weights, np.array([False, True]))


def test_learns_from_known_targets_alone_and_repeats(lesson):
    spoilt = Lesson(
        lesson.features, np.where(lesson.weights > 0, lesson.targets, 7), lesson.weights, lesson.is_class
    )
    network, again = train(spoilt, PLAN), train(spoilt, PLAN)
    found = network.predict(lesson.features)
    assert (found == again.predict(lesson.features)).all()
    hidden = lesson.weights[:, 0] == 0
    assert np.abs(found[hidden, 0] - lesson.targets[hidden, 0]).mean() < 0.2
    assert ((found[:, 1] > 0) == lesson.targets[:, 1].astype(bool)).mean() > 0.9


def test_stored_network_predicts_nearly_the_same(lesson):
    network = train(lesson, PLAN)
    stored = Perceptron.from_arrays(network.arrays())
    assert np.abs(stored.predict(lesson.features) - network.predict(lesson.features)).max() < 0.05
    assert network.hidden(lesson.features).shape == (400, 16)


def test_nothing_to_learn(lesson):
    nothing = Lesson(lesson.features, lesson.targets, np.zeros_like(lesson.weights), lesson.is_class)
    with pytest.raises(TrainingError, match="no values"):
        train(nothing, PLAN)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 120), st.integers(1, 120), st.floats(1e-6, 1e6), st.integers(0, 2**31))
def test_no_number_is_off_by_more_than_half_a_unit(rows, columns, size, seed):
    given_array = (np.random.default_rng(seed).normal(size=(rows, columns)) * size).astype(np.float32)
    back = unpacked(packed({"w": given_array}))["w"]
    if rows * columns >= 4096:
        unit = np.abs(given_array).max(axis=0) / 127
        assert (np.abs(back - given_array) <= unit * 0.501).all()
    elif 1e-3 < size < 1e3:
        assert np.allclose(back, given_array, rtol=2e-3, atol=1e-6)
