"""What each atom gives to a molecule's numbers: sums taken apart, matches and environments by atom.

Many descriptors are sums over atoms (surface, molar refractivity, logP, counts) or counts of patterns. For
those, "what does this atom give" has an exact answer that needs no second, mutilated molecule.
"""

from __future__ import annotations

import numpy as np
from rdkit import Chem
from rdkit.Chem import MolSurf, rdFingerprintGenerator, rdMolDescriptors, rdPartialCharges
from rdkit.Chem.EState import EState_VSA

from kozue.chem.descriptors import estate_indices, group_patterns
from kozue.chem.fingerprints import generator

_OXYGEN_OR_NITROGEN = (7, 8)


def terms(mol: Chem.Mol) -> dict[str, np.ndarray]:
    """Take those of :func:`kozue.chem.descriptors.properties` that are sums over atoms apart.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Hydrogens implicit; theirs goes to the atom that carries them.

    Returns
    -------
    dict of str to numpy.ndarray
        By descriptor, shape (atoms,); the sum is the descriptor.
    """
    atoms = list(map(mol.GetAtomWithIdx, range(mol.GetNumAtoms())))
    element = np.array([atom.GetAtomicNum() for atom in atoms])
    hydrogens = np.array([atom.GetTotalNumHs() for atom in atoms])
    polar = np.isin(element, _OXYGEN_OR_NITROGEN)
    area, of_hydrogens = rdMolDescriptors._CalcLabuteASAContribs(mol)
    area = np.array(list(area))
    logp, refractivity = _crippen(mol)
    own_logp, own_refractivity = np.array(rdMolDescriptors._CalcCrippenContribs(mol)).T
    state = estate_indices(mol)
    found = {
        "exactmw": np.array([_mass(atom) for atom in atoms]),
        "lipinskiHBA": polar.astype(float),
        "lipinskiHBD": polar * hydrogens.astype(float),
        "NumHeavyAtoms": (element > 1).astype(float),
        "NumHeteroatoms": (~np.isin(element, (1, 6))).astype(float),
        "labuteASA": area + of_hydrogens * hydrogens / max(hydrogens.sum(), 1),
        "tpsa": np.array(rdMolDescriptors._CalcTPSAContribs(mol)),
        "CrippenClogP": logp,
        "CrippenMR": refractivity,
    }
    found |= _binned("slogp_vsa", own_logp, MolSurf.logpBins, area)
    found |= _binned("smr_vsa", own_refractivity, MolSurf.mrBins, area)
    found |= _binned("peoe_vsa", charges(mol), MolSurf.chgBins, area)
    found |= _binned("estate_vsa", state, EState_VSA.estateBins, area)
    found |= _binned("vsa_estate", area, EState_VSA.vsaBins, state)
    return found


def _mass(atom: Chem.Atom) -> float:
    """Mass of the commonest isotopes (or the one written) of an atom and its hydrogens, g/mol."""
    table = Chem.GetPeriodicTable()
    number, isotope = atom.GetAtomicNum(), atom.GetIsotope()
    own = table.GetMassForIsotope(number, isotope) if isotope else table.GetMostCommonIsotopeMass(number)
    return float(own + atom.GetTotalNumHs() * table.GetMostCommonIsotopeMass(1))


def _crippen(mol: Chem.Mol) -> tuple[np.ndarray, np.ndarray]:
    """Return logP and molar refractivity of each atom with its hydrogens, shapes (atoms,)."""
    full = Chem.AddHs(mol)
    parts = np.array(rdMolDescriptors._CalcCrippenContribs(full))
    n = mol.GetNumAtoms()
    out = parts[:n].copy()
    for place in range(n, len(parts)):
        out[full.GetAtomWithIdx(place).GetNeighbors()[0].GetIdx()] += parts[place]
    return out[:, 0], out[:, 1]


def _binned(prefix: str, keys: np.ndarray, limits: list[float], values: np.ndarray) -> dict[str, np.ndarray]:
    """Put each atom's value into the bin of its key; the others of that bin are 0."""
    bins = np.searchsorted(limits, keys, side="right")
    return {
        f"{prefix}{number + 1}": np.where(bins == number, values, 0.0) for number in range(len(limits) + 1)
    }


def charges(mol: Chem.Mol) -> np.ndarray:
    """Gasteiger charges of the atoms, shape (atoms,); 0 where the scheme has no parameters."""
    rdPartialCharges.ComputeGasteigerCharges(mol)
    atoms = map(mol.GetAtomWithIdx, range(mol.GetNumAtoms()))
    return np.nan_to_num([atom.GetDoubleProp("_GasteigerCharge") for atom in atoms], posinf=0.0, neginf=0.0)


def environments(mol: Chem.Mol, kind: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the circular environments behind a Morgan count fingerprint.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        One molecule.
    kind : str
        A circular fingerprint of :func:`kozue.chem.fingerprints.generator`.
    size : int
        Folded size.

    Returns
    -------
    bits : numpy.ndarray
        Shape (e,), the bit that each environment counts for.
    covered : numpy.ndarray
        Shape (e, atoms), bool: which atoms it consists of.
    """
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    generator(kind, size).GetCountFingerprint(mol, additionalOutput=output)
    distance = Chem.GetDistanceMatrix(mol)
    found = [(bit, atom, radius) for bit, places in output.GetBitInfoMap().items() for atom, radius in places]
    covered = np.array([distance[atom] <= radius for _, atom, radius in found], bool)
    return np.array([bit for bit, _, _ in found], np.int64), covered.reshape(len(found), mol.GetNumAtoms())


def group_matches(mol: Chem.Mol) -> tuple[np.ndarray, np.ndarray]:
    """Return the matches that :func:`kozue.chem.descriptors.fragments` counts.

    Returns
    -------
    groups : numpy.ndarray
        Shape (m,), position of each match's functional group.
    covered : numpy.ndarray
        Shape (m, atoms), bool.
    """
    patterns, screen = group_patterns()
    groups, rows = [], []
    for position in screen.candidates(mol):
        for match in mol.GetSubstructMatches(patterns[position], uniquify=True):
            groups.append(position)
            rows.append(np.isin(np.arange(mol.GetNumAtoms()), match))
    return np.array(groups, np.int64), np.array(rows, bool).reshape(len(rows), mol.GetNumAtoms())


def kinds(mol: Chem.Mol) -> np.ndarray:
    """Return the kind of each atom as a number, shape (atoms,).

    Atoms are of one kind if they, their bonds and their neighbours are alike (Morgan environment of radius 1).
    """
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateAtomToBits()
    maker = rdFingerprintGenerator.GetMorganGenerator(radius=1, includeRedundantEnvironments=True)
    maker.GetSparseCountFingerprint(mol, additionalOutput=output)
    last = [bits[-1] for bits in output.GetAtomToBits()]
    return np.unique(last, return_inverse=True)[1]
