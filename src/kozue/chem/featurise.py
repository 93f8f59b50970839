"""One way from molecules to numbers: named, versioned blocks side by side, cached."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from rdkit import Chem

from kozue.chem import descriptors, fingerprints
from kozue.chem.identity import canonical_smiles
from kozue.core.errors import unknown_name


@dataclass(frozen=True, slots=True)
class Block:
    """A group of features that are computed together.

    Parameters
    ----------
    name : str
        For example ``"morgan"``.
    version : int
        Goes up whenever a value changes; part of the cache key and of model cards.
    names : tuple of str
        Shape (d,).
    units : dict of str to str
        Units of the features that have one.
    compute : callable
        Sequence of n molecules to an array of shape (n, d).
    """

    name: str
    version: int
    names: tuple[str, ...]
    units: dict[str, str]
    compute: Callable[[Sequence[Chem.Mol]], np.ndarray]


def _numbered(prefix: str, size: int) -> tuple[str, ...]:
    return tuple(f"{prefix}_{position}" for position in range(size))


@cache
def blocks() -> dict[str, Block]:
    """Return every block by name."""
    made = [
        Block("morgan", 1, _numbered("morgan", 1024), {}, lambda m: fingerprints.counts(m, "morgan", 1024)),
        Block("torsion", 1, _numbered("torsion", 512), {}, lambda m: fingerprints.counts(m, "torsion", 512)),
        Block("pair", 1, _numbered("pair", 512), {}, lambda m: fingerprints.counts(m, "pair", 512)),
        Block("avalon", 1, _numbered("avalon", 1024), {}, lambda m: fingerprints.avalon_counts(m, 1024)),
        Block("erg", 1, _numbered("erg", fingerprints.ERG_SIZE), {}, fingerprints.reduced_graph),
        Block("properties", 1, descriptors.PROPERTY_NAMES, descriptors.UNITS, descriptors.properties),
        Block("fragments", 1, descriptors.fragment_names(), {}, descriptors.fragments),
        Block("autocorrelation", 1, _numbered("autocorrelation", 192), {}, descriptors.autocorrelation),
    ]
    return {block.name: block for block in made}


class Featuriser:
    """Molecules to one array.

    Parameters
    ----------
    names : sequence of str
        Blocks, in the order of the columns; see :func:`blocks`.
    memory : int
        How many molecules to remember. 0 remembers none, which is right for a single pass.
    folder : pathlib.Path, optional
        Where to keep computed rows over processes.

    Notes
    -----
    The cache key is the canonical SMILES with the block's name and version. (An InChIKey would give
    one key to several tautomers, whose fingerprints differ.)

    Examples
    --------
    >>> from kozue.chem import Featuriser, parse
    >>> Featuriser(["morgan", "erg"]).transform([parse("CCO")]).shape
    (1, 1339)
    """

    def __init__(self, names: Sequence[str], memory: int = 0, folder: Path | None = None) -> None:
        known = blocks()
        for name in names:
            if name not in known:
                raise unknown_name("feature block", name, known)
        self.blocks = [known[name] for name in names]
        self.names = tuple(feature for block in self.blocks for feature in block.names)
        self.units = {name: unit for block in self.blocks for name, unit in block.units.items()}
        self.memory = memory
        self.folder = folder
        self._kept: dict[str, np.ndarray] = {}

    @property
    def version(self) -> str:
        """Blocks and versions in order, for model cards: ``morgan.1+erg.1``."""
        return "+".join(f"{block.name}.{block.version}" for block in self.blocks)

    def transform(self, mols: Sequence[Chem.Mol]) -> np.ndarray:
        """Compute features.

        Parameters
        ----------
        mols : sequence of rdkit.Chem.Mol
            Shape (n,), all readable.

        Returns
        -------
        numpy.ndarray
            Shape (n, d), float32; a row depends on its molecule alone, not on the batch.
        """
        if not (self.memory or self.folder):
            return self._compute(mols)
        keys = [self._key(mol) for mol in mols]
        fresh = {key: mol for key, mol in zip(keys, mols, strict=True) if self._look_up(key) is None}
        if fresh:
            for key, row in zip(fresh, self._compute(list(fresh.values())), strict=True):
                self._keep(key, row)
        rows = [self._kept[key] for key in keys]
        while self.memory and len(self._kept) > self.memory:
            self._kept.pop(next(iter(self._kept)))
        return np.array(rows, np.float32).reshape(len(mols), len(self.names))

    def _compute(self, mols: Sequence[Chem.Mol]) -> np.ndarray:
        if not mols:
            return np.zeros((0, len(self.names)), np.float32)
        return np.concatenate([block.compute(mols).astype(np.float32) for block in self.blocks], axis=1)

    def _key(self, mol: Chem.Mol) -> str:
        return hashlib.sha256(f"{self.version} {canonical_smiles(mol)}".encode()).hexdigest()

    def _look_up(self, key: str) -> np.ndarray | None:
        if key not in self._kept and self.folder is not None:
            path = self.folder / key[:2] / f"{key}.npy"
            if path.exists():
                row = np.load(path, allow_pickle=False)
                if row.shape == (len(self.names),):
                    self._kept[key] = row
        return self._kept.get(key)

    def _keep(self, key: str, row: np.ndarray) -> None:
        self._kept[key] = row
        if self.folder is None:
            return
        path = self.folder / key[:2] / f"{key}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{key}.{os.getpid()}.npy")
        np.save(beside, row, allow_pickle=False)
        os.replace(beside, path)
