"""The settings of each operation: what the command line, the forms and the agent tools ask for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from kozue.core.settings import Settings
from kozue.ml.fields import Confidence, Neighbours
from kozue.systems.patients.human_pk.endpoints import LEARNED


class DosingSettings(Settings):
    """How the drug is given, and which exposure is wanted."""

    dose: float = Field(
        100.0,
        gt=0,
        le=1e6,
        description="Amount of one dose, in the unit of dose_unit.",
        json_schema_extra={"label_ja": "投与量"},
    )
    dose_unit: Literal["mg", "mg/kg"] = Field(
        "mg",
        description="Whether the dose is for the whole body or for each kg of it.",
        json_schema_extra={"label_ja": "投与量の単位"},
    )
    route: Literal["oral", "iv_bolus", "iv_infusion"] = Field(
        "oral",
        description="By mouth, into the vein at once, or as an infusion.",
        json_schema_extra={"label_ja": "投与経路"},
    )
    doses: int = Field(
        1, ge=1, le=100, description="How many doses.", json_schema_extra={"label_ja": "投与回数"}
    )
    interval_h: float = Field(
        24.0,
        ge=0.5,
        le=2000,
        description="Time between doses; steady state is that of this interval.",
        json_schema_extra={"label_ja": "投与間隔", "unit": "h"},
    )
    infusion_h: float = Field(
        1.0,
        gt=0,
        le=2000,
        description="How long an infusion takes; at most the interval.",
        json_schema_extra={"label_ja": "点滴時間", "unit": "h"},
    )
    absorption_rate: float = Field(
        1.0,
        gt=0.01,
        le=50,
        description="First-order rate of absorption from the gut (oral).",
        json_schema_extra={"label_ja": "吸収速度定数", "unit": "1/h"},
    )
    bioavailability: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of an oral dose that reaches the blood; empty: what the liver lets pass (complete "
        "absorption, all clearance hepatic), an upper estimate.",
        json_schema_extra={"label_ja": "経口バイオアベイラビリティ", "unit": "fraction"},
    )
    body_weight: float = Field(
        70.0,
        ge=1,
        le=300,
        description="Weight of the person.",
        json_schema_extra={"label_ja": "体重", "unit": "kg"},
    )
    compartments: Literal["one", "two"] = Field(
        "two",
        description="two honours clearance, volume and terminal half-life at once; one uses clearance and volume.",
        json_schema_extra={"label_ja": "コンパートメント数"},
    )
    central_share: float = Field(
        0.4,
        ge=0.05,
        le=0.95,
        description="Central volume as a share of the volume at steady state (two compartments); an assumption.",
        json_schema_extra={"label_ja": "中心コンパートメントの割合", "unit": "fraction"},
    )
    horizon_h: float | None = Field(
        None,
        gt=0,
        le=20000,
        description="How long the curve is drawn; empty: until little is left after the last dose.",
        json_schema_extra={"label_ja": "曲線の長さ", "unit": "h"},
    )
    target: Literal["none", "auc", "cavg", "cmin", "cmax"] = Field(
        "none",
        description="Exposure at steady state for which the dose is asked: area in one interval (mg·h/L), mean, "
        "trough or peak (mg/L).",
        json_schema_extra={"label_ja": "目標曝露の種類"},
    )
    target_value: float | None = Field(
        None,
        gt=0,
        le=1e9,
        description="The wanted exposure, in mg/L or mg·h/L, total drug in plasma.",
        json_schema_extra={"label_ja": "目標値"},
    )

    @model_validator(mode="after")
    def _fits(self) -> DosingSettings:
        if (self.target == "none") != (self.target_value is None):
            raise ValueError("target and target_value belong together: give both or neither")
        if self.route == "iv_infusion" and self.infusion_h > self.interval_h:
            raise ValueError("an infusion must end before the next dose: infusion_h is above interval_h")
        return self


class PredictSettings(DosingSettings):
    """Settings of ``human_pk.predict``."""

    detail: Literal["full", "values"] = Field(
        "full",
        description="full: with intervals, domain, nearest measured molecules, classical scaling, exposure and "
        "curve; values: the five parameters alone.",
        json_schema_extra={"label_ja": "出力の詳しさ"},
    )
    confidence: Confidence = 0.9
    neighbours: Neighbours = 3


class EvaluateSettings(Settings):
    """Settings of ``human_pk.evaluate``."""

    measured: tuple[str, ...] = Field(
        (),
        description="Which column holds which human measurement, as 'endpoint=column'; default: equal names.",
        json_schema_extra={"label_ja": "ヒト実測値の列"},
    )
    endpoints: tuple[Literal["cl", "vdss", "fup", "half_life"], ...] = Field(
        ("cl", "vdss", "fup", "half_life"),
        description="Which parameters to judge.",
        min_length=1,
        json_schema_extra={
            "label_ja": "評価項目",
            "items": {"type": "string", "enum": list(LEARNED)},
            "uniqueItems": True,
        },
    )
    seeds: int = Field(
        1,
        ge=1,
        le=10,
        description="Without records: how many times the cross-validation is repeated with other folds.",
        json_schema_extra={"label_ja": "交差検証の反復数"},
    )
    new_scaffolds: bool = Field(
        False,
        description="Without records: judge on scaffolds that no model has seen as well; takes twice as long.",
        json_schema_extra={"label_ja": "新規骨格でも評価"},
    )
    confidence: Confidence = 0.9
