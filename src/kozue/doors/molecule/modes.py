"""Ways of computing a profile that a person may choose from: the same for the profile and its explanation."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kozue.core.errors import UnknownNameError, unknown_name
from kozue.core.operation import Operation
from kozue.core.records import Label
from kozue.doors.molecule.details import details_of
from kozue.doors.rest.bodies import settings_schema


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of computing.

    Parameters
    ----------
    key : str
        Value of the setting.
    label, about : Label
        Its name, and what it brings and costs.
    missing : Label or None
        Why it cannot be chosen on this machine, and what to do.
    """

    key: str
    label: Label
    about: Label
    missing: Label | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "key": self.key,
            "label": {"en": self.label.en, "ja": self.label.ja},
            "about": {"en": self.about.en, "ja": self.about.ja},
            "missing": None if self.missing is None else {"en": self.missing.en, "ja": self.missing.ja},
        }


@dataclass(frozen=True, slots=True)
class Modes:
    """The setting that chooses among them.

    Parameters
    ----------
    setting : str
        Of the profile and of the explanation.
    label : Label
        Of the setting.
    default : str
        The mode that applies if nothing is chosen.
    choices : tuple of Mode
        In order.
    """

    setting: str
    label: Label
    default: str
    choices: tuple[Mode, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "setting": self.setting,
            "label": {"en": self.label.en, "ja": self.label.ja},
            "default": self.default,
            "choices": [mode.as_dict() for mode in self.choices],
        }

    def choose(self, key: str) -> Mode:
        """Return a mode by its key; the default for an empty one.

        Raises
        ------
        UnknownNameError
            If there is no such mode.
        """
        wanted = key or self.default
        for mode in self.choices:
            if mode.key == wanted:
                return mode
        raise unknown_name("prediction mode", wanted, [mode.key for mode in self.choices])


def choose(modes: Modes | None, key: str) -> Mode | None:
    """Return the chosen mode, None where there is nothing to choose.

    Raises
    ------
    UnknownNameError
        If there is no such mode, or a mode was named where there are none.
    """
    if modes is not None:
        return modes.choose(key)
    if key:
        raise UnknownNameError(
            f"There is no prediction mode {key!r}: the profile has one way of computing only.",
            "Leave the mode out.",
        )
    return None


def find_modes(profile: Operation, explain: Operation | None) -> Modes | None:
    """Return the choice that profile and explanation have in common; None if there is none."""
    if explain is None:
        return None
    theirs = settings_schema(explain).get("properties", {})
    for name, described in settings_schema(profile).get("properties", {}).items():
        options = described.get("enum")
        if options and theirs.get(name, {}).get("enum") == options:
            known = details_of(profile, "modes:CHOICES")
            label = Label(name.replace("_", " ").capitalize(), described.get("label_ja", name))
            choices = tuple(_mode(str(key), known.get(key)) for key in options)
            return Modes(name, label, str(described.get("default", options[0])), choices)
    return None


def _mode(key: str, detail: Any) -> Mode:
    plain = Label(key, key)
    label, about = getattr(detail, "label", plain), getattr(detail, "about", plain)
    module, extra = getattr(detail, "module", ""), getattr(detail, "extra", "")
    if not module or importlib.util.find_spec(module) is not None:
        return Mode(key, label, about)
    command = f"pip install 'kozue[{extra}]'"
    return Mode(
        key,
        label,
        about,
        Label(f"Not installed here; to add it: {command}", f"未インストールです。追加するには {command}"),
    )


def settings_of(modes: Modes | None, mode: Mode | None) -> Mapping[str, str]:
    """Return the settings by which an operation computes in a mode."""
    return {} if modes is None or mode is None else {modes.setting: mode.key}
