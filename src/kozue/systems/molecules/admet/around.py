"""What the training molecules around a molecule say, for all endpoints in one pass over the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kozue.chem.fingerprints import BitLibrary
from kozue.systems.molecules.admet.model import EndpointModel, Surroundings
from kozue.systems.molecules.admet.modes import Mode

_HEIGHT = 32
_ABSENT = np.float32(-1)  # similarity of a place that no member fills


@dataclass(frozen=True, slots=True)
class _Top:
    """Nearest members of every endpoint for k molecules, shapes (k, endpoints, n)."""

    places: np.ndarray
    similarities: np.ndarray


class Around:
    """The members of many endpoints laid out as one table, each endpoint a stretch of its columns.

    Members of an endpoint run through its columns row after row, so that one maximum down the columns leaves a
    thirty-second of the similarities to be looked through.

    Parameters
    ----------
    index : BitLibrary
        The library that the models' members lie in.
    models : mapping of str to EndpointModel
        By endpoint.
    mode : {"fast", "accurate", "minimol"}
        Kernels are summed for the endpoints that use theirs in this mode.
    """

    def __init__(self, index: BitLibrary, models: Mapping[str, EndpointModel], mode: Mode) -> None:
        self._index = index
        self._models = dict(models)
        # Endpoints that need their kernel come first: one stretch of columns to multiply.
        kernels = [key for key, model in models.items() if model.uses("kernel", mode)]
        self._keys = [*kernels, *(key for key in models if key not in kernels)]
        self._sizes = np.array([len(models[key].members) for key in self._keys], np.intp)
        self._widths = -(-self._sizes // _HEIGHT)
        self._starts = np.cumsum(self._widths) - self._widths
        self._endpoint = np.repeat(np.arange(len(self._keys)), self._widths)
        tables = [self._table(models[key].members, len(index)) for key in self._keys]
        self._slots = np.concatenate(tables, axis=1) if tables else np.zeros((_HEIGHT, 0), np.intp)
        self._kernels = len(kernels)
        weights = [self._table(models[key].kernel, 0.0) for key in kernels]
        self._weights = np.concatenate(weights, axis=1) if weights else np.zeros((_HEIGHT, 0))
        self._offsets = np.array([models[key].kernel_offset for key in kernels])

    @staticmethod
    def _table(values: np.ndarray, fill: float) -> np.ndarray:
        width = -(-len(values) // _HEIGHT)
        table = np.full(_HEIGHT * width, fill, np.float64 if isinstance(fill, float) else np.intp)
        table[: len(values)] = values
        return table.reshape(_HEIGHT, width)

    def look(self, bits: np.ndarray, neighbours: int) -> dict[str, Surroundings]:
        """Return what every endpoint's training molecules around k molecules say.

        Parameters
        ----------
        bits : numpy.ndarray
            Shape (k, 1024), uint8.
        neighbours : int
            How many to name; for 0 only the highest similarity is looked up.
        """
        k, most = len(bits), max(neighbours, 1)
        kernel = np.zeros((k, len(self._keys)))
        top = _Top(
            np.zeros((k, len(self._keys), most), np.int64), np.zeros((k, len(self._keys), most), np.float32)
        )
        groups = self._groups(most)
        line = np.full(len(self._index) + 1, _ABSENT)
        for row in range(k):
            self._index.similarity(bits[row : row + 1], out=line[None, :-1])
            near = line.take(self._slots)
            kernel[row, : self._kernels] = self._kernel(near)
            highest = near.max(axis=0)
            if neighbours:
                self._nearest(near, highest, groups, top, row)
            elif len(highest):
                top.similarities[row, :, 0] = np.maximum.reduceat(highest, self._starts)
        found = {}
        for place, key in enumerate(self._keys):
            named = min(most, int(self._sizes[place]))
            found[key] = Surroundings(
                kernel[:, place],
                top.places[:, place, : named if neighbours else 0],
                top.similarities[:, place, :named],
            )
        return {key: found[key] for key in self._models}

    def _kernel(self, near: np.ndarray) -> np.ndarray:
        """Return the kernel predictions; summed molecule by molecule, so that no batch changes the last bits."""
        if not self._kernels:
            return self._offsets
        by_column = (near[:, : self._weights.shape[1]] * self._weights).sum(axis=0)
        found: np.ndarray = np.add.reduceat(by_column, self._starts[: self._kernels]) + self._offsets
        return found

    def _groups(self, most: int) -> np.ndarray:
        """Return where each endpoint's columns part into ``most`` groups, shape (endpoints, most).

        The least of the groups' maxima is a lower bound of the similarity of the member that is the last named.
        """
        return self._starts[:, None] + np.arange(most) * self._widths[:, None] // most

    def _nearest(
        self, near: np.ndarray, highest: np.ndarray, groups: np.ndarray, top: _Top, row: int
    ) -> None:
        """Put the nearest members of one molecule into its row, most similar first, ties by position."""
        most = groups.shape[1]
        if not len(highest):
            return
        least = np.maximum.reduceat(highest, groups.ravel()).reshape(groups.shape).min(axis=1)
        # Endpoints of fewer columns than names have no such groups: all of their members are looked through.
        least[self._widths < most] = 0
        columns = np.flatnonzero(highest >= least.take(self._endpoint))
        owners = self._endpoint.take(columns)
        among = near.take(columns, axis=1)
        height, column = np.nonzero(among >= np.maximum(least, 0).take(owners))
        owner = owners.take(column)
        place = height * self._widths.take(owner) + columns.take(column) - self._starts.take(owner)
        value = among[height, column]
        order = np.lexsort((place, -value, owner))
        owner = owner.take(order)
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        named = rank < most
        order, owner, rank = order[named], owner[named], rank[named]
        top.places[row, owner, rank] = place.take(order)
        top.similarities[row, owner, rank] = value.take(order)
