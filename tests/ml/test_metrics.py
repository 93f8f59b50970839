from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.ml import metrics


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 80), st.booleans())
def test_agrees_with_sklearn_and_scipy(seed, n, ties):
    from scipy.stats import spearmanr
    from sklearn.metrics import average_precision_score, roc_auc_score

    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.4).astype(float)
    truth[:2] = [0, 1]
    score = rng.integers(0, 4, n) / 4 if ties else rng.random(n)
    assert metrics.auroc(truth, score) == pytest.approx(roc_auc_score(truth, score))
    assert metrics.auprc(truth, score) == pytest.approx(average_precision_score(truth, score))
    other = rng.normal(size=n)
    if len(np.unique(score)) > 1:
        assert metrics.spearman(other, score) == pytest.approx(spearmanr(other, score).statistic)


def test_undefined_metrics_are_nan_not_an_exception():
    ones, some = np.ones(4), np.arange(4.0)
    assert np.isnan(metrics.auroc(ones, some))
    assert np.isnan(metrics.auprc(np.zeros(4), some))
    assert np.isnan(metrics.spearman(ones, some))
    assert np.isnan(metrics.r2(ones, some))


def test_bootstrap_interval_holds_the_value_and_repeats():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    predicted = truth + rng.normal(size=200)
    first = metrics.bootstrap("MAE", truth, predicted)
    assert first == metrics.bootstrap("MAE", truth, predicted)
    assert first.low < first.value < first.high
    assert first.n == 200
    assert np.isnan(metrics.bootstrap("MAE", np.array([]), np.array([])).value)


def test_calibration_error():
    probability = np.repeat([0.1, 0.9], 500)
    truth = np.concatenate([np.arange(500) < 50, np.arange(500) < 450]).astype(float)
    assert metrics.ece(truth, probability) < 0.12
    assert metrics.ece(1 - truth, probability) == pytest.approx(0.8, abs=0.02)
    assert metrics.coverage(np.array([1, 2, 3]), np.array([0, 0, 0]), np.array([2, 2, 2])) == pytest.approx(
        2 / 3
    )
