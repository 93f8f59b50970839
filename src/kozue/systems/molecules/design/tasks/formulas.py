"""How near a molecule's formula is to a wanted one, as GuacaMol and TDC score isomers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from kozue.systems.molecules.design.tasks.modifiers import geometric_mean, near

_ELEMENT = re.compile(r"([A-Z][a-z]*)(\d*)")
_ATOM_WIDTH, _TOTAL_WIDTH = 1.0, 2.0


@cache
def element_counts(formula: str) -> dict[str, int]:
    """Return atoms by element of a formula such as ``C9H10N2O2PF2Cl``; charges are passed over."""
    return {element: int(count or 1) for element, count in _ELEMENT.findall(formula)}


def isomer_scores(mols: Sequence[Chem.Mol], formula: str) -> np.ndarray:
    """Return 1 for isomers, less the more the atoms of each element and of all differ, shape (n,).

    The geometric mean of a Gaussian an element (width 1 atom) and one of the total with hydrogens (2 atoms).
    """
    wanted = element_counts(formula)
    found = [element_counts(rdMolDescriptors.CalcMolFormula(mol)) for mol in mols]
    table = np.array([[each.get(element, 0) for element in wanted] for each in found], float)
    table = table.reshape(len(mols), len(wanted))
    total = np.array([sum(each.values()) for each in found], float)
    scores = [near(table[:, place], count, _ATOM_WIDTH) for place, count in enumerate(wanted.values())]
    return geometric_mean(*scores, near(total, sum(wanted.values()), _TOTAL_WIDTH))
