"""Values beyond a limit in own training data: left out, taken as the limit, or learned from.

Official ``train_val`` rows of three sets of values; whole scaffolds are held out. Of the training molecules the highest
10, 25 and 40 % are censored (they become ``>limit``), the held-out ones keep their values. Three draws of at most 1,000
molecules each; no transfer, because the shipped networks know these labels.
"""

from __future__ import annotations

import time

import numpy as np

from harness import write
from kozue.chem import scaffold
from kozue.ml.metrics import bootstrap
from kozue.ml.splits import group_folds
from kozue.systems.molecules.admet import benchmark
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.features import prepare
from kozue.systems.molecules.admet.fitting import FOLDS, Sample, fit, similarity_matrix
from kozue.systems.molecules.admet.model import Scale
from kozue.systems.molecules.admet.recipes import recipe_for

SETS = ("solubility", "lipophilicity", "half_life")
SHARES = (0.1, 0.25, 0.4)
SEEDS = (11, 12, 13)
MOST = 1000
WAYS = ("drop", "limit", "learn")


def drawn(group, key, seed):
    """Return features, bits, values and scaffolds of a draw."""
    part = group.parts[ENDPOINTS[key].dataset, "train_val"]
    rows = np.random.default_rng(seed).permutation(len(part.smiles))[:MOST]
    prepared = prepare([part.smiles[row] for row in rows])
    values = part.values[rows][prepared.rows]
    groups = [scaffold(mol) or f"acyclic {row}" for row, mol in enumerate(prepared.mols)]
    return prepared.features(), prepared.bits(), values, groups


def errors(draw, key, share, way, seed):
    """Return errors of the held-out molecules (model scale), which lie above the limit, which inside the interval."""
    features, bits, values, groups = draw
    scale = Scale(floor=ENDPOINTS[key].floor)
    folds = group_folds(groups, FOLDS + 1, seed)
    held, train = folds == FOLDS, folds != FOLDS
    limit = np.quantile(values[train], 1 - share) if share else np.inf
    measured = values[train] < limit
    keep = measured if way == "drop" else np.ones(len(measured), bool)
    low = np.minimum(values[train], limit)
    bounds = np.column_stack([low, np.where(measured, low, np.inf)])[keep]
    own = bits[train][keep]
    inner = group_folds([group for group, one in zip(groups, train, strict=True) if one], FOLDS, seed)[keep]
    sample = Sample(features[train][keep], own, low[keep], inner, bounds=bounds, complete=way == "learn")
    model = fit(sample, False, scale, recipe_for(len(own)), seed).model
    near = similarity_matrix(np.concatenate([bits[held], own]))[: held.sum(), held.sum() :]
    guess = model.raw(features[held], near.astype(float) @ model.kernel + model.kernel_offset)
    error = np.abs(scale.forward(values[held]) - guess)
    return error, values[held] >= limit, error <= model.errors["fast"].half_width(near.max(axis=1), 0.9)


def line(key, share, way, found):
    """Return one row of the table from the errors of all draws."""
    error, above, inside = (np.concatenate(column) for column in zip(*found, strict=True))
    estimate = bootstrap("MAE", error, np.zeros(len(error)))
    return {
        "set": key,
        "censored": f"{share:.0%}" if share else "none",
        "way": way,
        "MAE": round(estimate.value, 4),
        "95 % interval": f"{estimate.low:.3f} to {estimate.high:.3f}",
        "MAE above the limit": round(float(error[above].mean()), 3) if above.any() else None,
        "MAE below it": round(float(error[~above].mean()), 3),
        "coverage of 90 %": round(float(inside.mean()), 3),
        "molecules": len(error),
    }


def compared(key, share, found):
    """Return how much less the error is than by each other way, with the interval over the same molecules."""
    error = {way: np.concatenate([draw[0] for draw in draws]) for way, draws in found.items()}
    gains = {}
    for other in ("drop", "limit"):
        gain = bootstrap("MAE", error[other], np.zeros(len(error[other]))).value
        difference = bootstrap(lambda a, b: float((a - b).mean()), error[other], error["learn"])
        gains[other] = {
            "set": key,
            "censored": f"{share:.0%}",
            "learn instead of": other,
            "MAE less by": round(difference.value, 4),
            "95 % interval": f"{difference.low:.3f} to {difference.high:.3f}",
            "in %": round(100 * difference.value / gain, 1),
            "low": difference.low,
            "high": difference.high,
        }
    return list(gains.values())


def picture(lines):
    """Draw the error by share, one panel a set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    for axes, key in zip(figure.subplots(1, len(SETS)), SETS, strict=True):
        own = [row for row in lines if row["set"] == key]
        axes.axhline(
            next(row["MAE"] for row in own if row["way"] == "all measured"), color="#888888", linestyle=":"
        )
        for way, colour in zip(WAYS, ("#b42318", "#d0941f", "#0f766e"), strict=True):
            axes.plot(
                [100 * share for share in SHARES],
                [row["MAE"] for row in own if row["way"] == way],
                "o-",
                color=colour,
                label=way,
            )
        axes.set_title(key, loc="left", fontsize=10)
        axes.set_xlabel("censored, % of the training molecules")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("mean absolute error")
    figure.axes[0].legend(frameon=False, title="dotted: nothing censored", title_fontsize=8)
    return figure


def main():
    began = time.process_time()
    group = benchmark.load_group()
    lines, gains = [], []
    for key in SETS:
        draws = {seed: drawn(group, key, seed) for seed in SEEDS}
        whole = [errors(draws[seed], key, 0.0, "limit", seed) for seed in SEEDS]
        lines.append(line(key, 0.0, "all measured", whole))
        for share in SHARES:
            found = {way: [errors(draws[seed], key, share, way, seed) for seed in SEEDS] for way in WAYS}
            lines += [line(key, share, way, found[way]) for way in WAYS]
            gains += compared(key, share, found)
    goal = "learning from limits has no larger error than leaving them out or taking the limit, in any set"
    write("admet_censored", lines, picture(lines), goal, all(row["MAE less by"] >= 0 for row in gains))
    sure = sum(row.pop("low") > 0 for row in gains)
    worse = sum(row.pop("high") < 0 for row in gains)
    write(
        "admet_censored_gains",
        gains,
        None,
        f"surely better in {sure} of {len(gains)}, surely worse in {worse}",
    )
    print(f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
