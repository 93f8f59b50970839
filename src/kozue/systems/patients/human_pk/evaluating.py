"""How good the predictions are, on a user's values or by cross-validation: ``human_pk.evaluate``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from kozue.chem import first_block, parse
from kozue.core.context import Context
from kozue.core.errors import InputError, SettingsError
from kozue.core.operation import JobResult
from kozue.core.records import ROW, Batch
from kozue.core.wording import counted
from kozue.ml.store import load_arrays
from kozue.ml.trees import Trees
from kozue.systems.patients.human_pk import judging, sources
from kozue.systems.patients.human_pk.allometry import all_methods
from kozue.systems.patients.human_pk.crossvalidation import cross_validate
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS, LEARNED
from kozue.systems.patients.human_pk.model import SHARED, WEIGHTS, HumanPK, deviations
from kozue.systems.patients.human_pk.predicting import intervals, read_batch

if TYPE_CHECKING:
    from kozue.systems.patients.human_pk.settings import EvaluateSettings

_STEP = 64
_FIRST_SEED = 1


def evaluate(batches: Iterator[Batch], settings: EvaluateSettings, context: Context) -> JobResult:
    """Judge on the records if there are any, else by cross-validation on the public tables."""
    first = next(batches, None)
    if first is None:
        return on_tables(settings, context)

    def again() -> Iterator[Batch]:
        yield first
        yield from batches

    return on_records(again(), first.schema.names, settings, context)


def on_tables(settings: EvaluateSettings, context: Context) -> JobResult:
    """Cross-validate the method; the assistants are the shipped ones, which know none of the compounds."""
    from kozue.systems.patients.human_pk.training import assembled

    shared = load_arrays(WEIGHTS / SHARED, "model")
    assistants = []
    for number in range(len(sources.ASSISTANTS)):
        prefix = f"assistant{number}_"
        arrays = {n.removeprefix(prefix): array for n, array in shared.items() if n.startswith(prefix)}
        assistants.append(Trees.from_arrays(arrays))
    context.progress(0, None, "reading the tables")
    material = assembled(sources.load_compounds(), assistants)
    seeds = range(_FIRST_SEED, _FIRST_SEED + settings.seeds)
    rows = cross_validate(
        material,
        settings.endpoints,
        list(seeds),
        settings.confidence,
        context.progress,
        settings.new_scaffolds,
    )
    return JobResult(
        tables={"evaluation": judging.table(rows)},
        summary={"data": "public tables, cross-validated", "compounds": len(material.compounds)},
    )


def on_records(
    batches: Iterator[Batch], columns: Sequence[str], settings: EvaluateSettings, context: Context
) -> JobResult:
    """Score the shipped model on human values that a user brings."""
    wanted = matched_columns(settings, columns)
    model = HumanPK.load()
    known = _known()
    parts: list[dict[str, np.ndarray]] = []
    for batch in batches:
        for start in range(0, batch.num_rows, _STEP):
            parts.append(_answers(model, batch.slice(start, _STEP), wanted, known, settings, context))
            context.progress(sum(len(part["seen"]) for part in parts), None, "predicting")
    if not any(len(part["seen"]) for part in parts):
        raise InputError("No record can be used.", "See the reasons in the table 'set_aside'.")
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows: list[dict[str, Any]] = []
    for key in wanted:
        rows += _lines(joined, key)
        n = int(np.isfinite(joined[f"{key} truth"]).sum())
        if not n:
            raise InputError(
                f"No record has a usable value of {key} in {wanted[key]!r}.",
                f"Values must be numbers above zero in {ENDPOINTS[key].unit}.",
            )
        seen = int((joined["seen"] & np.isfinite(joined[f"{key} truth"])).sum())
        if seen:
            context.warn(
                "seen_in_training",
                counted(f"{seen} of {n} compounds for {key} {{was|were}} in the training data", seen)
                + ": the score flatters the model. "
                "The lines 'unseen' leave them out.",
            )
    return JobResult(
        tables={"evaluation": judging.table(rows)}, summary={"data": "your records", "columns": wanted}
    )


@cache
def _known() -> frozenset[str]:
    """Return the first blocks of the InChIKeys of the training molecules."""
    return frozenset(first_block(parse(smiles)) for smiles in HumanPK.load().smiles)


def matched_columns(settings: EvaluateSettings, columns: Sequence[str]) -> dict[str, str]:
    """Return endpoint to column: as the settings say, else the columns that are named as an endpoint.

    Raises
    ------
    SettingsError
        If a column is not there, or none is named as an endpoint.
    """
    listed = ", ".join(sorted(columns)[:30])
    if settings.measured:
        wanted: dict[str, str] = {}
        for pair in settings.measured:
            key, equals, column = pair.partition("=")
            if not equals or key not in settings.endpoints:
                raise SettingsError(
                    f"measured: {pair[:80]!r} is not 'endpoint=column' with an endpoint that is judged.",
                    f"Endpoints: {', '.join(settings.endpoints)}.",
                )
            if column not in columns:
                raise SettingsError(f"The input has no column {column[:80]!r}.", f"Columns: {listed}.")
            wanted[key] = column
        return wanted
    wanted = {key: key for key in settings.endpoints if key in columns}
    if not wanted:
        raise SettingsError(
            "No column of the input is named as a human parameter.",
            f"Say which column holds which human value, for example measured='cl=my column'. Columns: {listed}.",
        )
    return wanted


def _answers(
    model: HumanPK,
    batch: Batch,
    wanted: dict[str, str],
    known: frozenset[str],
    settings: EvaluateSettings,
    context: Context,
) -> dict[str, np.ndarray]:
    """Predict a few records with and without their measured values, log10."""
    prepared, given = read_batch(batch)
    places = batch.column(ROW).to_pylist()
    for row, error in prepared.errors.items():
        context.reject(places[row], error.code, error.message)
    blank = {key: np.full(len(prepared.rows), np.nan) for key in given}
    found: dict[str, np.ndarray] = {
        "seen": np.array([first_block(mol) in known for mol in prepared.mols], bool)
    }
    for name, inputs in (("measured", given), ("structure", blank)):
        predicted = model.predict(prepared.mols, inputs)
        spread = deviations(predicted.scatter)
        values = intervals(model, predicted, settings.confidence)
        found[f"{name} informed"] = predicted.informed
        for key in wanted:
            column = LEARNED.index(key)
            value, low, high = values[key]
            # What was measured is not a prediction.
            open_ = spread[:, column] > 0
            found[f"{key} {name}"] = np.where(open_, np.log10(value), np.nan)
            found[f"{key} {name} low"], found[f"{key} {name} high"] = np.log10(low), np.log10(high)
        if name == "measured":
            for method, clearance in all_methods(given, values["fup"][0], model.lines).items():
                found[f"baseline {method}"] = np.log10(clearance)
    for key, column_name in wanted.items():
        found[f"{key} truth"] = _truth(batch, prepared.rows, key, column_name, places, context)
    return found


def _truth(
    batch: Batch, rows: Sequence[int], key: str, column: str, places: Sequence[int], context: Context
) -> np.ndarray:
    """Return log10 of a user's human values, shape (k,), NaN where there is none."""
    cells = batch.column(column).to_pylist()
    out = np.full(len(rows), np.nan)
    unusable = 0
    for place, row in enumerate(rows):
        text = "" if cells[row] is None else str(cells[row]).strip()
        if text.lower() in ("", "na", "nan", "none", "null"):
            continue
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        highest = ENDPOINTS[key].highest
        if not value > 0 or (highest is not None and value > highest) or value == float("inf"):
            unusable += 1
            continue
        out[place] = np.log10(value)
    if unusable:
        context.warn(
            "unusable_values",
            f"{{count}} {{value|values}} of {column!r} {{is|are}} not usable for {key}: values must be numbers "
            f"above zero in {ENDPOINTS[key].unit}.",
            unusable,
        )
    return out


def _lines(joined: dict[str, np.ndarray], key: str) -> list[dict[str, Any]]:
    truth, seen = joined[f"{key} truth"], joined["seen"]
    rows: list[dict[str, Any]] = []
    informed = joined["measured informed"]
    for molecules, mask in (("all", np.ones(len(seen), bool)), ("unseen in training", ~seen)):
        if molecules != "all" and not (seen.any() and mask.sum() >= 2):
            continue
        for name, label in (("structure", "structure"), ("measured", "structure + measured values")):
            own = mask & informed if name == "measured" else mask
            if own.any():
                rows += _line(joined, key, name, label, molecules, own, truth)
        if key == "cl":
            for column in (column for column in joined if column.startswith("baseline ")):
                rows += judging.lines(
                    key,
                    column.removeprefix("baseline "),
                    molecules,
                    truth[mask],
                    joined[column][mask],
                    "classical",
                )
    return rows


def _line(
    joined: dict[str, np.ndarray],
    key: str,
    name: str,
    label: str,
    molecules: str,
    own: np.ndarray,
    truth: np.ndarray,
) -> list[dict[str, Any]]:
    predicted = joined[f"{key} {name}"][own]
    middle = (joined[f"{key} {name} low"][own] + joined[f"{key} {name} high"][own]) / 2
    half = joined[f"{key} {name} high"][own] - middle
    # An interval that stops at a limit is not centred on its value.
    return judging.lines(key, label, molecules, truth[own], predicted, "shipped model", half, middle)
