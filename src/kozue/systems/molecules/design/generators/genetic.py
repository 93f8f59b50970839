"""Graph genetic algorithm: crossover and mutation of the best molecules so far.

Jensen, Chem. Sci. 2019, 10, 3567; parents are drawn by rank as in Tripp and Hernandez-Lobato, arXiv:2310.09267. With a
core only its side chains are exchanged, crossed and mutated.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem.Scaffolds import MurckoScaffold

from kozue.systems.molecules.design.contracts import Judged, Proposal
from kozue.systems.molecules.design.core.scaffold import Core
from kozue.systems.molecules.design.core.sidechains import Chains, empty, joined, side_chains
from kozue.systems.molecules.design.generators.crossover import crossed
from kozue.systems.molecules.design.generators.mutation import mutated

POPULATION = 100
MUTATION_RATE = 0.2
RANK_WEIGHT = 0.01
"""Parents are drawn in proportion to 1 / (RANK_WEIGHT * population + rank)."""
SCAFFOLD_SHARE = 3
"""At most one in so many molecules of the population has the same scaffold."""
_TRIES = 12  # a child wanted
_EXCHANGE_SHARE = 0.5  # of crossovers on a core that exchange whole side chains


def offspring(
    parents: Sequence[tuple[str, float]],
    count: int,
    rng: np.random.Generator,
    core: Core | None = None,
    mutation_rate: float = MUTATION_RATE,
    known: frozenset[str] | set[str] = frozenset(),
) -> list[Proposal]:
    """Make children of judged molecules.

    Parameters
    ----------
    parents : sequence of (str, float)
        SMILES and score; better ones, and of equals the earlier ones, are parents more often.
    count : int
        Children wanted.
    rng : numpy.random.Generator
        For all choices.
    core : Core, optional
        What every child has to hold; parents without it are left out.
    mutation_rate : float
        Of children that are changed after the crossover.
    known : set of str
        Canonical SMILES that are no children.

    Returns
    -------
    list of Proposal
        Canonical, all different; fewer than ``count`` where nothing new was found.
    """
    able = [smiles for smiles, _ in sorted(parents, key=lambda item: -item[1])]
    if core is not None:
        able = [smiles for smiles in able if _chains(core, smiles) is not None]
    if not able:
        return []
    weights = 1 / (RANK_WEIGHT * len(able) + np.arange(len(able)) + 1)
    cumulated = np.cumsum(weights / weights.sum())
    found: dict[str, Proposal] = {}
    for _ in range(_TRIES * count):
        if len(found) >= count:
            break
        places = np.minimum(np.searchsorted(cumulated, rng.random(2), side="right"), len(able) - 1)
        first, second = able[int(places[0])], able[int(places[1])]
        mutates = rng.random() < mutation_rate
        if core is None:
            child = _free_child(first, second, mutates, rng)
        else:
            child = _child_on(core, first, second, mutates, rng)
        if child is not None and child not in known and child not in found and child not in (first, second):
            found[child] = Proposal(child, tuple(dict.fromkeys((first, second))))
    return list(found.values())


class Genetic:
    """Graph genetic algorithm; fulfils :class:`~kozue.systems.molecules.design.contracts.Generator`.

    Parameters
    ----------
    rng : numpy.random.Generator
        For all choices.
    start : sequence of str
        SMILES to begin with, of the prior or given; with a core, those that do not hold it are left out.
    core : Core, optional
        What every proposal holds.
    population : int
        Best molecules kept as parents, whoever proposed them.
    mutation_rate : float
        Of children that are changed after the crossover.
    """

    name = "genetic"

    def __init__(
        self,
        rng: np.random.Generator,
        start: Sequence[str],
        core: Core | None = None,
        population: int = POPULATION,
        mutation_rate: float = MUTATION_RATE,
    ) -> None:
        self._rng = rng
        self._core = core
        self._size = population
        self._mutation_rate = mutation_rate
        self._waiting = _usable(start, core)
        self._population: dict[str, float] = {}
        self._known: set[str] = set()

    @property
    def population(self) -> list[tuple[str, float]]:
        """The parents, best first; of equals the youngest, so that the population drifts where scores tell nothing."""
        return sorted(self._population.items(), key=lambda item: -item[1])

    def propose(self, count: int) -> list[Proposal]:
        """Return first the start molecules, then children of the best so far."""
        found: list[Proposal] = []
        while self._waiting and len(found) < count and len(self._population) < self._size:
            smiles = self._waiting.pop(0)
            if smiles not in self._known:
                found.append(Proposal(smiles))
        parents = self.population
        if len(found) < count and parents:
            known = self._known | {one.smiles for one in found} | set(self._population)
            found += offspring(parents, count - len(found), self._rng, self._core, self._mutation_rate, known)
        return found

    def learn(self, judged: Sequence[Judged], mine: bool) -> None:
        """Take scored molecules into the population, and keep the best of it."""
        young: dict[str, float] = {}
        for one in judged:
            if one.status != "unspent":  # which may be worth a call later
                self._known.add(one.smiles)
            if one.status not in ("scored", "known") or not np.isfinite(one.score):
                continue
            if self._core is None or _chains(self._core, one.smiles) is not None:
                young[one.smiles] = one.score
        self._population = young | {
            smiles: score for smiles, score in self._population.items() if smiles not in young
        }
        self._population = dict(_survivors(self.population, self._size))


def _survivors(ranked: Sequence[tuple[str, float]], size: int) -> list[tuple[str, float]]:
    """Return the best, of one scaffold no more than its share; the others only where places are left."""
    most = max(1, size // SCAFFOLD_SHARE)
    counts: dict[str, int] = {}
    kept: list[tuple[str, float]] = []
    over: list[tuple[str, float]] = []
    for smiles, score in ranked:
        if len(kept) == size:
            break
        scaffold = _scaffold(smiles)
        counts[scaffold] = counts.get(scaffold, 0) + 1
        (kept if counts[scaffold] <= most else over).append((smiles, score))
    return kept + over[: size - len(kept)]


@lru_cache(maxsize=8192)
def _scaffold(smiles: str) -> str:
    scaffold: str = MurckoScaffold.MurckoScaffoldSmiles(smiles)
    return scaffold


def _usable(start: Sequence[str], core: Core | None) -> list[str]:
    """Return what can be begun with; on a core without start molecules, the core and something small at its sites."""
    if core is not None:
        found = [smiles for smiles in map(core.accepted, start) if smiles]
        return list(dict.fromkeys(found)) or _smallest(core)
    with rdBase.BlockLogs():
        mols = [Chem.MolFromSmiles(text) for text in start]
    return list(dict.fromkeys(Chem.MolToSmiles(mol) for mol in mols if mol is not None and mol.GetNumAtoms()))


def _smallest(core: Core) -> list[str]:
    if core.is_linked:
        one, other = core.labels
        tried = [(f"[*:{one}]{linker}[*:{other}]",) for linker in ("C", "O", "N", "CC", "C(=O)N", "CO")]
    else:
        bare = tuple(map(empty, core.labels))
        tried = [bare]
        for place, label in enumerate(core.labels):
            for chain in ("C", "F", "O", "N"):
                tried.append((*bare[:place], f"{chain}[*:{label}]", *bare[place + 1 :]))
    return list(dict.fromkeys(smiles for chains in tried if (smiles := joined(core, chains)) is not None))


def _free_child(first: str, second: str, mutates: bool, rng: np.random.Generator) -> str | None:
    child = crossed(first, second, rng) if first != second else None
    if child is None or mutates:
        child = mutated(child or first, rng)
    if child is None:
        return None
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(child)
    return None if mol is None else Chem.MolToSmiles(mol)


@lru_cache(maxsize=8192)
def _chains(core: Core, smiles: str) -> Chains | None:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    return None if mol is None else side_chains(core, mol)


def _child_on(core: Core, first: str, second: str, mutates: bool, rng: np.random.Generator) -> str | None:
    """Return a molecule with the side chains of its parents, at a site exchanged, crossed or changed."""
    own, others = _chains(core, first), _chains(core, second)
    if own is None or others is None:
        return None
    chains = list(own)
    if first != second:
        place = int(rng.integers(len(chains)))
        if rng.random() < _EXCHANGE_SHARE:
            chains[place] = others[place]
        else:
            chains[place] = crossed(chains[place], others[place], rng) or others[place]
    if mutates or tuple(chains) == own:
        place = int(rng.integers(len(chains)))
        chains[place] = mutated(chains[place], rng) or chains[place]
    return None if tuple(chains) == own else joined(core, tuple(chains))
