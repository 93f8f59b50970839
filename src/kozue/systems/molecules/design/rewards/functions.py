"""Python functions as rewards: a list of SMILES in, as many numbers out, within a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kozue.core.context import Context
from kozue.systems.molecules.design.rewards.callables import find, find_entry_point
from kozue.systems.molecules.design.rewards.errors import RewardError
from kozue.systems.molecules.design.rewards.quantities import Shape
from kozue.systems.molecules.design.rewards.settings import EntryPointReward, PythonReward

if TYPE_CHECKING:
    from rdkit import Chem

LOOK_SECONDS = 0.2  # between looks whether the person wants to stop


class FromFunction:
    """A Python function as a reward.

    Parameters
    ----------
    name : str
        Column of its values.
    settings : PythonReward or EntryPointReward
        Which function, and how long a batch may take.
    shape : Shape
        What is wanted.
    """

    def __init__(self, name: str, settings: PythonReward | EntryPointReward, shape: Shape) -> None:
        self.name = name
        self.shape = shape
        self._seconds = settings.seconds
        self._target = settings.target
        is_entry = isinstance(settings, EntryPointReward)
        self._function = find_entry_point(settings.target) if is_entry else find(settings.target)

    def columns(self) -> tuple[str, ...]:
        """Return its only column."""
        return (self.name,)

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the function's numbers, shape (n,); None becomes NaN.

        Raises
        ------
        RewardError
            If it raises, takes too long, or returns something other than as many numbers.
        """
        given = within(lambda: self._function(list(smiles)), self._seconds, self._target, context)
        return {self.name: as_numbers(given, len(smiles), self._target)}

    def close(self) -> None:
        """Nothing to give back."""


def within(work: Callable[[], Any], seconds: float, title: str, context: Context) -> Any:
    """Do work in a thread, look now and then whether the run was cancelled, and give up after a time.

    A function that never returns cannot be stopped from outside, only left: its thread ends with the process.

    Raises
    ------
    RewardError
        If it raises, or takes longer.
    """
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["value"] = work()
        except BaseException as error:  # noqa: BLE001 - handed on to the caller's thread below
            outcome["error"] = error

    thread = threading.Thread(target=run, name=f"reward {title}", daemon=True)
    thread.start()
    deadline = time.monotonic() + seconds
    while thread.is_alive():
        thread.join(min(LOOK_SECONDS, max(deadline - time.monotonic(), 0.0)))
        context.check_cancelled()
        if thread.is_alive() and time.monotonic() >= deadline:
            raise RewardError(
                f"The reward {title} did not answer within {seconds:g} s.",
                "Make it faster, take a smaller batch, or allow more 'seconds'.",
            )
    error = outcome.get("error")
    if error is not None:
        raise RewardError(
            f"The reward {title} raised {type(error).__name__}: {error}",
            "It gets a list of SMILES and must return as many numbers, None where it has none.",
        ) from error
    return outcome["value"]


def as_numbers(given: Any, count: int, title: str) -> np.ndarray:
    """Return what a scorer gave as numbers, shape (n,); None becomes NaN.

    Raises
    ------
    RewardError
        If these are not as many numbers as molecules.
    """
    try:
        values = np.array([np.nan if value is None else float(value) for value in given], float)
    except (TypeError, ValueError) as error:
        raise RewardError(
            f"The reward {title} must return a list of numbers, not {str(given)[:200]!r} ({error}).",
            "Return one number a molecule, in their order, None where there is none.",
        ) from error
    if len(values) != count:
        raise RewardError(
            f"The reward {title} returned {len(values)} values where {count} were asked for.",
            "Return one number a molecule, in their order, None where there is none.",
        )
    return values
