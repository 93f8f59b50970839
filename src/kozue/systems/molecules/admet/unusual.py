"""Compounds that these models were not made for: what a reader must know before trusting a model of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rdkit import Chem

RESIDUES = 6  # amino acids in a chain from which a molecule is called a peptide

# Elements of drug-like molecules: H, B, C, N, O, F, Si, P, S, Cl, Se, Br, I.
_OTHER_ELEMENT = (
    "[" + ";".join(f"!#{number}" for number in (1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53)) + "]"
)
_RESIDUE = "[NX3;!$(N=*)][CX4;H1,H2][CX3](=O)"

SENTENCES = {
    "metals": "{count} {molecule holds|molecules hold} a metal or another element that hardly any drug has: the "
    "features say little about such compounds.",
    "inorganic": "{count} {molecule has|molecules have} no carbon: these models are made for organic molecules.",
    "peptides": f"{{count}} {{molecule is a peptide|molecules are peptides}} of {RESIDUES} or more amino acids: these "
    "models are made for small molecules, and see only the parts of a chain, not its sequence.",
}


def unusual(mols: Sequence[Chem.Mol]) -> dict[str, int]:
    """Return how many molecules are of a kind that the models are not made for, by the kinds of ``SENTENCES``.

    Parameters
    ----------
    mols : sequence of rdkit.Chem.Mol
        Standardised.
    """
    found = dict.fromkeys(SENTENCES, 0)
    for mol in mols:
        if mol.HasSubstructMatch(_query(_OTHER_ELEMENT)):
            found["metals"] += 1
        elif not mol.HasSubstructMatch(_query("[#6]")):
            found["inorganic"] += 1
        elif len(mol.GetSubstructMatches(_query(_RESIDUE))) >= RESIDUES:
            found["peptides"] += 1
    return {kind: count for kind, count in found.items() if count}


@cache
def _query(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)
