"""What a system's modules say beyond its columns and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kozue.core.operation import Operation


def details_of(op: Operation, reference: str) -> Mapping[str, Any]:
    """Return a mapping of a system's package by ``"module:name"``; empty if it has none."""
    if not op.package:
        return {}
    try:
        found: Any = op.resolve(reference)
    except (ImportError, AttributeError):
        return {}
    return found if isinstance(found, Mapping) else {}
