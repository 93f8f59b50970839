"""What requests and responses look like, for the OpenAPI page and for checking."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from kozue.core.operation import Operation
from kozue.core.records import Schema
from kozue.core.settings import Settings

Cell = str | int | float | bool | None
Record = dict[str, Cell]
MAX_SEED = 2**32 - 1
Engine = Literal["inline", "pool", "ray"]


class Warning_(BaseModel):  # noqa: N801 - the plain word is a builtin
    """Something the reader of a result must know although the work went on."""

    model_config = ConfigDict(title="Warning")
    code: str
    message: str


class ModelUsed(BaseModel):
    """A model that answered."""

    name: str
    sha256: str


class ColumnBody(BaseModel):
    """One column: what it means, its unit, its label in two languages."""

    name: str
    type: str
    role: str | None
    unit: str
    label: dict[str, str]
    description: str
    required: bool
    group: str


class AnswerBody(BaseModel):
    """The answer of an operation; ``n_in = n_ok + n_failed``, records in the order given."""

    operation: str
    n_in: int
    n_ok: int
    n_failed: int
    warnings: list[Warning_]
    columns: list[ColumnBody]
    records: list[dict[str, Any]]
    tables: dict[str, Any]
    summary: dict[str, Any]
    models: list[ModelUsed]


class StatusBody(BaseModel):
    """How far a run is."""

    model_config = ConfigDict(extra="allow")
    id: str
    operation: str
    state: Literal["queued", "running", "finished", "failed", "cancelled", "interrupted"]


class RunsBody(BaseModel):
    """Runs, newest first."""

    total: int
    runs: list[StatusBody]


class TableBody(BaseModel):
    """One page of a run's table."""

    total: int = Field(description="Rows that pass the filters.")
    offset: int
    columns: list[ColumnBody]
    records: list[dict[str, Any]]


class DifferencesBody(TableBody):
    """One page of two runs side by side: each value of both, and its change."""

    key: str = Field(description="Column that matched the records; empty if by their place.")
    n_both: int
    n_first: int = Field(description="Records only in the first run.")
    n_second: int = Field(description="Records only in the second run.")
    summary: list[dict[str, Any]] = Field(description="For each number how much it changed.")
    warnings: list[str]


class ExtrasBody(BaseModel):
    """What a job gave beside its main table; the first 1,000 rows of each further table."""

    summary: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    figures: dict[str, str] = Field(description="SVG text by title.")


class WishesBody(BaseModel):
    """What was asked of a run while it works."""

    wishes: list[dict[str, Any]] = Field(description="All of them, oldest first.")


class FileBody(BaseModel):
    """A received file."""

    id: str
    name: str = Field(description="What the sender called it; only a label.")
    size: int = Field(description="Bytes.")


class PreviewBody(BaseModel):
    """How a received file would be read."""

    format: str
    column_map: dict[str, str] = Field(description="Column that the operation needs -> column of the file.")
    columns: list[ColumnBody]
    records: list[dict[str, Any]]
    warnings: list[Warning_]


class OperationBody(BaseModel):
    """An operation as a person or a program needs it to choose and call."""

    model_config = ConfigDict(extra="allow")
    name: str
    kind: Literal["map", "job"]
    title: dict[str, str]
    summary: str


class ChoiceBody(BaseModel):
    """One value that a line of a setting may name."""

    value: str
    label: dict[str, str]
    unit: str


class LineKindBody(BaseModel):
    """One kind of line of a setting: ``[sign] prefix value [limits] [*weight]``."""

    name: str
    label: dict[str, str]
    prefix: str
    choices: list[ChoiceBody] = Field(description="Values to offer; empty where a person writes one.")
    is_structure: bool = Field(description="Whether the value is a SMILES or SMARTS.")
    hint: str


class ChoicesBody(BaseModel):
    """What the lines of a setting may name."""

    kinds: list[LineKindBody]


class OperationsBody(BaseModel):
    """All operations, along the pipeline."""

    operations: list[OperationBody]


class HealthBody(BaseModel):
    """The server is up."""

    status: Literal["ok"]
    version: str


class RunRequest(BaseModel):
    """Start a run: an operation by name on records or on an uploaded file."""

    model_config = ConfigDict(extra="forbid")
    operation: str = Field(description="Full name, for example admet.predict.", examples=["admet.predict"])
    records: list[str | Record] | None = Field(default=None, description="Texts or objects.")
    file_id: str | None = Field(default=None, description="Id given by POST /api/files.")
    input_of: str | None = Field(default=None, description="Id of a run whose input is used again.")
    settings: dict[str, Any] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict, description="Canonical column -> your column.")
    engine: Engine = "inline"
    workers: int | None = Field(default=None, ge=1, le=1024)
    seed: int = Field(default=0, ge=0, le=MAX_SEED)
    strict: bool = Field(default=False, description="Fail if any record has no result.")


def settings_schema(op: Operation) -> dict[str, Any]:
    """Return the JSON schema of an operation's settings, see :func:`inlined_schema`."""
    return inlined_schema(op.settings)


def inlined_schema(settings: type[Settings]) -> dict[str, Any]:
    """Return the JSON schema of settings with its definitions written in place.

    Settings do not refer to themselves, so that every reference can be replaced.
    """
    schema = settings.model_json_schema()
    definitions = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, dict):
            reference = node.get("$ref", "")
            if isinstance(reference, str) and reference.startswith("#/$defs/"):
                rest = {key: value for key, value in node.items() if key != "$ref"}
                return inline({**definitions[reference.removeprefix("#/$defs/")], **rest})
            return {key: inline(value) for key, value in node.items()}
        return [inline(entry) for entry in node] if isinstance(node, list) else node

    found: dict[str, Any] = inline(schema)
    found.pop("description", None)
    return found


def inline_request(op: Operation, max_rows: int) -> type[BaseModel]:
    """Build the body of an operation's own address."""
    # Settings are checked by the operation itself, so that every door says the same words.
    settings = Annotated[dict[str, Any], WithJsonSchema(settings_schema(op))]
    required = any(field.is_required() for field in op.settings.model_fields.values())
    fields: dict[str, Any] = {}
    if op.takes is not None:
        records: Any = list[str | Record]
        about = Field(
            min_length=1, description=records_text(op.takes, max_rows), examples=[example_records(op.takes)]
        )
        fields["records"] = (records, about)
        if op.input_optional:
            fields["records"] = (
                records | None,
                Field(default=None, description=records_text(op.takes, max_rows)),
            )
        fields["columns"] = (
            dict[str, str],
            Field(default_factory=dict, description="Canonical column -> your column."),
        )
    fields["settings"] = (settings, Field()) if required else (settings, Field(default_factory=dict))
    fields["seed"] = (int, Field(default=0, ge=0, le=MAX_SEED, description="Seed of everything random."))
    fields["strict"] = (bool, Field(default=False, description="Fail if any record has no result."))
    name = "".join(part.capitalize() for part in op.name.replace(".", "_").split("_")) + "Request"
    config = ConfigDict(extra="forbid")
    model: type[BaseModel] = create_model(name, __config__=config, **fields)
    return model


def records_text(schema: Schema, max_rows: int) -> str:
    """Say what a record must have."""
    needed = ", ".join(column.name for column in schema.required) or "no column"
    return f"Up to {max_rows} records: texts ({needed}) or objects with at least {needed}."


def example_records(schema: Schema) -> list[str | Record]:
    """Return a tiny example of records."""
    roles = [column.role for column in schema.required]
    return (
        ["CC(=O)Oc1ccccc1C(=O)O"] if roles == ["molecule"] else [{name.name: "…" for name in schema.required}]
    )


def describe(op: Operation, stage: str = "") -> dict[str, Any]:
    """Return an operation as JSON-ready data."""
    return {
        "name": op.name,
        "kind": op.kind,
        "stage": stage,
        "title": {"en": op.title.en, "ja": op.title.ja},
        "summary": op.summary,
        "description": op.description,
        "when": op.when,
        "when_not": op.when_not,
        "cost": op.cost,
        "keywords": list(op.keywords),
        "takes": [column.as_dict() for column in op.takes] if op.takes is not None else [],
        "input_optional": op.input_optional,
        "gives": [column.as_dict() for column in default_outputs(op)],
        "settings": settings_schema(op),
        "wishes": inlined_schema(op.wishes) if op.wishes is not None else None,
        "example_settings": dict(op.example_settings),
        "has_example": op.example_path is not None and op.example_path.is_file(),
    }


def default_outputs(op: Operation) -> list[Any]:
    """Return the output columns for default settings, where those exist."""
    if any(field.is_required() for field in op.settings.model_fields.values()) and not isinstance(
        op.gives, Schema
    ):
        return []
    return list(op.output_schema())
