"""Kozue: the AI systems of a drug-discovery pipeline in one offline workbench.

Every system is an attribute of this package and every operation a function of it::

    import kozue

    kozue.admet.predict(["CCO", "c1ccccc1O"])      # -> pandas.DataFrame
    kozue.admet.predict("drugs.sdf", out="run1")   # the same, with a run folder and a report

``dir(kozue)`` lists the systems, ``help(kozue.admet)`` their operations. Nothing heavy is
imported until an operation runs.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = ["KozueError", "KozueWarning", "__version__", "molecule_sheet"]

_LAZY = {
    "KozueError": "kozue.core.errors",
    "KozueWarning": "kozue.doors.python",
    "molecule_sheet": "kozue.doors.sheets",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name.startswith("_"):
        raise AttributeError(f"module 'kozue' has no attribute {name!r}")
    from kozue.doors.python import namespace

    return namespace(name)


def __dir__() -> list[str]:
    from kozue.core.registry import get_registry

    return sorted([*__all__, *get_registry().systems])
