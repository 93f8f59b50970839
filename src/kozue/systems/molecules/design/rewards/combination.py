"""Which rewards can be combined, and what their columns are called; light, for settings are checked with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kozue.systems.molecules.design.rewards.settings import CommandReward, PythonReward, RewardSettings

Combine = Literal["mean", "geometric", "minimum", "sum", "pareto"]

#: Columns of the result that no reward may be named like.
TAKEN = frozenset(
    {
        "smiles",
        "name",
        "score",
        "rank",
        "front",
        "generator",
        "parents",
        "call",
        "round",
        "stage",
        "core_atoms",
        "nearest",
        "nearest_similarity",
        "concerns",
    }
)


def check_combined(combine: Combine, rewards: Sequence[RewardSettings]) -> None:
    """Refuse rewards that cannot be combined so, or names that would meet in one column."""
    given = [reward.name for reward in rewards if reward.name]
    twice = [name for name in given if given.count(name) > 1]
    if twice:
        raise ValueError(f"two rewards are named {twice[0]!r}")
    taken = [name for name in given if name in TAKEN]
    if taken:
        raise ValueError(f"a reward cannot be named {taken[0]!r}: the result has a column of that name")
    if combine != "sum":
        negative = [reward for reward in rewards if reward.weight < 0]
        if negative:
            raise ValueError(
                f"the weight of {negative[0].title} is {negative[0].weight:g}; below 0 only with combine=sum"
            )
    if combine == "pareto" and len(rewards) < 2:
        raise ValueError("combine=pareto needs two rewards or more")


def named(rewards: Sequence[RewardSettings]) -> list[str]:
    """Return a column name for each reward, all different.

    Parameters
    ----------
    rewards : sequence of RewardSettings
        Shape (k,).

    Returns
    -------
    list of str
        Shape (k,); the names that were given stay.
    """
    used = {reward.name for reward in rewards if reward.name} | TAKEN
    names = []
    for reward in rewards:
        name, number = reward.name or reward.default_name, 2
        while not reward.name and name in used:
            name, number = f"{reward.default_name}_{number}", number + 1
        used.add(name)
        names.append(name)
    return names


def started(rewards: Sequence[RewardSettings]) -> tuple[str, ...]:
    """Return what of the user's own some rewards would start: commands, and Python functions named by place."""
    commands = [" ".join(reward.command) for reward in rewards if isinstance(reward, CommandReward)]
    return (*commands, *(reward.target for reward in rewards if isinstance(reward, PythonReward)))
