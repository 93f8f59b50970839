"""Pictures of a search: score over calls, the map of chemical space, properties beside real molecules, losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, rdFingerprintGenerator, rdMolDescriptors

from kozue.core.svg import as_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kozue.systems.molecules.design.oracle import Call

COLOURS = {"tree": "#0f766e", "policy": "#b45309", "genetic": "#6d28d9", "input": "#be123c"}
INK, PALE = "#64748b", "#cbd5e1"
_MAPPED = 2000  # molecules of each kind on the map
_MEASURED = 300
_SHOWN_LOSSES = 20
PROPERTIES: Mapping[str, Callable[[Chem.Mol], float]] = {
    "weight [g/mol]": Descriptors.MolWt,
    "logP": Crippen.MolLogP,
    "TPSA [Å²]": rdMolDescriptors.CalcTPSA,
    "rotatable bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "rings": rdMolDescriptors.CalcNumRings,
    "QED": QED.qed,
}
TITLES = {
    "calls": "Score over calls",
    "space": "Chemical space",
    "properties": "Properties beside what the prior learned",
    "losses": "What was removed, and by which filter",
}


def score_over_calls(calls: Sequence[Call]) -> str:
    """Draw each call's score by generator, the best so far and the mean of the last hundred."""
    figure, (axes,) = _figure(1, 1, (7.2, 3.0))
    numbers = np.arange(1, len(calls) + 1)
    scores = np.array([call.score for call in calls], float)
    size = 16 if len(calls) < 300 else 5
    for name in dict.fromkeys(call.generator for call in calls):
        mine = np.array([call.generator == name for call in calls])
        axes.scatter(
            numbers[mine],
            scores[mine],
            s=size,
            alpha=0.6,
            linewidths=0,
            label=name,
            color=COLOURS.get(name, INK),
        )
    axes.plot(numbers, np.fmax.accumulate(scores), color="black", linewidth=1.2, label="best so far")
    axes.plot(numbers, _moving_mean(scores, 100), color=INK, linewidth=1.2, label="mean of 100")
    axes.set_xlabel("call")
    axes.set_ylabel("score")
    axes.legend(fontsize=6, frameon=False, ncols=6, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return as_svg(figure)


def _moving_mean(scores: np.ndarray, width: int) -> np.ndarray:
    known = np.isfinite(scores)
    sums = np.cumsum(np.where(known, scores, 0.0))
    counts = np.cumsum(known)
    early = np.arange(len(scores)) < width
    before = np.concatenate([np.zeros(width), sums])[: len(scores)]
    many = np.concatenate([np.zeros(width), counts])[: len(scores)]
    before[early], many[early] = 0, 0
    return np.divide(sums - before, counts - many, out=np.full(len(scores), np.nan), where=counts > many)


def chemical_space(calls: Sequence[Call], reference: Sequence[str], given: Sequence[str]) -> str:
    """Draw the two main axes of ECFP4 counts (principal components of the reference and all scored)."""
    scored = sorted(
        (call for call in calls if np.isfinite(call.score)), key=lambda call: (-call.score, call.number)
    )[:_MAPPED]
    if len(scored) < 3:
        return ""
    background = tuple(reference[:_MAPPED])
    others = (*given, *(call.smiles for call in scored))
    prints = np.concatenate([_prints(part) for part in (background, others) if part])
    centred = prints - prints.mean(axis=0)
    # The covariance is smaller than the table, and its eigenvectors are deterministic up to sign.
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, -2:][:, ::-1]
    vectors *= np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    places = centred @ vectors
    first, second = len(background), len(background) + len(given)
    figure, (axes,) = _figure(1, 1, (6.0, 4.2))
    axes.scatter(*places[:first].T, s=3, color=PALE, linewidths=0, label="prior's training set")
    drawn = axes.scatter(
        *places[second:][::-1].T,
        s=8,
        c=[call.score for call in scored][::-1],
        cmap="viridis",
        linewidths=0,
        label="scored",
    )
    axes.scatter(
        *places[first:second].T, s=28, marker="*", color=COLOURS["input"], linewidths=0, label="given"
    )
    figure.colorbar(drawn, ax=axes, label="score")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(fontsize=6, frameon=False)
    return as_svg(figure)


@lru_cache(maxsize=4)
def _prints(smiles: tuple[str, ...]) -> np.ndarray:
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=512)
    return (
        np.array([make.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(text)) for text in smiles])
        .clip(0, 3)
        .astype(float)
    )


def property_distributions(best: Sequence[str], reference: Sequence[str]) -> str:
    """Draw histograms of the best molecules beside those of real ones."""
    if len(best) < 3:
        return ""
    figure, panels = _figure(2, 3, (7.2, 3.2))
    ours = [Chem.MolFromSmiles(text) for text in best[:_MEASURED]]
    theirs = _measured(tuple(reference[:_MEASURED]))
    for axes, (name, measure) in zip(panels, PROPERTIES.items(), strict=True):
        mine = [measure(mol) for mol in ours]
        other = theirs[name]
        bins = np.histogram_bin_edges([*mine, *other], bins=20)
        if other:
            axes.hist(other, bins=bins, density=True, color=PALE, label="training set")
        axes.hist(mine, bins=bins, density=True, color=COLOURS["tree"], alpha=0.6, label="best")
        axes.set_title(name, fontsize=7, color=INK)
        axes.set_yticks([])
    panels[0].legend(fontsize=6, frameon=False)
    return as_svg(figure)


@lru_cache(maxsize=4)
def _measured(smiles: tuple[str, ...]) -> dict[str, list[float]]:
    mols = [Chem.MolFromSmiles(text) for text in smiles]
    return {name: [measure(mol) for mol in mols] for name, measure in PROPERTIES.items()}


def losses(lost: Mapping[str, int]) -> str:
    """Draw how many proposals each filter removed."""
    if not lost:
        return ""
    shown = sorted(lost.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_LOSSES][::-1]
    figure, (axes,) = _figure(1, 1, (6.0, 0.6 + 0.22 * len(shown)))
    axes.barh([reason for reason, _ in shown], [count for _, count in shown], color=COLOURS["tree"])
    axes.set_xlabel("proposals")
    return as_svg(figure)


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for panel in panels:
        panel.tick_params(colors=INK, labelsize=7)
        for side, spine in panel.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(INK)
    return figure, panels
