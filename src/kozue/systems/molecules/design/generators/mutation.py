"""Single random changes of a molecular graph.

The mutations of the graph genetic algorithm (Jensen, Chem. Sci. 2019, 10, 3567) as edits of kekulised graphs, and one
that grafts a common ring or group. Wildcard atoms, the attachment points of side chains and linkers, stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rdkit import Chem

from kozue.systems.molecules.design.generators.graphs import (
    VALENCE,
    Graph,
    drawn_element,
    finished,
    graph_of,
    remove,
    touch,
)

_TRIES = 6
_ORDERS = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
_GROUPS = (
    *(
        "c1ccccc1",
        "c1ccncc1",
        "c1cccnc1",
        "c1ccnnc1",
        "c1cncnc1",
        "c1cc[nH]c1",
        "c1c[nH]cn1",
        "c1ccsc1",
        "c1ccoc1",
    ),
    *(
        "c1cn[nH]c1",
        "c1nnc[nH]1",
        "C1CC1",
        "C1CCC1",
        "C1CCCC1",
        "C1CCCCC1",
        "N1CCCC1",
        "N1CCCCC1",
        "N1CCOCC1",
    ),
    *(
        "N1CCNCC1",
        "C(=O)N",
        "NC(C)=O",
        "S(=O)(=O)C",
        "S(=O)(=O)N",
        "C(F)(F)F",
        "C#N",
        "OC",
        "N(C)C",
        "C(=O)O",
        "P(=O)(O)O",
        "P(C)(C)=O",
    ),
)

Move = Callable[[Graph, Chem.RWMol, np.random.Generator], bool]


def mutated(smiles: str, rng: np.random.Generator) -> str | None:
    """Return a molecule or side chain with one random change; None if no try gave a plausible one."""
    graph = graph_of(smiles)
    if graph is None:
        return None
    for _ in range(_TRIES):
        move = _MOVES[int(np.searchsorted(_CUMULATED, rng.random(), side="right"))]
        editable = Chem.RWMol(graph.mol)
        if move(graph, editable, rng):
            found = finished(editable, graph.largest)
            if found is not None and found != smiles:
                return found
    return None


def _pick(found: Sequence[int], rng: np.random.Generator) -> int | None:
    return found[int(rng.integers(len(found)))] if found else None


def _bare_point(editable: Chem.RWMol) -> int | None:
    """Return the hydrogen of a side chain that has nothing else."""
    if editable.GetNumAtoms() != 2:
        return None
    return next((atom.GetIdx() for atom in editable.GetAtoms() if atom.GetAtomicNum() == 1), None)


def _append(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    hydrogen = _bare_point(editable)
    if hydrogen is not None:
        editable.ReplaceAtom(hydrogen, Chem.Atom(drawn_element(rng)))
        return True
    place = _pick(graph.growing, rng)
    if place is None:
        return False
    double = editable.GetAtomWithIdx(place).GetTotalNumHs() > 1 and rng.random() < 0.2
    touch(editable, [place])
    added = editable.AddAtom(Chem.Atom(drawn_element(rng, 2 if double else 1)))
    editable.AddBond(place, added, _ORDERS[2 if double else 1])
    return True


def _graft(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Put a ring or functional group in place of a hydrogen."""
    group = graph_of(_GROUPS[int(rng.integers(len(_GROUPS)))])
    hydrogen = _bare_point(editable)
    place = _pick(graph.growing, rng) if hydrogen is None else hydrogen
    if group is None or place is None:
        return False
    if hydrogen is not None:
        point = editable.GetAtomWithIdx(hydrogen).GetNeighbors()[0].GetIdx()
    else:
        point = place
        touch(editable, [place])
    added = editable.GetNumAtoms()
    editable.InsertMol(group.mol)
    editable.AddBond(point, added, Chem.BondType.SINGLE)
    if hydrogen is not None:
        remove(editable, [hydrogen])
    return True


def _insert(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Put an atom into a single bond."""
    place = _pick(graph.single, rng)
    if place is None:
        return False
    bond = editable.GetBondWithIdx(place)
    begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    touch(editable, [begin, end])
    added = editable.AddAtom(Chem.Atom(drawn_element(rng, 2)))
    editable.RemoveBond(begin, end)
    editable.AddBond(begin, added, Chem.BondType.SINGLE)
    editable.AddBond(added, end, Chem.BondType.SINGLE)
    return True


def _delete(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Remove an atom; its two neighbours are joined."""
    found = [place for place in graph.plain if editable.GetAtomWithIdx(place).GetDegree() in (1, 2)]
    place = _pick(found, rng)
    if place is None or editable.GetNumAtoms() == 1:
        return False
    near = [atom.GetIdx() for atom in editable.GetAtomWithIdx(place).GetNeighbors()]
    points = [atom for atom in near if editable.GetAtomWithIdx(atom).GetAtomicNum() == 0]
    if len(near) == len(points):
        # Nothing is left of a side chain; a linker keeps at least one atom.
        if len(near) == 2:
            return False
        editable.ReplaceAtom(place, Chem.Atom(1))
        return True
    touch(editable, [place, *near])
    if len(near) == 2:
        if editable.GetBondBetweenAtoms(*near) is not None:
            return False
        editable.AddBond(near[0], near[1], Chem.BondType.SINGLE)
    editable.RemoveAtom(place)
    return True


def _change(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Make an atom another element."""
    place = _pick(graph.plain, rng)
    if place is None:
        return False
    atom = editable.GetAtomWithIdx(place)
    bonds = int(sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()))
    if bonds > VALENCE[6]:  # sulfur of a sulfone
        return False
    number = drawn_element(rng, bonds)
    touch(editable, [place])
    atom.SetAtomicNum(number)
    return True


def _reorder(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Raise or lower the order of a bond."""
    place = _pick(graph.between, rng)
    if place is None:
        return False
    bond = editable.GetBondWithIdx(place)
    order = int(bond.GetBondTypeAsDouble()) + (1 if rng.random() < 0.5 else -1)
    if order not in _ORDERS:
        return False
    touch(editable, [bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()])
    bond.SetBondType(_ORDERS[order])
    return True


def _open_ring(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Remove a bond of a ring."""
    place = _pick(graph.ringed, rng)
    if place is None:
        return False
    bond = editable.GetBondWithIdx(place)
    ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    touch(editable, ends)
    editable.RemoveBond(*ends)
    return True


def _close_ring(graph: Graph, editable: Chem.RWMol, rng: np.random.Generator) -> bool:
    """Bond two atoms, so that a ring of three to six atoms arises, mostly of five or six."""
    begin = _pick(graph.growing, rng)
    if begin is None:
        return False
    distance = Chem.GetDistanceMatrix(graph.mol)[begin]
    bonds_between = (2, 3, 4, 4, 4, 5, 5, 5)[int(rng.integers(8))]
    end = _pick([place for place in graph.growing if distance[place] == bonds_between], rng)
    if end is None:
        return False
    touch(editable, [begin, end])
    editable.AddBond(begin, end, Chem.BondType.SINGLE)
    return True


_MOVES: tuple[Move, ...] = (
    _append,
    _graft,
    _insert,
    _delete,
    _change,
    _reorder,
    _open_ring,
    _close_ring,
)
_CUMULATED = np.cumsum([0.17, 0.13, 0.12, 0.17, 0.17, 0.1, 0.05, 0.09])
