"""The error of a reward that cannot be computed."""

from __future__ import annotations

from kozue.core.errors import KozueError


class RewardError(KozueError):
    """A reward could not be computed; carries the scorer's own words."""

    code = "reward_failed"
    status = 422
