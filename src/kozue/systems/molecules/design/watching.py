"""What a person sees of a search under way, and what they may wish: to stop it, to ban a substructure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from kozue.core.context import Context

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings
    from kozue.systems.molecules.design.stage import Stage

_TOP = 50
_LOOK_EVERY = 10  # rounds between two measurements of diversity


class Watch:
    """Tells how far a stage is, before each of its rounds.

    Parameters
    ----------
    context : Context
        Receives progress; raises when the person asked to stop.
    number : int
        Of the stage, from 0.
    plans : sequence of SearchSettings
        Of all stages.
    """

    def __init__(self, context: Context, number: int, plans: tuple[SearchSettings, ...]) -> None:
        self._context = context
        self._number = number
        self._before = sum(plan.calls for plan in plans[:number])
        self._total = sum(plan.calls for plan in plans)
        self._stages = len(plans)
        self._diversity = float("nan")

    def __call__(self, stage: Stage) -> None:
        """Tell progress."""
        oracle = stage.oracle
        scores = [call.score for call in oracle.calls if np.isfinite(call.score)]
        if scores and stage.rounds % _LOOK_EVERY == 0:
            best = sorted(
                oracle.calls, key=lambda call: (-np.nan_to_num(call.score, nan=-np.inf), call.number)
            )
            self._diversity = diversity([call.smiles for call in best[:_TOP]])
        proposed, repeated = sum(oracle.proposed.values()), sum(oracle.repeated.values())
        words = [f"stage {self._number + 1} of {self._stages}"] if self._stages > 1 else []
        if scores:
            words += [
                f"best {max(scores):.3f}",
                f"mean of last 100 {np.mean(scores[-100:]):.3f}",
                f"unique {1 - repeated / max(proposed, 1):.0%}",
                f"diversity {self._diversity:.2f}",
            ]
        self._context.progress(
            self._before + len(oracle.calls), self._total, ", ".join([*words, f"{oracle.left:,} calls left"])
        )


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
