"""Records to answers: the work behind ``human_pk.predict``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kozue.core.context import Context
from kozue.core.records import Batch, RecordError, Schema, result_batch
from kozue.ml import domain
from kozue.systems.patients.human_pk.allometry import all_methods
from kozue.systems.patients.human_pk.chemistry import Prepared, prepare
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS, LEARNED
from kozue.systems.patients.human_pk.exposure import SAMPLES, Exposure, Parameters, expose
from kozue.systems.patients.human_pk.measured import MEASURED, problem
from kozue.systems.patients.human_pk.model import HumanPK, Predicted, deviations, residence
from kozue.systems.patients.human_pk.outputs import prediction_schema
from kozue.systems.patients.human_pk.pipeline import GIVEN

if TYPE_CHECKING:
    from kozue.systems.patients.human_pk.settings import PredictSettings

FAR_SHARE = 0.2
_SURPRISING = 3.5  # standard deviations between a measured value and what the structure suggests
_SHIFTED, _SHIFTED_ROWS = (
    0.9,
    5,
)  # decades that the values of a column are off together, and how many it takes
_LARGE = 2.0  # clearances of this many times the cardiac output cannot come from plasma flow alone
_CURVED = ("cl", "vdss", "half_life")

Intervals = dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]


def predict_batches(batches: Iterator[Batch], settings: PredictSettings, context: Context) -> Iterator[Batch]:
    """Predict every batch with the shipped model."""
    schema = prediction_schema(settings)
    model = HumanPK.load()
    # One set of random numbers for all records: a record's band does not depend on its batch.
    noise = np.random.default_rng([context.seed, SAMPLES]).standard_normal((SAMPLES, len(_CURVED)))
    for batch in batches:
        context.check_cancelled()
        prepared, given = read_batch(batch)
        predicted = model.predict(prepared.mols, given)
        values = intervals(model, predicted, settings.confidence)
        rows: list[dict[str, Any]] = [{} for _ in prepared.rows]
        _add_values(rows, values, settings)
        if settings.detail == "full":
            _add_details(rows, model, predicted, given, values, settings)
            _add_exposure(rows, predicted, values, noise, settings)
        warn(context, prepared, model, predicted, given)
        yield _spread(schema, rows, prepared, batch.num_rows)


def read_batch(batch: Batch) -> tuple[Prepared, dict[str, np.ndarray]]:
    """Return the usable molecules and their measured values; impossible values become errors of their rows.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        With ``smiles`` and any of the measured columns.

    Returns
    -------
    prepared : Prepared
        k usable records.
    given : dict of str to numpy.ndarray
        By measured input, shape (k,), NaN where not measured.
    """
    smiles: list[str | None] = batch.column("smiles").to_pylist()
    refused: dict[int, RecordError] = {}
    columns: dict[str, list[Any]] = {}
    for key, measured in MEASURED.items():
        columns[key] = batch.column(key).to_pylist() if key in batch.schema.names else [None] * batch.num_rows
        for row, value in enumerate(columns[key]):
            reason = "" if value is None or value != value else problem(measured, float(value))
            if reason and row not in refused:
                refused[row] = RecordError("impossible_value", f"{reason[0].upper()}{reason[1:]}.")
    prepared = prepare([None if row in refused else text for row, text in enumerate(smiles)])
    errors = {**prepared.errors, **refused}
    kept = Prepared(
        prepared.rows, prepared.mols, errors, prepared.stripped, prepared.charged, prepared.peptides
    )
    given = {
        key: np.array([np.nan if values[row] is None else values[row] for row in kept.rows], float)
        for key, values in columns.items()
    }
    return kept, given


def intervals(model: HumanPK, predicted: Predicted, confidence: float) -> Intervals:
    """Return value, low and high by endpoint, each shape (k,), in their units.

    Parameters
    ----------
    model : HumanPK
        With its errors.
    predicted : Predicted
        On the logarithm.
    confidence : float
        How often the interval should hold the truth.
    """
    similarity = predicted.near.max(axis=1) if len(predicted.near) else np.zeros(0)
    spread = deviations(predicted.scatter)
    made: Intervals = {}
    for key, endpoint in ENDPOINTS.items():
        if key == "mrt":
            mean, deviation = residence(predicted.mean, predicted.scatter)
        else:
            column = LEARNED.index(key)
            mean, deviation = predicted.mean[:, column], spread[:, column]
        half = model.errors[key].half_width(deviation, similarity, predicted.informed, confidence)
        found = [10.0**x for x in (mean, mean - half, mean + half)]
        if endpoint.highest is not None:
            found = [np.minimum(x, endpoint.highest) for x in found]
        made[key] = (found[0], found[1], found[2])
    return made


def _add_values(rows: list[dict[str, Any]], values: Intervals, settings: PredictSettings) -> None:
    for key, (value, low, high) in values.items():
        for place, row in enumerate(rows):
            row[key] = float(value[place])
            if settings.detail == "full":
                row[f"{key}_low"], row[f"{key}_high"] = float(low[place]), float(high[place])


def _add_details(
    rows: list[dict[str, Any]],
    model: HumanPK,
    predicted: Predicted,
    given: Mapping[str, np.ndarray],
    values: Intervals,
    settings: PredictSettings,
) -> None:
    judged = domain.judge(predicted.near.max(axis=1) if len(rows) else np.zeros(0), model.inside, model.edge)
    classical = all_methods(given, values["fup"][0], model.lines)
    for place, row in enumerate(rows):
        row["domain"] = judged[place]
        row["given"] = [key for key in MEASURED if np.isfinite(given[key][place])]
        for name, clearance in classical.items():
            found = float(clearance[place])
            row[f"baseline_{name}"] = found if np.isfinite(found) else None
    for key in LEARNED:
        measured = np.flatnonzero(np.isfinite(model.values[key]))
        places, similarities = domain.nearest(
            np.ascontiguousarray(predicted.near[:, measured]), settings.neighbours
        )
        column = "neighbours" if key == "cl" else f"{key}_neighbours"
        for place, row in enumerate(rows):
            row[column] = [
                {
                    "smiles": model.smiles[measured[at]],
                    "value": float(model.values[key][measured[at]]),
                    "similarity": float(similarity),
                }
                for at, similarity in zip(places[place], similarities[place], strict=True)
            ]


def _add_exposure(
    rows: list[dict[str, Any]],
    predicted: Predicted,
    values: Intervals,
    noise: np.ndarray,
    settings: PredictSettings,
) -> None:
    for place, row in enumerate(rows):
        point, drawn = draw_parameters(predicted.scatter[place], values, place, noise, settings.confidence)
        _fill_exposure(row, expose(point, drawn, settings, settings.confidence))


def draw_parameters(
    scatter: np.ndarray, values: Intervals, place: int, noise: np.ndarray, confidence: float
) -> tuple[Parameters, Parameters]:
    """Return the best parameter set of one compound and sets drawn around it.

    The sets keep the correlations of the joint distribution, while each parameter spreads as its calibrated
    interval says.

    Parameters
    ----------
    scatter : numpy.ndarray
        Shape (4, 4), of the logarithms.
    values : dict
        Value, low and high by endpoint.
    place : int
        Which compound.
    noise : numpy.ndarray
        Shape (s, 3), standard normal.
    confidence : float
        Of the intervals.
    """
    from statistics import NormalDist

    columns = [LEARNED.index(key) for key in _CURVED]
    covariance = scatter[np.ix_(columns, columns)]
    deviation = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    correlation = covariance / np.outer(deviation, deviation)
    root = np.linalg.cholesky(correlation + 1e-9 * np.eye(len(columns)))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = np.array([np.log10(values[key][0][place]) for key in _CURVED])
    half = np.array([np.log10(values[key][2][place] / values[key][1][place]) / 2 for key in _CURVED])
    # Summed term by term: a matrix product may round otherwise on another machine or batch.
    mixed = (noise[:, None, :] * root[None, :, :]).sum(axis=2)
    sets = 10.0 ** (centre + mixed * half / z)
    point = 10.0**centre
    return (
        Parameters(*(np.array([value]) for value in point)),
        Parameters(sets[:, 0], sets[:, 1], sets[:, 2]),
    )


def _fill_exposure(row: dict[str, Any], exposure: Exposure) -> None:
    row["bioavailability"] = exposure.bioavailability
    row["tmax"] = exposure.tmax
    for name, (value, low, high) in exposure.quantities.items():
        row[name], row[f"{name}_low"], row[f"{name}_high"] = value, low, high
    row["curve"] = [
        {"time_h": float(t), "conc": float(c), "low": float(low), "high": float(high)}
        for t, c, low, high in zip(exposure.times, *exposure.curve, strict=True)
    ]


def _spread(schema: Schema, rows: Sequence[Mapping[str, Any]], prepared: Prepared, total: int) -> Batch:
    """Put the answered records back into their rows, null elsewhere."""
    columns = {}
    arrow = schema.to_arrow()
    for column in schema:
        cells: list[Any] = [None] * total
        for row, answer in zip(prepared.rows, rows, strict=True):
            cells[row] = answer.get(column.name)
        columns[column] = pa.array(cells, arrow.field(column.name).type)
    return result_batch(columns, prepared.errors, total)


def warn(
    context: Context,
    prepared: Prepared,
    model: HumanPK,
    predicted: Predicted,
    given: Mapping[str, np.ndarray],
) -> None:
    """Say what the reader of the numbers must know."""
    for count, code, sentence in (
        (
            prepared.stripped,
            "salts_removed",
            "{is a salt: its prediction is for its|are salts: their predictions are for their} largest part, uncharged",
        ),
        (
            prepared.charged,
            "permanent_charge",
            "{keeps|keep} a charge (quaternary nitrogen and the like): few such molecules were in the training data",
        ),
        (
            prepared.peptides,
            "peptides",
            "{is a peptide|are peptides}: proteases, of which the model knows little, may decide about {it|them}",
        ),
    ):
        if count:
            context.warn(code, f"{{count}} {{structure|structures}} {sentence}.", count)
    if not prepared.mols:
        return
    outside = predicted.near.max(axis=1) < model.edge
    if outside.any():
        context.warn(
            "outside_domain",
            "{count} {molecule is|molecules are} unlike anything that the model was trained on; see {its|their} "
            "nearest neighbours.",
            int(outside.sum()),
        )
    for key, values in given.items():
        _warn_about_input(context, key, values, predicted)


def _warn_about_input(context: Context, key: str, values: np.ndarray, predicted: Predicted) -> None:
    measured = MEASURED[key]
    beyond = np.nan_to_num(values, nan=0.0) > measured.usual * (_LARGE if key.endswith("_cl") else 1.0)
    if beyond.any():
        more = "twice the cardiac output" if key.endswith("_cl") else f"{measured.usual:g} {measured.unit}"
        context.warn(
            "unusual_value",
            f"{{count}} {{value|values}} of {key!r} {{is|are}} above {more}. {measured.hint}.",
            int(beyond.sum()),
        )
    if key not in GIVEN:
        return
    expected = predicted.expected[:, GIVEN.index(key)]
    away = np.log10(values) - expected[:, 0]
    known = np.isfinite(away)
    surprising = known & (np.abs(np.nan_to_num(away)) > _SURPRISING * expected[:, 1]) & ~beyond
    if surprising.any():
        context.warn(
            "unexpected_value",
            f"{{count}} {{value|values}} of {key!r} {{is|are}} far from what the "
            f"{{structure suggests|structures suggest}}. {measured.hint}, or trust the measurement.",
            int(surprising.sum()),
        )
    if known.sum() >= _SHIFTED_ROWS and abs(float(np.median(away[known]))) > _SHIFTED:
        context.warn(
            "unit_doubted",
            f"Most values of {key!r} are about ten times or more away from what the structures suggest, all to "
            f"the same side. {measured.hint}.",
        )
