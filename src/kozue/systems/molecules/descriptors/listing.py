"""What can be computed, as a table: the work behind ``descriptors.list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from kozue.core.operation import JobResult
from kozue.systems.molecules.descriptors.catalogue import BLOCKS, CONFORMER_MS, numbers
from kozue.systems.molecules.descriptors.outputs import list_schema
from kozue.systems.molecules.descriptors.settings import ComputeSettings

if TYPE_CHECKING:
    from kozue.systems.molecules.descriptors.settings import ListSettings


def list_blocks(settings: ListSettings) -> JobResult:
    """Return the blocks, or the numbers of one."""
    size = ComputeSettings().size
    if settings.block:
        block = BLOCKS[settings.block]
        name, rows = (
            "numbers",
            [
                {"column": f"{block.key}_{number.name}", "unit": number.unit, "meaning": number.meaning}
                for number in numbers(block, size)
            ],
        )
    else:
        name, rows = (
            "blocks",
            [
                {
                    "block": block.key,
                    "title": block.label.en,
                    "kind": block.kind,
                    "dimension": block.dimension,
                    "size": len(numbers(block, size)),
                    "ms": block.ms,
                    "extra": block.extra,
                    "source": block.source,
                }
                for block in BLOCKS.values()
            ],
        )
    table = pa.Table.from_pylist(rows, schema=list_schema(settings).to_arrow())
    summary = {"blocks": len(BLOCKS), "conformer_ms": CONFORMER_MS}
    return JobResult(tables={name: table}, summary=summary)
