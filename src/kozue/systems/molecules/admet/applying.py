"""Use a model by name, a user's own or a shipped one: the work behind ``admet.apply``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kozue.core.context import Context
from kozue.core.errors import ModelError, SettingsError
from kozue.core.records import Batch
from kozue.ml.store import StoredModel, find_model, load_arrays, verify_model
from kozue.systems.molecules.admet.ensemble import Ensemble, networks_version
from kozue.systems.molecules.admet.features import featuriser
from kozue.systems.molecules.admet.library import Library
from kozue.systems.molecules.admet.model import EndpointModel
from kozue.systems.molecules.admet.predicting import answer_batches
from kozue.systems.molecules.admet.targets import schema_of, targets

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import ApplySettings


def apply_batches(batches: Iterator[Batch], settings: ApplySettings, context: Context) -> Iterator[Batch]:
    """Predict every batch with the model that the settings name."""
    if not settings.model:
        raise SettingsError(
            "Name the model to apply.",
            "'kozue models list' shows the models; admet.train makes one of your own.",
        )
    stored = find_model(settings.model)
    ensemble = load(stored)
    for target in targets(stored).values():
        if limits := target.get("limits", 0):
            context.warn(
                "limits_among_neighbours",
                f"{limits} of {target['molecules']} training molecules of {target['column']!r} have only a limit; "
                "where they are named as neighbours, the limit is shown.",
            )
    yield from answer_batches(ensemble, schema_of(settings), batches, settings, context)


def load(stored: StoredModel) -> Ensemble:
    """Load a model and the molecules it was trained on.

    Raises
    ------
    ModelError
        If it is damaged, or was made with other features than this version computes.
    """
    if stored.shipped:
        return Ensemble.load(tuple(targets(stored)))
    verify_model(stored.folder)
    models = {}
    for key, target in targets(stored).items():
        made_with = target["model"].get("features")
        if made_with != featuriser().version:
            raise ModelError(
                f"The model {stored.name!r} was made with the features {made_with!r}; this version computes "
                f"{featuriser().version!r}.",
                "Train it again with admet.train.",
            )
        started_from = target["model"].get("networks")
        if started_from is not None and started_from != networks_version():
            raise ModelError(
                f"The model {stored.name!r} started from networks that this version of Kozue does not have.",
                "Train it again with admet.train.",
            )
        models[key] = EndpointModel.from_arrays(load_arrays(stored.folder, target["stem"]), target)
    return Ensemble(Library.load(stored.folder), models)
