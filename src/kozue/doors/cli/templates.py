"""``kozue <system> init`` and ``kozue schema``: files of settings to begin with, and what editors know of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kozue.core.errors import InputError, unknown_name
from kozue.core.operation import Operation
from kozue.core.registry import get_registry
from kozue.doors import terminal
from kozue.doors.cli.toml import template

Output = Annotated[str | None, Parameter(name=("--output", "-o"), allow_leading_hyphen=True)]


def make_init(system: str) -> Callable[..., None]:
    """Return the command ``init`` of a system."""

    def init(verb: str = "", *, output: Output = None, force: bool = False) -> None:
        """Write a TOML file with every setting of an operation, each explained, to change and hand back.

        Parameters
        ----------
        verb
            Operation whose settings are written; the system's first one if left out.
        output
            File to write, '-' prints it; by default named after the operation.
        force
            Replace a file of that name.
        """
        op = _operation(system, verb)
        text = template(op)
        if output == "-":
            terminal.console.out(text, end="", highlight=False)
            return
        file = Path(output or f"{op.system}_{op.verb}.toml").expanduser()
        _write(text, file, force)
        command = f"kozue {op.system} {op.verb} {'INPUT ' if op.takes is not None else ''}--settings {file}"
        terminal.stderr.print(f"Written:    {file}\nUse it by:  {command}", highlight=False, soft_wrap=True)

    return init


def schema(operation: str, *, output: Output = None, force: bool = False) -> None:
    """Write the JSON schema of an operation's settings, by which an editor completes and checks a settings file.

    Parameters
    ----------
    operation
        For example admet.predict.
    output
        File to write; printed by default.
    force
        Replace a file of that name.
    """
    op = get_registry().operation(operation)
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **op.settings.model_json_schema(),
        "title": f"Settings of {op.name}",
    }
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    if output is None or output == "-":
        terminal.console.out(text, end="", highlight=False)
        return
    _write(text, Path(output).expanduser(), force)
    terminal.stderr.print(f"Written:    {output}", highlight=False, soft_wrap=True)


def _operation(system: str, verb: str) -> Operation:
    """Return the operation whose settings are meant.

    Raises
    ------
    UnknownNameError
        If the system has no operation of that name with settings.
    """
    able = {op.verb: op for op in get_registry().of_system(system) if op.settings.model_fields}
    if verb and verb not in able:
        raise unknown_name(f"operation of {system} with settings", verb, able)
    if not able:
        raise InputError(
            f"The operations of {system} have no settings.", "They run without a file of settings."
        )
    return able[verb] if verb else next(iter(able.values()))


def _write(text: str, file: Path, force: bool) -> None:
    if file.exists() and not force:
        raise InputError(
            f"{file} is there already.", "Give another name with -o, or replace it with --force."
        )
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.", "Check the folder.") from error
