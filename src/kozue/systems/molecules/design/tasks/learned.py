"""The three learned oracles of PMO: dopamine D2, GSK-3 beta and JNK3.

Their parameters come from the catalogue's ``pmo_oracles`` as plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from scipy import sparse

from kozue import data
from kozue.core.errors import DataError

_SIZE = 2048  # bits of all three fingerprints
_AT_ONCE = 256  # molecules
# libsvm's coupling of pairwise probabilities: bound, tolerance for two classes, most rounds
_LEAST, _CLOSE, _ROUNDS = 1e-7, 0.005 / 2, 100


@dataclass(frozen=True, slots=True)
class Forest:
    """A random forest on bits, its trees joined.

    Parameters
    ----------
    roots : numpy.ndarray
        Shape (trees,): the first node of each.
    feature : numpy.ndarray
        Shape (nodes,): the bit asked; 0 at leaves.
    following : numpy.ndarray
        Shape (2 * nodes,): the next node of node ``i`` at ``2 * i`` if the bit is 0, at ``2 * i + 1`` if it is 1; a
        leaf follows itself.
    probability : numpy.ndarray
        Shape (nodes,): that a molecule of this leaf is active.
    """

    roots: np.ndarray
    feature: np.ndarray
    following: np.ndarray
    probability: np.ndarray

    def predict(self, bits: np.ndarray) -> np.ndarray:
        """Return mean probabilities, shape (n,), of bits, shape (n, 2048), uint8."""
        count, trees = len(bits), len(self.roots)
        flat = bits.ravel()
        node = np.tile(self.roots, count)
        offset = np.repeat(np.arange(count, dtype=np.int32) * bits.shape[1], trees)
        under_way = np.arange(len(node))
        at, base = node, offset
        while len(under_way):
            reached = self.following[2 * at + flat[base + self.feature[at]]]
            node[under_way] = reached
            going = self.following[2 * reached] != reached
            under_way, at, base = under_way[going], reached[going], base[going]
        return np.asarray(self.probability[node].reshape(count, trees).mean(axis=1))


def kinase(mols: Sequence[Chem.Mol], name: str) -> np.ndarray:
    """Return the probability of inhibition by the forest of ``gsk3b`` or ``jnk3``, shape (n,).

    Li, Zhang and Liu, J. Cheminform. 2018, 10, 33; ECFP4 of 2,048 bits.

    Raises
    ------
    DataError
        If the oracles' parameters are not on this machine.
    """
    forest = _forest(name)
    make = _morgan_bits()
    out = np.zeros(len(mols))
    for start in range(0, len(mols), _AT_ONCE):
        some = mols[start : start + _AT_ONCE]
        out[start : start + len(some)] = forest.predict(
            np.stack([make.GetFingerprintAsNumPy(mol) for mol in some])
        )
    return out


def drd2(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return the probability of dopamine D2 activity by a support vector machine, shape (n,).

    Olivecrona et al., J. Cheminform. 2017, 9, 48; counts of FCFP6 environments, added up modulo 2,048.

    Raises
    ------
    DataError
        If the oracles' parameters are not on this machine.
    """
    machine = _support_vectors()
    out = np.zeros(len(mols))
    for start in range(0, len(mols), _AT_ONCE):
        some = mols[start : start + _AT_ONCE]
        out[start : start + len(some)] = machine.predict(_feature_counts(some))
    return out


def coupled(pairwise: np.ndarray) -> np.ndarray:
    """Return the probability of the second of two classes as libsvm couples pairwise ones, shape (n,).

    Wu, Lin and Weng, J. Mach. Learn. Res. 2004, 5, 975, algorithm 2. For two classes the exact answer is what was put
    in, but libsvm stops early, and the published oracle inherits its values (0.99999 where 0.9986 is exact).
    """
    one = np.clip(pairwise, _LEAST, 1 - _LEAST)
    other = 1 - one
    first, second, cross = one**2, other**2, -one * other
    p, q = np.full(len(one), 0.5), np.full(len(one), 0.5)
    for _ in range(_ROUNDS):
        of_p, of_q = first * p + cross * q, cross * p + second * q
        both = p * of_p + q * of_q
        going = np.maximum(np.abs(of_p - both), np.abs(of_q - both)) >= _CLOSE
        if not going.any():
            break
        step = (both - of_p) / first
        both = (both + step * (step * first + 2 * of_p)) / (1 + step) ** 2
        of_q = (of_q + step * cross) / (1 + step)
        further = (both - of_q) / second
        q = np.where(going, (q / (1 + step) + further) / (1 + further), q)
        p = np.where(going, (p + step) / (1 + step) / (1 + further), p)
    return q


@dataclass(frozen=True, slots=True)
class SupportVectors:
    """A support vector classifier with a Gaussian kernel and Platt's probabilities.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array
        Shape (m, 2048).
    lengths : numpy.ndarray
        Their squared norms, shape (m,).
    weights : numpy.ndarray
        Dual coefficients, shape (m,).
    gamma, intercept, slope, shift : float
        Of the kernel, the decision function and the two of the probability.
    """

    vectors: sparse.csr_array
    lengths: np.ndarray
    weights: np.ndarray
    gamma: float
    intercept: float
    slope: float
    shift: float

    def predict(self, counts: np.ndarray) -> np.ndarray:
        """Return probabilities, shape (n,), of counts, shape (n, 2048)."""
        products = self.vectors @ counts.T
        squares = self.lengths[:, None] + (counts * counts).sum(axis=1) - 2 * products
        decisions = self.weights @ np.exp(-self.gamma * squares) + self.intercept
        inactive = 1 / (1 + np.exp(decisions * self.slope + self.shift))
        return coupled(1 - inactive)


def _feature_counts(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return counts by environment number modulo 2,048; RDKit's own folding differs."""
    make = _feature_environments()
    out = np.zeros((len(mols), _SIZE))
    for row, mol in enumerate(mols):
        for key, count in make.GetSparseCountFingerprint(mol).GetNonzeroElements().items():
            out[row, key % _SIZE] += count
    return out


@cache
def _morgan_bits() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=_SIZE)


@cache
def _feature_environments() -> rdFingerprintGenerator.FingerprintGenerator64:
    features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    return rdFingerprintGenerator.GetMorganGenerator(radius=3, atomInvariantsGenerator=features)


@cache
def _forest(name: str) -> Forest:
    arrays = _arrays(f"{name}_rf.npz")
    offset = arrays["offset"].astype(np.int32)
    sizes = np.diff(offset)
    start = np.repeat(offset[:-1], sizes)
    feature = arrays["feature"].astype(np.int32)
    leaf = feature < 0
    own = np.arange(len(feature), dtype=np.int32)
    following = np.empty(2 * len(feature), np.int32)
    following[0::2] = np.where(leaf, own, start + arrays["left"])
    following[1::2] = np.where(leaf, own, start + arrays["right"])
    return Forest(offset[:-1], np.where(leaf, 0, feature), following, arrays["prob"].astype(float))


@cache
def _support_vectors() -> SupportVectors:
    arrays = _arrays("drd2_svc.npz")
    shape = tuple(int(size) for size in arrays["shape"])
    vectors = sparse.csr_array(
        (arrays["data"].astype(float), arrays["indices"], arrays["indptr"]), shape=shape
    )
    return SupportVectors(
        vectors,
        np.asarray((vectors * vectors).sum(axis=1)).ravel(),
        arrays["dual_coef"].ravel().astype(float),
        *(float(arrays[name].ravel()[0]) for name in ("gamma", "intercept", "probA", "probB")),
    )


def _arrays(file: str) -> dict[str, np.ndarray]:
    path = data.get("pmo_oracles")[file]
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}.", "Replace the file.") from error
