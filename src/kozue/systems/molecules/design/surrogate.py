"""A quick model of the scores so far, which tells which proposals are worth a call.

A Gaussian process with the Tanimoto kernel (Ralaivola et al., Neural Networks 2005, 18, 1093) on ECFP4 counts;
proposals are ranked by their upper confidence bound (Srinivas et al., ICML 2010).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from kozue.chem.fingerprints import stepped_counts

REMEMBERED = 800
"""Molecules it learns from: half of them the best, the others the latest."""
LEAST = 50
"""Scores from which on it is asked."""
NOISE = 1e-2  # variance of a score, where that of all scores is one
CURIOSITY = 0.5  # standard deviations of its own doubt that it adds to what it expects
DRAWN = 0.1  # share of the proposals that is drawn at random, so that its errors are found out


class Surrogate:
    """Chooses which proposals are scored.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws those that are scored whatever it thinks of them.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._bits: list[np.ndarray] = []  # packed
        self._scores: list[float] = []

    def learn(self, mols: Sequence[Chem.Mol], scores: Sequence[float]) -> None:
        """Take in molecules and their scores; those that are no finite number are passed over."""
        kept = [(mol, score) for mol, score in zip(mols, scores, strict=True) if np.isfinite(score)]
        self._bits += list(np.packbits(stepped_counts([mol for mol, _ in kept]), axis=1))
        self._scores += [score for _, score in kept]

    def choose(self, mols: Sequence[Chem.Mol], count: int) -> list[int]:
        """Return the places of those that are to be scored, ascending, at most ``count``."""
        if count >= len(mols):
            return list(range(len(mols)))
        if count <= 0:
            return []
        if len(self._scores) < LEAST:
            return sorted(self._rng.permutation(len(mols))[:count].tolist())
        order = np.argsort(-self._promise(stepped_counts(mols).astype(np.float32)), kind="stable")
        best = count - round(DRAWN * count)
        drawn = self._rng.permutation(order[best:])[: count - best]
        return sorted([*order[:best].tolist(), *drawn.tolist()])

    def _promise(self, asked: np.ndarray) -> np.ndarray:
        """Return expected score and doubt as one number each, shape (n,), for bits of shape (n, size)."""
        places = self._remembered()
        known = np.unpackbits(np.stack([self._bits[place] for place in places]), axis=1).astype(np.float32)
        scores = np.array([self._scores[place] for place in places])
        scores = (scores - scores.mean()) / max(scores.std(), 1e-12)
        factor = cho_factor(_similarity(known, known) + NOISE * np.eye(len(places)), lower=True)
        between = _similarity(asked, known)
        explained = solve_triangular(factor[0], between.T, lower=True)
        doubt = np.sqrt(np.maximum(1 - (explained**2).sum(axis=0), 0))
        promise: np.ndarray = between @ cho_solve(factor, scores) + CURIOSITY * doubt
        return promise

    def _remembered(self) -> np.ndarray:
        count = len(self._scores)
        if count <= REMEMBERED:
            return np.arange(count)
        best = np.argsort(-np.array(self._scores), kind="stable")[: REMEMBERED // 2]
        others = np.setdiff1d(np.arange(count), best)
        return np.sort(np.concatenate([best, others[len(best) - REMEMBERED :]]))


def _similarity(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return Tanimoto similarities, shape (n, m), of bits as float32; the shared bits are counted exactly."""
    shared = (ones @ others.T).astype(float)
    either = ones.sum(axis=1)[:, None] + others.sum(axis=1)[None, :] - shared
    similarity: np.ndarray = shared / np.maximum(either, 1)
    return similarity
