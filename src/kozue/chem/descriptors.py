"""Descriptors that cost microseconds: properties, surface sums, charges, E-state, fragment counts.

The costly RDKit descriptors (QED, Bertz, Ipc, SPS: together two thirds of the time of RDKit's whole
list; and the path counts of chi and kappa beyond order 2) are left out on purpose; what they carry is
largely in the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Fragments, MolSurf, rdMolDescriptors, rdPartialCharges
from rdkit.Chem.EState import EState, EState_VSA

from kozue.chem.crippen import contributions
from kozue.chem.kinds import atoms_of
from kozue.chem.screen import Screen

_PROPERTIES = [
    "exactmw",
    "lipinskiHBA",
    "lipinskiHBD",
    "NumRotatableBonds",
    "NumHBD",
    "NumHBA",
    "NumHeavyAtoms",
    "NumHeteroatoms",
    "NumAmideBonds",
    "FractionCSP3",
    "NumRings",
    "NumAromaticRings",
    "NumAliphaticRings",
    "NumSaturatedRings",
    "NumHeterocycles",
    "NumAromaticHeterocycles",
    "NumSaturatedHeterocycles",
    "NumAliphaticHeterocycles",
    "NumSpiroAtoms",
    "NumBridgeheadAtoms",
    "NumAtomStereoCenters",
    "labuteASA",
    "tpsa",
    "CrippenClogP",
    "CrippenMR",
    "chi0v",
    "chi1v",
    "chi0n",
    "chi1n",
    "hallKierAlpha",
    "kappa1",
    "kappa2",
]
ENGINE_NAMES = tuple(_PROPERTIES)
"""What RDKit's compiled property engine computes of :data:`PROPERTY_NAMES`."""

UNITS = {
    "exactmw": "g/mol",
    "labuteASA": "Å^2",
    "tpsa": "Å^2",
    "CrippenClogP": "log10",
    "CrippenMR": "cm^3/mol",
}

PROPERTY_NAMES: tuple[str, ...] = (
    *_PROPERTIES,
    *(f"slogp_vsa{i}" for i in range(1, 13)),
    *(f"smr_vsa{i}" for i in range(1, 11)),
    *(f"peoe_vsa{i}" for i in range(1, 15)),
    *(f"mqn{i}" for i in range(1, 43)),
    *("charge_max", "charge_min", "charge_max_abs", "charge_min_abs", "formal_charge"),
    *("estate_max", "estate_min", "estate_max_abs", "estate_min_abs"),
    *(f"estate_vsa{i}" for i in range(1, 12)),
    *(f"vsa_estate{i}" for i in range(1, 11)),
)


@cache
def _engine() -> rdMolDescriptors.Properties:
    return rdMolDescriptors.Properties(_PROPERTIES)


def properties(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Physico-chemical properties, shape (n, d), float32; NaN where one is undefined."""
    out = np.full((len(mols), len(PROPERTY_NAMES)), np.nan, np.float32)
    with rdBase.BlockLogs():
        for row, mol in enumerate(mols):
            crippen = contributions(mol)
            # RDKit's own memo of both sums: the engine then does not match the scheme's queries again.
            mol.SetDoubleProp("_crippenLogP", crippen.total_logp, True)
            mol.SetDoubleProp("_crippenMR", crippen.total_refractivity, True)
            areas = np.asarray(list(rdMolDescriptors._CalcLabuteASAContribs(mol)[0]))
            values = [
                *_engine().ComputeProperties(mol),
                *_binned(MolSurf.logpBins, crippen.logp, areas),
                *_binned(MolSurf.mrBins, crippen.refractivity, areas),
                *_or_nan(rdMolDescriptors.PEOE_VSA_, mol, 14),
                *rdMolDescriptors.MQNs_(mol),
                *_charges(mol),
                Chem.GetFormalCharge(mol),
                *np.concatenate(estate_sums(mol, areas)),
            ]
            out[row] = np.clip(values, -1e9, 1e9)
    return np.where(np.isfinite(out), out, np.nan).astype(np.float32)


def _binned(limits: Sequence[float], keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum values by the bins that their keys fall into, shape (limits + 1,)."""
    sums: np.ndarray = np.bincount(np.searchsorted(limits, keys, side="right"), values, len(limits) + 1)
    return sums


def _or_nan(function: Callable[[Chem.Mol], Sequence[float]], mol: Chem.Mol, size: int) -> Sequence[float]:
    """Gasteiger's scheme has no parameters for many metals; those molecules get NaN."""
    try:
        return function(mol)
    except ValueError:
        return [float("nan")] * size


def _charges(mol: Chem.Mol) -> list[float]:
    rdPartialCharges.ComputeGasteigerCharges(mol)
    atoms = map(mol.GetAtomWithIdx, range(mol.GetNumAtoms()))
    charges = [atom.GetDoubleProp("_GasteigerCharge") for atom in atoms]
    finite = [charge for charge in charges if np.isfinite(charge)]
    if not finite:
        return [float("nan")] * 4
    sizes = [abs(charge) for charge in finite]
    return [max(finite), min(finite), max(sizes), min(sizes)]


def estate_indices(mol: Chem.Mol) -> np.ndarray:
    """Electrotopological state of each atom, shape (atoms,).

    Hall, Mohney and Kier, J. Chem. Inf. Comput. Sci. 1991, 31, 76. The same numbers as RDKit's Python
    loop over pairs of atoms, several times faster.
    """
    atoms = atoms_of(mol)
    facts = zip(atoms.elements, atoms.degrees, atoms.hydrogens, strict=True)
    own = np.array([_intrinsic_state(*fact) for fact in facts], float)
    steps = Chem.GetDistanceMatrix(mol)
    # Atoms of another part of a mixture are at RDKit's distance of 1e8: they have no say.
    weight = _falloff(len(own)).take(np.minimum(steps, len(own)).astype(np.intp))
    state: np.ndarray = own + ((own[:, None] - own[None, :]) * weight).sum(axis=1)
    return state


@cache
def _intrinsic_state(element: int, degree: int, hydrogens: int) -> float:
    if not degree:
        return 0.0
    valence = Chem.GetPeriodicTable().GetNOuterElecs(element) - hydrogens
    period = int(EState.GetPrincipleQuantumNumber(element))  # type: ignore[no-untyped-call]
    return float((4.0 / period**2 * valence + 1) / degree)


@cache
def _falloff(size: int) -> np.ndarray:
    """Return the weight of an atom by its distance in bonds, shape (size + 1,); the last one is out of reach."""
    return np.append((np.arange(size) + 1.0) ** -2, 0.0)


def estate_sums(mol: Chem.Mol, areas: np.ndarray) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Return the extremes of the E-state indices, and the sums of one by bins of the other (VSA_EState and back).

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        With at least one atom.
    areas : numpy.ndarray
        Shape (atoms,), Labute's surface of each atom, Å^2.

    Returns
    -------
    list of float
        Largest and smallest index, largest and smallest size of one.
    numpy.ndarray
        Shape (11,), surface by bins of the index.
    numpy.ndarray
        Shape (10,), indices by bins of the surface.
    """
    indices = estate_indices(mol)
    size = np.abs(indices)
    extremes = [indices.max(), indices.min(), size.max(), size.min()]
    by_index = _binned(EState_VSA.estateBins, indices, areas)
    by_area = _binned(EState_VSA.vsaBins, areas, indices)
    return extremes, by_index, by_area


@cache
def _fragments() -> tuple[tuple[str, ...], list[Chem.Mol], Screen]:
    patterns = {name: pattern for name, pattern in _fragment_patterns()}
    return tuple(patterns), list(patterns.values()), Screen(list(patterns.values()))


def group_patterns() -> tuple[list[Chem.Mol], Screen]:
    """Return the queries of the functional groups and the screen before them, for those who need the atoms."""
    return _fragments()[1:]


def _fragment_patterns() -> list[tuple[str, Chem.Mol]]:
    """Read RDKit's own table of functional groups (FragmentDescriptors.csv)."""
    found = []
    with open(Fragments.defaultPatternFileName) as lines:
        for line in lines:
            cells = [cell.strip() for cell in line.split("\t")]
            if len(cells) >= 3 and cells[0].startswith("fr_"):
                found.append((re.sub(r"\W", "_", cells[0]), Chem.MolFromSmarts(cells[2])))
    return found


def fragment_names() -> tuple[str, ...]:
    """Names of the functional groups that :func:`fragments` counts."""
    return _fragments()[0]


def fragments(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Count functional groups, shape (n, 85), int32."""
    names, patterns, screen = _fragments()
    out = np.zeros((len(mols), len(names)), np.int32)
    for row, mol in enumerate(mols):
        for position in screen.candidates(mol):
            out[row, position] = len(mol.GetSubstructMatches(patterns[position], uniquify=True))
    return out


def autocorrelation(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Topological autocorrelation (mass, volume, polarity …), shape (n, 192), float32."""
    out = np.zeros((len(mols), 192), np.float32)
    for row, mol in enumerate(mols):
        out[row] = rdMolDescriptors.CalcAUTOCORR2D(mol)
    return np.where(np.isfinite(out), out, 0.0).astype(np.float32)
