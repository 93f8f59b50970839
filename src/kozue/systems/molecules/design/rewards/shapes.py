"""Desirabilities: which shape applies to a reward, and what it makes of values.

Derringer and Suich, J. Qual. Technol. 1980, 12, 214.
"""

from __future__ import annotations

import numpy as np

from kozue.core.errors import SettingsError
from kozue.systems.molecules.design.rewards.combination import Combine
from kozue.systems.molecules.design.rewards.quantities import SHARE, Shape, known_column, properties
from kozue.systems.molecules.design.rewards.settings import (
    OperationReward,
    PropertyReward,
    RewardSettings,
    SimilarityReward,
    SubstructureReward,
)


def desirability(values: np.ndarray, shape: Shape) -> np.ndarray:
    """Return how desirable values are.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n,), in the quantity's unit; NaN stays NaN.
    shape : Shape
        What is wanted.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0 to 1; the values themselves for ``raw``.
    """
    if shape.name == "raw":
        return values
    low = -np.inf if shape.low is None else shape.low
    high = np.inf if shape.high is None else shape.high
    if shape.name == "maximise":
        share = (values - low) / (high - low)
    elif shape.name == "minimise":
        share = (high - values) / (high - low)
    else:
        beyond = np.maximum(np.maximum(low - values, values - high), 0.0)
        soft = shape.name == "window" and shape.edge > 0
        share = 1.0 - beyond / shape.edge if soft else np.where(beyond > 0, 0.0, 1.0)
        share = np.where(np.isnan(values), np.nan, share)
    found: np.ndarray = np.clip(share, 0.0, 1.0) ** shape.exponent
    return found


def shape_of(reward: RewardSettings, combine: Combine, is_share: bool = False) -> Shape:
    """Return the shape that applies to a reward.

    Parameters
    ----------
    reward : RewardSettings
        What was asked.
    combine : str
        In a sum, values are raw unless a shape or limits are given.
    is_share : bool
        Whether the values are known to lie between 0 and 1, as probabilities do.

    Raises
    ------
    SettingsError
        If nothing is known about the quantity and no limits say what is wanted.
    """
    name = reward.shape
    if name == "raw":
        return Shape("raw")
    has_limits = reward.low is not None or reward.high is not None
    if name == "auto" and has_limits:
        name = "step" if isinstance(reward, SubstructureReward) else "window"
    if name == "auto" and combine == "sum":
        return Shape("raw")
    if isinstance(reward, SubstructureReward) and not has_limits:
        present = name != "minimise"
        return Shape("step", low=1.0) if present else Shape("step", high=0.0)
    usual = _usual(reward, is_share)
    if name in ("window", "step"):
        edge = reward.edge or _edge(reward, usual)
        return Shape(name, reward.low, reward.high, edge, reward.exponent)
    if name == "auto":
        if usual is None:
            return Shape("raw")
        return Shape(usual.name, usual.low, usual.high, reward.edge or usual.edge, reward.exponent)
    low = reward.low if reward.low is not None else usual.low if usual else None
    high = reward.high if reward.high is not None else usual.high if usual else None
    if low is None or high is None:
        raise SettingsError(
            f"The reward {reward.title!r} should be {name}d, and it is not known between which values.",
            "Give low and high, or limits such as ':2..4'.",
        )
    if low >= high:
        raise SettingsError(
            f"The reward {reward.title!r} goes from {low:g} to {high:g}, which is no range.",
            "Give both low and high, the lower one first.",
        )
    return Shape(name, low, high, 0.0, reward.exponent)


def _usual(reward: RewardSettings, is_share: bool) -> Shape | None:
    """Return what is usually wanted of a reward's quantity; None if nothing is known about it."""
    if isinstance(reward, PropertyReward):
        return properties()[reward.property].shape
    if isinstance(reward, SimilarityReward):
        return SHARE
    if isinstance(reward, OperationReward):
        known = known_column(reward.operation, reward.column)
        if known is not None:
            return known.shape
        if is_share:
            return SHARE
        if reward.shape == "auto" and reward.low is None and reward.high is None:
            raise SettingsError(
                f"It is not known what is good about {reward.operation}:{reward.column}.",
                f"Give limits, such as '{reward.operation}:{reward.column}>1', or shape, low and high, or shape='raw'.",
            )
    return None


def _edge(reward: RewardSettings, usual: Shape | None) -> float:
    """Return the width of a window's slopes where none is given.

    The usual one of the quantity; half its usual range; or half the window, half the limit, 1.
    """
    if usual is SHARE or (usual is not None and (usual.low, usual.high) == (SHARE.low, SHARE.high)):
        if reward.high is None:
            return reward.low or 1.0
        return 1.0 - reward.high if reward.low is None and reward.high < 1 else 0.25
    if usual is not None:
        return usual.edge or ((usual.high or 0.0) - (usual.low or 0.0)) / 2
    if reward.low is not None and reward.high is not None and reward.low < reward.high:
        return (reward.high - reward.low) / 2
    limit = reward.low if reward.low is not None else reward.high
    return abs(limit or 0.0) / 2 or 1.0
