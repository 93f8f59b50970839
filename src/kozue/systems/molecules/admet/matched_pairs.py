"""Matched pairs: what a small exchange did to measured molecules, and which ones suit a new molecule.

Two molecules that differ in one group at the end of one single bond are a matched pair. Over many pairs the
same exchange (at the same kind of atom) has a mean change, which is shrunk towards no change: the fewer pairs
and the wider their spread, the more. After Griffen et al., J. Med. Chem. 2011, 54, 7739; fragments as in
Hussain and Rea, J. Chem. Inf. Model. 2010, 50, 339.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMMPA

from kozue.ml.store import load_arrays

WEIGHTS = Path(__file__).parent / "weights" / "matched_pairs"
MOST_VARIABLE = 8  # heavy atoms of a group that is exchanged
LEAST_CONSTANT = 0.6  # share of the heavy atoms that must stay
HYDROGEN = "[H][*:1]"
Z90 = 1.6449


@dataclass(frozen=True, slots=True)
class Cut:
    """A molecule taken apart at one bond.

    Parameters
    ----------
    constant, variable : str
        SMILES with the attachment point ``[*:1]``; the variable part may be a hydrogen.
    anchor : str
        Kind of the constant part's atom at the bond, see :func:`anchor_of`.
    """

    constant: str
    variable: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What exchanging one group for another does to one endpoint.

    Parameters
    ----------
    before, after : str
        Variable parts.
    pairs : int
        How many measured pairs.
    delta, low, high : float
        Shrunken mean change and its 90 % interval: model scale, for classes the share of positives.
    """

    before: str
    after: str
    pairs: int
    delta: float
    low: float
    high: float


def anchor_of(atom: Chem.Atom) -> str:
    """Tell the atoms that carry a group apart: element, aromatic, beside a doubly bound one or not."""
    if atom.GetIsAromatic():
        return str(atom.GetSymbol().lower())
    doubly = any(bond.GetBondType() == Chem.BondType.DOUBLE for bond in atom.GetBonds())
    if not doubly and atom.GetAtomicNum() in (7, 8):
        doubly = any(_pulls(neighbour) for neighbour in atom.GetNeighbors())
    return str(atom.GetSymbol()) + ("=" if doubly else "")


def _pulls(atom: Chem.Atom) -> bool:
    """Whether an atom has a double bond to a heteroatom, as in amides, esters and sulfonamides."""
    return any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(atom).GetAtomicNum() in (7, 8, 16)
        for bond in atom.GetBonds()
    )


def cuts(mol: Chem.Mol) -> Iterator[Cut]:
    """Take a molecule apart at each open-chain single bond that leaves most of it together.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Standardised.

    Yields
    ------
    Cut
        Without repetition.
    """
    heavy, seen = mol.GetNumHeavyAtoms(), set()
    with rdBase.BlockLogs():
        for _, text in rdMMPA.FragmentMol(mol, maxCuts=1, resultsAsMols=False):
            parts = text.split(".")
            facts = [_facts(part) for part in parts]
            for constant, variable in ((0, 1), (1, 0)):
                kept, gone = facts[constant][0], facts[variable][0]
                if kept < LEAST_CONSTANT * heavy or gone > MOST_VARIABLE:
                    continue
                cut = Cut(parts[constant], parts[variable], facts[constant][1])
                if cut not in seen:
                    seen.add(cut)
                    yield cut


@lru_cache(100_000)
def _facts(part: str) -> tuple[int, str]:
    """Return the heavy atoms of a part, and the kind of its atom at the bond."""
    mol = Chem.MolFromSmiles(part)
    point = next(atom for atom in mol.GetAtoms() if atom.GetAtomMapNum())
    return mol.GetNumHeavyAtoms(), anchor_of(point.GetNeighbors()[0])


def hydrogens(mol: Chem.Mol) -> Iterator[Cut]:
    """Yield a cut for each distinct atom that carries a hydrogen."""
    ranks, seen = list(Chem.CanonicalRankAtoms(mol, breakTies=False)), set()
    for atom in mol.GetAtoms():
        if atom.GetTotalNumHs() == 0 or ranks[atom.GetIdx()] in seen or atom.GetAtomicNum() == 1:
            continue
        seen.add(ranks[atom.GetIdx()])
        copy = Chem.RWMol(mol)
        carrier = copy.GetAtomWithIdx(atom.GetIdx())
        if carrier.GetNumExplicitHs():
            carrier.SetNumExplicitHs(carrier.GetNumExplicitHs() - 1)
        point = Chem.Atom(0)
        point.SetAtomMapNum(1)
        copy.AddBond(atom.GetIdx(), copy.AddAtom(point), Chem.BondType.SINGLE)
        try:
            Chem.SanitizeMol(copy)
        except ValueError:  # no room for a group here
            continue
        yield Cut(Chem.MolToSmiles(copy), HYDROGEN, anchor_of(carrier))


def joined(constant: str, variable: str) -> Chem.Mol | None:
    """Put two parts together at their attachment points; None if that is no molecule."""
    with rdBase.BlockLogs():
        try:
            mol = Chem.molzip(Chem.MolFromSmiles(constant), Chem.MolFromSmiles(variable, _with_hydrogens()))
            mol = Chem.RemoveHs(mol)
            Chem.SanitizeMol(mol)
        except (ValueError, RuntimeError):
            return None
        return Chem.MolFromSmiles(Chem.MolToSmiles(mol))


@cache
def _with_hydrogens() -> Chem.SmilesParserParams:
    options = Chem.SmilesParserParams()
    options.removeHs = False
    return options


class Exchanges:
    """The exchanges of all endpoints.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        See :func:`kozue.systems.molecules.admet.matched_pairs_building.packed`.
    """

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self.groups = _texts(arrays["groups"])
        self.anchors = _texts(arrays["anchors"])
        self.endpoints = _texts(arrays["endpoints"])
        self._place = {group: place for place, group in enumerate(self.groups)}
        self._arrays = arrays
        self._tables: dict[str, dict[tuple[str, int], list[int]]] = {}
        self._made: dict[tuple[str, str, int], list[Exchange]] = {}

    @classmethod
    def load(cls) -> Exchanges:
        """Load the shipped exchanges; the second call costs nothing.

        Raises
        ------
        ModelError
            If they are missing or damaged.
        """
        return _shipped()

    def of(self, endpoint: str, cut: Cut) -> Iterator[Exchange]:
        """Yield the known exchanges of a cut's variable part."""
        place = self._place.get(cut.variable)
        if place is None or cut.anchor not in self.anchors:
            return
        asked = endpoint, cut.anchor, place
        if asked not in self._made:
            rows = self._table(endpoint).get((cut.anchor, place), ())
            self._made[asked] = [
                self._exchange(endpoint, row, self._arrays["before"][row] == place) for row in rows
            ]
        yield from self._made[asked]

    def _table(self, endpoint: str) -> dict[tuple[str, int], list[int]]:
        """Return rows by anchor and group, made when an endpoint is first asked for."""
        if endpoint not in self._tables:
            table: dict[tuple[str, int], list[int]] = {}
            if endpoint in self.endpoints:
                number = self.endpoints.index(endpoint)
                for row in np.flatnonzero(self._arrays["endpoint"] == number):
                    anchor = self.anchors[self._arrays["anchor"][row]]
                    for side in ("before", "after"):
                        table.setdefault((anchor, int(self._arrays[side][row])), []).append(int(row))
            self._tables[endpoint] = table
        return self._tables[endpoint]

    def _exchange(self, endpoint: str, row: int, forward: bool) -> Exchange:
        kept = {name: self._arrays[name][row] for name in ("before", "after", "pairs", "mean")}
        number = self.endpoints.index(endpoint)
        within, between = (float(self._arrays[name][number]) for name in ("within", "between"))
        delta, half = shrunken(float(kept["mean"]), int(kept["pairs"]), within, between)
        sides = self.groups[kept["before"]], self.groups[kept["after"]]
        if not forward:
            delta, sides = -delta, sides[::-1]
        return Exchange(*sides, int(kept["pairs"]), delta, delta - half, delta + half)


def shrunken(mean: float, pairs: int, within: float, between: float) -> tuple[float, float]:
    """Shrink a mean change towards none, and give the half width of its 90 % interval.

    Parameters
    ----------
    mean : float
        Mean change of the pairs.
    pairs : int
        How many.
    within, between : float
        Variance of the change among pairs of one exchange, and of the mean among exchanges.

    Returns
    -------
    delta, half : float
        Mean and 1.645 standard deviations of the posterior of a normal mean with a normal prior around 0.
    """
    share = between / (between + within / pairs) if between > 0 else 0.0
    return mean * share, Z90 * float(np.sqrt(share * within / pairs))


@cache
def _shipped() -> Exchanges:
    return Exchanges(load_arrays(WEIGHTS, "pairs"))


def _texts(packed: np.ndarray) -> list[str]:
    return str(packed.tobytes().decode()).split("\n")
