"""The settings of filters."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from kozue.core.settings import Settings
from kozue.systems.molecules.design.filters.windows import check_together, read_window
from kozue.systems.molecules.design.rewards.quantities import properties

AlertSet = Literal[
    "pains",
    "brenk",
    "nih",
    "chembl",
    "chembl_bms",
    "chembl_dundee",
    "chembl_glaxo",
    "chembl_inpharmatica",
    "chembl_lint",
    "chembl_mlsmr",
    "chembl_surechembl",
]


def _list(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


class FilterSettings(Settings):
    """What removes a structure before a call is spent on it."""

    alerts: tuple[AlertSet, ...] = Field(
        (),
        description="Catalogues of structural alerts that no molecule may have: pains, brenk, nih, or sets of ChEMBL "
        "(chembl: all of them).",
        json_schema_extra={
            "label_ja": "構造アラート",
            "items": {"type": "string", "enum": list(AlertSet.__args__)},  # type: ignore[attr-defined]
            "uniqueItems": True,
        },
    )
    windows: tuple[str, ...] = Field(
        (),
        max_length=100,
        description=f"Limits that every molecule keeps, such as mw<500 or logp:1..4; of {', '.join(properties())}.",
        json_schema_extra={"label_ja": "物性の範囲"},
    )
    largest_ring: int | None = Field(
        None,
        ge=0,
        le=100,
        description="Most atoms in a ring; 0: no rings.",
        json_schema_extra={"label_ja": "最大環員数", "advanced": True},
    )
    smallest_ring: int | None = Field(
        None,
        ge=3,
        le=100,
        description="Fewest atoms in a ring.",
        json_schema_extra={"label_ja": "最小環員数", "advanced": True},
    )
    charge: int | None = Field(
        None,
        ge=0,
        le=20,
        description="Largest formal charge of the molecule, positive or negative; 0: uncharged.",
        json_schema_extra={"label_ja": "最大電荷", "unit": "e", "advanced": True},
    )
    stereocentres: int | None = Field(
        None,
        ge=0,
        le=100,
        description="Most stereocentres, assigned or not.",
        json_schema_extra={"label_ja": "不斉中心の上限", "advanced": True},
    )
    require: tuple[str, ...] = Field(
        (),
        max_length=50,
        description="Substructures (SMARTS) that every molecule must have.",
        json_schema_extra={"label_ja": "必須の部分構造", "advanced": True},
    )
    forbid: tuple[str, ...] = Field(
        (),
        max_length=200,
        description="Substructures (SMARTS) that no molecule may have.",
        json_schema_extra={"label_ja": "禁止する部分構造"},
    )
    in_domain: bool = Field(
        False,
        description="Give no score to a molecule that a scoring model calls outside its domain.",
        json_schema_extra={"label_ja": "適用範囲内に限る", "advanced": True},
    )

    _lists = field_validator("alerts", "windows", "require", "forbid", mode="before")(_list)

    @field_validator("windows")
    @classmethod
    def _windows(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        check_together(read_window(text) for text in texts)
        return texts

    @model_validator(mode="after")
    def _possible(self) -> FilterSettings:
        both = [smarts for smarts in self.require if smarts in self.forbid]
        if both:
            raise ValueError(f"{both[0]!r} is required and forbidden at once: no molecule can pass")
        if self.smallest_ring is not None and 0 < (self.largest_ring or 0) < self.smallest_ring:
            raise ValueError(
                f"smallest_ring ({self.smallest_ring}) is above largest_ring ({self.largest_ring}): no ring can pass"
            )
        return self
