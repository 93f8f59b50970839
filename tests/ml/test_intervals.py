from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.ml import domain
from kozue.ml.calibration import Calibration, isotonic
from kozue.ml.conformal import ConformalIntervals
from kozue.ml.metrics import ece


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.7, 0.8, 0.9, 0.95]))
def test_intervals_hold_the_truth_as_often_as_they_say(seed, confidence):
    rng = np.random.default_rng(seed)
    near = rng.random(4000)
    error = rng.normal(size=4000) * (2 - 1.5 * near)
    fit = ConformalIntervals.fit(error[:2000], near[:2000])
    inside = np.abs(error[2000:]) <= fit.half_width(near[2000:], confidence)
    assert abs(inside.mean() - confidence) < 0.04


def test_intervals_are_wider_far_away():
    rng = np.random.default_rng(1)
    near = rng.random(2000)
    fit = ConformalIntervals.fit(rng.normal(size=2000) * (2 - 1.9 * near), near)
    widths = fit.half_width(np.linspace(0, 1, 20), 0.9)
    assert (np.diff(widths) <= 1e-9).all()
    assert widths[0] > 2 * widths[-1]


def test_too_few_errors_give_the_widest_interval():
    fit = ConformalIntervals.fit(np.array([1.0, -2.0, 3.0]), np.array([0.5, 0.5, 0.5]))
    assert fit.half_width(np.array([0.5]), 0.99)[0] == pytest.approx(3.0, rel=1e-5)


def test_perfect_predictions_do_not_break_the_intervals():
    fit = ConformalIntervals.fit(np.zeros(50), np.linspace(0, 1, 50))
    assert np.isfinite(fit.half_width(np.array([0.3]), 0.9)).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_probabilities_are_calibrated_and_keep_the_order(seed):
    rng = np.random.default_rng(seed)
    score = rng.random(3000)
    truth = (rng.random(3000) < score**3).astype(float)
    fit = Calibration.fit(score[:1500], truth[:1500])
    probability = fit.probability(score[1500:])
    assert ece(truth[1500:], probability) < 0.06
    assert (np.diff(fit.probability(np.linspace(0, 1, 50))) > 0).all()
    low, high = fit.interval(score[1500:])
    assert ((low <= probability) & (probability <= high)).all()
    assert ((low >= 0) & (high <= 1)).all()


def test_isotonic_rises_and_keeps_the_mean():
    points, levels = isotonic(np.array([1.0, 2, 3, 3]), np.array([1.0, 0, 1, 0]))
    assert points.tolist() == [1, 2, 3]
    assert levels.tolist() == [0.5, 0.5, 0.5]


def test_nearest_breaks_ties_by_position():
    similarity = np.array([[0.5, 0.9, 0.9, 0.9, 0.1]])
    places, values = domain.nearest(similarity, 2)
    assert places.tolist() == [[1, 2]]
    assert values.tolist() == [[0.9, 0.9]]
    assert domain.nearest(similarity, 9)[0].shape == (1, 5)
    assert domain.nearest(similarity, 0)[0].shape == (1, 0)


def test_domain_names():
    assert domain.judge(np.array([0.9, 0.4, 0.1]), 0.5, 0.2) == ["inside", "edge", "outside"]
    inside, edge = domain.thresholds(np.linspace(0, 1, 1001))
    assert inside == pytest.approx(0.2)
    assert edge == pytest.approx(0.025)
