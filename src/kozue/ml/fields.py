"""Settings that several systems share, so that a word means the same wherever it stands."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Confidence = Annotated[
    float,
    Field(
        ge=0.5,
        le=0.99,
        description="How often the interval of a value should hold the truth.",
        json_schema_extra={"label_ja": "予測区間の信頼度"},
    ),
]

Neighbours = Annotated[
    int,
    Field(
        ge=0,
        le=10,
        description="How many of the most similar measured molecules to show for each value.",
        json_schema_extra={"label_ja": "類似分子の数"},
    ),
]
