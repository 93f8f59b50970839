"""What a line of the rewards may name, for pages that offer it."""

from __future__ import annotations

from collections.abc import Iterator

from kozue.core.choices import Choice, LineKind
from kozue.core.errors import KozueError
from kozue.core.operation import Operation
from kozue.core.records import Column, Label
from kozue.core.registry import get_registry
from kozue.systems.molecules.design.rewards.quantities import properties
from kozue.systems.molecules.design.tasks.listing import LISTING


def reward_lines() -> tuple[LineKind, ...]:
    """Return the kinds of rewards that fit into a line, with what each can name."""
    return (
        LineKind(
            "property",
            Label("Property", "物性"),
            choices=tuple(Choice(name, known.label, known.unit) for name, known in properties().items()),
        ),
        LineKind("operation", Label("Model prediction", "モデルの予測値"), choices=tuple(_predictions())),
        LineKind(
            "similarity",
            Label("Similarity", "類似度"),
            "similarity:",
            is_structure=True,
            hint="CC(=O)Nc1ccc(O)cc1",
        ),
        LineKind(
            "substructure",
            Label("Substructure", "部分構造"),
            "substructure:",
            is_structure=True,
            hint="[NX3]C=O",
        ),
        LineKind(
            "task",
            Label("Published task", "文献の課題"),
            "task:",
            tuple(Choice(name, listed.title) for name, listed in LISTING.items()),
        ),
    )


def _predictions() -> Iterator[Choice]:
    """Return the numbers that operations answer for a molecule alone."""
    for op in get_registry().operations.values():
        if (
            op.kind != "map"
            or op.takes is None
            or [column.role for column in op.takes.required] != ["molecule"]
        ):
            continue
        for column in _numbers(op):
            label = column.label or Label(column.title(), column.title())
            title = Label(f"{label.en} ({op.title.en})", f"{label.ja}（{op.title.ja}）")
            yield Choice(f"{op.name}:{column.name}", title, column.unit)


def _numbers(op: Operation) -> list[Column]:
    """Return the columns with a number; where a group is named after one of them, the others tell about that one."""
    try:
        columns = list(op.output_schema())
    except KozueError:  # some operations answer nothing before they know their settings
        return []
    names = {column.name for column in columns}
    return [
        column
        for column in columns
        if column.role in ("value", "probability")
        and column.type not in ("string", "bool")
        and (column.group in ("", column.name) or column.group not in names)
    ]
