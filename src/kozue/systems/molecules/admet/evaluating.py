"""How good the shipped models are, on a user's measurements or on the public benchmark: ``admet.evaluate``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kozue.chem import canonical_smiles, first_block
from kozue.core.context import Context
from kozue.core.errors import InputError, SettingsError
from kozue.core.operation import JobResult
from kozue.core.records import Batch
from kozue.ml.metrics import bootstrap, coverage, ece
from kozue.systems.molecules.admet import leaderboard
from kozue.systems.molecules.admet.benchmark import BOARD, Group, load_group, summary_of
from kozue.systems.molecules.admet.endpoints import ENDPOINTS, Endpoint
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.features import Prepared, prepare
from kozue.systems.molecules.admet.measurements import (
    missing_column,
    read_cell,
    read_class,
    read_columns,
)
from kozue.systems.molecules.admet.model import Answer, EndpointModel
from kozue.systems.molecules.admet.modes import Mode
from kozue.systems.molecules.admet.outputs import EVALUATION_SCHEMA

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import EvaluateSettings

STEP = 256


def evaluate(batches: Iterator[Batch], settings: EvaluateSettings, context: Context) -> JobResult:
    """Judge on the records if there are any, else on the public benchmark."""
    first = next(batches, None)
    if first is None:
        return on_benchmark(settings, context)

    def again() -> Iterator[Batch]:
        yield first
        yield from batches

    return on_records(again(), first.schema.names, settings, context)


def on_benchmark(settings: EvaluateSettings, context: Context) -> JobResult:
    """Score the shipped models on the official test rows, and place them on the leaderboard."""
    group = load_group()
    keys = [key for key in settings.endpoints if ENDPOINTS[key].is_benchmark]
    if not keys:
        raise SettingsError(
            "None of these endpoints has official test rows.", "Bring records with your own measurements."
        )
    lines, standings = [], {}
    for done, key in enumerate(keys):
        context.check_cancelled()
        context.progress(done, len(keys), ENDPOINTS[key].label.en)
        endpoint = ENDPOINTS[key]
        truth, (value, low, high, _) = official_answers(group, key, settings.mode, settings.confidence)
        line = _line(endpoint, truth, value, low, high, settings)
        standing = group.standing(endpoint.dataset, endpoint.metric, line["value"])
        if standing is not None:
            standings[key] = standing
            line |= leaderboard.columns(standing)
        line["in_training"] = 0
        lines.append(line)
    context.progress(len(lines), len(lines))
    if not group.leaderboard:
        context.warn(
            "no_leaderboard", "The public leaderboard is not beside the data, so that no places are given."
        )
    scores = {line["endpoint"]: line["value"] for line in lines}
    tables = {"evaluation": _table(lines)}
    if standings:
        tables["leaderboard"] = leaderboard.table(group, scores, f"Kozue ({settings.mode})")
    summary = {"data": "TDC ADMET group, official test rows", "board": BOARD, "mode": settings.mode}
    return JobResult(
        tables=tables,
        figures=leaderboard.figures(standings, settings.mode),
        summary={**summary, **summary_of(list(standings.values()))},
    )


def official_answers(group: Group, key: str, mode: Mode, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what is true of an endpoint's official test rows, and what the shipped model says of them.

    Parameters
    ----------
    group : Group
        The public sets.
    key : str
        Endpoint.
    mode : {"fast", "accurate", "minimol"}
        Which learners take part.
    confidence : float
        Of the intervals.

    Returns
    -------
    truth : numpy.ndarray
        Shape (n,), as shipped.
    answers : numpy.ndarray
        Shape (4, n): value, low, high, and similarity to the nearest training molecule. The benchmark wants a number
        for every row: an unreadable one gets the mean of the training values, at similarity 0.
    """
    part = group.parts[ENDPOINTS[key].dataset, "test"]
    prepared = prepare(part.smiles)
    ensemble = Ensemble.load((key,), mode)
    columns = np.full((4, len(part.smiles)), float(ensemble.models[key].values.mean()))
    columns[3] = 0.0
    answer = _in_steps(prepared, ensemble, confidence, None)[key]
    columns[:, prepared.rows] = [answer.value, answer.low, answer.high, answer.similarity]
    return part.values, columns


def on_records(
    batches: Iterator[Batch], columns: Sequence[str], settings: EvaluateSettings, context: Context
) -> JobResult:
    """Score the shipped models on measured values that a user brings."""
    wanted = matched_columns(settings, columns)
    reading = read_columns(batches, list(wanted.values()), context.check_cancelled)
    prepared = prepare(reading.smiles)
    for row, error in prepared.errors.items():
        context.reject(reading.rows[row], error.code, error.message)
    if not prepared.mols:
        raise InputError("None of the structures can be read.", "See the reasons in the table 'set_aside'.")
    ensemble = Ensemble.load(tuple(wanted), settings.mode)
    answers = _in_steps(prepared, ensemble, settings.confidence, context)
    known = _Known(ensemble)
    lines = []
    for key, column in wanted.items():
        endpoint, answer = ENDPOINTS[key], answers[key]
        read = read_class if endpoint.is_class else read_cell
        cells = [read(reading.values[column][row]) for row in prepared.rows]
        usable = np.array([place for place, cell in enumerate(cells) if not cell.problem], int)
        left_out = sum(cell.problem not in ("", "empty") for cell in cells)
        if left_out:
            context.warn(
                "unusable_values",
                f"{{count}} {{value|values}} of {column!r} {{is|are}} not usable for {key} "
                "(limits such as '<5', or no numbers).",
                left_out,
            )
        if not len(usable):
            raise InputError(f"No record has a usable value in {column!r} for {key}.", "Check the column.")
        truth = np.array([cells[place].value for place in usable], float)
        line = _line(endpoint, truth, answer.value[usable], answer.low[usable], answer.high[usable], settings)
        seen = known.among([prepared.mols[place] for place in usable], key)
        line["in_training"] = int(seen.sum())
        if seen.any():
            context.warn(
                "seen_in_training",
                f"{{count}} of {len(usable)} molecules for {key} {{was|were}} in its training data: the score "
                "flatters the model. The line 'unseen' leaves {it|them} out.",
                int(seen.sum()),
            )
        lines.append(line)
        if seen.any() and (~seen).sum() >= 2:
            rest = usable[~seen]
            unseen = _line(
                endpoint, truth[~seen], answer.value[rest], answer.low[rest], answer.high[rest], settings
            )
            lines.append({**unseen, "molecules": "unseen", "in_training": 0})
    return JobResult(
        tables={"evaluation": _table(lines)}, summary={"data": "your records", "columns": dict(wanted)}
    )


def matched_columns(settings: EvaluateSettings, columns: Sequence[str]) -> dict[str, str]:
    """Return endpoint to column: as the settings say, else the columns that are named as an endpoint.

    Raises
    ------
    SettingsError
        If a column is not there, or none is named as an endpoint.
    """
    if settings.measured:
        wanted = dict(pair.split("=", 1) for pair in settings.measured)
        for column in wanted.values():
            if column not in columns:
                raise missing_column(column, columns)
        return wanted
    wanted = {key: key for key in settings.endpoints if key in columns}
    if not wanted:
        raise SettingsError(
            "No column of the input is named as an endpoint.",
            "Say which column holds which measurement, for example measured='solubility=my column'.",
        )
    return wanted


def _in_steps(
    prepared: Prepared, ensemble: Ensemble, confidence: float, context: Context | None
) -> dict[str, Answer]:
    """Predict in steps, so that similarity to the library never fills the memory; tell the context if there is one."""
    parts: dict[str, list[Answer]] = {key: [] for key in ensemble.models}
    total = len(prepared.mols)
    for start in range(0, total, STEP):
        if context is not None:
            context.progress(start, total, "predicting")
        step = Prepared(prepared.rows[start : start + STEP], prepared.mols[start : start + STEP], {}, 0)
        for key, answer in ensemble.answers(step, confidence, 1).items():
            parts[key].append(answer)
    if context is not None:
        context.progress(total, total)
    names = ("value", "low", "high", "similarity", "percentile", "places", "similarities")
    return {
        key: Answer(*(np.concatenate([getattr(part, name) for part in found]) for name in names))
        for key, found in parts.items()
    }


class _Known:
    """Which molecules an endpoint was trained on, whatever their stereochemistry (first block of the InChIKey)."""

    def __init__(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self._blocks: dict[str, str] = {}

    def among(self, mols: Sequence[Any], key: str) -> np.ndarray:
        """Return whether each molecule was in the endpoint's training data, shape (n,)."""
        from kozue.chem import parse

        model: EndpointModel = self._ensemble.models[key]
        near = self._ensemble.library.index
        from kozue.chem.fingerprints import bits

        seen = np.zeros(len(mols), bool)
        for place, mol in enumerate(mols):
            similarity = near.similarity(bits([mol])).take(model.members, axis=1)[0]
            # Stereo is not in the bits: the same skeleton has similarity 1, so only those keys are computed.
            own = first_block(mol)
            for member in model.members[similarity > 0.999]:
                smiles = self._ensemble.library.smiles[member]
                if smiles not in self._blocks:
                    self._blocks[smiles] = first_block(parse(smiles))
                seen[place] |= self._blocks[smiles] == own or smiles == canonical_smiles(mol)
        return seen


def _line(
    endpoint: Endpoint,
    truth: np.ndarray,
    value: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    settings: EvaluateSettings,
) -> dict[str, Any]:
    estimate = bootstrap(endpoint.metric, truth, value)
    return {
        "endpoint": endpoint.key,
        "molecules": "all",
        "metric": endpoint.metric,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "calibration_error": ece(truth, value) if endpoint.is_class else None,
        "coverage": None if endpoint.is_class else coverage(truth, low, high),
    }


def _table(lines: list[dict[str, Any]]) -> pa.Table:
    schema = EVALUATION_SCHEMA.to_arrow()
    rows = [{name: _plain(line.get(name)) for name in schema.names} for line in lines]
    return pa.Table.from_pylist(rows, schema=schema)


def _plain(value: Any) -> Any:
    """NaN (a metric that the data do not define) becomes null."""
    return None if isinstance(value, float) and value != value else value
