"""Which models answer: names and hashes, without loading weights."""

from __future__ import annotations

from kozue.core.operation import ModelReference
from kozue.core.settings import Settings
from kozue.ml.store import find_model


def shipped(settings: Settings) -> list[ModelReference]:
    """Return the references of the endpoints asked for, and of the library of training molecules."""
    wanted = getattr(settings, "endpoints", None) or (getattr(settings, "endpoint", None),)
    return [find_model(f"admet/{key}").reference() for key in (*wanted, "library", "networks") if key]


def own(settings: Settings) -> list[ModelReference]:
    """Return the reference of the user's own model."""
    name = getattr(settings, "model", "")
    return [find_model(name).reference()] if name else []
