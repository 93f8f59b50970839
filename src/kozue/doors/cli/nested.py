"""Settings that hold settings, as options: each a line of text, or JSON for everything that it can say."""

from __future__ import annotations

import inspect
import json
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from kozue.core.errors import SettingsError
from kozue.core.settings import nested_settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def nested_option(name: str, field: FieldInfo, text: str, group: Group) -> inspect.Parameter:
    """Return the option of a setting that holds settings; what is given may begin with a minus.

    A list of them is an option that may be repeated, and that is also named by its singular.
    """
    plain = f"--{name.replace('_', '-')}"
    is_list = _is_list(field.annotation)
    names = (plain.removesuffix("s"), plain) if is_list and plain.endswith("s") else (plain,)
    details: Any = Parameter(
        name=names, negative="", help=text, group=group, show_default=False, allow_leading_hyphen=True
    )
    annotation: Any = Annotated[list[str] | None if is_list else str | None, details]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def as_setting(field: FieldInfo, given: Any) -> Any:
    """Turn what the command line gave for a setting into what its model reads.

    Raises
    ------
    SettingsError
        If a text begins like JSON and is none.
    """
    if not nested_settings(field.annotation):
        return given
    if isinstance(given, str):
        return _read(given)
    return [_read(text) for text in given]


def _read(text: str) -> Any:
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise SettingsError(
            f"{text[:200]!r} begins like JSON and cannot be read as such: {error}.",
            "Put it into single quotes, so that the shell leaves its quotes alone.",
        ) from error


def _is_list(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(_is_list(inner) for inner in typing.get_args(annotation))
    return origin in (list, tuple)
