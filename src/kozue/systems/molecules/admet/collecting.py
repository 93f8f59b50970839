"""Every molecule and every value that the shipped models learn from, in one table.

The work is kept in a folder, so that a training run that was broken off goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from kozue.chem import canonical_smiles, first_block, parse, scaffold
from kozue.chem.graphs import Graphs, graphs, joined
from kozue.ml.splits import scaffold_folds
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.features import prepare
from kozue.systems.molecules.admet.sources import Material, learned
from kozue.systems.molecules.admet.tasks import FAMILIES, TASKS
from kozue.systems.molecules.admet.teaching import FOLDS

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Molecules:
    """Distinct standardised molecules, n of them.

    Parameters
    ----------
    smiles, scaffolds, blocks : list of str
        Standard SMILES (ascending), Bemis-Murcko scaffold, and first block of the InChIKey.
    place : dict of str to int
        Position of each structure as its source writes it; unreadable ones are not there.
    table, bits : numpy.ndarray
        Shapes (n, d) and (n, 1024): features and similarity bits.
    graphs : Graphs
        For the graph networks.
    embedding : numpy.ndarray
        Shape (n, 512).
    """

    smiles: list[str]
    scaffolds: list[str]
    blocks: list[str]
    place: dict[str, int]
    table: np.ndarray
    bits: np.ndarray
    graphs: Graphs
    embedding: np.ndarray


def standard(smiles: Sequence[str]) -> list[tuple[str, str, str] | None]:
    """Return standard SMILES, scaffold and key of each structure, None where it cannot be read."""
    ready = prepare(smiles)
    out: list[tuple[str, str, str] | None] = [None] * len(smiles)
    for row, mol in zip(ready.rows, ready.mols, strict=True):
        out[row] = canonical_smiles(mol), scaffold(mol), first_block(mol)
    return out


def described(smiles: Sequence[str]) -> tuple[np.ndarray, np.ndarray, Graphs]:
    """Return features, similarity bits and graphs of standard SMILES."""
    ready = prepare(smiles)
    return ready.features(), ready.bits(), graphs(ready.mols)


def embedded(smiles: Sequence[str]) -> np.ndarray:
    """Return embeddings of standard SMILES, shape (n, 512)."""
    from kozue.chem.embedding import embed

    return embed([parse(text) for text in smiles])


def collect(material: Material, workers: int, kept: Path, say: Callable[[str], None]) -> Molecules:
    """Standardise and describe every structure of the material, in several processes."""
    parts = [*material.rows.values(), *material.group.parts.values()]
    raw = sorted({text for part in parts for text in part.smiles})
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = [item for chunk in pool.map(standard, _chunks(raw)) for item in chunk]
        facts = {item[0]: item for item in found if item is not None}
        smiles = sorted(facts)
        order = {text: place for place, text in enumerate(smiles)}
        say(f"{len(smiles)} distinct molecules")
        if not (kept / "molecules.npz").exists():
            tables, bits, drawn = zip(*pool.map(described, _chunks(smiles)), strict=True)
            whole = joined(drawn)
            fields = {name: getattr(whole, name) for name in Graphs.__slots__}
            np.savez(
                kept / "molecules.npz", table=np.concatenate(tables), bits=np.concatenate(bits), **fields
            )
            say("features")
        if not (kept / "embedding.npy").exists():
            np.save(kept / "embedding.npy", np.concatenate(list(pool.map(embedded, _chunks(smiles)))))
            say("embeddings")
    stored = np.load(kept / "molecules.npz")
    return Molecules(
        smiles,
        [facts[text][1] for text in smiles],
        [facts[text][2] for text in smiles],
        {text: order[item[0]] for text, item in zip(raw, found, strict=True) if item is not None},
        stored["table"],
        stored["bits"],
        Graphs(*(stored[name] for name in Graphs.__slots__)),
        np.load(kept / "embedding.npy"),
    )


def _chunks(items: list[str]) -> list[list[str]]:
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]


def folds_of(molecules: Molecules, seed: int, kept: Path) -> np.ndarray:
    """Deal whole scaffolds out to folds, shape (n,); the same folds as those of kept networks."""
    path = kept / "folds.npz"
    if not path.exists():
        folds = scaffold_folds(molecules.scaffolds, FOLDS, seed)
        np.savez(path, smiles=np.array(molecules.smiles), folds=folds)
    stored = np.load(path)
    known = dict(zip(stored["smiles"].tolist(), stored["folds"].tolist(), strict=True))
    return np.array([known[text] for text in molecules.smiles])


def merged(molecules: Molecules, material: Material, key: str) -> dict[int, float]:
    """Return one value a molecule: the median, or the majority (a tie is left out); measured unit."""
    part = material.rows[key]
    found: dict[int, list[float]] = {}
    for text, value in zip(part.smiles, part.values, strict=True):
        if text in molecules.place:
            found.setdefault(molecules.place[text], []).append(float(value))
    if not TASKS[key].is_class:
        return {place: float(np.median(values)) for place, values in found.items()}
    shares = {place: float(np.mean(values)) for place, values in found.items()}
    return {place: float(share > 0.5) for place, share in shares.items() if share != 0.5}


def tested(molecules: Molecules, material: Material, key: str) -> set[int]:
    """Return which molecules stand in the official test set of an endpoint, as drawn."""
    endpoint = ENDPOINTS.get(key)
    if endpoint is None or not endpoint.is_benchmark:
        return set()
    rows = material.group.parts[endpoint.dataset, "test"].smiles
    return {molecules.place[text] for text in rows if text in molecules.place}


def known_values(molecules: Molecules, material: Material) -> tuple[np.ndarray, np.ndarray]:
    """Return what networks may learn, and which molecules stand in any official test set.

    Returns
    -------
    known : numpy.ndarray
        Shape (n, t), model scale; NaN where unknown, and where a molecule (by the first block of its InChIKey)
        stands in an official test set of the task's family.
    testing : numpy.ndarray
        Shape (n,), bool.
    """
    known = np.full((len(molecules.smiles), len(TASKS)), np.nan, np.float32)
    testing = np.zeros(len(molecules.smiles), bool)
    blocks = np.array(molecules.blocks)
    order = {key: place for place, key in enumerate(TASKS)}
    for keys in FAMILIES.values():
        keys = tuple(key for key in keys if key in TASKS)
        held = sorted(set().union(*(tested(molecules, material, key) for key in keys)))
        testing[held] = True
        hidden = np.isin(blocks, [block for block in blocks[held] if block])
        hidden[held] = True
        for key in keys:
            values = merged(molecules, material, key)
            places = np.array([place for place in values if not hidden[place]], int)
            known[places, order[key]] = learned(TASKS[key], np.array([values[place] for place in places]))
    return known, testing
