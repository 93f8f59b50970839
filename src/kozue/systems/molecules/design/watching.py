"""What a person sees of a search under way, and what they may wish: to stop it, to ban a substructure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from kozue.core.context import Context
from kozue.core.errors import SettingsError
from kozue.systems.molecules.design.filters.screening import Filters
from kozue.systems.molecules.design.rewards.structures import read_smarts

if TYPE_CHECKING:
    from kozue.systems.molecules.design.core.scaffold import Core
    from kozue.systems.molecules.design.settings import SearchSettings
    from kozue.systems.molecules.design.stage import Stage

_TOP, _DRAWN, _POINTS, _LATELY = 50, 12, 300, 100
_BANS = "bans"
_LABELS = {
    "stage": "段階",
    "best": "最高点",
    f"mean of the last {_LATELY}": f"直近 {_LATELY} 件の平均",
    "unique": "一意率",
    "calls left": "残りの評価回数",
    "diversity of the best": "上位の多様性",
    "banned": "禁止した部分構造",
    "call": "評価番号",
    "best score": "最高点",
    "score": "総合点",
    "generator": "生成器",
}


class Bans:
    """Substructures that people ban while a search works.

    A ban takes effect between two rounds; which ones is kept, so that a run taken up again bans at the same rounds.

    Parameters
    ----------
    context : Context
        Wishes, and the checkpoint in which their rounds are kept.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: list[list[Any]] = context.checkpoint.load(_BANS) or []

    def of_round(self, stage: int, number: int) -> tuple[str, ...]:
        """Return all bans that hold in a round: those of rounds before it, and new wishes."""
        known = {smarts for _, _, smarts in self._kept}
        for wish in self._context.wishes():
            smarts = str(wish["ban"])
            if smarts in known:
                continue
            known.add(smarts)
            if _readable(smarts):
                self._kept.append([stage, number, smarts])
                self._context.checkpoint.save(_BANS, self._kept)
            else:
                self._context.warn(
                    "ban", f"The ban {smarts[:80]!r} cannot be read as SMARTS and was left out."
                )
        return tuple(smarts for at, since, smarts in self._kept if (at, since) <= (stage, number))


def _readable(smarts: str) -> bool:
    try:
        read_smarts(smarts, "the bans")
    except SettingsError:
        return False
    return True


class Watch:
    """Before each round of a stage: wishes take effect, progress is told, and what there is so far is shown.

    Parameters
    ----------
    context : Context
        Receives progress; raises when the person asked to stop.
    number : int
        Of the stage, from 0.
    plans : sequence of SearchSettings
        Of all stages.
    core : Core, optional
        What stays, to be marked.
    """

    def __init__(
        self, context: Context, number: int, plans: Sequence[SearchSettings], core: Core | None = None
    ) -> None:
        self._context = context
        self._core = core
        self._number = number
        self._plan = plans[number]
        self._before = sum(plan.calls for plan in plans[:number])
        self._total = sum(plan.calls for plan in plans)
        self._stages = len(plans)
        self._bans = Bans(context)
        self._banned: tuple[str, ...] = ()

    def __call__(self, stage: Stage) -> None:
        """Look, and tell."""
        banned = self._bans.of_round(self._number, stage.rounds)
        if banned != self._banned:
            self._banned = banned
            forbid = (*self._plan.forbid, *banned)
            stage.oracle.forget_filtered(Filters(self._plan.model_copy(update={"forbid": forbid})))
        oracle = stage.oracle
        facts = self._facts(stage)
        words = ", ".join(f"{name} {value}" for name, value in facts.items())
        self._context.progress(self._before + len(oracle.calls), self._total, words)
        self._context.preview(lambda: self._shown(stage))

    def finish(self, stage: Stage) -> None:
        """Show what the stage came to."""
        self._context.preview(lambda: self._shown(stage), last=True)

    def _facts(self, stage: Stage) -> dict[str, str]:
        """Return a few words on how it goes; cheap, because they are told every round."""
        oracle = stage.oracle
        proposed, repeated = sum(oracle.proposed.values()), sum(oracle.repeated.values())
        facts = {"stage": f"{self._number + 1}/{self._stages}"} if self._stages > 1 else {}
        if np.isfinite(oracle.best):
            facts["best"] = f"{oracle.best:.3f}"
            facts[f"mean of the last {_LATELY}"] = (
                f"{np.nanmean([call.score for call in oracle.calls[-_LATELY:]]):.3f}"
            )
            facts["unique"] = f"{1 - repeated / max(proposed, 1):.0%}"
        facts["calls left"] = f"{oracle.left:,}"
        return facts

    def _shown(self, stage: Stage) -> dict[str, Any]:
        """Return what a page shows of a search under way."""
        calls = stage.oracle.calls
        scored = [call for call in calls if np.isfinite(call.score)]
        best = sorted(scored, key=lambda call: (-call.score, call.number))[:_TOP]
        return {
            "facts": {
                **self._facts(stage),
                "diversity of the best": f"{diversity([call.smiles for call in best]):.2f}",
                **{f"calls by {name}": f"{count:,}" for name, count in stage.portfolio.spent.items()},
                **({"banned": ", ".join(self._banned)} if self._banned else {}),
            },
            "records": [
                {
                    "smiles": call.smiles,
                    "score": call.score,
                    **call.values,
                    "generator": call.generator,
                    **self._marked(call.smiles),
                }
                for call in best[:_DRAWN]
            ],
            "curves": curves([call.score for call in calls]),
            "losses": dict(stage.oracle.lost.most_common(_DRAWN)),
            "labels": _LABELS | {f"calls by {name}": f"評価回数（{name}）" for name in stage.portfolio.spent},
        }

    def _marked(self, smiles: str) -> dict[str, list[int]]:
        """Return the atoms of the core, where there is one."""
        found = None if self._core is None else self._core.mapping(Chem.MolFromSmiles(smiles))
        return {} if found is None else {"marked_atoms": [int(atom) for atom in found]}


def curves(scores: Sequence[float]) -> dict[str, list[float]]:
    """Return the course of a search: call, best score so far, mean of the last hundred; at most some 300 points."""
    if not scores:
        return {}
    known = np.isfinite(scores)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, scores, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    ends = np.arange(1, len(scores) + 1)
    begins = np.maximum(ends - _LATELY, 0)
    mean = (sums[ends] - sums[begins]) / np.maximum(counts[ends] - counts[begins], 1)
    highest = np.fmax.accumulate(np.where(known, scores, np.nan))
    step = max(1, len(scores) // _POINTS)
    chosen = np.unique(np.append(ends[::step], ends[-1])) - 1
    return {
        "call": ends[chosen].tolist(),
        "best score": highest[chosen].tolist(),
        f"mean of the last {_LATELY}": mean[chosen].tolist(),
    }


def diversity(smiles: list[str]) -> float:
    """Return one minus the mean Tanimoto similarity (ECFP4) of all pairs; NaN for fewer than two."""
    if len(smiles) < 2:
        return float("nan")
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [make.GetFingerprint(Chem.MolFromSmiles(text)) for text in smiles]
    found = [
        value
        for place, one in enumerate(prints)
        for value in DataStructs.BulkTanimotoSimilarity(one, prints[:place])
    ]
    return 1 - float(np.mean(found))
