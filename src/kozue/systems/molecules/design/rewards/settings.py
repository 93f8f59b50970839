"""The settings of rewards: one model a kind, each also readable from a line of text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationInfo,
    WrapSerializer,
    field_validator,
    model_validator,
)

from kozue.core.settings import settings_folder
from kozue.systems.molecules.design.rewards.base import RewardSettings
from kozue.systems.molecules.design.rewards.callables import GIVEN, remember
from kozue.systems.molecules.design.rewards.compact import read_reward, write_reward
from kozue.systems.molecules.design.rewards.quantities import known_property, properties

Fingerprint = Literal["ecfp4", "fcfp4", "atom_pairs"]


class PropertyReward(RewardSettings):
    """A property that RDKit computes from the structure."""

    # Stands before the field of that name, which hides the built-in.
    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return self.property

    kind: Literal["property"] = "property"
    property: str = Field(
        description="Which one.",
        json_schema_extra={"label_ja": "物性", "enum": list(properties())},
    )

    @field_validator("property")
    @classmethod
    def _property(cls, name: str) -> str:
        return known_property(name)


class SimilarityReward(RewardSettings):
    """Tanimoto similarity to a molecule; dissimilarity by the shape minimise."""

    kind: Literal["similarity"] = "similarity"
    smiles: str = Field(
        min_length=1,
        max_length=2000,
        description="The molecule to be similar to.",
        json_schema_extra={"label_ja": "参照分子"},
    )
    fingerprint: Fingerprint = Field(
        "ecfp4",
        description="ecfp4, fcfp4 (by pharmacophoric features) or atom_pairs; counts, not bits.",
        json_schema_extra={"label_ja": "フィンガープリント"},
    )

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return "similarity"


class SubstructureReward(RewardSettings):
    """How often a substructure occurs; without limits: present (maximise) or absent (minimise)."""

    kind: Literal["substructure"] = "substructure"
    smarts: str = Field(
        min_length=1,
        max_length=2000,
        description="The substructure.",
        json_schema_extra={"label_ja": "部分構造 (SMARTS)"},
    )

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return "substructure"


class OperationReward(RewardSettings):
    """A number that any operation of Kozue, or of a plug-in, answers for a molecule."""

    kind: Literal["operation"] = "operation"
    operation: str = Field(
        pattern=r"^[A-Za-z_]\w*\.[A-Za-z_]\w*$",
        description="Name of the operation, for example admet.predict.",
        json_schema_extra={"label_ja": "操作"},
    )
    column: str = Field(
        min_length=1,
        max_length=200,
        description="Column of its answer, for example herg.",
        json_schema_extra={"label_ja": "出力列"},
    )
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="Settings of that operation.",
        json_schema_extra={"label_ja": "操作の設定"},
    )
    cautious: bool = Field(
        False,
        description="Take the end of the value's interval that is less desirable.",
        json_schema_extra={"label_ja": "区間の悪い側で評価"},
    )
    outside_factor: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Factor on the desirability of a molecule outside the model's domain; 1: no penalty.",
        json_schema_extra={"label_ja": "適用範囲外の係数"},
    )

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.column)


class PythonReward(RewardSettings):
    """A Python function of a list of SMILES that returns as many numbers."""

    kind: Literal["python"] = "python"
    target: str = Field(
        min_length=3,
        max_length=1000,
        description="file.py:function or package.module:function.",
        json_schema_extra={"label_ja": "Python 関数"},
    )
    seconds: float = Field(
        600.0,
        gt=0,
        le=86400,
        description="Longest time for a batch.",
        json_schema_extra={"label_ja": "制限時間", "unit": "s"},
    )

    @field_validator("target")
    @classmethod
    def _target(cls, target: str, info: ValidationInfo) -> str:
        place, _, name = target.rpartition(":")
        if not place or not (name.isidentifier() or place == GIVEN):
            raise ValueError(f"write file.py:function or package.module:function, not {target[:80]!r}")
        if place.endswith(".py"):
            # Kept as a whole path, so that a run goes on from any folder.
            place = str((settings_folder(info) / Path(place).expanduser()).resolve())
        return f"{place}:{name}"

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        name = self.target.rpartition(":")[2].partition("-")[0].strip("_")
        return name if name.isidentifier() else "reward"


class EntryPointReward(RewardSettings):
    """A reward that an installed package offers (entry-point group ``kozue.rewards``)."""

    kind: Literal["entry_point"] = "entry_point"
    target: str = Field(
        min_length=1,
        max_length=200,
        description="Name of the entry point.",
        json_schema_extra={"label_ja": "エントリーポイント"},
    )
    seconds: float = Field(
        600.0,
        gt=0,
        le=86400,
        description="Longest time for a batch.",
        json_schema_extra={"label_ja": "制限時間", "unit": "s"},
    )

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return (
            "".join(letter if letter.isalnum() else "_" for letter in self.target).lstrip("_0123456789")
            or "reward"
        )


class CommandReward(RewardSettings):
    """An external program, kept running: one JSON line in and one out for each batch.

    It reads ``{"smiles": ["CCO", …]}`` and answers ``{"values": [0.5, …]}`` with null where it has none, or
    ``{"error": "why"}``; what it writes to standard error is shown if it fails.
    """

    kind: Literal["command"] = "command"
    command: tuple[str, ...] = Field(
        min_length=1,
        max_length=200,
        description="The program and its arguments.",
        json_schema_extra={"label_ja": "コマンド"},
    )
    folder: str = Field(
        "",
        max_length=1000,
        description="Folder it runs in; empty: that of the settings file, or the current one.",
        json_schema_extra={"label_ja": "作業フォルダー"},
    )
    seconds: float = Field(
        600.0,
        gt=0,
        le=86400,
        description="Longest time for a batch.",
        json_schema_extra={"label_ja": "制限時間", "unit": "s"},
    )
    retries: int = Field(
        1,
        ge=0,
        le=10,
        description="How often it is started again after it died or took too long.",
        json_schema_extra={"label_ja": "再試行回数"},
    )

    @field_validator("folder")
    @classmethod
    def _folder(cls, folder: str, info: ValidationInfo) -> str:
        return str((settings_folder(info) / Path(folder).expanduser()).resolve())

    @model_validator(mode="before")
    @classmethod
    def _always_a_folder(cls, given: Any) -> Any:
        return {"folder": "", **given} if isinstance(given, dict) else given

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return "command"


class TaskReward(RewardSettings):
    """A task of the literature, scored as published."""

    kind: Literal["task"] = "task"
    task: str = Field(
        min_length=1,
        max_length=100,
        description="Name of the task, for example drd2.",
        json_schema_extra={"label_ja": "課題"},
    )

    @property
    def default_name(self) -> str:
        """Column name if none was given."""
        return self.task


Kinds = (
    PropertyReward
    | SimilarityReward
    | SubstructureReward
    | OperationReward
    | PythonReward
    | EntryPointReward
    | CommandReward
    | TaskReward
)


def _read(given: Any) -> Any:
    """Turn a line of text or a function into the fields of a reward."""
    if isinstance(given, str):
        return read_reward(given)
    if callable(given) and not isinstance(given, type):
        return {"kind": "python", "target": remember(given)}
    return given


_Table = Annotated[Kinds, Field(discriminator="kind")]
_READER: TypeAdapter[Kinds] = TypeAdapter(_Table)


def _write(reward: Any, as_table: SerializerFunctionWrapHandler) -> Any:
    """Write a reward as the line that says all of it, where there is one; runs and forms then show that line."""
    fields = as_table(reward)
    if isinstance(reward, (CommandReward, PythonReward)):  # a line would not hold their folder
        return fields
    try:
        line = write_reward(fields)
        return line if _READER.validate_python(read_reward(line)) == reward else fields
    except ValueError:
        return fields


AnyReward = Annotated[
    _Table,
    BeforeValidator(_read, json_schema_input_type=str | Kinds),
    WrapSerializer(_write, when_used="json"),
]

__all__ = ["AnyReward", "Fingerprint", "Kinds", "RewardSettings"]
