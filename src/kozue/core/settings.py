"""Settings: the one description of an operation's parameters for all five doors."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo

from kozue.core.errors import SettingsError


class Settings(BaseModel):
    """Base of every operation's settings.

    Each field carries a description, bounds and, where it has one, a unit
    (``json_schema_extra={"unit": "mg"}``) and a Japanese label (``{"label_ja": "…"}``): they
    become the command line's options, the web form and the agent tool's parameters. A field may hold
    further settings, or a tuple of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)

    def programs(self) -> tuple[str, ...]:
        """Return what of the user's own these settings would start: programs, and functions of files.

        Doors that something other than the user may speak through refuse them unless the user allowed it.
        """
        return ()


S = TypeVar("S", bound=Settings)


def parse_settings(
    model: type[S],
    values: Mapping[str, Any] | None,
    operation: str = "",
    *,
    source: str = "",
    folder: Path | None = None,
) -> S:
    """Validate a mapping of settings.

    Parameters
    ----------
    model : type of Settings
        The operation's settings class.
    values : mapping, optional
        What the caller gave; missing fields take their defaults.
    operation : str, optional
        Name for the error text.
    source : str, optional
        File that the values come from, for the error text.
    folder : pathlib.Path, optional
        Where paths among the settings start from; the current folder by default.

    Raises
    ------
    SettingsError
        Naming every setting that is unknown, missing, of the wrong type or out of bounds.
    """
    try:
        return model.model_validate(dict(values or {}), context={"folder": folder})
    except ValidationError as error:
        sentences = [_sentence(model, problem) for problem in _causes(error)]
        of = f" of {operation}" if operation else ""
        inside = f" in {source}" if source else ""
        fields = ", ".join(model.model_fields) or "none"
        raise SettingsError(
            f"Settings{of}{inside} cannot be used: " + "; ".join(dict.fromkeys(sentences)) + ".",
            f"Settings that exist: {fields}.",
            {"file": source} if source else None,
        ) from error


def settings_folder(info: ValidationInfo) -> Path:
    """Return the folder that paths among the settings start from, for a field's validator."""
    folder = (info.context or {}).get("folder")
    return Path(folder) if folder is not None else Path.cwd()


def nested_settings(annotation: Any) -> list[type[Settings]]:
    """Return the settings classes that an annotation holds, at any depth, in order."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [found for inner in typing.get_args(annotation) for found in nested_settings(inner)]


def _causes(error: ValidationError) -> list[Mapping[str, Any]]:
    """Return the problems without those that only follow: a list is not too short if one of its entries is bad."""
    problems: list[Mapping[str, Any]] = list(error.errors(include_url=False))
    places = [problem["loc"] for problem in problems]

    def follows(problem: Mapping[str, Any]) -> bool:
        own = problem["loc"]
        return problem["type"] == "too_short" and any(
            len(place) > len(own) and place[: len(own)] == own for place in places
        )

    return [problem for problem in problems if not follows(problem)]


def _sentence(model: type[Settings], problem: Mapping[str, Any]) -> str:
    """Turn one pydantic problem into words."""
    fields, shown = _followed(model, problem["loc"])
    place = ".".join(shown) or "settings"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(shown[-1], fields, n=1, cutoff=0.5)
        there = ".".join([*shown[:-1], near[0]]) if near else ""
        return f"{place[:100]!r} is not a setting" + (f" (did you mean {there!r}?)" if near else "")
    if problem["type"] == "union_tag_invalid":
        found, names = problem["ctx"]["tag"], str(problem["ctx"]["expected_tags"])
        return f"{place}: there is no {_tag(problem)} {str(found)[:80]!r}; there are {names.replace(chr(39), '')}"
    if problem["type"] == "union_tag_not_found":
        return f"{place}: {_tag(problem)} is missing"
    given = "" if problem["type"] == "missing" else f", not {str(problem.get('input'))[:80]!r}"
    wanted = str(problem["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    verb = "is missing" if problem["type"] == "missing" else f"should be {wanted}"
    if str(problem["msg"]).startswith("Value error, "):
        return f"{place}: {wanted}"
    return f"{place} {verb}{given}"


def _tag(problem: Mapping[str, Any]) -> str:
    return str(problem["ctx"]["discriminator"]).strip("'")


def _followed(model: type[Settings], loc: Sequence[str | int]) -> tuple[list[str], list[str]]:
    """Follow a problem's place down the nested settings.

    Returns
    -------
    list of str
        Fields that exist where the place ends.
    list of str
        The place as a person writes it: entries of a list are counted from 1, and the names that tell the members
        of a union apart are left out.
    """
    here: list[type[Settings]] = [model]
    shown: list[str] = []
    for part in loc:
        if isinstance(part, int):
            shown.append(str(part + 1))
            continue
        tagged = [known for known in here if len(here) > 1 and _is_tag(known, part)]
        if tagged:
            here = tagged
            continue
        shown.append(part)
        known = next((known for known in here if part in known.model_fields), None)
        if known is not None and part != loc[-1]:
            field = known.model_fields[part]
            here = nested_settings(field.annotation)
    return [name for known in here for name in known.model_fields], shown


def _is_tag(model: type[Settings], text: str) -> bool:
    return any(text in typing.get_args(field.annotation) for field in model.model_fields.values())
