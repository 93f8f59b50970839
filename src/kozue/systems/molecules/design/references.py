"""Which models answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kozue.ml.store import find_model

if TYPE_CHECKING:
    from kozue.core.operation import ModelReference
    from kozue.systems.molecules.design.settings import SearchSettings


def searched(settings: SearchSettings) -> list[ModelReference]:
    """Return the prior that a search begins with."""
    return [find_model(settings.prior).reference()]
