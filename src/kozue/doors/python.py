"""The Python door: ``kozue.<system>.<verb>(records, **settings)``, made from the registry."""

from __future__ import annotations

import inspect
import sys
import time
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.context import Progress
from kozue.core.operation import Operation
from kozue.core.registry import get_registry
from kozue.core.settings import Settings
from kozue.core.settings_file import load_settings

if TYPE_CHECKING:
    import pandas as pd

    from kozue.run import Answer

BAR_AFTER_SECONDS = 2.0

#: What every generated function takes besides its settings.
COMMON = {
    "settings": (
        str | Path | Mapping[str, Any] | None,
        None,
        "a TOML, YAML or JSON file of settings, or a mapping; those given by name win",
    ),
    "columns": (
        Mapping[str, str] | None,
        None,
        "canonical column -> your column, where it cannot be guessed",
    ),
    "seed": (int, 0, "seed of everything random"),
    "strict": (bool, False, "fail if any record has no result"),
    "out": (
        str | Path | None,
        None,
        "a run folder to make, with the result, the report and what is needed to resume",
    ),
    "engine": (str, "inline", "'inline', 'pool' or 'ray'; only with out"),
    "workers": (int | None, None, "processes of the pool; only with out"),
}


class KozueWarning(UserWarning):
    """Something the reader of a result must know although the work went on."""


@cache
def namespace(system: str) -> SystemNamespace:
    """Return the functions of a system.

    Raises
    ------
    AttributeError
        If there is no such system; names the ones that exist.
    """
    registry = get_registry()
    if system not in registry.systems:
        raise AttributeError(f"Kozue has no system {system!r}; it has {', '.join(registry.systems)}.")
    return SystemNamespace(system)


class SystemNamespace:
    """The operations of one system as functions.

    Parameters
    ----------
    system : str
        Name in the registry.
    """

    def __init__(self, system: str) -> None:
        found = get_registry()
        self.__name__ = f"kozue.{system}"
        self._functions = {op.verb: make_function(op) for op in found.of_system(system)}
        lines = [
            f"{verb}: {function.__doc__.partition(chr(10))[0]}" for verb, function in self._functions.items()
        ]
        self.__doc__ = found.systems[system].purpose.en + "\n\n" + "\n".join(lines)

    def __getattr__(self, verb: str) -> Any:
        functions: dict[str, Any] = self.__dict__.get("_functions", {})
        if verb in functions:
            return functions[verb]
        raise AttributeError(f"{self.__name__} has no operation {verb!r}; it has {', '.join(functions)}.")

    def __dir__(self) -> list[str]:
        return sorted(self._functions)

    def __repr__(self) -> str:
        return f"<{self.__name__}: {', '.join(self._functions)}>"


def make_function(op: Operation) -> Any:
    """Return the Python function of an operation, with signature and docstring."""

    def function(records: Any = None, **arguments: Any) -> pd.DataFrame | Answer:
        common = {name: arguments.pop(name, default) for name, (_, default, _) in COMMON.items()}
        found = call(op, records, chosen(op, common.pop("settings"), arguments), **common)
        return to_frame(found) if op.kind == "map" else found

    function.__name__ = op.verb
    function.__qualname__ = f"{op.system}.{op.verb}"
    function.__module__ = "kozue"
    function.__doc__ = _docstring(op)
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    return function


def chosen(
    op: Operation, common: str | Path | Mapping[str, Any] | Settings | None, given: Mapping[str, Any]
) -> Mapping[str, Any] | Settings:
    """Return the settings of a call: those of a file or mapping, and over them those given by name."""
    if isinstance(common, Settings):
        common = common.model_dump()
    if isinstance(common, (str, Path)):
        return load_settings(op, common, given)
    return {**(common or {}), **given}


def call(
    op: Operation,
    records: Any,
    settings: Mapping[str, Any] | Settings,
    *,
    columns: Mapping[str, str] | None = None,
    seed: int = 0,
    strict: bool = False,
    out: str | Path | None = None,
    engine: str = "inline",
    workers: int | None = None,
) -> Answer:
    """Run an operation for a Python caller: in memory, or in a run folder if ``out`` is given."""
    from kozue.run import RunStore, answer, execute

    with ProgressBar(op.name) as bar:
        if out is None:
            found = answer(op, records, settings, columns=columns, seed=seed, strict=strict, on_progress=bar)
        else:
            store = RunStore()
            run = store.create(
                op,
                records,
                settings,
                columns=columns,
                seed=seed,
                strict=strict,
                folder=Path(out),
                engine=engine,
            )
            if run.state != "finished":
                execute(run.folder, engine=engine, workers=workers, on_progress=bar)
            found = run.answer()
    for warned in found.warnings:
        warnings.warn(warned.text, KozueWarning, stacklevel=4)
    return found


def to_frame(found: Answer) -> pd.DataFrame:
    """Return the main table as a DataFrame; counts, warnings, units and models are in ``.attrs``."""
    from kozue.core.records import columns_of

    frame: pd.DataFrame = found.table.to_pandas()
    frame.attrs = {
        "operation": found.operation,
        "n_in": found.n_in,
        "n_ok": found.n_ok,
        "n_failed": found.n_failed,
        "warnings": [warned.as_dict() for warned in found.warnings],
        "units": {column.name: column.unit for column in columns_of(found.table.schema) if column.unit},
        "models": {model.name: model.sha256 for model in found.models},
    }
    return frame


class ProgressBar:
    """A bar on standard error, shown only to a person and only when the work takes a while."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, progress: Progress) -> None:
        """Show how far the work is."""
        if self._bar is None:
            if time.monotonic() - self._began < BAR_AFTER_SECONDS or not sys.stderr.isatty():
                return
            from kozue.doors.terminal import progress_bar

            self._bar = progress_bar()
            self._bar.start()
            self._task = self._bar.add_task(self.title, total=progress.total)
        self._bar.update(self._task, completed=progress.done, total=progress.total)

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _signature(op: Operation) -> inspect.Signature:
    parameters = [inspect.Parameter("records", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)]
    if op.takes is not None and not op.input_optional:
        parameters = [inspect.Parameter("records", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for name, field in op.settings.model_fields.items():
        # A required one may also stand in the file.
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=field.annotation
            )
        )
    for name, (annotation, default, _) in COMMON.items():
        parameters.append(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        )
    return inspect.Signature(parameters)


def _docstring(op: Operation) -> str:
    """Return a numpydoc docstring made from the operation and its settings."""
    lines = [op.description, "", "Parameters", "----------"]
    if op.takes is not None:
        needed = ", ".join(column.name for column in op.takes.required)
        lines += ["records : path, list, Series, DataFrame or Arrow table", f"    Records with {needed}."]
    for name, field in op.settings.model_fields.items():
        lines += [f"{name}", f"    {field.description or ''}"]
    for name, (_, _, text) in COMMON.items():
        lines += [f"{name}", f"    {text[0].upper()}{text[1:]}."]
    gives = op.output_schema if op.kind == "map" else None
    lines += ["", "Returns", "-------"]
    if gives is not None:
        lines += [
            "pandas.DataFrame",
            "    One row a record, in order; counts, warnings and units in ``.attrs``.",
        ]
    else:
        lines += ["kozue.run.Answer", "    Main table, further tables, figures and files."]
    return "\n".join(lines)
