"""Functions of the user: found by file, by module, by entry point, or given as objects in this process."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from kozue.core.errors import unknown_name
from kozue.systems.molecules.design.rewards.errors import RewardError

ENTRY_POINT_GROUP = "kozue.rewards"
GIVEN = "given"

_given: dict[str, Callable[..., Any]] = {}


def remember(function: Callable[..., Any]) -> str:
    """Return a text that names a function, for settings are text.

    A function that its module hands out is named by the module; any other (of a notebook, a lambda) can only be
    found again in this process.
    """
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    if module and module != "__main__" and getattr(sys.modules.get(module), name, None) is function:
        return f"{module}:{name}"
    key = f"{name or type(function).__name__}-{len(_given)}"
    found = next((known for known, given in _given.items() if given is function), None)
    if found is None:
        _given[key] = function
    return f"{GIVEN}:{found or key}"


def find(target: str) -> Callable[..., Any]:
    """Return the function that ``file.py:function`` or ``package.module:function`` names.

    Raises
    ------
    RewardError
        If the file, the module or the function is not there, or the module's own code raises.
    """
    place, _, name = target.rpartition(":")
    if place == GIVEN:
        if name not in _given:
            raise RewardError(
                f"The reward function {name!r} was given as an object to another process.",
                "Put it into a file and name it as 'python:file.py:function'.",
            )
        return _given[name]
    module = _load(place)
    found = getattr(module, name, None)
    if not callable(found):
        names = [key for key, thing in vars(module).items() if inspect.isfunction(thing)]
        error = unknown_name(f"function in {place}", name, names)
        raise RewardError(error.message, error.hint)
    return found  # type: ignore[no-any-return]


def find_entry_point(name: str) -> Callable[..., Any]:
    """Return the function that an installed package offers under a name.

    Raises
    ------
    RewardError
        If there is none of that name, or it cannot be imported.
    """
    offered = {entry.name: entry for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)}
    if name not in offered:
        error = unknown_name(f"reward (entry point of group {ENTRY_POINT_GROUP})", name, offered)
        raise RewardError(error.message, error.hint)
    try:
        return offered[name].load()  # type: ignore[no-any-return]
    except Exception as error:
        raise RewardError(
            f"The reward {name!r} could not be imported: {type(error).__name__}: {error}",
            "Repair or reinstall the package that offers it.",
        ) from error


def _load(place: str) -> ModuleType:
    try:
        return _file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except RewardError:
        raise
    except Exception as error:
        raise RewardError(
            f"{place} could not be imported: {type(error).__name__}: {error}",
            "Correct it; a reward is a function of a list of SMILES that returns as many numbers.",
        ) from error


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise RewardError(f"There is no file {path} with a reward function.", "Check the path.")
    name = f"kozue_reward_{path.stem}"
    described = importlib.util.spec_from_file_location(name, path)
    if described is None or described.loader is None:
        raise RewardError(f"{path} is not a Python file that can be read.", "Check the path.")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module
