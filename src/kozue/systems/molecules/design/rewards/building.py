"""From the settings of rewards to the rewards themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kozue.systems.molecules.design.contracts import Reward
from kozue.systems.molecules.design.rewards.combination import Combine, named
from kozue.systems.molecules.design.rewards.command import FromCommand
from kozue.systems.molecules.design.rewards.functions import FromFunction
from kozue.systems.molecules.design.rewards.operations import Asked, FromOperation
from kozue.systems.molecules.design.rewards.quantities import Shape
from kozue.systems.molecules.design.rewards.settings import (
    CommandReward,
    EntryPointReward,
    OperationReward,
    PropertyReward,
    PythonReward,
    RewardSettings,
    SimilarityReward,
    SubstructureReward,
    TaskReward,
)
from kozue.systems.molecules.design.rewards.shapes import shape_of
from kozue.systems.molecules.design.rewards.structures import Property, Similarity, Substructure, Task

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings


class Shaped(Reward, Protocol):
    """A reward that knows what is wanted of it, and gives back what it holds."""

    shape: Shape

    def close(self) -> None:
        """End programs that it started."""
        ...


def build(settings: SearchSettings) -> list[Shaped]:
    """Return the rewards of a search, in their order.

    Parameters
    ----------
    settings : SearchSettings
        Their names are made different where they are not given.

    Raises
    ------
    KozueError
        If an operation, column, file, function, structure or program is not there, or nothing is known about what
        is wanted of a quantity.
    """
    return build_rewards(settings.rewards, settings.combine, settings.in_domain)


def build_rewards(
    rewards: Sequence[RewardSettings], combine: Combine, in_domain: bool = False
) -> list[Shaped]:
    """Return rewards; see :func:`build`."""
    asked: dict[str, Asked] = {}
    return [
        _one(name, reward, combine, in_domain, asked)
        for name, reward in zip(named(rewards), rewards, strict=True)
    ]


def _one(
    name: str, reward: RewardSettings, combine: Combine, in_domain: bool, asked: dict[str, Asked]
) -> Shaped:
    if isinstance(reward, OperationReward):
        key = json.dumps([reward.operation, reward.settings], sort_keys=True)
        if key not in asked:
            asked[key] = Asked(reward.operation, reward.settings)
        column = asked[key].want(reward.column)
        shape = shape_of(reward, combine, is_share=column.role == "probability")
        return FromOperation(name, reward, asked[key], shape, in_domain or reward.outside_factor < 1)
    shape = shape_of(reward, combine)
    if isinstance(reward, PropertyReward):
        return Property(name, reward, shape)
    if isinstance(reward, SimilarityReward):
        return Similarity(name, reward, shape)
    if isinstance(reward, SubstructureReward):
        return Substructure(name, reward, shape)
    if isinstance(reward, TaskReward):
        return Task(name, reward, shape)
    if isinstance(reward, (PythonReward, EntryPointReward)):
        return FromFunction(name, reward, shape)
    if isinstance(reward, CommandReward):
        return FromCommand(name, reward, shape)
    raise TypeError(f"There is no reward for {type(reward).__name__}.")
