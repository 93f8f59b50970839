"""Children of two molecular graphs: a part of one joined to a part of the other.

The crossover of the graph genetic algorithm (Jensen, Chem. Sci. 2019, 10, 3567) as an edit of kekulised graphs.
Wildcard atoms are the attachment points of side chains and linkers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem

from kozue.systems.molecules.design.generators.graphs import Graph, finished, graph_of, remove, touch

_TRIES = 6
_RING_SHARE = 0.3


def crossed(first: str, second: str, rng: np.random.Generator) -> str | None:
    """Return a part of one molecule or side chain joined to a part of another; None if no try gave a plausible one.

    Both are cut at a single bond that is in no ring, or through one ring. Of attachment points the child has those of
    ``first``, each once.
    """
    one, other = graph_of(first), graph_of(second)
    if one is None or other is None:
        return None
    largest = max(one.largest, other.largest)
    for _ in range(_TRIES):
        through_ring = rng.random() < _RING_SHARE
        cuts = [_cut(graph, through_ring, rng) for graph in (one, other)]
        sides = rng.integers(2, size=2).tolist()
        turned = bool(rng.integers(2))
        if cuts[0] is None or cuts[1] is None:
            continue
        kept = [
            _Part(graph.mol, bonds, parts[side])
            for graph, (bonds, parts), side in zip((one, other), cuts, sides, strict=True)
        ]
        if sorted(kept[0].labels + kept[1].labels) != list(one.labels):
            continue
        if len(kept[0].atoms) + len(kept[1].atoms) == len(one.labels):  # points without a chain
            continue
        found = finished(_union(kept[0], kept[1], turned), largest)
        if found is not None and found not in (first, second):
            return found
    return None


class _Part:
    """One side of a cut molecule.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The whole.
    bonds : list of int
        Where it was cut.
    atoms : sequence of int
        The side that is kept.
    """

    def __init__(self, mol: Chem.Mol, bonds: list[int], atoms: Sequence[int]) -> None:
        self.mol = mol
        self.atoms = set(atoms)
        self.bonds = [mol.GetBondWithIdx(bond) for bond in bonds]
        self.ends = [
            bond.GetBeginAtomIdx() if bond.GetBeginAtomIdx() in self.atoms else bond.GetEndAtomIdx()
            for bond in self.bonds
        ]
        # Only attachment points have a map number.
        numbers = (mol.GetAtomWithIdx(atom).GetAtomMapNum() for atom in sorted(self.atoms))
        self.labels = [number for number in numbers if number]


Cut = tuple[list[int], tuple[tuple[int, ...], ...]]


def _cut(graph: Graph, through_ring: bool, rng: np.random.Generator) -> Cut | None:
    """Cut a molecule in two; bonds and the atoms of both sides, None if these bonds do not."""
    if through_ring:
        if not graph.rings:
            return None
        ring = graph.rings[int(rng.integers(len(graph.rings)))]
        begin = int(rng.integers(len(ring)))
        bonds = [ring[begin], ring[begin - int(rng.integers(1, len(ring)))]]
    else:
        if not graph.loose:
            return None
        bonds = [graph.loose[int(rng.integers(len(graph.loose)))]]
    editable = Chem.RWMol(graph.mol)
    for place in bonds:
        bond = graph.mol.GetBondWithIdx(place)
        editable.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    parts = Chem.GetMolFrags(editable)
    return (bonds, parts) if len(parts) == 2 else None


def _union(one: _Part, other: _Part, turned: bool) -> Chem.RWMol:
    """Join two parts at their ends, the first end of one to the last of the other if ``turned``."""
    editable = Chem.RWMol(Chem.CombineMols(one.mol, other.mol))
    shift = one.mol.GetNumAtoms()
    kept = one.atoms | {shift + atom for atom in other.atoms}
    ends = [shift + atom for atom in other.ends]
    touch(editable, [*one.ends, *ends])
    for part, offset in ((one, 0), (other, shift)):
        for bond in part.bonds:
            editable.RemoveBond(bond.GetBeginAtomIdx() + offset, bond.GetEndAtomIdx() + offset)
    for begin, end, bond in zip(one.ends, ends[::-1] if turned else ends, one.bonds, strict=True):
        if editable.GetBondBetweenAtoms(begin, end) is None:
            editable.AddBond(begin, end, bond.GetBondType())
    remove(editable, [atom for atom in range(editable.GetNumAtoms()) if atom not in kept])
    return editable
