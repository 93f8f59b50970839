"""The GuacaMol tasks that PMO uses, in TDC's definition.

Brown et al., J. Chem. Inf. Model. 2019, 59, 1096. Where TDC departs from GuacaMol it is TDC's form that stands here,
since PMO's published figures rest on it: isomers by a geometric mean, ``median1`` by ECFP4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
from rdkit import Chem
from rdkit.Chem import GraphDescriptors, rdMolDescriptors

from kozue.chem.crippen import contributions
from kozue.systems.molecules.design.tasks.formulas import isomer_scores
from kozue.systems.molecules.design.tasks.modifiers import at_least, at_most, geometric_mean, near, ramp
from kozue.systems.molecules.design.tasks.pharmacophores import pharmacophore_keys, tanimoto
from kozue.systems.molecules.design.tasks.similarity import Kind, similarity

Mols = Sequence[Chem.Mol]

_ALBUTEROL = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"
_AMLODIPINE = r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC"
_CAMPHOR = "CC1(C)C2CCC1(C)C(=O)C2"
_CELECOXIB = "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F"
_FEXOFENADINE = "CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4"
_HOP = "CCCOc1cc2ncnc(Nc3ccc4ncsc4c3)c2cc1S(=O)(=O)C(C)(C)C"
_MENTHOL = "CC(C)C1CCC(C)CC1O"
_MESTRANOL = "COc1ccc2[C@H]3CC[C@@]4(C)[C@@H](CC[C@@]4(O)C#C)[C@@H]3CCc2c1"
_OSIMERTINIB = "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34"
_PERINDOPRIL = "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC"
_RANOLAZINE = "COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2"
_SILDENAFIL = "CCCC1=NN(C2=C1N=C(NC2=O)C3=C(C=CC(=C3)S(=O)(=O)N4CCN(CC4)C)OCC)C"
_SITAGLIPTIN = "Fc1cc(c(F)cc1F)CC(N)CC(=O)N3Cc2nnc(n2CC3)C(F)(F)F"
_TADALAFIL = "O=C1N(CC(N2C1CC3=C(C2C4=CC5=C(OCO5)C=C4)NC6=C3C=CC=C6)=O)C"
_THIOTHIXENE = "CN(C)S(=O)(=O)c1ccc2Sc3ccccc3C(=CCCN4CCN(C)CC4)c2c1"
_TROGLITAZONE = "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O"
_ZALEPLON = "O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1"

_SCAFFOLD = "[#7]-c1n[c;h1]nc2[c;h1]c(-[#8])[c;h0][c;h1]c12"
_DECORATION = "[#6]-[#6]-[#6]-[#8]-[#6]~[#6]~[#6]~[#6]~[#6]-[#7]-c1ccc2ncsc2c1"
_SULFONE, _BENZOTHIAZOLE = "CS([#6])(=O)=O", "[#7]-c1ccc2ncsc2c1"
_VALSARTAN = "CN(C=O)Cc1ccc(c2ccccc2)cc1"


def _similar(mols: Mols, reference: str, kind: Kind, top: float = 1.0) -> np.ndarray:
    return ramp(similarity(mols, reference, kind), top)


def _median(mols: Mols, one: str, other: str, kind: Kind) -> np.ndarray:
    return geometric_mean(similarity(mols, one, kind), similarity(mols, other, kind))


def _osimertinib(mols: Mols) -> np.ndarray:
    return geometric_mean(
        at_least(_tpsa(mols), 100, 10),
        at_most(_logp(mols), 1, 1),
        _similar(mols, _OSIMERTINIB, "FCFP4", 0.8),
        at_most(similarity(mols, _OSIMERTINIB, "ECFP6"), 0.85, 0.1),
    )


def _fexofenadine(mols: Mols) -> np.ndarray:
    return geometric_mean(
        at_least(_tpsa(mols), 90, 10),
        at_most(_logp(mols), 4, 1),
        _similar(mols, _FEXOFENADINE, "AP", 0.8),
    )


def _ranolazine(mols: Mols) -> np.ndarray:
    fluorine = np.array([sum(atom.GetAtomicNum() == 9 for atom in mol.GetAtoms()) for mol in mols], float)
    return geometric_mean(
        at_least(_tpsa(mols), 95, 20),
        at_least(_logp(mols), 7, 1),
        _similar(mols, _RANOLAZINE, "AP", 0.7),
        near(fluorine, 1, 1),
    )


def _perindopril(mols: Mols) -> np.ndarray:
    aromatic = np.array([rdMolDescriptors.CalcNumAromaticRings(mol) for mol in mols], float)
    return geometric_mean(similarity(mols, _PERINDOPRIL, "ECFP4"), near(aromatic, 2, 0.5))


def _amlodipine(mols: Mols) -> np.ndarray:
    rings = np.array([rdMolDescriptors.CalcNumRings(mol) for mol in mols], float)
    return geometric_mean(similarity(mols, _AMLODIPINE, "ECFP4"), near(rings, 3, 0.5))


def _zaleplon(mols: Mols) -> np.ndarray:
    return geometric_mean(similarity(mols, _ZALEPLON, "ECFP4"), isomer_scores(mols, "C19H17N3O2"))


def _sitagliptin(mols: Mols) -> np.ndarray:
    """Unlike sitagliptin by fingerprint, like it in all else."""
    logp, tpsa, _ = _of_sitagliptin()
    return geometric_mean(
        near(similarity(mols, _SITAGLIPTIN, "ECFP4"), 0, 0.1),
        near(_logp(mols), logp, 0.2),
        near(_tpsa(mols), tpsa, 5),
        isomer_scores(mols, "C16H15F6N5O"),
    )


def _valsartan(mols: Mols) -> np.ndarray:
    """Compute the properties only where the substructure is: without it the score is 0."""
    out = np.zeros(len(mols))
    rows = np.flatnonzero(_has(mols, _VALSARTAN)).tolist()
    if rows:
        some = [mols[row] for row in rows]
        logp, tpsa, bertz = _of_sitagliptin()
        complexity = np.array([_bertz(mol) for mol in some])
        out[rows] = geometric_mean(
            np.ones(len(rows)),
            near(_tpsa(some), tpsa, 5),
            near(_logp(some), logp, 0.2),
            near(complexity, bertz, 30),
        )
    return out


def _deco_hop(mols: Mols) -> np.ndarray:
    parts = [
        ramp(_pharmacophores(mols), 0.85),
        ~_has(mols, _SULFONE),
        ~_has(mols, _BENZOTHIAZOLE),
        _has(mols, _SCAFFOLD),
    ]
    return np.asarray(np.mean(parts, axis=0))


def _scaffold_hop(mols: Mols) -> np.ndarray:
    parts = [ramp(_pharmacophores(mols), 0.75), _has(mols, _DECORATION), ~_has(mols, _SCAFFOLD)]
    return np.asarray(np.mean(parts, axis=0))


GUACAMOL: dict[str, Callable[[Mols], np.ndarray]] = {
    "albuterol_similarity": partial(_similar, reference=_ALBUTEROL, kind="FCFP4", top=0.75),
    "amlodipine_mpo": _amlodipine,
    "celecoxib_rediscovery": partial(_similar, reference=_CELECOXIB, kind="ECFP4"),
    "deco_hop": _deco_hop,
    "fexofenadine_mpo": _fexofenadine,
    "isomers_c7h8n2o2": partial(isomer_scores, formula="C7H8N2O2"),
    "isomers_c9h10n2o2pf2cl": partial(isomer_scores, formula="C9H10N2O2PF2Cl"),
    "median1": partial(_median, one=_CAMPHOR, other=_MENTHOL, kind="ECFP4"),
    "median2": partial(_median, one=_TADALAFIL, other=_SILDENAFIL, kind="ECFP6"),
    "mestranol_similarity": partial(_similar, reference=_MESTRANOL, kind="AP", top=0.75),
    "osimertinib_mpo": _osimertinib,
    "perindopril_mpo": _perindopril,
    "ranolazine_mpo": _ranolazine,
    "scaffold_hop": _scaffold_hop,
    "sitagliptin_mpo": _sitagliptin,
    "thiothixene_rediscovery": partial(_similar, reference=_THIOTHIXENE, kind="ECFP4"),
    "troglitazone_rediscovery": partial(_similar, reference=_TROGLITAZONE, kind="ECFP4"),
    "valsartan_smarts": _valsartan,
    "zaleplon_mpo": _zaleplon,
}


def _logp(mols: Mols) -> np.ndarray:
    return np.array([contributions(mol).total_logp for mol in mols])


def _tpsa(mols: Mols) -> np.ndarray:
    return np.array([rdMolDescriptors.CalcTPSA(mol) for mol in mols])


def _bertz(mol: Chem.Mol) -> float:
    complexity: Callable[[Chem.Mol], float] = GraphDescriptors.BertzCT
    return complexity(mol)


def _has(mols: Mols, smarts: str) -> np.ndarray:
    query = _query(smarts)
    return np.array([mol.HasSubstructMatch(query) for mol in mols], bool)


def _pharmacophores(mols: Mols) -> np.ndarray:
    """Return the similarity to the reference of both hops by Gobbi's pharmacophores."""
    reference = _hop_keys()
    return np.array([tanimoto(pharmacophore_keys(mol), reference) for mol in mols])


@cache
def _query(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)


@cache
def _hop_keys() -> np.ndarray:
    return pharmacophore_keys(Chem.MolFromSmiles(_HOP))


@cache
def _of_sitagliptin() -> tuple[float, float, float]:
    """Return logP, polar surface area and Bertz complexity."""
    mol = Chem.MolFromSmiles(_SITAGLIPTIN)
    return contributions(mol).total_logp, rdMolDescriptors.CalcTPSA(mol), _bertz(mol)
