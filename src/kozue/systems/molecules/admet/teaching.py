"""Train the shared networks: graph networks on measured values, dense ones on those and on the graph networks.

Four folds of whole scaffolds run through all tasks at once: a molecule lies in the same fold for every task. The
graph network of a fold never sees its molecules; neither does the dense network that learns from it. So each
molecule has predictions by networks that saw none of its values, which is what shares and errors are learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from kozue.chem.graphs import ATOM_CODES, BOND_CODES, Graphs
from kozue.ml import message_passing, perceptron
from kozue.ml.message_passing import Molecules
from kozue.ml.perceptron import Lesson, Perceptron
from kozue.systems.molecules.admet.networks import Scaling

FOLDS = 4
SOFT = 0.3  # a teacher's predictions of a task count as much, in all, as this share of its measured values
WIDTH = 160


@dataclass(frozen=True, slots=True)
class Class:
    """Molecules and what is known of them.

    Parameters
    ----------
    graphs : Graphs
        n molecules.
    table : numpy.ndarray
        Shape (n, d), features.
    embedding : numpy.ndarray
        Shape (n, 512), NaN where there is none.
    known : numpy.ndarray
        Shape (n, t), model scale, NaN where unknown or not to be learned from.
    folds : numpy.ndarray
        Shape (n,), 0 to ``FOLDS`` - 1.
    testing : numpy.ndarray
        Shape (n,), bool: stands in an official test set, so that not even a teacher's guess is learned for it.
    scaling : Scaling
        Of features and targets.
    """

    graphs: Graphs
    table: np.ndarray
    embedding: np.ndarray
    known: np.ndarray
    folds: np.ndarray
    testing: np.ndarray
    scaling: Scaling


@dataclass(frozen=True, slots=True)
class Taught:
    """Trained networks.

    Parameters
    ----------
    stored : dict of str to dict
        Arrays by file stem.
    out_of_fold : dict of str to numpy.ndarray
        By learner: shape (n, t), predictions on the model scale by networks that did not see the molecule.
    """

    stored: dict[str, dict[str, np.ndarray]]
    out_of_fold: dict[str, np.ndarray]


def scaling_of(
    tasks: tuple[str, ...], is_class: np.ndarray, table: np.ndarray, embedding: np.ndarray, known: np.ndarray
) -> Scaling:
    """Learn means and spreads from the molecules that have a value."""
    from kozue.systems.molecules.admet.networks import WHOLE

    used = ~np.isnan(known).all(axis=1)
    plain = np.nan_to_num(table[used][:, -WHOLE:], nan=0.0, posinf=0.0, neginf=0.0).astype(np.float64)
    near = embedding[used & ~np.isnan(embedding[:, 0])].astype(np.float64)
    return Scaling(
        plain.mean(axis=0).astype(np.float32),
        (plain.std(axis=0) + 1e-6).astype(np.float32),
        tasks,
        is_class,
        np.where(is_class, 0.0, np.nanmean(known, axis=0)),
        np.where(is_class, 1.0, np.nanstd(known, axis=0)),
        near.mean(axis=0).astype(np.float32),
        (near.std(axis=0) + 1e-6).astype(np.float32),
    )


def teach(pupils: Class, seed: int, workers: int, kept: Path, say: Callable[[str], None]) -> Taught:
    """Train all networks; what is already in the folder ``kept`` from an earlier, broken-off run is taken over.

    Parameters
    ----------
    pupils : Class
        Molecules and values.
    seed : int
        Same seed, same networks.
    workers : int
        Processes that train dense networks.
    kept : pathlib.Path
        Folder for finished networks.
    say : callable
        Receives a line about each step.
    """
    targets = pupils.scaling.targets(pupils.known)
    inputs = {name: kept / f"inputs_{name}.npy" for name in ("dense", "embedding")}
    np.save(inputs["dense"], pupils.scaling.dense(pupils.table).astype(np.float16))
    np.save(inputs["embedding"], pupils.scaling.embedded(pupils.embedding, pupils.table).astype(np.float16))
    stored: dict[str, dict[str, np.ndarray]] = {"scaling": pupils.scaling.arrays()}
    found = {name: np.full(targets.shape, np.nan) for name in ("graph", *inputs)}
    guesses = np.zeros_like(targets)
    jobs = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for fold in range(FOLDS):
            unseen = pupils.folds == fold
            lesson = np.where(unseen[:, None], np.nan, targets).astype(np.float32)
            arrays, raw = _graph(pupils, lesson, seed + fold, kept / f"graph_{fold}.npz", say)
            stored[f"graph_{fold}"] = arrays
            found["graph"][unseen] = pupils.scaling.outputs(raw[unseen])
            guess = np.where(pupils.scaling.is_class, 1 / (1 + np.exp(-raw)), raw).astype(np.float32)
            guesses += guess / FOLDS
            free = ~unseen & ~pupils.testing
            for name, path in inputs.items():
                jobs[name, fold] = pool.submit(
                    dense, path, lesson, guess, free, pupils.scaling.is_class, seed + fold, unseen
                )
        for name, path in inputs.items():
            jobs[name, FOLDS] = pool.submit(
                dense, path, targets, guesses, ~pupils.testing, pupils.scaling.is_class, seed, None
            )
        for (name, fold), job in jobs.items():
            arrays, raw = job.result()
            if fold == FOLDS:
                stored[name] = arrays
            else:
                found[name][pupils.folds == fold] = pupils.scaling.outputs(raw)
            say(f"{name} network {fold + 1} of {FOLDS + 1}")
    return Taught(stored, found)


def _graph(
    pupils: Class, lesson: np.ndarray, seed: int, path: Path, say: Callable[[str], None]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Train a graph network, or read it: its arrays, and its raw predictions for all molecules."""
    data = Molecules(pupils.graphs, pupils.scaling.whole(pupils.table))
    if path.exists():
        arrays = dict(np.load(path))
    else:
        shape = message_passing.Shape(
            ATOM_CODES, BOND_CODES, data.properties.shape[1], lesson.shape[1], width=WIDTH
        )
        plan = message_passing.Plan(seed=seed)
        network = message_passing.train(
            shape,
            data,
            lesson,
            pupils.scaling.is_class,
            plan,
            lambda epoch, loss: say(f"{path.stem}: pass {epoch + 1} of {plan.epochs}, loss {loss:.4f}"),
        )
        arrays = message_passing.to_arrays(network)
        np.savez(path, **arrays)  # type: ignore[arg-type]
    # From the stored half-precision weights, so that predictions are those of what ships.
    return arrays, message_passing.predict(message_passing.from_arrays(arrays), data)


def dense(
    path: Path,
    targets: np.ndarray,
    guesses: np.ndarray,
    free: np.ndarray,
    is_class: np.ndarray,
    seed: int,
    unseen: np.ndarray | None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Train a dense network on measured values, and on a teacher's guesses where nothing is measured.

    Each task counts with the square root of its number of values.

    Parameters
    ----------
    path : pathlib.Path
        Array of shape (n, d), what the network reads.
    targets, guesses : numpy.ndarray
        Shape (n, t): measured, NaN where unknown; and the teacher's.
    free : numpy.ndarray
        Shape (n,), bool: for which molecules the teacher may be asked.
    is_class : numpy.ndarray
        Shape (t,), bool.
    seed : int
        Same seed, same network.
    unseen : numpy.ndarray, optional
        Shape (n,), bool: for which molecules to predict afterwards.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        The network as it is stored.
    raw : numpy.ndarray
        Shape (unseen molecules, t), its predictions.
    """
    import torch

    torch.set_num_threads(1)
    features = np.load(path)
    known = ~np.isnan(targets)
    counts = known.sum(axis=0)
    weight = np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0.0)
    weight *= known.any(axis=1).sum() / (weight * counts).sum()
    soft = SOFT * weight * counts / free.sum()
    weights = np.where(known, weight, np.where(free[:, None], soft, 0.0)).astype(np.float32)
    lesson = Lesson(features, np.where(known, targets, guesses), weights, is_class)
    arrays = perceptron.train(lesson, perceptron.Course(seed=seed)).arrays()
    asked = features[:0] if unseen is None else features[unseen]
    # From the stored weights, so that predictions are those of what ships.
    return arrays, Perceptron.from_arrays(arrays).predict(asked)


def columns(taught: Taught, tasks: tuple[str, ...], key: str, rows: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return the out-of-fold predictions of one task for some molecules, by learner."""
    place = tasks.index(key)
    return {name: scores[rows, place] for name, scores in taught.out_of_fold.items()}
