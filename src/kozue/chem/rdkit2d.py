"""RDKit's whole list of 2D descriptors, each family computed once instead of once a member.

The numbers are RDKit's own; what is saved are repetitions (a surface sum of fourteen bins is one pass, not
fourteen) and substructure matches that a screen rules out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import QED, Descriptors, Graphs, rdMolDescriptors
from rdkit.ML.InfoTheory import entropy

from kozue.chem.descriptors import estate_sums, fragment_names, fragments
from kozue.chem.screen import Screen

_VSA: dict[str, Callable[[Chem.Mol], Sequence[float]]] = {
    "SlogP_VSA": rdMolDescriptors.SlogP_VSA_,
    "SMR_VSA": rdMolDescriptors.SMR_VSA_,
    "PEOE_VSA": rdMolDescriptors.PEOE_VSA_,
}
_BCUT = ("MWHI", "MWLOW", "CHGHI", "CHGLO", "LOGPHI", "LOGPLOW", "MRHI", "MRLOW")


@cache
def functions() -> dict[str, Callable[[Chem.Mol], float]]:
    """Return RDKit's own functions by descriptor, in RDKit's order."""
    return dict(Descriptors.descList)


def descriptors(mols: Sequence[Chem.Mol], names: Sequence[str]) -> np.ndarray:
    """Compute RDKit's 2D descriptors.

    Parameters
    ----------
    mols : sequence of rdkit.Chem.Mol
        Shape (n,).
    names : sequence of str
        Which ones, by RDKit's names; see :func:`functions`.

    Returns
    -------
    numpy.ndarray
        Shape (n, d), float64; NaN or infinite where RDKit's are, NaN where this RDKit has no such descriptor.
    """
    known = functions()
    with rdBase.BlockLogs():
        rows = []
        groups = dict(zip(fragment_names(), fragments(mols).T, strict=True)) if len(mols) else {}
        for number, mol in enumerate(mols):
            values = _families(mol) | {name: counts[number] for name, counts in groups.items()}
            rows.append([_value(name, values, known, mol) for name in names])
    return np.array(rows, np.float64).reshape(len(mols), len(names))


def _value(
    name: str, values: dict[str, float], known: dict[str, Callable[[Chem.Mol], float]], mol: Chem.Mol
) -> float:
    if name in values:
        return float(values[name])
    if name not in known:
        return np.nan
    try:
        return float(known[name](mol))
    except (ValueError, RuntimeError, ZeroDivisionError, OverflowError):
        return np.nan


def _families(mol: Chem.Mol) -> dict[str, float]:
    """Compute what comes in families: surface sums, E-states, BCUT, path counts, drug-likeness."""
    values: dict[str, float] = {}
    for prefix, function in _VSA.items():
        values |= _numbered(prefix, function, mol)
    values |= _estates(mol)
    try:
        bcut: Sequence[float] = rdMolDescriptors.BCUT2D(mol)
    except (ValueError, RuntimeError):
        bcut = [np.nan] * len(_BCUT)
    values |= {f"BCUT2D_{name}": value for name, value in zip(_BCUT, bcut, strict=True)}
    values["MolLogP"], values["MolMR"] = rdMolDescriptors.CalcCrippenDescriptors(mol)
    values["qed"] = drug_likeness(mol)
    values["Ipc"], values["AvgIpc"] = _information(mol)
    return values


def _numbered(
    prefix: str, function: Callable[[Chem.Mol], Sequence[float]], mol: Chem.Mol
) -> dict[str, float]:
    try:
        return {f"{prefix}{place + 1}": value for place, value in enumerate(function(mol))}
    except ValueError:  # no charges for this element
        return {}


def _estates(mol: Chem.Mol) -> dict[str, float]:
    areas = np.asarray(list(rdMolDescriptors._CalcLabuteASAContribs(mol)[0]))
    extremes, by_index, by_area = estate_sums(mol, areas)
    return {
        **dict(
            zip(
                ("MaxEStateIndex", "MinEStateIndex", "MaxAbsEStateIndex", "MinAbsEStateIndex"),
                extremes,
                strict=True,
            )
        ),
        **{f"EState_VSA{place + 1}": value for place, value in enumerate(by_index)},
        **{f"VSA_EState{place + 1}": value for place, value in enumerate(by_area)},
    }


def _information(mol: Chem.Mol) -> tuple[float, float]:
    """Information content of the characteristic polynomial, total and mean (Bonchev and Trinajstic 1977)."""
    adjacency = Chem.GetAdjacencyMatrix(mol).astype(float)
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.abs(Graphs.CharacteristicPolynomial(mol, adjacency))
        mean = float(entropy.InfoEntropy(sizes))
        return float(sizes.sum() * mean), mean


@cache
def _alerts() -> tuple[list[Chem.Mol], Screen]:
    queries = list(QED.StructuralAlerts)
    return queries, Screen(queries)


def drug_likeness(mol: Chem.Mol) -> float:
    """Return QED with mean weights, as RDKit does, its structural alerts screened first.

    Bickerton et al., Nat. Chem. 2012, 4, 90.
    """
    bare = Chem.RemoveHs(mol)
    queries, screen = _alerts()
    carbocycles_gone = Chem.DeleteSubstructs(Chem.Mol(bare), QED.AliphaticRings)
    found = QED.QEDproperties(
        ALERTS=sum(bare.HasSubstructMatch(queries[place]) for place in screen.candidates(bare)),
        HBA=sum(len(bare.GetSubstructMatches(acceptor)) for acceptor in QED.Acceptors),
        HBD=rdMolDescriptors.CalcNumHBD(bare),
        AROM=len(Chem.GetSSSR(carbocycles_gone)),
        ROTB=rdMolDescriptors.CalcNumRotatableBonds(bare, rdMolDescriptors.NumRotatableBondsOptions.Strict),
        MW=rdMolDescriptors._CalcMolWt(bare),
        ALOGP=rdMolDescriptors.CalcCrippenDescriptors(bare)[0],
        PSA=rdMolDescriptors.CalcTPSA(bare),
    )
    return float(QED.qed(bare, qedProperties=found))
