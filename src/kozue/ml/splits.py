"""Which records a model may learn from.

Every splitter gives a fold number to each record (shape (n,), int) so that a test set is
``folds == k``. Groups (a scaffold, a cluster) are never torn apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from kozue.core.errors import TrainingError


def random_folds(
    n: int, k: int, seed: int = 0, labels: Sequence[int] | np.ndarray | None = None
) -> np.ndarray:
    """Deal records out at random, evenly within each label if labels are given.

    Parameters
    ----------
    n, k : int
        Records and folds.
    seed : int
        Same seed, same folds.
    labels : sequence of int, optional
        Shape (n,), classes to stratify by.

    Returns
    -------
    numpy.ndarray
        Shape (n,), fold of each record.

    Raises
    ------
    TrainingError
        If there are fewer records than folds.
    """
    _check(n, k)
    order = np.random.default_rng(seed).permutation(n)
    if labels is not None:
        order = order[np.argsort(np.asarray(labels)[order], kind="stable")]
    folds = np.empty(n, np.int64)
    folds[order] = np.arange(n) % k
    return folds


def group_folds(groups: Sequence[Hashable], k: int, seed: int = 0) -> np.ndarray:
    """Deal whole groups out to folds of about the same size, large groups first.

    Parameters
    ----------
    groups : sequence of hashable
        Shape (n,), for example scaffolds or clusters.
    k : int
        Folds.
    seed : int
        Decides among groups of the same size.

    Raises
    ------
    TrainingError
        If there are fewer groups than folds.
    """
    _check(len(groups), k)
    members: dict[Hashable, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    if len(members) < k:
        raise TrainingError(
            f"{len(members)} different groups cannot be split into {k} folds.",
            "Use a random split, or bring more diverse molecules.",
        )
    shuffled = np.random.default_rng(seed).permutation(len(members))
    rows = list(members.values())
    folds, sizes = np.empty(len(groups), np.int64), np.zeros(k, np.int64)
    for position in sorted(shuffled, key=lambda g: -len(rows[g])):
        smallest = int(sizes.argmin())
        folds[rows[position]] = smallest
        sizes[smallest] += len(rows[position])
    return folds


def scaffold_folds(scaffolds: Sequence[str], k: int, seed: int = 0) -> np.ndarray:
    """Deal Bemis-Murcko scaffolds out to folds; each acyclic molecule is a group of its own.

    Parameters
    ----------
    scaffolds : sequence of str
        Shape (n,), see :func:`kozue.chem.scaffold`; empty for acyclic molecules.
    k, seed : int
        As in :func:`group_folds`.
    """
    return group_folds([text or f"acyclic {row}" for row, text in enumerate(scaffolds)], k, seed)


def time_folds(times: Sequence[float] | np.ndarray, k: int) -> np.ndarray:
    """Cut records into k periods, oldest first: fold k-1 is what the future holds.

    Parameters
    ----------
    times : sequence of float
        Shape (n,); records of one time stay together.
    k : int
        Folds.
    """
    values = np.asarray(times, float)
    _check(len(values), k)
    if not np.isfinite(values).all():
        raise TrainingError("Some records have no date.", "Leave them out or use another split.")
    distinct = np.unique(values)
    if len(distinct) < k:
        raise TrainingError(
            f"{len(distinct)} different dates cannot be split into {k} periods.", "Ask for fewer folds."
        )
    # Equal dates take the rank of their middle, so that they fall into one period.
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    folds = np.minimum((middle / len(values) * k).astype(np.int64), k - 1)
    return folds[inverse]


def cluster_groups(similarity: np.ndarray, threshold: float = 0.4) -> np.ndarray:
    """Cluster records greedily around those with most neighbours (Taylor-Butina).

    Butina, J. Chem. Inf. Comput. Sci. 1999, 39, 747.

    Parameters
    ----------
    similarity : numpy.ndarray
        Shape (n, n), symmetric, 0 to 1.
    threshold : float
        At least this similar to the centre.

    Returns
    -------
    numpy.ndarray
        Shape (n,), cluster of each record.
    """
    near = similarity >= threshold
    np.fill_diagonal(near, True)
    clusters = np.full(len(near), -1, np.int64)
    for number, centre in enumerate(np.argsort(-near.sum(axis=1), kind="stable")):
        if clusters[centre] == -1:
            clusters[near[centre] & (clusters == -1)] = number
    return np.unique(clusters, return_inverse=True)[1]


def _check(n: int, k: int) -> None:
    if k < 2:
        raise TrainingError(f"A split needs at least 2 folds, not {k}.")
    if n < k:
        raise TrainingError(f"{n} records cannot be split into {k} folds.", "Bring more records.")
