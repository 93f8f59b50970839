"""An operation's settings as TOML with comments: what is required stands there, what has a default is commented out."""

from __future__ import annotations

import json
import textwrap
import typing
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from kozue.core.operation import Operation
from kozue.core.settings import Settings, nested_settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

WIDTH = 100
SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def template(op: Operation) -> str:
    """Return a file of settings that does what the defaults do.

    A required setting has the value of the operation's example, or is left empty to fill in. Fields that hold tables
    of further settings come last, each kind of table once, commented out.
    """
    lines = [
        f"# Settings of {op.name}: {op.summary}",
        "# Remove the '#' before a line to change it; what is commented out is the default.",
        f"# An editor completes and checks this file by: kozue schema {op.name} -o {op.system}_{op.verb}.schema.json",
        f"#:schema ./{op.system}_{op.verb}.schema.json",
    ]
    tables: list[str] = []
    for name, field in op.settings.model_fields.items():
        lines += ["", *_about(field), *_line(name, field, op.example_settings)]
        models = nested_settings(field.annotation)
        if models:
            tables += [line for model in models for line in _table(name, field, model)]
    return "\n".join([*lines, *tables]) + "\n"


def toml_value(value: Any) -> str:
    """Write a value as TOML.

    Raises
    ------
    TypeError
        For None and for what TOML has no notation of.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML's basic strings are JSON's, but for the escape of a control character that neither needs here.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, BaseModel):
        return toml_value(value.model_dump(mode="json", exclude_none=True))
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(entry)}" for key, entry in value.items()) + " }"
    raise TypeError(f"TOML cannot hold {type(value).__name__}.")


def _line(name: str, field: FieldInfo, example: Mapping[str, Any]) -> list[str]:
    """Return the setting's own line: required ones stand, the others are commented out."""
    if field.is_required():
        if name in example:
            return [f"{name} = {toml_value(example[name])}"]
        return ["# Required:", f"# {name} = "]
    default = field.get_default(call_default_factory=True)
    if default is None:
        return [f"# {name} =     (not set)"]
    return [f"# {name} = {toml_value(default)}"]


def _about(field: FieldInfo) -> list[str]:
    """Return description, unit, choices and bounds as comments."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    parts = [field.description or ""]
    if extra.get("unit"):
        parts.append(f"In {extra['unit']}.")
    choices = list(_choices(field, extra))
    if choices:
        parts.append(f"One of: {', '.join(choices)}.")
    bounds = {type(bound).__name__.lower(): bound for bound in field.metadata}
    limits = [f"{sign} {getattr(bounds[key], key):.10g}" for key, sign in SIGNS.items() if key in bounds]
    if limits:
        parts.append(f"Must be {' and '.join(limits)}.")
    return textwrap.wrap(
        " ".join(part for part in parts if part),
        WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
    )


def _choices(field: FieldInfo, extra: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values that a setting may have, if they are a list."""
    items = extra.get("items")
    named = extra.get("enum") or (items.get("enum") if isinstance(items, dict) else None)
    if isinstance(named, list):
        yield from (str(choice) for choice in named if choice != "")
        return
    if not nested_settings(field.annotation):
        yield from _literals(field.annotation)


def _literals(annotation: Any) -> Iterator[str]:
    if typing.get_origin(annotation) is Literal:
        yield from map(str, typing.get_args(annotation))
        return
    for inner in typing.get_args(annotation):
        yield from _literals(inner)


def _table(name: str, field: FieldInfo, model: type[Settings]) -> list[str]:
    """Return a table of further settings, commented out whole."""
    about = " ".join((model.__doc__ or "").partition("\n\n")[0].split())
    instead = f" (instead of the line '{name} = …' above)"
    lines = ["", f"# --- {name}{instead}: {about}"]
    repeated = field.annotation is not model and typing.get_origin(field.annotation) in (tuple, list)
    lines.append(f"# [[{name}]]" if repeated else f"# [{name}]")
    for inner, described in model.model_fields.items():
        text = textwrap.wrap(
            described.description or "", WIDTH, initial_indent="#   # ", subsequent_indent="#   # "
        )
        lines += [*text, *(f"#   {line.removeprefix('# ')}" for line in _line(inner, described, {}))]
    return lines
