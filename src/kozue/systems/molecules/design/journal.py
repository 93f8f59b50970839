"""What the oracle answered, kept so that a broken run goes on: it repeats its own steps and reads the answers.

A search is a function of its settings, its seed and the oracle's answers. So nothing else has to be kept: a run that
is taken up again makes every random choice anew, finds the answers here, and continues where they end.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from kozue.core.context import Checkpoint

_SECONDS = 2.0  # work that a kill may cost, beyond the batch under way

Values = dict[str, float]


class Journal:
    """Answers by canonical SMILES, in numbered parts of a checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
        Where the parts lie.
    stage : int
        Each stage keeps its own: another stage may reward otherwise.
    """

    def __init__(self, checkpoint: Checkpoint, stage: int = 0) -> None:
        self._checkpoint = checkpoint
        self._stage = stage
        self._parts = 0
        self._known: dict[str, Values] = {}
        self._unsaved: dict[str, Values] = {}
        self._saved = time.monotonic()
        while (part := checkpoint.load(self._name(self._parts))) is not None:
            self._known.update(
                {smiles: _numbers(values) for smiles, values in part.items() if isinstance(values, dict)}
            )
            self._parts += 1

    def get(self, smiles: str) -> Values | None:
        """Return the answer of an earlier attempt at this run, if there is one."""
        return self._known.get(smiles)

    def add(self, smiles: Sequence[str], columns: Mapping[str, Sequence[float]]) -> None:
        """Keep new answers; written when some time has passed."""
        for place, key in enumerate(smiles):
            self._unsaved[key] = {name: float(values[place]) for name, values in columns.items()}
        if time.monotonic() - self._saved > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet."""
        if self._unsaved:
            self._checkpoint.save(self._name(self._parts), {k: _texts(v) for k, v in self._unsaved.items()})
            self._parts += 1
            self._unsaved = {}
        self._saved = time.monotonic()

    def _name(self, part: int) -> str:
        return f"answers-{self._stage}-{part:06d}"


def _texts(values: Values) -> dict[str, str]:
    # As hexadecimal text: JSON has no infinities, and the number read must be the number written.
    return {name: value.hex() for name, value in values.items()}


def _numbers(values: Mapping[str, str]) -> Values:
    return {name: float.fromhex(text) for name, text in values.items()}
