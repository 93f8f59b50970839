"""Names of a molecule that two spellings of it share."""

from __future__ import annotations

from rdkit import Chem, rdBase
from rdkit.Chem.Scaffolds import MurckoScaffold


def canonical_smiles(mol: Chem.Mol) -> str:
    """Return RDKit's canonical SMILES, with stereochemistry."""
    return Chem.MolToSmiles(mol)


def inchikey(mol: Chem.Mol) -> str:
    """Return the standard InChIKey; an empty text where InChI has none (for example odd metals)."""
    with rdBase.BlockLogs():
        return Chem.MolToInchiKey(mol) or ""


def first_block(mol: Chem.Mol) -> str:
    """Return the first 14 letters of the InChIKey: the same skeleton whatever its stereo or isotopes.

    Falls back to the canonical SMILES where InChI has no key.
    """
    return inchikey(mol)[:14] or canonical_smiles(mol)


def scaffold(mol: Chem.Mol) -> str:
    """Return the SMILES of the Bemis-Murcko scaffold, without stereo; empty for acyclic molecules.

    Bemis and Murcko, J. Med. Chem. 1996, 39, 2887.
    """
    with rdBase.BlockLogs():
        return MurckoScaffold.MurckoScaffoldSmiles(mol=mol, includeChirality=False)
