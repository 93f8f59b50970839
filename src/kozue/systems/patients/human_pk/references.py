"""Which models answer: names and hashes, without loading weights."""

from __future__ import annotations

from kozue.core.operation import ModelReference
from kozue.core.settings import Settings
from kozue.ml.store import find_model
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS


def shipped(settings: Settings) -> list[ModelReference]:
    """Return the references of all endpoints and of what they share; each settings needs them all."""
    return [find_model(f"human_pk/{key}").reference() for key in (*ENDPOINTS, "shared")]
