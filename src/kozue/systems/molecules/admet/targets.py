"""What a stored model predicts; light, because forms are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kozue.core.errors import ModelError
from kozue.core.records import Schema
from kozue.ml.store import StoredModel, find_model
from kozue.systems.molecules.admet.outputs import ALERTS, own_columns

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import ApplySettings


def schema_of(settings: ApplySettings) -> Schema:
    """Return the output columns: those of the model's targets."""
    columns = []
    full = settings.detail == "full"
    if settings.model:
        for key, target in targets(find_model(settings.model)).items():
            columns += own_columns(key, target, full, settings.confidence)
    return Schema("admet prediction", (*columns, ALERTS) if full else tuple(columns))


def targets(stored: StoredModel) -> dict[str, dict[str, Any]]:
    """Return what a model predicts: output column to the card's description.

    Raises
    ------
    ModelError
        If it is a model of another kind.
    """
    card = stored.card()
    if card["kind"] == "admet.train":
        return {
            column_name(target["column"]): {**target, "stem": stem}
            for stem, target in card["targets"].items()
        }
    if stored.shipped and stored.name.startswith("admet/") and card["kind"] not in ("library", "networks"):
        key = stored.name.partition("/")[2]
        return {
            key: {
                "column": key,
                "kind": card["kind"],
                "unit": card["unit"],
                "model": card["model"],
                "stem": "model",
            }
        }
    raise ModelError(
        f"{stored.name!r} is not a model that admet.apply can use.",
        "Use one that admet.train made, or an admet/… one.",
    )


def column_name(target: str) -> str:
    """Return the output column of a target: predictions must not take the name of the measurements."""
    return f"predicted_{target}"
