"""How molecules are kept apart for judging a user's model, and whether they really are."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from kozue.core.context import Context
from kozue.core.errors import TrainingError
from kozue.ml import splits
from kozue.systems.molecules.admet.fitting import FOLDS, similarity_matrix

TWIN = 0.9
_LIKE = 0.4  # Tanimoto similarity on Morgan bits from which two molecules are of one cluster


def when(cells: Sequence[Any], column: str) -> np.ndarray:
    """Return times as numbers that ascend, shape (n,); years, numbers or dates of ISO 8601.

    Raises
    ------
    TrainingError
        If a cell is none of these.
    """
    out = np.empty(len(cells))
    for row, cell in enumerate(cells):
        if isinstance(cell, datetime.date):
            out[row] = cell.toordinal()
            continue
        text = str(cell if cell is not None else "").strip()
        try:
            out[row] = float(text)
        except ValueError:
            try:
                out[row] = datetime.datetime.fromisoformat(text).timestamp()
            except ValueError:
                raise TrainingError(
                    f"Record {row + 1} has {text[:40]!r} as its time in {column!r}.",
                    "Give numbers, or dates such as 2024-05-31; leave out records without one.",
                ) from None
    return out


def fold(
    how: str,
    values: np.ndarray,
    is_class: bool,
    scaffolds: Sequence[str],
    bits: np.ndarray,
    times: np.ndarray | None,
    context: Context,
) -> np.ndarray:
    """Return the fold of each molecule, shape (n,); every fold's complement holds both classes.

    Parameters
    ----------
    how : {"scaffold", "cluster", "time", "random"}
        What is kept together: molecules of one scaffold, similar ones, those of one period, or nothing.
    values : numpy.ndarray
        Shape (n,).
    is_class : bool
        Whether values are 0/1.
    scaffolds : sequence of str
        Shape (n,).
    bits : numpy.ndarray
        Shape (n, 1024), similarity bits.
    times : numpy.ndarray, optional
        Shape (n,), for ``time``.
    context : Context
        Seed and warnings.
    """
    labels = values.astype(int) if is_class else None
    groups: Sequence[Any] | None = None
    if how == "scaffold":
        groups = [text or f"acyclic {row}" for row, text in enumerate(scaffolds)]
    elif how == "cluster":
        groups = splits.cluster_groups(similarity_matrix(bits), _LIKE).tolist()
    folds = None
    if how == "time" and times is not None:
        folds = splits.time_folds(times, FOLDS)
    elif groups is not None and len(set(groups)) >= FOLDS:
        folds = splits.group_folds(groups, FOLDS, context.seed)
    if folds is not None and _has_both(folds, labels):
        return folds
    if how != "random":
        context.warn(
            "random_split",
            f"The molecules do not allow a {how} split (too few groups, or a class in one of them alone); a random "
            "one was used, which flatters the model.",
        )
    return splits.random_folds(len(values), FOLDS, context.seed, labels)


def _has_both(folds: np.ndarray, labels: np.ndarray | None) -> bool:
    return labels is None or all(len(set(labels[folds != one])) == 2 for one in np.unique(folds))


def audit(similarity: np.ndarray, known: int, transfer: bool) -> list[dict[str, Any]]:
    """Return what a reader must know of the split before trusting its scores.

    Parameters
    ----------
    similarity : numpy.ndarray
        Shape (n,), of each molecule to the nearest one that its prediction was learned from.
    known : int
        How many of the molecules the shipped models were trained on.
    transfer : bool
        Whether the model started from the shipped networks.
    """
    twins = int((similarity >= TWIN).sum())
    lines = [
        {"question": "molecules judged", "answer": float(len(similarity)), "meaning": ""},
        {
            "question": "median similarity to the nearest molecule learned from",
            "answer": float(np.median(similarity)),
            "meaning": "1: the same environments; new projects usually lie below 0.5",
        },
        {
            "question": f"molecules with a twin (similarity of {TWIN:g} or more) on the other side",
            "answer": float(twins),
            "meaning": "their predictions are nearly look-ups; many of them flatter the scores",
        },
        {
            "question": "molecules that the shipped models were trained on",
            "answer": float(known),
            "meaning": "the networks may know related values of them; set 'transfer' to false to do without"
            if transfer
            else "of no consequence: the model did not start from the shipped networks",
        },
    ]
    return lines
