"""All endpoints at once: features and similarities are computed once and shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from rdkit import Chem

from kozue.chem.fingerprints import bits
from kozue.core.errors import ModelError
from kozue.systems.molecules.admet.features import Prepared, features
from kozue.systems.molecules.admet.library import BITS, Library
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
        table = prepared.features()
        around = look_around(self.library.index, prepared.bits(), self.models, neighbours)
        return {
            key: model.answer(table, around[key], confidence, neighbours)
            for key, model in self.models.items()
        }

    def raw(self, key: str, mols: Sequence[Chem.Mol], table: np.ndarray | None = None) -> np.ndarray:
        """Predict one endpoint on its model's scale, without interval or neighbours.

        Parameters
        ----------
        key : str
            Endpoint.
        mols : sequence of rdkit.Chem.Mol
            Shape (k,), standardised.
        table : numpy.ndarray, optional
            Shape (k, d), features to take instead of the molecules' own.

        Returns
        -------
        numpy.ndarray
            Shape (k,): log10 where the endpoint has a floor; uncalibrated probability for classes.
        """
        model = self.models[key]
        around = look_around(self.library.index, bits(mols, "morgan", BITS), {key: model}, 0)[key]
        return model.raw(features(mols) if table is None else table, around.kernel)


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
