"""The one way from a proposed structure to a score: canonical form, core, filters, diversity, cache, budget, log.

Every call is counted and logged with who proposed it, from what, and every component of its score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from rdkit import Chem, rdBase

from kozue.systems.molecules.design.contracts import Judged, Proposal
from kozue.systems.molecules.design.journal import Journal

LARGEST = 100  # heavy atoms; beyond it nothing here is a drug, and rewards may take very long


class Screening(Protocol):
    """Filters: the name of the first one that removes a molecule, empty if all let it pass."""

    def first_failing(self, mol: Chem.Mol) -> str:
        """Return the name of the filter."""
        ...


class Crowding(Protocol):
    """Diversity: how many molecules of a kind are wanted."""

    def admits(self, mol: Chem.Mol) -> bool:
        """Return whether there is room for one more like it."""
        ...

    def add(self, mol: Chem.Mol, score: float) -> None:
        """Take note of a scored molecule."""
        ...


class Chooser(Protocol):
    """Which of many proposals are worth a call."""

    def learn(self, mols: Sequence[Chem.Mol], scores: Sequence[float]) -> None:
        """Take in molecules and their scores."""
        ...

    def choose(self, mols: Sequence[Chem.Mol], count: int) -> list[int]:
        """Return the places of those that are to be scored, ascending, at most ``count``."""
        ...


Values = Callable[[Sequence[str], Sequence[Chem.Mol]], Mapping[str, np.ndarray]]
Scores = Callable[[Mapping[str, np.ndarray]], tuple[np.ndarray, Sequence[str]]]
Key = Callable[[Chem.Mol], str]
Keeps = Callable[[Chem.Mol], bool]


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the audit log.

    Parameters
    ----------
    number : int
        From 1.
    smiles : str
        Canonical.
    generator : str
        Who proposed it.
    parents : tuple of str
        Canonical SMILES it was made from.
    round : int
        Batch in which it was asked.
    score : float
        NaN if the rewards gave no number.
    values : mapping
        Every reward component.
    """

    number: int
    smiles: str
    generator: str
    parents: tuple[str, ...]
    round: int
    score: float
    values: Mapping[str, float]


@dataclass(slots=True)
class _Asked:
    """A structure of a batch that waits for its score."""

    smiles: str
    mol: Chem.Mol
    proposal: Proposal
    key: str
    generator: str
    places: list[tuple[str, int]] = field(default_factory=list)


class Oracle:
    """Counts, filters, remembers and scores.

    Parameters
    ----------
    values : callable
        Canonical SMILES and molecules to reward columns, each of shape (n,).
    scores : callable
        Reward columns to combined scores, shape (n,), and to reasons why there is none, shape (n,).
    filters : Screening
        Applied before a call is spent.
    crowding : Crowding
        Diversity.
    journal : Journal
        Answers of an earlier attempt.
    budget : int
        Calls in all.
    keeps_core : callable, optional
        Whether a molecule holds the core and grew at allowed sites only.
    key : callable, optional
        Molecule to a text that is equal for what counts as the same; the canonical SMILES if none is given.
    chooser : Chooser, optional
        Chooses where more is proposed than may be scored; without it the first ones are scored.
    """

    def __init__(
        self,
        values: Values,
        scores: Scores,
        filters: Screening,
        crowding: Crowding,
        journal: Journal,
        budget: int,
        keeps_core: Keeps | None = None,
        key: Key | None = None,
        chooser: Chooser | None = None,
    ) -> None:
        self._values = values
        self._scores = scores
        self._filters = filters
        self._crowding = crowding
        self._journal = journal
        self._keeps_core = keeps_core
        self._key = key
        self._chooser = chooser
        self._known: dict[str, Judged] = {}
        self.budget = budget
        self.round = 0
        self.best = float("-inf")
        self.calls: list[Call] = []
        self.lost: Counter[str] = Counter()
        self.proposed: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()

    @property
    def left(self) -> int:
        """Calls that may still be spent."""
        return self.budget - len(self.calls)

    def inherit(self, other: Oracle) -> list[Judged]:
        """Take over what another oracle with the same rewards has scored; return it, in the order of its calls."""
        scored = {judged.smiles: judged for judged in other._known.values() if judged.status == "scored"}
        self._known.update({key: judged for key, judged in other._known.items() if judged.status == "scored"})
        inherited = sorted(scored.values(), key=lambda judged: judged.call)
        if self._chooser is not None and inherited:
            mols = [Chem.MolFromSmiles(judged.smiles) for judged in inherited]
            self._chooser.learn(mols, [judged.score for judged in inherited])
        return inherited

    def forget_filtered(self, filters: Screening) -> None:
        """Take other filters from now on; what the old ones removed may be proposed again."""
        self._filters = filters
        self._known = {key: judged for key, judged in self._known.items() if judged.status == "scored"}

    def judge(
        self, proposals: Mapping[str, Sequence[Proposal]], most: int | None = None
    ) -> dict[str, list[Judged]]:
        """Answer a round of proposals, in their order.

        Parameters
        ----------
        proposals : mapping
            By who proposed them. Any number; only new structures that pass cost a call.
        most : int, optional
            Calls that may be spent on them; as many as are left if none is given.

        Raises
        ------
        RewardError
            If a reward cannot be computed.
        """
        self.round += 1
        answers: dict[tuple[str, int], Judged] = {}
        waiting: dict[str, _Asked] = {}
        with rdBase.BlockLogs():
            for generator, some in proposals.items():
                self.proposed[generator] += len(some)
                for place, proposal in enumerate(some):
                    asked = self._met(proposal, generator, waiting)
                    if isinstance(asked, Judged):
                        answers[generator, place] = asked
                        self._count(asked, generator)
                    else:
                        waiting.setdefault(asked.key, asked).places.append((generator, place))
        asked_now, passed = self._chosen(list(waiting.values()), most)
        for asked in passed:
            answers.update(dict.fromkeys(asked.places, Judged(asked.smiles, "unspent")))
        for asked, judged in zip(asked_now, self._score(asked_now), strict=True):
            self._known[asked.key] = self._known[judged.smiles] = judged
            answers.update(dict.fromkeys(asked.places, _as_known(judged)))
            answers[asked.places[0]] = judged
            self.repeated.update(generator for generator, _ in asked.places[1:])
        return {
            generator: [answers[generator, place] for place in range(len(some))]
            for generator, some in proposals.items()
        }

    def _chosen(self, waiting: list[_Asked], most: int | None) -> tuple[list[_Asked], list[_Asked]]:
        """Part what could be scored into what is and what is not."""
        count = self.left if most is None else min(most, self.left)
        if self._chooser is None:
            return waiting[:count], waiting[count:]
        places = set(self._chooser.choose([asked.mol for asked in waiting], count))
        return (
            [asked for place, asked in enumerate(waiting) if place in places],
            [asked for place, asked in enumerate(waiting) if place not in places],
        )

    def _count(self, judged: Judged, generator: str) -> None:
        if judged.status == "known":
            self.repeated[generator] += 1
        else:
            self.lost[judged.reason] += 1

    def _met(self, proposal: Proposal, generator: str, waiting: Mapping[str, _Asked]) -> Judged | _Asked:
        """Return the answer that costs nothing, or what has to be asked."""
        earlier = self._known.get(proposal.smiles)
        if earlier is not None:
            return _as_known(earlier) if earlier.status == "scored" else earlier
        mol = Chem.MolFromSmiles(proposal.smiles) if proposal.smiles else None
        if mol is None or not 0 < mol.GetNumAtoms() <= LARGEST:
            return Judged(proposal.smiles, "invalid", reason="unreadable" if mol is None else "too large")
        smiles = Chem.MolToSmiles(mol)
        key = smiles if self._key is None else self._key(mol)
        earlier = self._known.get(key)
        if earlier is not None:
            return _as_known(earlier) if earlier.status == "scored" else earlier
        if key in waiting:
            return waiting[key]
        judged = self._refused(smiles, mol)
        if judged is not None:
            if judged.status != "crowded":
                self._known[key] = self._known[smiles] = judged
            return judged
        return _Asked(smiles, mol, proposal, key, generator)

    def _refused(self, smiles: str, mol: Chem.Mol) -> Judged | None:
        if "." in smiles:
            return Judged(smiles, "invalid", reason="several parts")
        if self._keeps_core is not None and not self._keeps_core(mol):
            return Judged(smiles, "invalid", reason="without the core")
        failing = self._filters.first_failing(mol)
        if failing:
            return Judged(smiles, "filtered", reason=failing)
        if not self._crowding.admits(mol):
            return Judged(smiles, "crowded", reason="enough like it")
        return None

    def _score(self, asked: list[_Asked]) -> list[Judged]:
        """Spend one call each."""
        if not asked:
            return []
        columns = self._columns(asked)
        scores, reasons = self._scores(columns)
        judged = []
        for place, (one, score) in enumerate(zip(asked, np.asarray(scores, float).tolist(), strict=True)):
            values = {name: float(column[place]) for name, column in columns.items()}
            call = Call(
                len(self.calls) + 1,
                one.smiles,
                one.generator,
                one.proposal.parents,
                self.round,
                score,
                values,
            )
            self.calls.append(call)
            if np.isnan(score):
                self.lost[reasons[place] or "no score"] += 1
                score = float("-inf")
            else:
                self.best = max(self.best, score)
                self._crowding.add(one.mol, score)
            judged.append(Judged(one.smiles, "scored", score, "", call.number, values))
        if self._chooser is not None:
            self._chooser.learn([one.mol for one in asked], [one.score for one in judged])
        return judged

    def _columns(self, asked: list[_Asked]) -> dict[str, np.ndarray]:
        """Return the reward columns, computing only what an earlier attempt had not got."""
        answers = [self._journal.get(one.smiles) for one in asked]
        new = [one for one, answer in zip(asked, answers, strict=True) if answer is None]
        if new:
            smiles = [one.smiles for one in new]
            found = self._values(smiles, [one.mol for one in new])
            self._journal.add(smiles, {name: column.tolist() for name, column in found.items()})
            fresh = iter(
                {name: float(column[place]) for name, column in found.items()} for place in range(len(new))
            )
            answers = [next(fresh) if answer is None else answer for answer in answers]
        names = list(answers[0] or {})
        return {name: np.array([(answer or {})[name] for answer in answers], float) for name in names}


def _as_known(judged: Judged) -> Judged:
    return Judged(judged.smiles, "known", judged.score, "", 0, judged.values)
