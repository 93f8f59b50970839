"""The settings of each operation: what the command line, the forms and the agent tools ask for."""

from __future__ import annotations

import difflib
from typing import Annotated, Literal

from pydantic import Field, field_validator

from kozue.core.settings import Settings
from kozue.ml.fields import Confidence, Neighbours
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.modes import Mode


def known_endpoint(key: str) -> str:
    """Return the key, or say which endpoints are meant."""
    if key not in ENDPOINTS:
        near = difflib.get_close_matches(key, ENDPOINTS, n=3, cutoff=0.4)
        meant = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise ValueError(f"there is no endpoint {key[:80]!r}{meant}; there are {', '.join(ENDPOINTS)}")
    return key


class OutputSettings(Settings):
    """What a prediction shows beside its value."""

    detail: Literal["full", "values"] = Field(
        "full",
        description="full: with interval, domain, nearest measured molecules and alerts; values: predictions alone.",
        json_schema_extra={"label_ja": "出力の詳しさ"},
    )
    confidence: Confidence = 0.9
    neighbours: Neighbours = 3


ModeField = Annotated[
    Mode,
    Field(
        description="fast: fingerprints and properties; accurate: graph networks as well; minimol: also MiniMol's "
        "embedding, which needs the optional package (pip install 'kozue[minimol]').",
        json_schema_extra={"label_ja": "計算モード"},
    ),
]


class PredictSettings(OutputSettings):
    """Settings of ``admet.predict``."""

    mode: ModeField = "fast"

    endpoints: tuple[str, ...] = Field(
        tuple(ENDPOINTS),
        description="Which endpoints to predict; all of them by default.",
        min_length=1,
        json_schema_extra={
            "label_ja": "予測項目",
            "items": {"type": "string", "enum": list(ENDPOINTS)},
            "uniqueItems": True,
        },
    )

    @field_validator("endpoints")
    @classmethod
    def _endpoints(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(known_endpoint(key) for key in keys))


class ExplainSettings(Settings):
    """Settings of ``admet.explain``."""

    mode: ModeField = "fast"

    endpoint: str = Field(
        "solubility",
        description="Which endpoint to explain.",
        json_schema_extra={"label_ja": "予測項目", "enum": list(ENDPOINTS)},
    )
    suggestions: int = Field(
        5,
        ge=0,
        le=20,
        description="How many small changes to suggest that are expected to improve the endpoint; 0: none.",
        json_schema_extra={"label_ja": "構造変更の候補数"},
    )

    @field_validator("endpoint")
    @classmethod
    def _endpoint(cls, key: str) -> str:
        return known_endpoint(key)


class TrainSettings(Settings):
    """Settings of ``admet.train``."""

    target: tuple[str, ...] = Field(
        description="Column (or columns) with the measured values to learn.",
        min_length=1,
        max_length=50,
        json_schema_extra={"label_ja": "目的変数の列", "uniqueItems": True},
    )
    name: str = Field(
        "my-model",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Name of the model among your own.",
        json_schema_extra={"label_ja": "モデル名"},
    )
    kind: Literal["auto", "regression", "classification"] = Field(
        "auto",
        description="Whether values are numbers or classes; auto takes classes if every value reads as yes or no.",
        json_schema_extra={"label_ja": "種類"},
    )
    split: Literal["scaffold", "cluster", "time", "random"] = Field(
        "scaffold",
        description="What is kept apart for judging: whole scaffolds, clusters of similar molecules, periods of time "
        "(old to new), or nothing (random, which flatters the model).",
        json_schema_extra={"label_ja": "分割方法"},
    )
    time_column: str = Field(
        "date",
        max_length=200,
        description="For split=time: column with a number or an ISO date for each record.",
        json_schema_extra={"label_ja": "日付の列"},
    )
    scale: Literal["linear", "log10"] = Field(
        "linear",
        description="log10 learns the logarithm of the values, which suits concentrations, clearances and half-lives.",
        json_schema_extra={"label_ja": "尺度"},
    )
    censored: Literal["learn", "limit", "drop"] = Field(
        "learn",
        description="What to do with values such as '>10' or '5-10': learn what may lie beyond the limit, take the "
        "limit as the value, or leave them out.",
        json_schema_extra={"label_ja": "検出限界値の扱い"},
    )
    transfer: bool = Field(
        True,
        description="Whether to start from what the shipped networks know of other endpoints.",
        json_schema_extra={"label_ja": "転移学習"},
    )
    unit: str = Field(
        "",
        max_length=40,
        description="Unit of the values, shown with predictions.",
        json_schema_extra={"label_ja": "単位"},
    )
    replace: bool = Field(
        False,
        description="Whether an own model of the same name may be replaced.",
        json_schema_extra={"label_ja": "上書きする"},
    )

    @field_validator("target")
    @classmethod
    def _targets(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(columns))


class ApplySettings(OutputSettings):
    """Settings of ``admet.apply``."""

    model: str = Field(
        "",
        max_length=100,
        description="Name of the model: one of your own, or a shipped one such as admet/herg.",
        json_schema_extra={"label_ja": "モデル名"},
    )


class EvaluateSettings(Settings):
    """Settings of ``admet.evaluate``."""

    mode: ModeField = "fast"

    measured: tuple[str, ...] = Field(
        (),
        description="Which column holds which measurement, as 'endpoint=column'; default: equal names.",
        json_schema_extra={"label_ja": "実測値の列"},
    )
    endpoints: tuple[str, ...] = Field(
        tuple(ENDPOINTS),
        description="Which endpoints to judge.",
        min_length=1,
        json_schema_extra={"label_ja": "予測項目", "items": {"type": "string", "enum": list(ENDPOINTS)}},
    )
    confidence: Confidence = 0.9

    @field_validator("endpoints")
    @classmethod
    def _endpoints(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(known_endpoint(key) for key in keys))

    @field_validator("measured")
    @classmethod
    def _measured(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        for pair in pairs:
            key, equals, column = pair.partition("=")
            if not (equals and column):
                raise ValueError(f"write 'endpoint=column', not {pair[:80]!r}")
            known_endpoint(key)
        if len({pair.partition("=")[0] for pair in pairs}) < len(pairs):
            raise ValueError("an endpoint is named twice")
        return pairs
