"""Answers to Arrow columns: the work behind ``admet.predict`` and ``admet.apply``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kozue.chem import structural_alerts
from kozue.core.context import Context
from kozue.core.records import Batch, Column, Schema, result_batch
from kozue.ml import domain
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.features import Prepared, prepare
from kozue.systems.molecules.admet.model import Answer, EndpointModel
from kozue.systems.molecules.admet.outputs import prediction_schema

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import OutputSettings, PredictSettings

FAR_SHARE = 0.2


def predict_batches(batches: Iterator[Batch], settings: PredictSettings, context: Context) -> Iterator[Batch]:
    """Predict every batch with the shipped models."""
    schema = prediction_schema(settings.endpoints, settings.detail == "full", settings.confidence)
    ensemble = Ensemble.load(settings.endpoints, settings.mode)
    yield from answer_batches(ensemble, schema, batches, settings, context)


def answer_batches(
    ensemble: Ensemble,
    schema: Schema,
    batches: Iterator[Batch],
    settings: OutputSettings,
    context: Context,
) -> Iterator[Batch]:
    """Predict every batch with some models.

    Parameters
    ----------
    ensemble : Ensemble
        Shipped or the user's own.
    schema : Schema
        Columns to give, in order.
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``.
    settings : OutputSettings
        Detail, confidence, neighbours.
    context : Context
        Warnings.
    """
    full = settings.detail == "full"
    for batch in batches:
        context.check_cancelled()
        prepared = prepare(batch.column("smiles").to_pylist())
        answers = ensemble.answers(prepared, settings.confidence, settings.neighbours if full else 0)
        values: dict[str, pa.Array] = {}
        for key, answer in answers.items():
            values |= endpoint_arrays(key, answer, ensemble.models[key], ensemble.library.smiles, full)
        if full:
            values["alerts"] = pa.array(
                [structural_alerts(mol) for mol in prepared.mols], pa.list_(pa.string())
            )
        warn(context, prepared, answers, ensemble.models)
        yield spread(prepared, batch.num_rows, {column: values[column.name] for column in schema})


def endpoint_arrays(
    key: str, answer: Answer, model: EndpointModel, smiles: Sequence[str], full: bool
) -> dict[str, pa.Array]:
    """Return one endpoint's columns for the k readable molecules.

    Parameters
    ----------
    key : str
        Prefix of the column names.
    answer : Answer
        Of the endpoint.
    model : EndpointModel
        Knows its members and their measured values.
    smiles : sequence of str
        The library that the members lie in.
    full : bool
        Whether to add interval, domain and neighbours.
    """
    made = {key: pa.array(answer.value)}
    if not full:
        return made
    k, n = answer.places.shape
    flat = answer.places.ravel()
    texts = [smiles[place] for place in model.members[flat]]
    neighbours = pa.StructArray.from_arrays(
        [
            pa.array(texts, pa.string()),
            pa.array(model.values[flat].astype(np.float32)),
            pa.array(answer.similarities.ravel().astype(np.float32)),
        ],
        names=["smiles", "value", "similarity"],
    )
    if len(answer.percentile) == k and key in ENDPOINTS:
        lights = [ENDPOINTS[key].light(float(value)) for value in answer.value]
        made |= {
            f"{key}_light": pa.array(lights, pa.string()),
            f"{key}_percentile": pa.array(answer.percentile),
        }
    return made | {
        f"{key}_low": pa.array(answer.low),
        f"{key}_high": pa.array(answer.high),
        f"{key}_domain": pa.array(domain.judge(answer.similarity, model.inside, model.edge), pa.string()),
        f"{key}_neighbours": pa.ListArray.from_arrays(np.arange(k + 1, dtype=np.int32) * n, neighbours),
    }


def spread(prepared: Prepared, rows: int, values: Mapping[Column, pa.Array]) -> Batch:
    """Put the readable molecules' values back into their rows, null elsewhere."""
    if len(prepared.rows) < rows:
        places: list[int | None] = [None] * rows
        for place, row in enumerate(prepared.rows):
            places[row] = place
        take = pa.array(places, pa.int32())
        values = {column: array.take(take) for column, array in values.items()}
    return result_batch(values, prepared.errors, rows)


def warn(
    context: Context, prepared: Prepared, answers: Mapping[str, Answer], models: Mapping[str, EndpointModel]
) -> None:
    """Say what the reader of the numbers must know."""
    if prepared.stripped:
        context.warn(
            "salts_removed",
            "Some structures are salts or mixtures: predictions are for their largest part, uncharged.",
        )
    if not prepared.mols:
        return
    outside = np.array([answer.similarity < models[key].edge for key, answer in answers.items()])
    if (outside.mean(axis=0) > 0.5).mean() > FAR_SHARE:
        context.warn(
            "outside_domain",
            "Many molecules are unlike anything that most of these models were trained on; "
            "see the columns that end in _domain and _neighbours.",
        )
