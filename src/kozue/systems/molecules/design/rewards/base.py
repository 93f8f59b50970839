"""What the settings of every reward have in common."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from kozue.core.settings import Settings


class RewardSettings(Settings):
    """What every reward has: a name, a weight, and the shape of its desirability."""

    name: str = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$",
        max_length=60,
        description="Column of its values in the result; empty: made from what it rewards.",
        json_schema_extra={"label_ja": "列名"},
    )
    weight: float = Field(
        1.0,
        ge=-1e6,
        le=1e6,
        allow_inf_nan=False,
        description="Weight among the rewards; below 0 only where they are summed.",
        json_schema_extra={"label_ja": "重み"},
    )
    shape: Literal["auto", "maximise", "minimise", "window", "step", "raw"] = Field(
        "auto",
        description="How a value becomes a desirability of 0 to 1. maximise: 0 at low, 1 at high; minimise: the "
        "reverse; window: 1 from low to high with soft edges; step: 1 from low to high, else 0; raw: the value itself; "
        "auto: a window if limits are given, else what is usual for the quantity.",
        json_schema_extra={"label_ja": "望ましさの形"},
    )
    low: float | None = Field(
        None,
        allow_inf_nan=False,
        description="Lower limit, in the value's unit.",
        json_schema_extra={"label_ja": "下限"},
    )
    high: float | None = Field(
        None,
        allow_inf_nan=False,
        description="Upper limit, in the value's unit.",
        json_schema_extra={"label_ja": "上限"},
    )
    edge: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Width of a window's slopes, in the value's unit; empty: usual for the quantity.",
        json_schema_extra={"label_ja": "境界の幅"},
    )
    exponent: float = Field(
        1.0,
        gt=0,
        le=100,
        description="Power of the desirability: above 1 asks for values near the best, below 1 forgives.",
        json_schema_extra={"label_ja": "指数"},
    )

    @model_validator(mode="after")
    def _limits(self) -> RewardSettings:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low ({self.low:g}) is above high ({self.high:g})")
        if self.shape in ("window", "step") and self.low is None and self.high is None:
            raise ValueError(f"a {self.shape} needs low, high or both")
        if self.shape in ("maximise", "minimise") and self.low is not None and self.low == self.high:
            raise ValueError("low and high are equal; for a sharp limit take the shape 'step'")
        if self.shape == "raw" and (self.low, self.high, self.edge) != (None, None, None):
            raise ValueError("a raw value has no limits; take another shape")
        if self.weight == 0:
            raise ValueError("a weight of 0 rewards nothing; leave the reward out")
        return self

    @property
    def title(self) -> str:
        """Name for people and error texts."""
        return self.name or self.default_name

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        raise NotImplementedError
