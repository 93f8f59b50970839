"""All endpoints at once: features, similarities and networks are computed once and shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np
from rdkit import Chem

from kozue.chem.embedding import require
from kozue.chem.fingerprints import bits
from kozue.core.errors import ModelError
from kozue.ml.forest import Forest
from kozue.ml.store import find_model
from kozue.systems.molecules.admet.around import Around
from kozue.systems.molecules.admet.features import Prepared, bits_of, features
from kozue.systems.molecules.admet.library import BITS, Library
from kozue.systems.molecules.admet.model import Answer, EndpointModel
from kozue.systems.molecules.admet.modes import Mode
from kozue.systems.molecules.admet.networks import Networks

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Ensemble:
    """Models by endpoint, and the molecules they were trained on.

    Parameters
    ----------
    library : Library
        Training molecules of all of them.
    models : dict of str to EndpointModel
        In the order asked for.
    networks : Networks, optional
        Shared by all of them; the shipped ones by default.
    mode : {"fast", "accurate", "minimol"}
        Which learners take part.
    """

    library: Library
    models: dict[str, EndpointModel]
    networks: Networks | None = None
    mode: Mode = "fast"

    @classmethod
    def load(cls, endpoints: Sequence[str], mode: Mode = "fast") -> Ensemble:
        """Load shipped models; the second call for the same ones costs nothing.

        Raises
        ------
        ModelError
            If the weights are missing or damaged.
        MissingExtraError
            If the mode needs a package that is not installed.
        """
        if mode == "minimol":
            require()
        return _shipped(tuple(endpoints), mode)

    @cached_property
    def around(self) -> Around:
        """All models' training molecules, laid out to be asked together."""
        return Around(self.library.index, self.models, self.mode)

    @cached_property
    def _tree_users(self) -> list[str]:
        return [key for key, model in self.models.items() if model.uses("trees", self.mode)]

    @cached_property
    def _forest(self) -> Forest:
        return Forest([self.models[key].walker for key in self._tree_users])

    def answers(self, prepared: Prepared, confidence: float, neighbours: int) -> dict[str, Answer]:
        """Predict every endpoint for k prepared molecules.

        Parameters
        ----------
        prepared : Prepared
            Molecules.
        confidence : float
            Of the intervals.
        neighbours : int
            How many to name.
        """
        table = prepared.features()
        around = self.around.look(bits_of(table), neighbours)
        shared = {key: dict(columns) for key, columns in self.shared(prepared.mols, table).items()}
        for key, sums in zip(self._tree_users, self._forest.predict(table).T, strict=True):
            shared[key]["trees"] = sums
        return {
            key: model.answer(table, around[key], confidence, neighbours, shared[key], self.mode)
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
        rows = features(mols) if table is None else table
        around = Around(self.library.index, {key: model}, self.mode)
        kernel = around.look(bits(mols, "morgan", BITS), 0)[key].kernel
        return model.raw(rows, kernel, self.shared(mols, rows, (key,))[key], self.mode)

    def shared(
        self, mols: Sequence[Chem.Mol], table: np.ndarray, keys: Sequence[str] | None = None
    ) -> dict[str, Mapping[str, np.ndarray]]:
        """Return what the networks say for some endpoints (all by default): by endpoint and learner."""
        wanted = list(self.models) if keys is None else list(keys)
        found: dict[str, dict[str, np.ndarray]] = {key: {} for key in wanted}

        def users(learner: str) -> list[str]:
            return [key for key in wanted if self.models[key].uses(learner, self.mode)]

        networks = self.networks or shipped_networks()
        by_learner = {
            "dense": lambda: networks.by_dense(table),
            "graph": lambda: networks.by_graphs(mols, table),
            "embedding": lambda: networks.by_embedding(mols, table),
        }
        for learner, ask in by_learner.items():
            if asking := users(learner):
                scores = ask()
                for key in asking:
                    found[key][learner] = scores[key]
        if asking := users("transfer"):
            hidden = networks.hidden(table)
            for key in asking:
                found[key]["transfer"] = hidden
        return {key: columns for key, columns in found.items()}


@lru_cache(maxsize=4)
def _shipped(keys: tuple[str, ...], mode: Mode) -> Ensemble:
    return Ensemble(_library(), {key: _model(key) for key in keys}, mode=mode)


@cache
def _library() -> Library:
    return Library.load(_folder("library"))


def networks_version() -> str:
    """Return the hash of the shipped networks: a model that starts from them fits no others."""
    return find_model("admet/networks").reference().sha256


def shipped_library() -> frozenset[str]:
    """Return the standard SMILES of all molecules that the shipped endpoints were trained on."""
    return frozenset(_library().smiles)


@cache
def shipped_networks() -> Networks:
    """Return the networks that all shipped endpoints share, read once."""
    return Networks(_folder("networks"))


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
