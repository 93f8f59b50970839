"""The settings of each operation."""

from __future__ import annotations

import difflib
from typing import Literal

from pydantic import Field, field_validator, model_validator

from kozue.core.settings import Settings
from kozue.systems.molecules.descriptors.catalogue import BLOCKS

MOST_COLUMNS = 5000


def known_block(key: str) -> str:
    """Return the key, or say which blocks are meant."""
    if key not in BLOCKS:
        near = difflib.get_close_matches(key, BLOCKS, n=3, cutoff=0.4)
        meant = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise ValueError(f"there is no block {key[:80]!r}{meant}; there are {', '.join(BLOCKS)}")
    return key


class ComputeSettings(Settings):
    """Settings of ``descriptors.compute``."""

    blocks: tuple[str, ...] = Field(
        ("rdkit2d", "ecfp"),
        description="Which representations to compute; descriptors.list tells about each.",
        min_length=1,
        json_schema_extra={
            "label_ja": "記述子",
            "items": {"type": "string", "enum": list(BLOCKS)},
            "uniqueItems": True,
        },
    )
    form: Literal["auto", "columns", "lists"] = Field(
        "auto",
        description="auto: descriptors as columns, each fingerprint as one list; columns or lists: everything so.",
        json_schema_extra={"label_ja": "出力形式"},
    )
    size: int = Field(
        2048,
        ge=64,
        le=16384,
        description="Length of folded fingerprints.",
        json_schema_extra={"label_ja": "フィンガープリントの長さ"},
    )
    radius: int = Field(
        2,
        ge=0,
        le=6,
        description="Radius of circular fingerprints in bonds (2 is ECFP4).",
        json_schema_extra={"label_ja": "円形フィンガープリントの半径"},
    )
    counts: bool = Field(
        True,
        description="How often each feature occurs, where the fingerprint can tell; otherwise only whether.",
        json_schema_extra={"label_ja": "出現回数を数える"},
    )
    chirality: bool = Field(
        False,
        description="Whether circular, pair and torsion fingerprints tell stereoisomers apart.",
        json_schema_extra={"label_ja": "立体化学を区別"},
    )
    standardise: bool = Field(
        True,
        description="Describe the largest part, uncharged, as the models here see it; else the structure as given.",
        json_schema_extra={"label_ja": "構造を標準化"},
    )
    conformer_seed: int = Field(
        1,
        ge=0,
        le=2**31 - 1,
        description="Seed of the conformer that 3D descriptors are computed from.",
        json_schema_extra={"label_ja": "配座の乱数シード"},
    )
    cache: bool = Field(
        True,
        description="Keep costly blocks on disk under KOZUE_HOME and take them from there.",
        json_schema_extra={"label_ja": "ディスクに保存して再利用"},
    )

    @field_validator("blocks")
    @classmethod
    def _blocks(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(known_block(key) for key in keys))

    @model_validator(mode="after")
    def _not_too_wide(self) -> ComputeSettings:
        wide = sum(BLOCKS[key].size or self.size for key in self.blocks if as_columns(key, self.form))
        if wide > MOST_COLUMNS:
            raise ValueError(
                f"this would make {wide:,} columns, more than {MOST_COLUMNS:,}; set form to lists or auto, "
                "take a smaller size or fewer blocks"
            )
        return self


def as_columns(key: str, form: str) -> bool:
    """Whether a block is written as columns."""
    return form == "columns" or (form == "auto" and BLOCKS[key].kind == "numbers" and not BLOCKS[key].extra)


class ListSettings(Settings):
    """Settings of ``descriptors.list``."""

    block: str = Field(
        "",
        max_length=80,
        description="Tell every number of this block; empty: tell about the blocks.",
        json_schema_extra={"label_ja": "記述子", "enum": ["", *BLOCKS]},
    )

    @field_validator("block")
    @classmethod
    def _block(cls, key: str) -> str:
        return known_block(key) if key else key
