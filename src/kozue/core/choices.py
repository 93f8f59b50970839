"""What can stand in a setting that is written in lines, so that a page can offer it.

A line is ``[sign] prefix value [limits] [*weight]``: the sign ``-`` or ``+``; limits as ``<4``, ``<=4``, ``>1``,
``>=1`` or ``:1..4``; the weight of a structure behind a space. A setting whose lines are like this names a function in
its schema (``json_schema_extra={"control": "lines", "choices": "module:function"}``, below the system's package) that
takes nothing and returns the kinds of lines there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from kozue.core.records import Label


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a line may name.

    Parameters
    ----------
    value : str
        As it stands in the line.
    label : Label
        For people.
    unit : str
        Of its limits.
    """

    value: str
    label: Label
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LineKind:
    """One kind of line.

    Parameters
    ----------
    name : str
        Short, stable, lower case.
    label : Label
        For people.
    prefix : str
        What the line begins with, for example ``"task:"``.
    choices : tuple of Choice
        Values to offer; empty where a person writes one.
    is_structure : bool
        Whether the value is a SMILES or SMARTS.
    hint : str
        An example of a value.
    """

    name: str
    label: Label
    prefix: str = ""
    choices: tuple[Choice, ...] = ()
    is_structure: bool = False
    hint: str = ""
