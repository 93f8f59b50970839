"""Forms from settings: one field of a page for each property of the JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kozue.core.operation import Operation
from kozue.doors.rest.bodies import default_outputs, inlined_schema, settings_schema

Kind = Literal[
    "switch",
    "choice",
    "choices",
    "integer",
    "number",
    "text",
    "list",
    "json",
    "structure",
    "points",
    "lines",
]
#: Controls that a setting may ask for by ``json_schema_extra={"control": …}``: a structure to draw, one with
#: attachment points, a list of lines (see :mod:`kozue.core.choices`).
CONTROLS: tuple[Kind, ...] = ("structure", "points", "lines")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Parameters
    ----------
    name, label, description, unit : str
        What a person reads; ``label`` in the page's language.
    kind : str
        Which control.
    default : object
        The value that applies if the person changes nothing.
    optional : bool
        Whether it may be left empty although it is not text.
    required : bool
        Whether it has no default.
    options : list of (value, label)
        For ``choice`` and ``choices``; a value that names an output column is shown by its label.
    minimum, maximum : float or None
        Bounds, as HTML understands them.
    items : str
        JSON type of the entries of a ``list``.
    is_advanced : bool
        Whether it is shown only on request (``json_schema_extra={"advanced": True}``).
    """

    name: str
    label: str
    description: str
    unit: str
    kind: Kind
    default: Any
    optional: bool
    required: bool
    options: list[tuple[Any, str]]
    minimum: float | None
    maximum: float | None
    items: str
    is_advanced: bool

    @property
    def bounds(self) -> str:
        """The bounds in words, empty if there are none."""
        low, high = (None if bound is None else f"{bound:,.10g}" for bound in (self.minimum, self.maximum))
        if low is None:
            return "" if high is None else f"≤ {high}"
        return f"≥ {low}" if high is None else f"{low} – {high}"


def fields_of(op: Operation, language: str) -> list[Field]:
    """Return the fields of an operation's settings, in their order."""
    labels = {column.name: column.title(language) for column in default_outputs(op)}
    return _fields(settings_schema(op), language, labels)


def wish_fields_of(op: Operation, language: str) -> list[Field]:
    """Return the fields of what can be asked of an operation while it works."""
    return [] if op.wishes is None else _fields(inlined_schema(op.wishes), language, {})


def _fields(schema: Mapping[str, Any], language: str, labels: Mapping[str, str]) -> list[Field]:
    required = set(schema.get("required", []))
    return [
        _field(name, described, name in required, language, labels)
        for name, described in schema.get("properties", {}).items()
    ]


def _field(
    name: str, described: Mapping[str, Any], required: bool, language: str, labels: Mapping[str, str]
) -> Field:
    inner, optional = _without_null(described)
    # pydantic makes titles of its own, each word with a capital; only one that was given is kept.
    given = described.get("title", "")
    label = (
        given if given and given != name.replace("_", " ").title() else name.replace("_", " ").capitalize()
    )
    text = described.get("description", "")
    if language == "ja":
        label = described.get("label_ja", label)
        text = described.get("description_ja", text)
    return Field(
        name=name,
        label=label,
        description=text,
        unit=described.get("unit", ""),
        kind=described["control"] if described.get("control") in CONTROLS else _kind(inner),
        default=described.get("default"),
        optional=optional,
        required=required,
        options=_labelled(_options(inner), labels, _kind(inner) == "choices"),
        minimum=_bound(inner, "minimum", "exclusiveMinimum"),
        maximum=_bound(inner, "maximum", "exclusiveMaximum"),
        items=str(inner.get("items", {}).get("type", "")),
        is_advanced=bool(described.get("advanced")),
    )


def _labelled(options: list[Any], labels: Mapping[str, str], several: bool) -> list[tuple[Any, str]]:
    """Name options after the output columns that they are; a single word that only happens to be one stays."""
    if not several and not all(str(option) in labels for option in options):
        return [(option, str(option)) for option in options]
    return [(option, labels.get(str(option), str(option))) for option in options]


def _without_null(described: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Take the null out of ``X or null``."""
    choices = described.get("anyOf")
    if not choices:
        return described, False
    others = [choice for choice in choices if choice.get("type") != "null"]
    optional = len(others) < len(choices)
    return (others[0] if len(others) == 1 else {}), optional


def _kind(inner: Mapping[str, Any]) -> Kind:
    if "enum" in inner or "const" in inner:
        return "choice"
    if inner.get("type") in ("array", "set") and "enum" in inner.get("items", {}):
        return "choices"
    if inner.get("type") == "array" and inner.get("items", {}).get("type") in ("string", "integer", "number"):
        return "list"
    kinds: dict[str, Kind] = {"boolean": "switch", "integer": "integer", "number": "number", "string": "text"}
    return kinds.get(str(inner.get("type")), "json")


def _options(inner: Mapping[str, Any]) -> list[Any]:
    if "const" in inner:
        return [inner["const"]]
    found = inner.get("enum") or inner.get("items", {})
    return list(found if isinstance(found, list) else found.get("enum", []))


def _bound(inner: Mapping[str, Any], inclusive: str, exclusive: str) -> float | None:
    found = inner.get(inclusive, inner.get(exclusive))
    return None if found is None else float(found)
