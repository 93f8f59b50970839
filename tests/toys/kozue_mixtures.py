"""A test system whose settings hold settings, and may start programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from kozue.core.operation import JobResult, System, job
from kozue.core.records import Column, Label, Schema
from kozue.core.settings import Settings, settings_folder

SYSTEM = System("mixture", Label("Mixture", "混合物"), Label("Mixes parts.", "混ぜます。"))


class Part(Settings):
    """One part of a mixture."""

    what: str = Field(description="Its name.", json_schema_extra={"label_ja": "名前"})
    amount: float = Field(1.0, gt=0, description="How much.", json_schema_extra={"label_ja": "量"})


def _part(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    what, star, amount = given.partition("*")
    return {"what": what, **({"amount": amount} if star else {})}


AnyPart = Annotated[Part, BeforeValidator(_part, json_schema_input_type=str | Part)]


class Recipe(Settings):
    """What to mix."""

    parts: tuple[AnyPart, ...] = Field(
        min_length=1, description="The parts.", json_schema_extra={"label_ja": "材料"}
    )
    vessel: Part | None = Field(None, description="Where.", json_schema_extra={"label_ja": "容器"})
    stirs: int = Field(
        3, ge=0, le=10_000_000, description="How often to stir.", json_schema_extra={"label_ja": "回数"}
    )
    notes: str = Field("", description="A file.", json_schema_extra={"label_ja": "メモ"})
    tags: tuple[str, ...] = Field((), description="Words.", json_schema_extra={"label_ja": "タグ"})
    run: str = Field("", description="A program.", json_schema_extra={"label_ja": "プログラム"})

    @field_validator("notes")
    @classmethod
    def _notes(cls, name: str, info: ValidationInfo) -> str:
        return str(settings_folder(info) / Path(name)) if name else ""

    def programs(self) -> tuple[str, ...]:
        """Return the program."""
        return (self.run,) if self.run else ()


@job(
    "mixture.mix",
    takes=None,
    gives=Schema("mixture", (Column("what"), Column("amount", "double"))),
    title=Label("Mix", "混合"),
    example_settings={"parts": ["water*2", "salt"]},
)
def mix(batches, settings: Recipe, context) -> JobResult:
    """Mix parts."""
    rows = [{"what": part.what, "amount": part.amount} for part in settings.parts]
    summary = {"stirs": settings.stirs, "notes": settings.notes, "tags": list(settings.tags)}
    return JobResult({"mixture": pa.Table.from_pylist(rows)}, summary=summary)
