from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import TrainingError
from kozue.ml import splits


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 8), st.lists(st.integers(0, 30), min_size=40, max_size=120), st.integers(0, 9))
def test_groups_stay_together_and_folds_are_even(k, groups, seed):
    if len(set(groups)) < k:
        return
    folds = splits.group_folds(groups, k, seed)
    assert len(folds) == len(groups)
    for group in set(groups):
        assert len({fold for fold, own in zip(folds, groups, strict=True) if own == group}) == 1
    assert set(folds) == set(range(k))
    largest = max(groups.count(group) for group in groups)
    sizes = np.bincount(folds, minlength=k)
    assert sizes.max() - sizes.min() <= largest
    assert (folds == splits.group_folds(groups, k, seed)).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(10, 100), st.integers(2, 5), st.integers(0, 5))
def test_random_folds_are_even_within_each_label(n, k, seed):
    labels = np.arange(n) % 3 == 0
    folds = splits.random_folds(n, k, seed, labels)
    for label in (False, True):
        sizes = np.bincount(folds[labels == label], minlength=k)
        assert sizes.max() - sizes.min() <= 1


def test_acyclic_molecules_are_groups_of_their_own():
    folds = splits.scaffold_folds(["", "", "", "", "c1ccccc1", "c1ccccc1"], 3)
    assert folds[4] == folds[5]
    assert np.bincount(folds).tolist() == [2, 2, 2]


def test_time_folds_put_the_future_last():
    times = [2020, 2018, 2019, 2021, 2018, 2022]
    folds = splits.time_folds(times, 3)
    for early, late in zip(np.argsort(times)[:-1], np.argsort(times)[1:], strict=True):
        assert folds[early] <= folds[late]
    assert folds[1] == folds[4]


def test_clusters_hold_what_is_alike():
    similarity = np.array([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]])
    clusters = splits.cluster_groups(similarity, 0.5)
    assert clusters[0] == clusters[1] != clusters[2]


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (lambda: splits.random_folds(3, 5), "3 records"),
        (lambda: splits.random_folds(3, 1), "at least 2"),
        (lambda: splits.group_folds(["a", "a", "a"], 2), "1 different groups"),
        (lambda: splits.time_folds([1, 1, 1], 2), "1 different dates"),
        (lambda: splits.time_folds([1, float("nan"), 2], 2), "no date"),
    ],
)
def test_says_why_a_split_is_impossible(split, words):
    with pytest.raises(TrainingError, match=words):
        split()
