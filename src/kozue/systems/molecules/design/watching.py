"""What a person sees of a search under way, and what they may wish: to stop it, to ban a substructure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdFingerprintGenerator

from kozue.core.context import Context
from kozue.systems.molecules.design.filters.screening import Filters

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings
    from kozue.systems.molecules.design.stage import Stage

_TOP, _DRAWN, _POINTS = 50, 12, 300
_BANS = "bans"


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
    with rdBase.BlockLogs():
        return Chem.MolFromSmarts(smarts) is not None


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
    """

    def __init__(self, context: Context, number: int, plans: Sequence[SearchSettings]) -> None:
        self._context = context
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

    def _facts(self, stage: Stage) -> dict[str, str]:
        """Return a few words on how it goes; cheap, because they are told every round."""
        oracle = stage.oracle
        proposed, repeated = sum(oracle.proposed.values()), sum(oracle.repeated.values())
        facts = {"stage": f"{self._number + 1} of {self._stages}"} if self._stages > 1 else {}
        if np.isfinite(oracle.best):
            facts["best"] = f"{oracle.best:.3f}"
            facts["mean of the last 100"] = f"{np.nanmean([call.score for call in oracle.calls[-100:]]):.3f}"
            facts["unique"] = f"{1 - repeated / max(proposed, 1):.0%}"
        facts["calls left"] = f"{oracle.left:,}"
        return facts

    def _shown(self, stage: Stage) -> dict[str, Any]:
        """Return what a page shows of a search under way."""
        calls = stage.oracle.calls
        scored = [call for call in calls if np.isfinite(call.score)]
        best = sorted(scored, key=lambda call: (-call.score, call.number))[:_TOP]
        step = max(1, len(calls) // _POINTS)
        highest = np.fmax.accumulate([call.score for call in calls]) if calls else np.zeros(0)
        return {
            "facts": {
                **self._facts(stage),
                "diversity of the best": f"{diversity([call.smiles for call in best]):.2f}",
                **{f"calls by {name}": f"{count:,}" for name, count in stage.portfolio.spent.items()},
                **({"banned": ", ".join(self._banned)} if self._banned else {}),
            },
            "records": [
                {"smiles": call.smiles, "score": call.score, **call.values, "generator": call.generator}
                for call in best[:_DRAWN]
            ],
            "curves": {"call": list(range(1, len(calls) + 1, step)), "best score": highest[::step].tolist()},
            "losses": dict(stage.oracle.lost.most_common(_DRAWN)),
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
