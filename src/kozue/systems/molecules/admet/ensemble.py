"""All endpoints at once: features and similarities are computed once and shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kozue.core.errors import ModelError
from kozue.systems.molecules.admet.features import Prepared
from kozue.systems.molecules.admet.library import Library
from kozue.systems.molecules.admet.model import Answer, EndpointModel, look_around

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Models by endpoint, and the molecules they were trained on.

    Parameters
    ----------
    library : Library
        Training molecules of all of them.
    models : dict of str to EndpointModel
        In the order asked for.
    """

    library: Library
    models: dict[str, EndpointModel]

    @classmethod
    def load(cls, endpoints: Sequence[str]) -> Ensemble:
        """Load shipped models; the second call for the same ones costs nothing.

        Raises
        ------
        ModelError
            If the weights are missing or damaged.
        """
        return cls(_library(), {key: _model(key) for key in endpoints})

    def answers(self, prepared: Prepared, confidence: float, neighbours: int) -> dict[str, Answer]:
        """Predict every endpoint for k prepared molecules."""
        features = prepared.features()
        around = look_around(self.library.index, prepared.bits(), self.models, neighbours)
        return {
            key: model.answer(features, around[key], confidence, neighbours)
            for key, model in self.models.items()
        }


@cache
def _library() -> Library:
    return Library.load(_folder("library"))


@cache
def _model(key: str) -> EndpointModel:
    return EndpointModel.load(_folder(key))


def _folder(name: str) -> Path:
    folder = WEIGHTS / name
    if not folder.is_dir():
        raise ModelError(
            f"The weights of admet/{name} are not in this installation.",
            "Reinstall Kozue, or rebuild them with: python -m kozue.systems.molecules.admet.training",
        )
    return folder
