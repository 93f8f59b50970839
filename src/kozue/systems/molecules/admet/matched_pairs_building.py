"""Rebuild the shipped matched pairs: ``python -m kozue.systems.molecules.admet.matched_pairs_building``.

Reads nothing but what ships: the library of training molecules and the values that each endpoint's model was
trained on, so that no test row can enter.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem, rdBase

from kozue.ml.cards import read_card
from kozue.ml.store import save_model
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import WEIGHTS as MODELS
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.matched_pairs import HYDROGEN, WEIGHTS, cuts

FEWEST = 3
MOST_OF_A_SERIES = 60  # a constant part with more groups would count for a whole chemistry


@dataclass(frozen=True, slots=True)
class Pair:
    """Two molecules that differ in one group.

    Parameters
    ----------
    exchange : tuple of str
        Anchor, group before and group after (in alphabetical order).
    first, second : int
        Positions of the molecules in the library.
    """

    exchange: tuple[str, str, str]
    first: int
    second: int


def find_pairs(smiles: Sequence[str]) -> list[Pair]:
    """Return all matched pairs of a library.

    Parameters
    ----------
    smiles : sequence of str
        Shape (m,), standardised.
    """
    place = {text: number for number, text in enumerate(smiles)}
    series: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for number, text in enumerate(smiles):
        mol = Chem.MolFromSmiles(text)
        if mol is None or mol.GetNumHeavyAtoms() > 60:
            continue
        for cut in cuts(mol):
            series[cut.constant, cut.anchor][cut.variable] = number
    for constant, anchor in list(series):
        with rdBase.BlockLogs():
            bare = Chem.MolFromSmiles(constant.replace("[*:1]", "[H]"))
        number = place.get(Chem.MolToSmiles(bare), -1) if bare is not None else -1
        if number >= 0:
            series[constant, anchor][HYDROGEN] = number
    found, seen = [], set()
    for (_, anchor), members in sorted(series.items()):
        groups = sorted(members)[:MOST_OF_A_SERIES]
        for position, before in enumerate(groups):
            for after in groups[position + 1 :]:
                pair = Pair((anchor, before, after), members[before], members[after])
                if pair not in seen:
                    seen.add(pair)
                    found.append(pair)
    return found


def values_of(key: str, ensemble: Ensemble) -> dict[int, float]:
    """Return an endpoint's training values by position in the library: model scale, classes 0 and 1."""
    model, floor = ensemble.models[key], ENDPOINTS[key].floor
    values = np.asarray(model.values, float)
    scaled = values if floor is None else np.log10(np.maximum(values, floor))
    return dict(zip(map(int, model.members), map(float, scaled), strict=True))


def changes(pairs: Sequence[Pair], values: Mapping[int, float]) -> dict[tuple[str, str, str], list[float]]:
    """Return the measured changes by exchange; a pair of molecules counts once for an exchange."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for pair in pairs:
        if pair.first in values and pair.second in values:
            found[pair.exchange].append(values[pair.second] - values[pair.first])
    return {exchange: deltas for exchange, deltas in found.items() if len(deltas) >= FEWEST}


def variances(found: Mapping[tuple[str, str, str], Sequence[float]]) -> tuple[float, float]:
    """Return the pooled variance within exchanges, and the variance of true means between them (moments)."""
    if not found:
        return 0.0, 0.0
    freedom = sum(len(deltas) - 1 for deltas in found.values())
    within = sum(float(np.var(deltas)) * len(deltas) for deltas in found.values()) / max(freedom, 1)
    means = np.array([np.mean(deltas) for deltas in found.values()])
    noise = np.mean([within / len(deltas) for deltas in found.values()])
    return within, max(0.0, float((means**2).mean() - noise))


def packed(
    by_endpoint: Mapping[str, Mapping[tuple[str, str, str], Sequence[float]]],
) -> dict[str, np.ndarray]:
    """Return the exchanges of all endpoints as compact arrays.

    Returns
    -------
    dict of str to numpy.ndarray
        ``groups``, ``anchors`` and ``endpoints`` are texts joined by line ends; ``endpoint``, ``anchor``,
        ``before``, ``after``, ``pairs`` and ``mean`` have one entry an exchange; ``within`` and
        ``between`` one an endpoint.
    """
    groups = sorted({group for found in by_endpoint.values() for _, *sides in found for group in sides})
    anchors = sorted({anchor for found in by_endpoint.values() for anchor, *_ in found})
    rows = [
        (
            number,
            anchors.index(anchor),
            groups.index(before),
            groups.index(after),
            len(deltas),
            np.mean(deltas),
        )
        for number, found in enumerate(by_endpoint.values())
        for (anchor, before, after), deltas in sorted(found.items())
    ]
    endpoint, anchor, before, after, pairs, mean = zip(*rows, strict=True) if rows else [()] * 6
    spread = [variances(found) for found in by_endpoint.values()]
    return {
        **{
            name: _text(texts)
            for name, texts in (("groups", groups), ("anchors", anchors), ("endpoints", by_endpoint))
        },
        "endpoint": np.array(endpoint, np.uint8),
        "anchor": np.array(anchor, np.uint8),
        "before": np.array(before, np.uint16),
        "after": np.array(after, np.uint16),
        "pairs": np.array(pairs, np.uint16),
        "mean": np.array(mean, np.float16),
        "within": np.array([within for within, _ in spread], np.float32),
        "between": np.array([between for _, between in spread], np.float32),
    }


def _text(texts: Sequence[str] | Mapping[str, object]) -> np.ndarray:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def main() -> None:
    """Find, aggregate and store."""
    ensemble = Ensemble.load(tuple(ENDPOINTS))
    pairs = find_pairs(ensemble.library.smiles)
    by_endpoint = {key: changes(pairs, values_of(key, ensemble)) for key in ENDPOINTS}
    arrays = packed(by_endpoint)
    library = read_card(MODELS / "library")
    card = {
        "title": "Exchanges of groups seen in matched pairs",
        "kind": "matched pairs",
        "licence": library["licence"],
        "split": "training molecules of the shipped models only",
        "use": "Suggestions of small changes beside an explanation.",
        "limits": f"Single cuts, groups up to 8 heavy atoms, at least {FEWEST} pairs; means over all molecules, "
        "whatever their surroundings. Classes: change of the share of positives.",
        "data": {**library["data"], "pairs": len(pairs), "exchanges": len(arrays["endpoint"])},
        "metrics": {},
    }
    save_model(WEIGHTS, {"pairs": arrays}, {"name": "admet/matched_pairs", **card})
    for key, found in by_endpoint.items():
        print(f"{key}: {len(found)} exchanges, {sum(map(len, found.values()))} pairs", file=sys.stderr)


if __name__ == "__main__":
    main()
