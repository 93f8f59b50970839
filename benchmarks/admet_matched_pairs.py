"""Whether the sign that matched pairs suggest holds on pairs that were not looked at.

The training molecules of the shipped models are split into five folds by scaffold. Exchanges are learned from
pairs inside four folds and asked about pairs inside the fifth, so that no molecule is on both sides (pairs
across folds are not used). Counted: of the held-out pairs whose measured values differ, how often the shrunken
mean has the right sign; for all exchanges known, and for those sure enough to be suggested first (90 % interval
without 0). The interval is a bootstrap over held-out pairs. Half would be right by chance.
"""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from harness import bars, write
from kozue.chem import scaffold
from kozue.ml.splits import scaffold_folds
from kozue.systems.molecules.admet import matched_pairs_building as building
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.matched_pairs import shrunken

FOLDS = 5
GOAL = 0.60


def main():
    ensemble = Ensemble.load(tuple(ENDPOINTS))
    smiles = ensemble.library.smiles
    pairs = building.find_pairs(smiles)
    folds = scaffold_folds([scaffold(Chem.MolFromSmiles(text)) for text in smiles], FOLDS, 0)
    rows, right_of_sure = [], []
    for key in ENDPOINTS:
        found = held_out(pairs, building.values_of(key, ensemble), folds)
        if not found:
            continue
        predicted, sure, truth = (np.array(column) for column in zip(*found, strict=True))
        moved = truth != 0
        right = np.sign(predicted) == np.sign(truth)
        row = {
            "endpoint": key,
            "held-out pairs": len(truth),
            **share("right sign", right[moved & (predicted != 0)]),
        }
        row |= {"sure pairs": int((moved & sure).sum()), **share("right sign, sure", right[moved & sure])}
        row["correlation"] = (
            float(np.corrcoef(predicted, truth)[0, 1]) if np.ptp(predicted) and np.ptp(truth) else None
        )
        rows.append(row)
        right_of_sure.append(right[moved & sure])
    every = np.concatenate(right_of_sure)
    rows.append({"endpoint": "all", "sure pairs": len(every), **share("right sign, sure", every)})
    named = {row["endpoint"]: row["right sign, sure"] for row in rows if row.get("sure pairs", 0) >= 20}
    figure = bars(
        "Right sign on held-out pairs, sure exchanges", list(named), list(named.values()), "share", GOAL
    )
    met = float(every.mean()) >= GOAL
    write(
        "admet_matched_pairs",
        rows,
        figure,
        f"sure exchanges have the right sign >= {GOAL:g} on held-out pairs",
        met,
    )


def held_out(pairs, values, folds):
    """Return (shrunken mean, whether its interval leaves out 0, measured change) of each held-out pair."""
    found = []
    measured = [pair for pair in pairs if pair.first in values and pair.second in values]
    for fold in range(FOLDS):
        train = [pair for pair in measured if folds[pair.first] != fold and folds[pair.second] != fold]
        known = building.changes(train, values)
        within, between = building.variances(known)
        means = {
            exchange: shrunken(float(np.mean(deltas)), len(deltas), within, between)
            for exchange, deltas in known.items()
        }
        for pair in measured:
            if folds[pair.first] == folds[pair.second] == fold and pair.exchange in means:
                mean, half = means[pair.exchange]
                found.append((mean, abs(mean) > half, values[pair.second] - values[pair.first]))
    return found


def share(name, right):
    """Return a share with its bootstrap interval."""
    if not len(right):
        return {}
    rng = np.random.default_rng(0)
    means = [rng.choice(right, len(right)).mean() for _ in range(500)]
    low, high = np.quantile(means, [0.025, 0.975])
    return {name: float(right.mean()), f"{name}, low": low, f"{name}, high": high}


if __name__ == "__main__":
    main()
