"""What the report of a search shows beside the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.systems.molecules.design.settings import SearchSettings


def sections(table: pa.Table, settings: SearchSettings) -> list[dict[str, Any]]:
    """Return the report's sections."""
    return []
