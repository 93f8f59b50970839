"""A molecule's features with some of its atoms hidden.

Where a feature is a sum over atoms, a count of environments or a count of matches, what the hidden atoms take
part in is taken away, and all else stays as it was. Simply computing such a feature for a molecule with an
atom of no element in it would also change the types of the atoms around, and with them what *they* give: a
carbon beside the hidden oxygen would no longer be an ether's carbon. Only features that cannot be taken apart
are computed anew, for a copy in which hidden atoms have no element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from kozue.chem import atomwise
from kozue.chem.descriptors import ENGINE_NAMES, PROPERTY_NAMES, estate_indices
from kozue.chem.featurise import Block
from kozue.systems.molecules.admet.features import featuriser

_EXTREMES: dict[str, Callable[[np.ndarray], float]] = {
    "_max": lambda values: values.max(),
    "_min": lambda values: values.min(),
    "_max_abs": lambda values: np.abs(values).max(),
    "_min_abs": lambda values: np.abs(values).min(),
}
_MQN = tuple(f"mqn{number}" for number in range(1, 43))


def hide(mol: Chem.Mol, atoms: Sequence[int]) -> Chem.Mol:
    """Return a copy in which some atoms are of no element; graph, rings and hydrogens stay.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Left unchanged.
    atoms : sequence of int
        Which ones.
    """
    copy = Chem.RWMol(mol)
    for place in atoms:
        atom = copy.GetAtomWithIdx(int(place))
        hydrogens = atom.GetTotalNumHs()
        atom.SetAtomicNum(0)
        atom.SetFormalCharge(0)
        atom.SetIsotope(0)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens)
    single = copy.GetMol()
    # RDKit keeps logP, surface and the like with a molecule once they were asked for, copies included.
    single.ClearComputedProps(False)
    single.UpdatePropertyCache(strict=False)
    return single


def features(mol: Chem.Mol, masks: np.ndarray, copies: Sequence[Chem.Mol], own: np.ndarray) -> np.ndarray:
    """Return the model features of a molecule under masks.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Standardised.
    masks : numpy.ndarray
        Shape (k, atoms), bool: which atoms are hidden.
    copies : sequence of rdkit.Chem.Mol
        Shape (k,), what :func:`hide` made of the masks.
    own : numpy.ndarray
        Shape (d,), features of the whole molecule.

    Returns
    -------
    numpy.ndarray
        Shape (k, d), float32, without NaN.
    """
    parts, start = [], 0
    with rdBase.BlockLogs():
        for block in featuriser().blocks:
            whole = own[start : start + len(block.names)]
            start += len(block.names)
            parts.append(_BLOCKS.get(block.name, _anew)(block, mol, masks, copies, whole))
    return np.nan_to_num(np.concatenate(parts, axis=1).astype(np.float32), nan=0.0)


def _anew(
    block: Block, mol: Chem.Mol, masks: np.ndarray, copies: Sequence[Chem.Mol], whole: np.ndarray
) -> np.ndarray:
    """Compute a block for the copies; where that is not possible, the block keeps its values."""
    out = np.tile(whole, (len(masks), 1))
    for row, copy in enumerate(copies):
        try:
            out[row] = block.compute([copy])[0]
        except (ValueError, RuntimeError):  # an aromatic ring that cannot be written with double bonds
            continue
    return out


def _circular(
    block: Block, mol: Chem.Mol, masks: np.ndarray, copies: Sequence[Chem.Mol], whole: np.ndarray
) -> np.ndarray:
    """Take away the environments that a hidden atom belongs to."""
    bits, covered = atomwise.environments(mol, block.name, len(block.names))
    return _without(whole, bits, covered, masks)


def _groups(
    block: Block, mol: Chem.Mol, masks: np.ndarray, copies: Sequence[Chem.Mol], whole: np.ndarray
) -> np.ndarray:
    """Take away the functional groups that a hidden atom belongs to."""
    return _without(whole, *atomwise.group_matches(mol), masks)


def _without(whole: np.ndarray, places: np.ndarray, covered: np.ndarray, masks: np.ndarray) -> np.ndarray:
    out = np.tile(whole, (len(masks), 1))
    broken = (masks.astype(np.float32) @ covered.T.astype(np.float32)) > 0
    for column in np.unique(places):
        out[:, column] -= broken[:, places == column].sum(axis=1)
    return out


def _properties(
    block: Block, mol: Chem.Mol, masks: np.ndarray, copies: Sequence[Chem.Mol], whole: np.ndarray
) -> np.ndarray:
    """Take away the atoms' terms; extremes are those of the atoms left; the rest is computed anew."""
    out = np.tile(whole, (len(masks), 1)).astype(np.float64)
    place = {name: column for column, name in enumerate(block.names)}
    terms = atomwise.terms(mol)
    for name in terms.keys() & place.keys():
        out[:, place[name]] -= masks @ terms[name]
    for prefix, values in (("charge", atomwise.charges(mol)), ("estate", estate_indices(mol))):
        for row, mask in enumerate(masks):
            left = values[~mask] if not mask.all() else np.zeros(1)
            for suffix, extreme in _EXTREMES.items():
                out[row, place[prefix + suffix]] = extreme(left)
    engine, names = _rest(frozenset(terms))
    columns = [place[name] for name in (*names, *_MQN, "formal_charge")]
    for row, copy in enumerate(copies):
        values = [*engine.ComputeProperties(copy), *rdMolDescriptors.MQNs_(copy), Chem.GetFormalCharge(copy)]
        out[row, columns] = np.clip(values, -1e9, 1e9)
    return np.where(np.isfinite(out), out, np.nan)


@cache
def _rest(taken_apart: frozenset[str]) -> tuple[rdMolDescriptors.Properties, tuple[str, ...]]:
    """Return RDKit's engine for the properties that are no sums over atoms."""
    names = tuple(name for name in PROPERTY_NAMES if name in ENGINE_NAMES and name not in taken_apart)
    return rdMolDescriptors.Properties(list(names)), names


_BLOCKS: dict[str, Callable[..., np.ndarray]] = {
    "morgan": _circular,
    "fragments": _groups,
    "properties": _properties,
}
