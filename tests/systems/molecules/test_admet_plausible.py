"""Values that cannot be in their unit are told, surprising ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from kozue.ml.trees import Trees
from kozue.systems.molecules.admet.plausible import misfit


@pytest.mark.parametrize(
    ("values", "unit", "told"),
    [
        ([-5.1, -4.8, -6.0], "log10(cm/s)", False),
        ([-5.1e9, -4.8e9, -6.0e9], "log10(cm/s)", True),
        ([50, 12, 3000], "nM", False),
        ([50, 12, 3000], "M", True),
        ([5e-8, 1.2e-8, 3e-6], "nM", True),
        ([5e-8, 1.2e-8, 3e-6], "M", False),
        ([6.2, 7.9, 8.8], "pIC50", False),
        ([620, 790, 880], "pIC50", True),
        ([0.2, 0.9], "fraction", False),
        ([20, 90], "fraction", True),
        ([20, 90], "%", False),
        ([1, 2, 3], "", False),
        ([1e-9, 2.0, 300.0], "", True),
        ([1, 2, 3], "furlongs", False),
        ([0.0, 0.0], "nM", False),
        ([float("nan"), 3.0], "nM", False),
    ],
)
def test_units(values, unit, told):
    assert bool(misfit(values, unit)) is told


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_leaves_of_any_size_are_kept(size):
    leaf = np.array([0.5, -0.25, 1.0], np.float32) * np.float32(size)
    trees = Trees(
        feature=np.zeros(2, np.uint16),
        threshold=np.array([0, 1], np.float32),
        left=np.array([1, -1], np.int16),
        right=np.array([-3, -2], np.int16),
        leaf=leaf,
        splits=np.array([2], np.int32),
        leaves=np.array([3], np.int32),
        offset=0.0,
    )
    again = Trees.from_arrays(trees.arrays())
    assert np.allclose(again.leaf, leaf, rtol=1e-3)
    assert np.isfinite(again.leaf).all()
