"""The objective: rewards' raw values, their desirabilities, and one score a molecule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kozue.core.context import Context
from kozue.core.errors import KozueError
from kozue.core.wording import counted
from kozue.systems.molecules.design.pareto import ranks
from kozue.systems.molecules.design.rewards.building import Shaped, build
from kozue.systems.molecules.design.rewards.combination import Combine
from kozue.systems.molecules.design.rewards.errors import RewardError
from kozue.systems.molecules.design.rewards.operations import OUTSIDE
from kozue.systems.molecules.design.rewards.settings import OperationReward, RewardSettings
from kozue.systems.molecules.design.rewards.shapes import desirability

if TYPE_CHECKING:
    from rdkit import Chem

    from kozue.systems.molecules.design.settings import SearchSettings

PATIENCE = 64
"""After so many molecules in a row without a value, a reward is taken for broken."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A batch with its scores.

    Parameters
    ----------
    score : numpy.ndarray
        Shape (n,); NaN where a reward has no value, or a model does not know such molecules and that was asked for.
    columns : dict of str to numpy.ndarray
        Raw values, each of shape (n,).
    reasons : list of str
        Shape (n,); why there is no score, empty where there is one.
    """

    score: np.ndarray
    columns: dict[str, np.ndarray]
    reasons: list[str]


class Objective:
    """Several rewards as one.

    Parameters
    ----------
    rewards : sequence of Shaped
        Shape (k,), as :func:`~kozue.systems.molecules.design.rewards.building.build` makes them.
    specs : sequence of RewardSettings
        Shape (k,); their weights and penalties.
    combine : str
        ``mean``: weighted arithmetic mean of the desirabilities; ``geometric``: weighted geometric mean (Derringer
        and Suich, J. Qual. Technol. 1980, 12, 214), where a negative raw value counts as 0; ``minimum``: the least
        one, weights have no say; ``sum``: weighted sum; ``pareto``: for guidance the least weighted desirability by
        weights drawn anew for each batch (Chebyshev), for the result fronts.
    in_domain : bool
        Whether molecules outside a model's domain get no score.
    """

    def __init__(
        self,
        rewards: Sequence[Shaped],
        specs: Sequence[RewardSettings],
        combine: Combine,
        in_domain: bool = False,
    ) -> None:
        self.rewards = list(rewards)
        self.specs = list(specs)
        self.combine = combine
        self.names = [reward.name for reward in self.rewards]
        self._in_domain = in_domain
        self._weights = np.array([spec.weight for spec in specs], float)
        self._without = dict.fromkeys(self.names, 0)

    @classmethod
    def of(cls, settings: SearchSettings) -> Objective:
        """Build the objective of a search."""
        return cls(build(settings), settings.rewards, settings.combine, settings.in_domain)

    @property
    def is_pareto(self) -> bool:
        """Whether the result is fronts rather than one order."""
        return self.combine == "pareto"

    @property
    def columns(self) -> list[str]:
        """Names of all raw columns, in order."""
        return [column for reward in self.rewards for column in reward.columns()]

    def evaluate(
        self,
        smiles: Sequence[str],
        mols: Sequence[Chem.Mol],
        context: Context,
        rng: np.random.Generator | None = None,
    ) -> Evaluation:
        """Return values and scores of a batch; :meth:`values` and :meth:`scores` in one."""
        columns = self.values(smiles, mols, context)
        return Evaluation(self.scores(columns, rng), columns, self.reasons(columns))

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> dict[str, np.ndarray]:
        """Return the raw values of every reward, each of shape (n,); what is not finite becomes NaN.

        Raises
        ------
        RewardError
            If a reward fails, or has had no value for many molecules in a row.
        """
        if not smiles:
            return {name: np.zeros(0) for name in self.columns}
        found: dict[str, np.ndarray] = {}
        for reward in self.rewards:
            context.check_cancelled()
            for name, values in self._asked(reward, smiles, mols, context).items():
                found[name] = np.where(np.isfinite(values), values, np.nan)
            self._watch(reward, found[reward.name])
        return found

    def desirabilities(self, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return how desirable each reward's values are, shape (n,) each: 0 to 1, or the value itself if raw."""
        return {
            reward.name: self._penalised(
                reward, spec, desirability(columns[reward.name], reward.shape), columns
            )
            for reward, spec in zip(self.rewards, self.specs, strict=True)
        }

    def scores(self, columns: Mapping[str, np.ndarray], rng: np.random.Generator | None = None) -> np.ndarray:
        """Return one score a molecule, shape (n,); NaN where there is none.

        Parameters
        ----------
        columns : mapping
            Raw values by column, as :meth:`values` gives them.
        rng : numpy.random.Generator, optional
            For ``pareto``, draws the weights of this batch; without it they are equal.
        """
        worth = np.stack(list(self.desirabilities(columns).values()))
        share = np.abs(self._weights) / np.abs(self._weights).sum()
        if self.combine == "sum":
            score = self._weights @ worth
        elif self.combine == "mean":
            score = share @ worth
        elif self.combine == "minimum":
            score = worth.min(axis=0)
        elif self.combine == "geometric":
            score = _geometric(worth, share)
        else:
            drawn = share if rng is None else share * rng.dirichlet(np.ones(len(share)))
            score = (1.0 - (drawn / drawn.max())[:, None] * (1.0 - worth)).min(axis=0)
        score = np.where(np.isnan(worth).any(axis=0), np.nan, score)
        if self._in_domain:
            score = np.where(self._outside(columns) != "", np.nan, score)
        return score

    def reasons(self, columns: Mapping[str, np.ndarray]) -> list[str]:
        """Return why a molecule has no score, shape (n,); empty where it has one."""
        found = (
            self._outside(columns) if self._in_domain else np.full(len(columns[self.names[0]]), "", object)
        )
        for name in reversed(self.names):
            found = np.where(np.isnan(columns[name]), f"no value of {name}", found)
        return [str(reason) for reason in found]

    def fronts(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the Pareto front of each molecule, shape (n,), from 1; 0 where there is no score."""
        worth = np.stack(list(self.desirabilities(columns).values()), axis=1) * np.sign(self._weights)
        scored = ~np.isnan(self.scores(columns))
        found = np.zeros(len(worth), np.int64)
        found[scored] = ranks(worth[scored])
        return found

    def close(self) -> None:
        """End the programs that rewards started."""
        for reward in self.rewards:
            reward.close()

    def _asked(
        self, reward: Shaped, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> dict[str, np.ndarray]:
        try:
            given = reward.values(smiles, mols, context)
        except KozueError:
            raise
        except Exception as error:
            raise RewardError(
                counted(f"The reward {reward.name!r} failed on {{count}} {{molecule|molecules}}", len(smiles))
                + f" ({', '.join(smiles[:3])} …): {type(error).__name__}: {error}",
                "Correct the reward, or leave it out.",
            ) from error
        found = {name: np.asarray(values, float) for name, values in given.items()}
        for name in reward.columns():
            if name not in found or found[name].shape != (len(smiles),):
                raise RewardError(
                    f"The reward {reward.name!r} did not give one value a molecule in {name!r}.",
                    "It must return as many values as there are molecules, NaN where it has none.",
                )
        return found

    def _watch(self, reward: Shaped, values: np.ndarray) -> None:
        """Stop at a reward that has nothing to say about any molecule."""
        with_value = np.flatnonzero(~np.isnan(values))
        if len(with_value):
            self._without[reward.name] = len(values) - 1 - int(with_value[-1])
        else:
            self._without[reward.name] += len(values)
        if self._without[reward.name] >= PATIENCE and not len(with_value):
            reason = str(getattr(reward, "reason", ""))
            raise RewardError(
                f"The reward {reward.name!r} had no value for the last {self._without[reward.name]} molecules."
                + (f" It says: {reason}" if reason else ""),
                "Check it on a few known molecules before searching with it.",
            )

    def _penalised(
        self, reward: Shaped, spec: RewardSettings, worth: np.ndarray, columns: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        outside = columns.get(f"{reward.name}_{OUTSIDE}")
        if outside is None or not isinstance(spec, OperationReward) or spec.outside_factor == 1:
            return worth
        return np.where(outside == 1, worth * spec.outside_factor, worth)

    def _outside(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return which reward's model does not know a molecule, shape (n,) of text, empty if all do."""
        found = np.full(len(columns[self.names[0]]), "", object)
        for name in reversed(self.names):
            outside = columns.get(f"{name}_{OUTSIDE}")
            if outside is not None:
                found = np.where(outside == 1, f"outside the domain of {name}", found)
        return found


def _geometric(worth: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the weighted geometric mean over the rows of shape (k, n); the row itself if there is one."""
    if len(worth) == 1:
        return worth.sum(axis=0)  # as it is: a raw value may be below 0
    with np.errstate(divide="ignore"):
        found: np.ndarray = np.exp(share @ np.log(np.maximum(worth, 0.0)))
    return found
