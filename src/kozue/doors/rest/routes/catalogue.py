"""``/api/models`` and ``/api/data``: what answers, and what it learned from."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from kozue.core.errors import ModelError
from kozue.doors.rest.problems import problem_responses

router = APIRouter(tags=["models and data"])


class ModelBody(BaseModel):
    """A model in a list."""

    name: str
    title: str
    kind: str = ""
    own: bool = Field(description="Whether it is the user's own; else it came with Kozue.")
    problem: str = Field(default="", description="Why its card cannot be read, if so.")
    metrics: dict[str, Any] = Field(default_factory=dict)


class ModelsBody(BaseModel):
    """All models, the user's own first."""

    models: list[ModelBody]


class CardBody(BaseModel):
    """A model with its card."""

    model_config = ConfigDict(extra="allow")
    name: str
    title: str
    sha256: str
    card: dict[str, Any]


class DataBody(BaseModel):
    """A data set in a list."""

    name: str
    title: dict[str, str]
    description: str
    licence: str
    citation: str
    homepage: str
    caution: str
    rows: int
    files: list[str]


class DataSetsBody(BaseModel):
    """All data sets."""

    data: list[DataBody]


@router.get("/models", operation_id="list_models", responses=problem_responses())
def list_models() -> ModelsBody:
    """List the models that came with Kozue and the user's own."""
    from kozue.ml import store

    return ModelsBody(models=[_listed(model) for model in store.list_models()])


def _listed(model: Any) -> ModelBody:
    # One damaged card of the user's own must not hide all the others.
    try:
        card = model.card()
    except ModelError as error:
        return ModelBody(name=model.name, title=model.name, own=not model.shipped, problem=str(error))
    return ModelBody(
        name=model.name,
        title=str(card["title"]),
        kind=str(card["kind"]),
        own=not model.shipped,
        metrics=card["metrics"] if isinstance(card["metrics"], dict) else {},
    )


@router.get("/models/{name:path}", operation_id="get_model", responses=problem_responses(404))
def get_model(name: str) -> CardBody:
    """Return a model's card: data, split, quality with its interval, use, limits."""
    from kozue.ml import store
    from kozue.run.answers import json_value

    card = {key: value for key, value in store.show_model(name).items() if key != "folder"}
    return CardBody(name=name, title=str(card["title"]), sha256=card["sha256"], card=json_value(card))


@router.get("/data", operation_id="list_data", responses=problem_responses())
def list_data() -> DataSetsBody:
    """List the data sets with licence and citation."""
    from kozue.data import catalogue

    return DataSetsBody(
        data=[
            DataBody(
                name=entry.name,
                title={"en": entry.title.en, "ja": entry.title.ja},
                description=entry.description,
                licence=entry.licence,
                citation=entry.citation,
                homepage=entry.homepage,
                caution=entry.caution,
                rows=entry.rows,
                files=[file.name for file in entry.files],
            )
            for entry in catalogue().values()
        ]
    )
