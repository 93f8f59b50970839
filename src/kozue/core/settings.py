"""Settings: the one description of an operation's parameters for all five doors."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from kozue.core.errors import SettingsError


class Settings(BaseModel):
    """Base of every operation's settings.

    Each field carries a description, bounds and, where it has one, a unit
    (``json_schema_extra={"unit": "mg"}``) and a Japanese label (``{"label_ja": "…"}``): they
    become the command line's options, the web form and the agent tool's parameters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


S = TypeVar("S", bound=Settings)


def parse_settings(model: type[S], values: Mapping[str, Any] | None, operation: str = "") -> S:
    """Validate a mapping of settings.

    Parameters
    ----------
    model : type of Settings
        The operation's settings class.
    values : mapping, optional
        What the caller gave; missing fields take their defaults.
    operation : str, optional
        Name for the error text.

    Raises
    ------
    SettingsError
        Naming every setting that is unknown, missing, of the wrong type or out of bounds.
    """
    try:
        return model.model_validate(dict(values or {}))
    except ValidationError as error:
        sentences = [_sentence(model, problem) for problem in error.errors(include_url=False)]
        of = f" of {operation}" if operation else ""
        fields = ", ".join(model.model_fields) or "none"
        raise SettingsError(
            f"Settings{of} cannot be used: " + "; ".join(sentences) + ".",
            f"Settings that exist: {fields}.",
        ) from error


def _sentence(model: type[Settings], problem: Mapping[str, Any]) -> str:
    """Turn one pydantic problem into words."""
    place = ".".join(str(part) for part in problem["loc"]) or "settings"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place, list(model.model_fields), n=1, cutoff=0.5)
        return f"{place[:100]!r} is not a setting" + (f" (did you mean {near[0]!r}?)" if near else "")
    given = "" if problem["type"] == "missing" else f", not {str(problem.get('input'))[:80]!r}"
    wanted = str(problem["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    verb = "is missing" if problem["type"] == "missing" else f"should be {wanted}"
    if str(problem["msg"]).startswith("Value error, "):
        return f"{place}: {wanted}"
    return f"{place} {verb}{given}"
