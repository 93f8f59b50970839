from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.ml.forest import Forest
from kozue.ml.trees import Trees

NOTHING = Trees(*(np.zeros(0, kind) for kind in ("u2", "f4", "i2", "i2", "f4", "i4", "i4")), offset=2.5)
STUMPS = Trees(
    *(np.zeros(0, kind) for kind in ("u2", "f4", "i2", "i2")), np.ones(3, "f4"), *np.array([[0] * 3, [1] * 3])
)


def grow(rng, features, trees, most):
    """Trees as a trainer may grow them: any shape, shared and repeated conditions."""
    parts = {name: [] for name in ("feature", "threshold", "left", "right", "leaf", "splits", "leaves")}
    for _ in range(trees):
        splits = int(rng.integers(0, most))
        left, right = np.zeros(splits, int), np.zeros(splits, int)
        open_ends = []
        for split in range(splits):
            if split:
                side, parent = open_ends.pop(int(rng.integers(len(open_ends))))
                side[parent] = split
            open_ends += [(left, split), (right, split)]
        for leaf, (side, parent) in enumerate(open_ends):
            side[parent] = -1 - leaf
        parts["feature"].append(rng.integers(0, features, splits))
        parts["threshold"].append(rng.integers(-2, 3, splits) / 2)
        parts["left"].append(left)
        parts["right"].append(right)
        parts["leaf"].append(rng.normal(size=splits + 1))
        parts["splits"].append([splits])
        parts["leaves"].append([splits + 1])
    kinds = ("u2", "f4", "i2", "i2", "f4", "i4", "i4")
    made = {
        name: np.concatenate(rows).astype(kind)
        for (name, rows), kind in zip(parts.items(), kinds, strict=True)
    }
    return Trees(**made, offset=float(rng.normal()))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 600), st.integers(1, 300))
def test_together_says_what_each_says_alone(seed, n, most):
    rng = np.random.default_rng(seed)
    walkers = [grow(rng, 5, int(rng.integers(1, 20)), most).walker() for _ in range(3)]
    walkers += [NOTHING.walker(), STUMPS.walker()]
    features = (rng.integers(-3, 4, (n, 5)) / 2).astype(np.float32)
    features[rng.random((n, 5)) < 0.05] = np.nan
    alone = np.array([walker.predict(features) for walker in walkers]).T
    np.testing.assert_array_equal(Forest(walkers).predict(features), alone.reshape(n, len(walkers)))


@pytest.mark.parametrize("start", [0, 5, 250])
def test_a_row_does_not_depend_on_its_batch(start):
    rng = np.random.default_rng(1)
    forest = Forest([grow(rng, 4, 30, 40).walker()])
    features = rng.normal(size=(600, 4)).astype(np.float32)
    together = forest.predict(features)
    for size in (1, 11, 12, 65, 300):
        np.testing.assert_array_equal(
            forest.predict(features[start : start + size]), together[start : start + size]
        )


def test_no_sets_at_all():
    assert Forest([]).predict(np.zeros((40, 3), np.float32)).shape == (40, 0)
