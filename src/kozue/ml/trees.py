"""Boosted trees as small arrays.

LightGBM trains them; here they become flat arrays (a tenth of the size of its text format) that are
walked with numpy alone, so that predicting neither imports LightGBM nor parses megabytes of text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import lightgbm

#: Largest leaf values for which half precision keeps three digits without a unit of its own.
HALF_LOW, HALF_HIGH = 1e-2, 3e4
_SHALLOW = 4


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of decision trees: at a split, go left if ``x[feature] <= threshold``.

    Parameters
    ----------
    feature : numpy.ndarray
        Shape (s,), uint16, column that each split looks at.
    threshold : numpy.ndarray
        Shape (s,), float32.
    left, right : numpy.ndarray
        Shape (s,), int16: split of the same tree if >= 0, else -1 - leaf.
    leaf : numpy.ndarray
        Shape (l,), float32, values of the leaves.
    splits, leaves : numpy.ndarray
        Shape (t,), int32, how many each tree has (a tree without a split has one leaf).
    offset : float
        Added to the sum.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    leaf: np.ndarray
    splits: np.ndarray
    leaves: np.ndarray
    offset: float = 0.0

    @classmethod
    def from_booster(cls, booster: lightgbm.Booster, offset: float = 0.0, share: float = 1.0) -> Trees:
        """Copy LightGBM's trees; they must be trained without missing values and categories.

        Parameters
        ----------
        booster : lightgbm.Booster
            Trained on float32 features.
        offset : float
            Added to each sum.
        share : float
            Factor on every leaf, for averages of boosters.
        """
        parts: dict[str, list[np.ndarray]] = {
            name: [] for name in ("feature", "threshold", "left", "right", "leaf")
        }
        splits, leaves = [], []
        for block in booster.model_to_string().split("\nTree=")[1:]:
            entries = dict(
                line.split("=", 1) for line in block.split("\n\n")[0].splitlines()[1:] if "=" in line
            )
            values = np.array(entries["leaf_value"].split(), float) * share
            parts["leaf"].append(values.astype(np.float32))
            leaves.append(len(values))
            splits.append(len(values) - 1)
            if len(values) > 1:
                parts["feature"].append(np.array(entries["split_feature"].split(), np.uint16))
                parts["threshold"].append(_round_down(np.array(entries["threshold"].split(), float)))
                parts["left"].append(np.array(entries["left_child"].split(), np.int16))
                parts["right"].append(np.array(entries["right_child"].split(), np.int16))
        kinds = {"feature": np.uint16, "threshold": np.float32, "left": np.int16, "right": np.int16}
        joined = {
            name: np.concatenate(rows) if rows else np.zeros(0, kinds.get(name, np.float32))
            for name, rows in parts.items()
        }
        return cls(
            **joined, splits=np.array(splits, np.int32), leaves=np.array(leaves, np.int32), offset=offset
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what has to be stored; leaves are rounded to half precision, in a unit that suits it."""
        largest = float(np.abs(self.leaf).max(initial=0.0))
        # Half precision holds 6e-8 to 65,504: values in M or in single cells would vanish or overflow.
        unit = 1.0 if largest == 0.0 or HALF_LOW <= largest <= HALF_HIGH else largest
        stored = {
            "feature": self.feature,
            "threshold": self.threshold,
            "left": self.left.astype(np.int8) if (np.abs(self.left) < 128).all() else self.left,
            "right": self.right.astype(np.int8) if (np.abs(self.right) < 128).all() else self.right,
            "leaf": (self.leaf / unit).astype(np.float16),
            "splits": self.splits.astype(np.uint16),
            "leaves": self.leaves.astype(np.uint16),
            "offset": np.array([self.offset], np.float64),
        }
        return stored if unit == 1.0 else {**stored, "leaf_unit": np.array([unit], np.float64)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Trees:
        """Read what :meth:`arrays` returned."""
        return cls(
            feature=arrays["feature"],
            threshold=arrays["threshold"].astype(np.float32),
            left=arrays["left"].astype(np.int16),
            right=arrays["right"].astype(np.int16),
            leaf=(arrays["leaf"].astype(np.float64) * float(arrays.get("leaf_unit", [1.0])[0])).astype(
                np.float32
            ),
            splits=arrays["splits"].astype(np.int32),
            leaves=arrays["leaves"].astype(np.int32),
            offset=float(arrays["offset"][0]),
        )

    def walker(self) -> Walker:
        """Return the form that predicts."""
        return Walker(self)


class Walker:
    """Trees laid out for walking all of them at once.

    Splits and leaves share one numbering; a leaf is its own child, so that a fixed number of steps
    brings every record to its leaf.

    Parameters
    ----------
    trees : Trees
        The trees.

    Attributes
    ----------
    feature, threshold : numpy.ndarray
        Shape (s + l,), of each node, splits first.
    children : numpy.ndarray
        Shape (2 (s + l),), right and left child of each node.
    root, first_leaf : numpy.ndarray
        Shape (t,), node where each tree begins, and the first of its leaves.
    splits : int
        How many nodes are splits.
    """

    def __init__(self, trees: Trees) -> None:
        s, t = len(trees.feature), len(trees.splits)
        split_start = (
            np.concatenate([[0], np.cumsum(trees.splits)[:-1]]).astype(np.int32)
            if t
            else np.zeros(0, np.int32)
        )
        leaf_start = (
            s + np.concatenate([[0], np.cumsum(trees.leaves)[:-1]]).astype(np.int32) if t else split_start
        )
        of_tree = np.repeat(np.arange(t), trees.splits)

        def children(side: np.ndarray) -> np.ndarray:
            side = side.astype(np.int32)
            inner = split_start[of_tree] + side
            outer = leaf_start[of_tree] - 1 - side
            return np.where(side >= 0, inner, outer)

        own = np.arange(s, s + len(trees.leaf), dtype=np.int32)
        # children[2 * node] is the right child and children[2 * node + 1] the left one.
        pairs = np.empty((s + len(own), 2), np.int32)
        pairs[:s, 0], pairs[:s, 1] = children(trees.right), children(trees.left)
        pairs[s:, 0] = pairs[s:, 1] = own
        self.children = pairs.ravel()
        self.feature = np.concatenate([trees.feature.astype(np.int32), np.zeros(len(own), np.int32)])
        self.threshold = np.concatenate([trees.threshold, np.full(len(own), np.inf, np.float32)])
        self._value = np.concatenate([np.zeros(s), trees.leaf.astype(np.float64)])
        self.root = np.where(trees.splits > 0, split_start, leaf_start).astype(np.int32)
        self.first_leaf = leaf_start
        self._offset = trees.offset
        self.splits = s
        self._steps = self._depth(s)

    def _depth(self, splits: int) -> int:
        level, depth = self.root[self.root < splits], 0
        while len(level):
            below = np.concatenate([self.children[2 * level], self.children[2 * level + 1]])
            level, depth = below[below < splits], depth + 1
        return depth

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the sums, shape (n,), float64, for features of shape (n, d), float32.

        Each row is summed on its own, in the same order, whatever the batch.
        """
        n, d = features.shape
        if not len(self.root):
            return np.full(n, self._offset)
        out = np.empty(n)
        flat = np.ascontiguousarray(features).ravel()
        step = max(1, 60_000 // len(self.root))  # keeps the working set in the cache
        for start in range(0, n, step):
            rows = min(step, n - start)
            leaves = self._leaves(flat, start, rows, d)
            out[start : start + rows] = self.total(leaves)
        return out

    def total(self, leaves: np.ndarray) -> np.ndarray:
        """Return the sums, shape (n,), of the leaves that n records reach, nodes of shape (n, t)."""
        # Row-major whatever comes in: numpy's order of summing, hence the last bits, follow the layout.
        return np.ascontiguousarray(self._value.take(leaves)).sum(axis=1) + self._offset

    def _leaves(self, flat: np.ndarray, start: int, rows: int, d: int) -> np.ndarray:
        """Return the leaf that each row reaches in each tree, shape (rows, trees)."""
        trees = len(self.root)
        leaves = np.empty(rows * trees, np.int32)
        node = np.tile(self.root, rows)
        base = np.repeat(np.arange(start, start + rows, dtype=np.int64) * d, trees)
        place = np.arange(rows * trees)
        for depth in range(self._steps):
            if depth >= _SHALLOW:
                # Most walks have ended: go on with the others only.
                going = np.flatnonzero(node < self.splits)
                leaves[place] = node
                node, base, place = node[going], base[going], place[going]
            goes_left = flat.take(base + self.feature.take(node)) <= self.threshold.take(node)
            node = self.children.take(2 * node + goes_left)
        leaves[place] = node
        return leaves.reshape(rows, trees)


def _round_down(values: np.ndarray) -> np.ndarray:
    """Largest float32 not above each value: float32 features then split exactly as with the double."""
    rounded = values.astype(np.float32)
    above = rounded.astype(float) > values
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded
