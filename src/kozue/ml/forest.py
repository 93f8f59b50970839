"""Several sets of boosted trees asked for hundreds of records at once, a bit a record.

A walk from root to leaf is a chain of look-ups, which numpy cannot hurry. Here no record walks. For 256 records
at a time each condition ``x[feature] <= threshold`` becomes a row of 256 bits (once, however many splits of however
many sets ask it), and each node the row of those records that reach it: the parent's row *and* the condition's. The
rows of a tree's leaves, read across, are then the binary numbers of the leaves that the records reach. The bitwise
view is that of Lucchese et al., SIGIR 2015 (QuickScorer), turned from nodes to records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kozue.ml.trees import Walker

_BLOCK = 256
_FEW = 12  # fewer records than this walk faster one by one
_CHUNK = 512  # conditions at a time: their features then stay in the cache


@dataclass(frozen=True, slots=True)
class _Level:
    """Splits of one depth: rows of their nodes, rows of their conditions, and where their children's rows begin."""

    nodes: np.ndarray
    conditions: np.ndarray
    children: int


class Forest:
    """Sets of trees that are asked together; the same sums as :meth:`kozue.ml.trees.Walker.predict`, bit for bit.

    Parameters
    ----------
    walkers : sequence of Walker
        Shape (w,), over the same features.
    """

    def __init__(self, walkers: Sequence[Walker]) -> None:
        self._walkers = list(walkers)
        self._plans: list[_Plan] = []

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the sums, shape (n, w), float64, for features of shape (n, d), float32."""
        out = np.empty((len(features), len(self._walkers)))
        if len(features) < _FEW:
            for column, walker in enumerate(self._walkers):
                out[:, column] = walker.predict(features)
            return out
        if not self._walkers:
            return out
        if not self._plans:
            self._prepare()
        for start in range(0, len(features), _BLOCK):
            block = features[start : start + _BLOCK]
            held = self._held(block)
            for column, plan in enumerate(self._plans):
                out[start : start + _BLOCK, column] = plan.sums(held, len(block))
        return out

    def _prepare(self) -> None:
        """Give numbers to the distinct conditions of all sets, by feature and threshold."""
        pairs = [
            walker.feature[: walker.splits].astype(np.uint64) << np.uint64(32)
            | _ordered(walker.threshold[: walker.splits])
            for walker in self._walkers
        ]
        joined = np.concatenate(pairs)
        _, first, number = np.unique(joined, return_index=True, return_inverse=True)
        self._feature = np.concatenate([w.feature[: w.splits] for w in self._walkers])[first].astype(np.intp)
        self._threshold = np.concatenate([w.threshold[: w.splits] for w in self._walkers])[first][:, None]
        ends = np.cumsum([len(pair) for pair in pairs])[:-1]
        self._plans = [
            _Plan(walker, own) for walker, own in zip(self._walkers, np.split(number, ends), strict=True)
        ]

    def _held(self, block: np.ndarray) -> np.ndarray:
        """Return for each condition the records that meet it, shape (conditions, words), uint64."""
        size = -(-len(block) // 64) * 64
        columns = np.zeros((block.shape[1], size), np.float32)
        columns[:, : len(block)] = block.T
        held = np.empty((len(self._feature), size // 8), np.uint8)
        for start in range(0, len(held), _CHUNK):
            part = slice(start, start + _CHUNK)
            met = columns.take(self._feature[part], axis=0) <= self._threshold[part]
            held[part] = np.packbits(met, axis=1)
        return held.view(np.uint64)


class _Plan:
    """One set of trees by levels: which row of bits follows from which.

    Parameters
    ----------
    walker : Walker
        The trees.
    conditions : numpy.ndarray
        Shape (s,), row of each split's condition.
    """

    def __init__(self, walker: Walker, conditions: np.ndarray) -> None:
        self._walker = walker
        s = walker.splits
        row_of = np.empty(len(walker.feature), np.intp)  # of each node
        trees = len(walker.root)
        row_of[walker.root] = np.arange(trees)
        self._levels: list[_Level] = []
        level, rows = walker.root[walker.root < s], trees
        while len(level):
            self._levels.append(_Level(row_of[level], conditions[level].astype(np.intp), rows))
            below = np.concatenate([walker.children[2 * level + 1], walker.children[2 * level]])
            row_of[below] = np.arange(rows, rows + len(below))
            rows += len(below)
            level = below[below < s]
        self._rows = rows
        # The last row stays empty: it stands for leaves that smaller trees lack.
        counts = np.diff(np.append(walker.first_leaf, len(walker.feature)))
        self._digits = int(max(counts.max(initial=1) - 1, 0)).bit_length()
        place = np.arange(1 << self._digits)[:, None]
        last = len(row_of) - 1
        leaf_row = row_of[np.minimum(walker.first_leaf + place, last)]
        self._leaf_row = np.where(place < counts, leaf_row, rows).astype(np.intp)

    def sums(self, held: np.ndarray, n: int) -> np.ndarray:
        """Return the sums of n records, shape (n,), from the conditions that they meet."""
        words = held.shape[1]
        trees = len(self._walker.root)
        reach = np.empty((self._rows + 1, words), np.uint64)
        reach[:trees] = ~np.uint64(0)
        reach[-1] = 0
        for level in self._levels:
            count = len(level.nodes)
            here = reach.take(level.nodes, axis=0)
            left = reach[level.children : level.children + count]
            np.bitwise_and(here, held.take(level.conditions, axis=0), out=left)
            np.bitwise_xor(here, left, out=reach[level.children + count : level.children + 2 * count])
        number = np.zeros((trees, words * 64), np.uint8 if self._digits <= 8 else np.uint16)
        leaves = reach.take(self._leaf_row, axis=0)
        for digit in reversed(range(self._digits)):
            low, high = leaves[: 1 << digit], leaves[1 << digit :]
            plane = np.bitwise_or.reduce(high, axis=0)
            number |= np.unpackbits(plane.view(np.uint8), axis=1).astype(number.dtype) << digit
            leaves = low | high
        return self._walker.total(self._walker.first_leaf + number.T[:n])


def _ordered(values: np.ndarray) -> np.ndarray:
    """Return the bits of float32 values as uint64, with one zero only."""
    return (values + np.float32(0)).view(np.uint32).astype(np.uint64)
