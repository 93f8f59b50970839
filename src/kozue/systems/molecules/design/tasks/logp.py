"""Two forms of penalised logP: what is fat-soluble, easy to make and has no large ring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem

from kozue.chem.accessibility import synthetic_accessibility
from kozue.chem.crippen import contributions

_LARGEST_FREE = 6  # atoms of a ring that costs nothing


def penalised_logp(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return logP - synthetic accessibility - atoms beyond six in the largest ring, each a z-score; shape (n,).

    Gomez-Bombarelli et al., ACS Cent. Sci. 2018, 4, 268; means and standard deviations over ZINC250k as in TDC. The
    largest ring is that of the smallest set of smallest rings. TDC takes networkx's cycle basis instead, in which a
    fused system may count as one large ring, depending on the order of the atoms.
    """
    logp, accessibility, ring = _parts(mols)
    excess = np.maximum(ring - _LARGEST_FREE, 0.0)
    return np.asarray(
        (logp - 2.4570953396190123) / 1.434324401111988
        + (-accessibility + 3.0525811293166134) / 0.8335207024513095
        + (-excess + 0.0485696876403053) / 0.2860212110245455
    )


def j_score(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return the J score of ChemTS, squashed to -1 to 1 by ``J / (1 + abs(J))``; shape (n,).

    Yang et al., Sci. Technol. Adv. Mater. 2017, 18, 972, in the form of ChemTSv3's example: the means and standard
    deviations are those of its tables of 10,000 molecules, and rings below six atoms, or none at all, *earn* what
    large rings cost, so that an acyclic molecule starts 21 standard deviations ahead of one with a six-ring.
    """
    logp, accessibility, ring = _parts(mols)
    score = (
        (logp - 2.4713477640000012) / 1.4449891243959943
        + (-accessibility + 3.050930517295006) / 0.8381024508503763
        + (-(ring - _LARGEST_FREE) + 0.0504) / 0.2902754553867757
    )
    return score / (1.0 + np.abs(score))


def _parts(mols: Sequence[Chem.Mol]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return logP, synthetic accessibility and the atoms of the largest ring (0 without one)."""
    logp = np.array([contributions(mol).total_logp for mol in mols])
    rings = [max(map(len, mol.GetRingInfo().AtomRings()), default=0) for mol in mols]
    return logp, synthetic_accessibility(mols), np.array(rings, float)
