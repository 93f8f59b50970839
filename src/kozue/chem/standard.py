"""One form for each compound: the largest organic part, uncharged where chemistry allows it."""

from __future__ import annotations

from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize


@cache
def _uncharger() -> rdMolStandardize.Uncharger:
    return rdMolStandardize.Uncharger(True)


@cache
def _charged() -> Chem.Mol:
    return Chem.MolFromSmarts("[!+0]")


@cache
def _tautomers() -> rdMolStandardize.TautomerEnumerator:
    return rdMolStandardize.TautomerEnumerator()


def standardise(
    mol: Chem.Mol, *, salts: bool = True, charges: bool = True, tautomers: bool = False
) -> Chem.Mol:
    """Bring a molecule into its standard form.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Left unchanged.
    salts : bool
        Keep only the largest fragment; an organic one goes before an inorganic one.
    charges : bool
        Add or remove protons until groups are neutral (quaternary nitrogen and the like stay charged).
    tautomers : bool
        Take RDKit's canonical tautomer. Slow (milliseconds to seconds), so off unless asked for.

    Returns
    -------
    rdkit.Chem.Mol
        The same object when there was nothing to do.
    """
    with rdBase.BlockLogs():
        if salts:
            mol = parent(mol)
        if charges and mol.HasSubstructMatch(_charged()):
            mol = _uncharger().uncharge(mol)
            Chem.SanitizeMol(mol)
        if tautomers:
            mol = _tautomers().Canonicalize(mol)
    return mol


def parent(mol: Chem.Mol) -> Chem.Mol:
    """Return the largest fragment: organic before inorganic, then heavy atoms, weight, canonical SMILES."""
    if len(Chem.GetMolFrags(mol)) < 2:
        return mol
    return max(Chem.GetMolFrags(mol, asMols=True), key=_size)


def _size(fragment: Chem.Mol) -> tuple[bool, int, int, str]:
    organic = any(atom.GetAtomicNum() == 6 for atom in fragment.GetAtoms())
    weight = sum(atom.GetAtomicNum() for atom in fragment.GetAtoms())
    return organic, fragment.GetNumHeavyAtoms(), weight, Chem.MolToSmiles(fragment)
