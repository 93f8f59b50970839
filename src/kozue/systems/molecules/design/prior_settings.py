"""Settings of what is done with a prior: sample from it, train one, judge one. Light."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from kozue.core.settings import Settings

DEFAULT_PRIOR = "design/zinc"


class SampleSettings(Settings):
    """Settings of ``design.sample``."""

    count: int = Field(
        1000, ge=1, le=1_000_000, description="Molecules wanted.", json_schema_extra={"label_ja": "分子数"}
    )
    prior: str = Field(
        DEFAULT_PRIOR,
        max_length=80,
        description="Which prior writes them: design/zinc, design/moses, or one made by design.train.",
        json_schema_extra={"label_ja": "生成モデル"},
    )
    temperature: float = Field(
        1.0,
        ge=0.1,
        le=3.0,
        description="Above 1 more unusual molecules and more unreadable ones, below 1 more common ones.",
        json_schema_extra={"label_ja": "温度"},
    )
    unique: bool = Field(
        True,
        description="Give every structure once, and only readable ones; otherwise all that was written.",
        json_schema_extra={"label_ja": "重複と不正な構造を除く"},
    )


class TrainSettings(Settings):
    """Settings of ``design.train``."""

    name: str = Field(
        ...,
        max_length=64,
        description="What the prior is to be called; design.search and design.sample then take it by this name.",
        json_schema_extra={"label_ja": "モデル名"},
    )
    start: str = Field(
        DEFAULT_PRIOR,
        max_length=80,
        description="Prior that goes on learning (transfer learning); empty: begin from nothing.",
        json_schema_extra={"label_ja": "転移元の生成モデル"},
    )
    epochs: int = Field(
        0,
        ge=0,
        le=200,
        description="Passes over the molecules; 0 chooses by their number.",
        json_schema_extra={"label_ja": "エポック数"},
    )
    rate: float = Field(
        0.0,
        ge=0,
        le=0.1,
        description="Highest learning rate; 0 takes 0.0005 for transfer, 0.002 from nothing.",
        json_schema_extra={"label_ja": "学習率"},
    )
    hidden: int = Field(
        320,
        ge=32,
        le=1024,
        description="Width of the network when it begins from nothing.",
        json_schema_extra={"label_ja": "隠れ層の幅"},
    )
    replace: bool = Field(
        False,
        description="Overwrite an own model of this name.",
        json_schema_extra={"label_ja": "上書きする"},
    )


class EvaluateSettings(Settings):
    """Settings of ``design.evaluate``."""

    count: int = Field(
        10_000,
        ge=100,
        le=100_000,
        description="Molecules to sample.",
        json_schema_extra={"label_ja": "分子数"},
    )
    prior: str = Field(
        DEFAULT_PRIOR,
        max_length=80,
        description="Which prior is judged.",
        json_schema_extra={"label_ja": "生成モデル"},
    )
    protocol: Literal["records", "moses"] = Field(
        "records",
        description="records: against the molecules given; moses: against the MOSES quarters (downloaded once).",
        json_schema_extra={"label_ja": "比較対象"},
    )


class SearchWish(Settings):
    """What people may ask of a search while it works."""

    ban: str = Field(
        ...,
        min_length=1,
        max_length=2000,
        description="SMARTS or SMILES of a substructure that no molecule may have from now on.",
        json_schema_extra={
            "label_ja": "禁止する部分構造",
            "description_ja": "以後どの分子にも含めない部分構造（SMARTS または SMILES）。",
            "control": "structure",
        },
    )

    @field_validator("ban")
    @classmethod
    def _ban(cls, smarts: str) -> str:
        from rdkit import (
            Chem,
            rdBase,
        )  # settings are light to import; a wish comes while RDKit is needed anyway

        with rdBase.BlockLogs():
            if Chem.MolFromSmarts(smarts) is None:
                raise ValueError(f"{smarts[:80]!r} cannot be read as SMARTS")
        return smarts
