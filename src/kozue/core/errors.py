"""Errors that say what was wrong, where, and what to do next.

::

    KozueError
    ├── InputError          the records or the file given cannot be used
    │   ├── FormatError     the bytes are not what the format promises
    │   ├── RoleError       no column plays the role that the operation needs
    │   └── LimitError      larger than the limits allow
    │       └── ArchiveError    an archive that is unsafe to open
    ├── SettingsError       a setting is unknown, of the wrong type or out of bounds
    ├── UnknownNameError    no operation, model, run, data set … has this name
    ├── DataError           a data set cannot be had or is not what was recorded
    ├── ModelError          a model is missing, damaged or does not fit the request
    ├── TrainingError       these data cannot give a meaningful model
    ├── MissingExtraError   an optional dependency is not installed
    ├── PluginError         somebody else's operation could not be loaded
    ├── RunError            a run failed or its folder cannot be used
    └── Cancelled           the person asked to stop

Every door shows ``message`` and ``hint``; REST sends them as an RFC 9457 problem.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class KozueError(Exception):
    """Root of all errors that Kozue raises on purpose.

    Parameters
    ----------
    message : str
        What was wrong and where (file, row, column).
    hint : str, optional
        What the reader can do next.
    where : mapping, optional
        Machine-readable place: ``file``, ``row`` (1-based), ``column``.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "", where: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = dict(where or {})

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders; keyword state has to travel with them.
        return (type(self), (self.message, self.hint, self.where))

    def problem(self) -> dict[str, Any]:
        """Describe the error as an RFC 9457 problem object."""
        body: dict[str, Any] = {
            "type": f"urn:kozue:problem:{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.message,
            "code": self.code,
        }
        if self.hint:
            body["hint"] = self.hint
        if self.where:
            body["where"] = self.where
        return body


class InputError(KozueError):
    """The records or the file given cannot be used."""

    code = "bad_input"
    status = 422
    exit_code = 2


class FormatError(InputError):
    """The bytes are not what the format promises."""

    code = "bad_format"


class RoleError(InputError):
    """No column plays the role that the operation needs."""

    code = "missing_role"


class LimitError(InputError):
    """The input is larger than the limits allow."""

    code = "too_large"
    status = 413


class ArchiveError(LimitError):
    """An archive is unsafe to open."""

    code = "unsafe_archive"


class SettingsError(KozueError):
    """A setting is unknown, of the wrong type or out of bounds."""

    code = "bad_settings"
    status = 422
    exit_code = 2


class UnknownNameError(KozueError):
    """No operation, model, run or data set has this name.

    See :func:`unknown_name`, which lists the available names and the nearest ones.
    """

    code = "unknown_name"
    status = 404
    exit_code = 2


class DataError(KozueError):
    """A data set cannot be had or is not what was recorded."""

    code = "data_unavailable"
    status = 503


class ModelError(KozueError):
    """A model is missing, damaged or does not fit the request."""

    code = "bad_model"
    status = 422


class TrainingError(KozueError):
    """These data cannot give a meaningful model."""

    code = "cannot_train"
    status = 422


class MissingExtraError(KozueError):
    """An optional dependency is not installed."""

    code = "missing_extra"
    status = 501


class PluginError(KozueError):
    """Somebody else's operation could not be loaded."""

    code = "broken_plugin"


class RunError(KozueError):
    """A run failed or its folder cannot be used."""

    code = "run_failed"


class Cancelled(KozueError):  # noqa: N818 - it is a wish that was granted, not a fault
    """The person asked to stop; finished parts are kept."""

    code = "cancelled"
    status = 409
    exit_code = 130


def unknown_name(kind: str, name: str, available: Iterable[str]) -> UnknownNameError:
    """Build the error for a name that nothing has.

    Parameters
    ----------
    kind : str
        What was looked for, for example ``"operation"``.
    name : str
        The name that was not found.
    available : iterable of str
        All names that exist.

    Returns
    -------
    UnknownNameError
        With the nearest names first and up to 20 of the available ones.
    """
    names = sorted(available)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    if names:
        listed = ", ".join(names[:20]) + (f", … ({len(names)} in all)" if len(names) > 20 else "")
        hint += f"Available: {listed}."
    else:
        hint += "There is none yet."
    return UnknownNameError(f"There is no {kind} named {name[:200]!r}.", hint)


def missing_extra(extra: str, module: str) -> MissingExtraError:
    """Build the error for an optional dependency that is not installed.

    Parameters
    ----------
    extra : str
        Name of the extra in Kozue's package metadata.
    module : str
        The module that could not be imported.
    """
    return MissingExtraError(
        f"This needs the Python module {module!r}, which is not installed.",
        f"Install it with: pip install 'kozue[{extra}]'",
    )
