"""Any operation of Kozue as a reward, asked once a batch for all rewards that want its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa

from kozue.core.context import Context
from kozue.core.errors import KozueError, SettingsError, unknown_name
from kozue.core.operation import Operation
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE, Column
from kozue.core.registry import get_registry
from kozue.systems.molecules.design.rewards.errors import RewardError
from kozue.systems.molecules.design.rewards.quantities import Shape
from kozue.systems.molecules.design.rewards.settings import OperationReward
from kozue.systems.molecules.design.rewards.shapes import desirability

if TYPE_CHECKING:
    from rdkit import Chem

OUTSIDE = "outside"


class Asked:
    """One operation with its settings, and all rewards that ask it.

    Parameters
    ----------
    name : str
        Of the operation.
    settings : mapping
        Of the operation, as the user gave them.

    Raises
    ------
    SettingsError
        If it is not an operation that answers for each molecule.
    """

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.operation = get_registry().operation(name)
        op = self.operation
        if op.kind != "map" or op.takes is None:
            raise SettingsError(f"{name} cannot be a reward: it does not answer for each molecule.")
        needed = list(op.takes.required)
        if [column.role for column in needed] != ["molecule"]:
            raise SettingsError(
                f"{name} cannot be a reward: it needs {', '.join(column.name for column in needed)} for each record, "
                "and a search has structures alone."
            )
        self._molecule = needed[0].name
        self._given = dict(settings)
        self._wanted: dict[str, None] = {}
        self._last: tuple[tuple[str, ...], pa.RecordBatch] | None = None
        self._settings: dict[str, Any] | None = None

    def want(self, column: str) -> Column:
        """Ask for a column from now on, and say what it is.

        Raises
        ------
        UnknownNameError
            If the operation answers no such column.
        """
        known = {
            found.name: found for found in self.operation.output_schema(self.operation.parse(self._given))
        }
        if column not in known:
            raise unknown_name(f"column of {self.operation.name}", column, known)
        self._wanted[column] = None
        self._settings = None
        return known[column]

    def answer(self, smiles: Sequence[str], context: Context) -> pa.RecordBatch:
        """Return the answers for a batch, computed once.

        Raises
        ------
        RewardError
            If the operation fails as a whole.
        """
        key = tuple(smiles)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        if self._settings is None:
            self._settings = {**narrowed(self.operation, self._given, self._wanted), **self._given}
        batch = pa.RecordBatch.from_pydict({self._molecule: list(smiles)})
        try:
            found = context.call(self.operation.name, batch, **self._settings)
        except KozueError as error:
            raise RewardError(f"{self.operation.name} failed: {error.message}", error.hint) from error
        self._last = (key, found)
        return found


def narrowed(op: Operation, given: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """Return settings that spare an operation what nobody asks for.

    A setting that lists columns of the answer is cut down to those that are wanted, and ``detail`` to ``values``
    where that answers all of them.

    Parameters
    ----------
    op : Operation
        To be asked.
    given : mapping
        Settings that the user gave; they stay.
    wanted : iterable of str
        Columns of its answer.
    """
    columns = list(wanted)
    made: dict[str, Any] = {}
    for name, field in op.settings.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        items = extra.get("items")
        choices = items.get("enum") if isinstance(items, dict) else None
        if name not in given and isinstance(choices, list):
            of_column = {
                column: choice for column in columns for choice in choices if _belongs(column, str(choice))
            }
            if of_column and len(of_column) == len(columns):
                made[name] = sorted(set(map(str, of_column.values())))
    detail = op.settings.model_fields.get("detail")
    if detail is not None and "detail" not in given and "values" in get_args(detail.annotation):
        brief = op.output_schema(op.parse({**given, **made, "detail": "values"}))
        if set(columns) <= {column.name for column in brief}:
            made["detail"] = "values"
    return made


def _belongs(column: str, choice: str) -> bool:
    return column == choice or column in (f"{choice}_low", f"{choice}_high", f"{choice}_domain")


class FromOperation:
    """A column of an operation as a reward.

    Parameters
    ----------
    name : str
        Column of its values.
    settings : OperationReward
        What was asked.
    asked : Asked
        The operation, shared.
    shape : Shape
        What is wanted; decides which end of an interval is the cautious one.
    """

    def __init__(
        self, name: str, settings: OperationReward, asked: Asked, shape: Shape, is_guarded: bool
    ) -> None:
        self.name = name
        self.shape = shape
        self.reason = ""
        self._settings = settings
        self._asked = asked
        self._is_guarded = is_guarded
        column = settings.column
        if settings.cautious:
            asked.want(f"{column}_low")
            asked.want(f"{column}_high")
        if is_guarded:
            asked.want(f"{column}_domain")

    def columns(self) -> tuple[str, ...]:
        """Return the value that counts; with caution the interval's middle value, ends; whether it is outside."""
        more = [f"{self.name}_{end}" for end in ("value", "low", "high")] if self._settings.cautious else []
        return (self.name, *more, *([f"{self.name}_{OUTSIDE}"] if self._is_guarded else []))

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the columns, each of shape (n,); 1 in ``_outside`` where the model does not know such molecules."""
        found = self._asked.answer(smiles, context)
        self._note(found)
        column = self._settings.column
        value = _numbers(found, column)
        made = {self.name: value}
        if self._settings.cautious:
            low, high = _numbers(found, f"{column}_low"), _numbers(found, f"{column}_high")
            low, high = np.where(np.isnan(low), value, low), np.where(np.isnan(high), value, high)
            is_low_worse = self._worth(low) <= self._worth(high)
            made = {
                self.name: np.where(is_low_worse, low, high),
                f"{self.name}_value": value,
                f"{self.name}_low": low,
                f"{self.name}_high": high,
            }
        if self._is_guarded:
            domain = found.column(f"{column}_domain").to_pylist()
            made[f"{self.name}_{OUTSIDE}"] = np.array([float(where == OUTSIDE) for where in domain])
        return made

    def close(self) -> None:
        """Nothing to give back."""

    def _worth(self, values: np.ndarray) -> np.ndarray:
        """Return what orders values from bad to good, also where the desirability is flat."""
        sign = {"maximise": 1.0, "raw": np.sign(self._settings.weight), "minimise": -1.0}.get(self.shape.name)
        return desirability(values, self.shape) if sign is None else sign * values

    def _note(self, found: pa.RecordBatch) -> None:
        if ERROR_CODE in found.schema.names:
            messages = [text for text in found.column(ERROR_MESSAGE).to_pylist() if text]
            self.reason = messages[0] if messages else ""


def _numbers(found: pa.RecordBatch, column: str) -> np.ndarray:
    """Return a column as numbers, shape (n,); NaN where it is empty.

    Raises
    ------
    RewardError
        If the column holds no numbers.
    """
    values = found.column(column)
    try:
        return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), float)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise RewardError(
            f"The column {column!r} holds {values.type}, and a reward needs numbers.", "Name another column."
        ) from error
