"""The columns that an answer has; light, because forms and tool lists are made from it."""

from __future__ import annotations

from kozue.core.records import Column, Label, Schema
from kozue.systems.molecules.descriptors.catalogue import BLOCKS, Block, numbers
from kozue.systems.molecules.descriptors.settings import ComputeSettings, ListSettings, as_columns


def block_columns(block: Block, settings: ComputeSettings) -> tuple[Column, ...]:
    """Return the columns of one block: one a number, or one list."""
    found = numbers(block, settings.size)
    if not as_columns(block.key, settings.form):
        kind = "list<int32>" if block.whole else "list<double>"
        about = f"{len(found)} numbers. {block.source}."
        return (Column(block.key, kind, None, "", block.label, about, False, block.key),)
    return tuple(
        Column(
            f"{block.key}_{number.name}",
            "int32" if block.whole else "double",
            "value",
            number.unit,
            Label(f"{block.label.en}: {number.name}", f"{block.label.ja}: {number.name}"),
            number.meaning,
            False,
            block.key,
        )
        for number in found
    )


def compute_schema(settings: ComputeSettings) -> Schema:
    """Return the output schema of ``descriptors.compute``."""
    return Schema(
        "descriptors", tuple(c for key in settings.blocks for c in block_columns(BLOCKS[key], settings))
    )


_BLOCK_LIST = Schema(
    "descriptor blocks",
    (
        Column("block", role="name", label=Label("Block", "記述子")),
        Column("title", role="text", label=Label("Title", "名称")),
        Column("kind", role="category", label=Label("Kind", "種類"), description="fingerprint or numbers"),
        Column(
            "dimension",
            role="category",
            label=Label("Computed from", "計算元"),
            description="2D, 3D or learned",
        ),
        Column("size", "int64", "value", label=Label("Numbers", "個数"), description="At the default size."),
        Column("ms", "double", "value", "ms", Label("Time a molecule", "1 分子の計算時間")),
        Column("extra", role="category", label=Label("Needs", "必要な追加パッケージ")),
        Column("source", role="text", label=Label("Source", "出典")),
    ),
)
_NUMBER_LIST = Schema(
    "descriptors of a block",
    (
        Column("column", role="name", label=Label("Column", "列名")),
        Column("unit", role="category", label=Label("Unit", "単位")),
        Column("meaning", role="text", label=Label("Meaning", "意味")),
    ),
)


def list_schema(settings: ListSettings) -> Schema:
    """Return the output schema of ``descriptors.list``."""
    return _NUMBER_LIST if settings.block else _BLOCK_LIST
