"""The benchmark tasks, to be called by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from rdkit import Chem

from kozue.chem.rdkit2d import drug_likeness
from kozue.core.errors import unknown_name
from kozue.core.records import Label
from kozue.systems.molecules.design.tasks.guacamol import GUACAMOL
from kozue.systems.molecules.design.tasks.learned import drd2, kinase
from kozue.systems.molecules.design.tasks.listing import LISTING
from kozue.systems.molecules.design.tasks.logp import j_score, penalised_logp

Score = Callable[[Sequence[Chem.Mol]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Task:
    """A benchmark task.

    Parameters
    ----------
    name : str
        As in PMO.
    title : Label
        For people.
    source : str
        Where it was published.
    score : callable
        Takes molecules, each with at least one atom, and returns scores, shape (n,); the larger the better. From 0 to
        1, but for ``penalised_logp`` (any number) and ``j_score`` (-1 to 1).
    """

    name: str
    title: Label
    source: str
    score: Score


def _drug_likeness(mols: Sequence[Chem.Mol]) -> np.ndarray:
    return np.array([drug_likeness(mol) for mol in mols])


_SCORES: dict[str, Score] = {
    **GUACAMOL,
    "drd2": drd2,
    "gsk3b": partial(kinase, name="gsk3b"),
    "j_score": j_score,
    "jnk3": partial(kinase, name="jnk3"),
    "penalised_logp": penalised_logp,
    "qed": _drug_likeness,
}

TASKS: dict[str, Task] = {
    name: Task(name, listed.title, listed.source, _SCORES[name]) for name, listed in LISTING.items()
}


def scores(name: str, mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Score molecules by a task.

    Parameters
    ----------
    name : str
        A key of :data:`TASKS`.
    mols : sequence of rdkit.Chem.Mol
        Shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n,), float; the larger the better, NaN for a molecule without atoms.

    Raises
    ------
    UnknownNameError
        If there is no such task; lists those that exist.
    DataError
        If the task is a learned oracle and its parameters are not on this machine.
    """
    if name not in TASKS:
        raise unknown_name("benchmark task", name, TASKS)
    out = np.full(len(mols), np.nan)
    rows = [row for row, mol in enumerate(mols) if mol.GetNumAtoms()]
    if rows:
        out[rows] = TASKS[name].score([mols[row] for row in rows])
    return out
