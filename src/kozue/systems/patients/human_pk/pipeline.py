"""The whole method, fitted fold by fold: what training ships and cross-validation judges is the same code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kozue.chem import scaffold
from kozue.ml.splits import group_folds, scaffold_folds
from kozue.ml.trees import Trees
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS, LEARNED
from kozue.systems.patients.human_pk.forests import grow
from kozue.systems.patients.human_pk.kernels import fit_process
from kozue.systems.patients.human_pk.measured import MEASURED
from kozue.systems.patients.human_pk.stacking import Joint, fit_joint
from kozue.systems.patients.human_pk.structure import (
    Drawn,
    Neighbourhood,
    StructureModel,
    among,
    fit_structure,
    predict_structure,
    trimmed,
)

if TYPE_CHECKING:
    from kozue.systems.patients.human_pk.sources import Compounds

FOLDS = 5
Say = Callable[[int, int, str], None]

#: Assistants and groups that are always known and stand beside the structure models in the joint distribution.
_BESIDE = (
    "hepatocytes",
    "rat_microsomes",
    "human_microsomes",
    "mouse_microsomes",
    "lipophilicity",
    "protein_binding",
)
_MOST_GROUPS = 2.0
MODELLED = tuple(f"structure_{key}" for key in LEARNED)
ALWAYS = (*MODELLED, *(f"assistant_{name}" for name in _BESIDE), "acids", "bases")
#: A measured fraction unbound of man is the human target itself.
GIVEN = tuple(key for key in MEASURED if key != "human_fup")
NAMES = (*ALWAYS, *LEARNED, *GIVEN)
TARGETS = [NAMES.index(key) for key in LEARNED]


def always_known(
    predicted: np.ndarray, drawn: Drawn, assistants: Sequence[str], groups: Sequence[str]
) -> np.ndarray:
    """Return the columns of :data:`ALWAYS`, shape (n, a).

    Parameters
    ----------
    predicted : numpy.ndarray
        Shape (n, 4), what the structure models say, log10.
    drawn : Drawn
        The same molecules.
    assistants, groups : sequence of str
        Names of the columns of ``drawn.assisted`` and ``drawn.groups``.
    """
    helped = drawn.assisted[:, [list(assistants).index(name) for name in _BESIDE]]
    charged = drawn.groups[:, [list(groups).index(name) for name in ("acids", "bases")]]
    return np.concatenate([predicted, helped, np.minimum(charged, _MOST_GROUPS)], axis=1)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that folds are cut from.

    Parameters
    ----------
    compounds : Compounds
        n of them.
    drawn : Drawn
        Their arrays.
    kernels : list of numpy.ndarray
        Each shape (n, n).
    given : dict of str to numpy.ndarray
        Measured inputs, log10, shape (n,) each.
    assistants, groups : tuple of str
        Names of the columns of ``drawn``.
    """

    compounds: Compounds
    drawn: Drawn
    kernels: list[np.ndarray]
    given: dict[str, np.ndarray]
    assistants: tuple[str, ...]
    groups: tuple[str, ...]

    def records(self, predicted: np.ndarray) -> np.ndarray:
        """Return rows of the joint distribution, shape (n, d), with what the structure models say."""
        known = always_known(predicted, self.drawn, self.assistants, self.groups)
        human = np.stack([self.compounds.paired[key] for key in LEARNED], axis=1)
        given = np.stack([self.given[key] for key in GIVEN], axis=1)
        return np.concatenate([known, human, given], axis=1)

    def usable(self) -> np.ndarray:
        """Return which rows have a human value beside, shape (n,), bool."""
        return np.isfinite(np.stack([self.compounds.paired[key] for key in LEARNED])).any(axis=0)


def material_of(
    compounds: Compounds,
    drawn: Drawn,
    in_vitro: Mapping[str, np.ndarray],
    assistants: Sequence[str],
    groups: Sequence[str],
) -> Material:
    """Compute the kernels among all compounds."""
    kernels = Neighbourhood.of(drawn).kernels(drawn)
    given = {**compounds.given, **in_vitro}
    return Material(compounds, drawn, kernels, given, tuple(assistants), tuple(groups))


@dataclass(frozen=True, slots=True)
class Folded:
    """Out-of-fold structure predictions.

    Parameters
    ----------
    fold : numpy.ndarray
        Shape (n,).
    predicted : numpy.ndarray
        Shape (n, e, k), log10: by models that saw neither the compound's own fold nor fold k.
    similarity : numpy.ndarray
        Shape (n,), of Morgan counts to the nearest compound of another fold.
    """

    fold: np.ndarray
    predicted: np.ndarray
    similarity: np.ndarray


def mixed_folds(compounds: Compounds, seed: int) -> np.ndarray:
    """Deal compounds out at random, stereoisomers together; return the fold of each, shape (n,)."""
    distinct = sorted(set(compounds.keys))
    dealt = dict(zip(distinct, group_folds(distinct, FOLDS, seed), strict=True))
    return np.array([dealt[key] for key in compounds.keys])


def folds_by_scaffold(compounds: Compounds, seed: int) -> np.ndarray:
    """Deal whole Bemis-Murcko scaffolds out, stereoisomers together; return the fold of each, shape (n,)."""
    # Isomers may be drawn as different tautomers and so have two scaffolds: the first one speaks for all.
    named = {key: scaffold(mol) for key, mol in zip(compounds.keys, compounds.mols, strict=True)}
    dealt = dict(zip(named, scaffold_folds(list(named.values()), FOLDS, seed), strict=True))
    return np.array([dealt[key] for key in compounds.keys])


def fold_structures(material: Material, fold: np.ndarray, seed: int, say: Say) -> Folded:
    """Predict every compound from its structure, without its own fold, and again without each other fold.

    The second exclusion is what makes stacking honest: the joint distribution that is judged on fold k learns
    from structure predictions that have not seen fold k either. Weights of the kernels are those chosen
    without fold k, too.

    Parameters
    ----------
    material : Material
        All compounds.
    fold : numpy.ndarray
        Shape (n,), see :func:`mixed_folds` and :func:`folds_by_scaffold`.
    seed : int
        Of the forests.
    say : callable
        ``(done, total, message)``.
    """
    compounds = material.compounds
    predicted = np.full((len(compounds), len(LEARNED), FOLDS), np.nan)
    pairs = [(k, j) for k in range(FOLDS) for j in range(k + 1, FOLDS)]
    total = len(LEARNED) * (FOLDS + len(pairs))
    done = 0
    for column, key in enumerate(LEARNED):
        weights = []
        for k in range(FOLDS):
            say(done, total, f"{ENDPOINTS[key].label.en}, structure")
            model = _without(material, key, fold != k, seed)
            weights.append(model.process.weights)
            predicted[fold == k, column, k] = _predict(material, model, fold == k)
            done += 1
        for k, j in pairs:
            say(done, total, f"{ENDPOINTS[key].label.en}, structure, pairs of folds")
            kept = (fold != k) & (fold != j)
            trees = None
            for judged, other in ((k, j), (j, k)):
                model = _without(material, key, kept, seed, weights[judged], trees)
                trees = model.trees
                predicted[fold == other, column, judged] = _predict(material, model, fold == other)
            done += 1
    say(total, total, "structure")
    others = np.where(fold[:, None] != fold[None, :], material.kernels[0], 0.0)
    return Folded(fold, predicted, others.max(axis=1))


def _without(
    material: Material,
    key: str,
    kept: np.ndarray,
    seed: int,
    weights: np.ndarray | None = None,
    trees: Trees | None = None,
) -> StructureModel:
    """Fit an endpoint's structure model on the kept rows, shape (n,), bool; reuse what is given."""
    values = material.compounds.human[key]
    members = np.flatnonzero(kept & np.isfinite(values))
    if weights is None:
        return fit_structure(ENDPOINTS[key], material.kernels, material.drawn.forest, values, members, seed)
    target = trimmed(ENDPOINTS[key], values[members])
    process = fit_process(among(material.kernels, members), target, weights)
    return StructureModel.of(process, trees or grow(material.drawn.forest[members], target, seed), members)


def _predict(material: Material, model: StructureModel, rows: np.ndarray) -> np.ndarray:
    kernels = [kernel[rows] for kernel in material.kernels]
    return predict_structure(model, kernels, material.drawn.forest[rows])


def own_fold(folded: Folded) -> np.ndarray:
    """Return the predictions without the compound's own fold alone, shape (n, e)."""
    return folded.predicted[np.arange(len(folded.fold)), :, folded.fold]


def fit_stack(material: Material, predicted: np.ndarray, rows: np.ndarray) -> Joint:
    """Fit the joint distribution on some rows.

    Parameters
    ----------
    material : Material
        All compounds.
    predicted : numpy.ndarray
        Shape (n, e), out-of-fold.
    rows : numpy.ndarray
        Shape (n,), bool.
    """
    return fit_joint(NAMES, material.records(predicted)[rows & material.usable()])


@dataclass(frozen=True, slots=True)
class Conditioned:
    """Stacked predictions for one choice of given values, log10.

    Parameters
    ----------
    mean : numpy.ndarray
        Shape (n, e).
    scatter : numpy.ndarray
        Shape (n, e, e).
    """

    mean: np.ndarray
    scatter: np.ndarray


def condition_rows(joint: Joint, records: np.ndarray, given: Sequence[str], rows: np.ndarray) -> Conditioned:
    """Condition some rows on the structure and on those of the named values that they have.

    Parameters
    ----------
    joint : Joint
        Fitted elsewhere.
    records : numpy.ndarray
        Shape (n, d).
    given : sequence of str
        Names in :data:`GIVEN`, or ``"human_fup"``.
    rows : numpy.ndarray
        Positions; the other rows stay NaN.
    """
    e = len(LEARNED)
    mean, scatter = np.full((len(records), e), np.nan), np.full((len(records), e, e), np.nan)
    seen = [NAMES.index(name) for name in (*ALWAYS, *(name for name in given if name != "human_fup"))]
    fup = NAMES.index("fup")
    wanted = [place for place in TARGETS if not ("human_fup" in given and place == fup)]
    if len(wanted) < e:
        seen.append(fup)
    columns = [TARGETS.index(place) for place in wanted]
    for row in rows:
        known = np.full(len(NAMES), np.nan)
        known[seen] = records[row, seen]
        found, spread = joint.condition(known, wanted)
        mean[row, columns] = found
        scatter[np.ix_([row], columns, columns)] = spread
    return Conditioned(mean, scatter)


def cross_stack(
    material: Material, folded: Folded, choices: Mapping[str, Sequence[str]]
) -> dict[str, Conditioned]:
    """Stack every compound by a distribution that saw nothing of its fold.

    Parameters
    ----------
    material : Material
        All compounds.
    folded : Folded
        With pairs of folds left out.
    choices : mapping of str to sequence of str
        Name of a setting -> which measured values may be used.
    """
    made: dict[str, list[Conditioned]] = {name: [] for name in choices}
    for k in range(FOLDS):
        predicted = folded.predicted[:, :, k]
        joint = fit_stack(material, predicted, folded.fold != k)
        records = material.records(predicted)
        rows = np.flatnonzero(folded.fold == k)
        for name, given in choices.items():
            made[name].append(condition_rows(joint, records, given, rows))
    joined = {}
    for name, parts in made.items():
        mean, scatter = parts[0].mean.copy(), parts[0].scatter.copy()
        for k, part in enumerate(parts):
            own = folded.fold == k
            mean[own], scatter[own] = part.mean[own], part.scatter[own]
        joined[name] = Conditioned(mean, scatter)
    return joined
