"""The figure that PMO compares optimisers by."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"


@pytest.fixture(scope="module")
def auc_top10():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("design_runs", BENCHMARKS / "design_runs.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module.auc_top10


def test_constant_scores_lose_the_first_half_step_only(auc_top10):
    assert auc_top10([1.0] * 1000, 1000) == pytest.approx(0.95)
    assert auc_top10([1.0] * 10_000, 10_000) == pytest.approx(0.995)


def test_a_search_that_ends_early_keeps_its_last_mean(auc_top10):
    assert auc_top10([1.0] * 200, 1000) == pytest.approx(0.95)
    assert auc_top10([0.5] * 50, 1000) == pytest.approx((50 * 0.25 + 950 * 0.5) / 1000)


def test_only_the_best_ten_count_and_nothing_after_the_budget(auc_top10):
    scores = [1.0] * 10 + [0.0] * 190 + [9.0] * 100
    assert auc_top10(scores, 200) == pytest.approx(0.75)


def test_no_calls_and_missing_scores(auc_top10):
    assert auc_top10([], 100) == 0
    assert auc_top10([None] * 100, 100) == 0


@given(st.lists(st.floats(0, 1), max_size=450))
def test_lies_between_nothing_and_the_best(auc_top10, scores):
    assert 0 <= auc_top10(scores, 400) <= max(scores, default=0.0) + 1e-12
