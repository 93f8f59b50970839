"""Operations: typed functions, registered once, reached through every door.

There are two kinds and no more. A *map* turns batches of records into batches of results, row by
row; the engine owns reading, parts, progress, resume, cancel and order. A *job* turns a whole
input into tables, figures and files (train a model, run a search).
"""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kozue.core.records import Batch, Label, Schema
from kozue.core.settings import Settings, parse_settings

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.core.context import Context


@dataclass(frozen=True, slots=True)
class ModelReference:
    """Which model answers: recorded by every run.

    Parameters
    ----------
    name : str
        For example ``"admet/herg"`` or the name of a user's own model.
    sha256 : str
        Hash over the model's files.
    card : pathlib.Path, optional
        Path of its ``card.toml``.
    """

    name: str
    sha256: str
    card: Path | None = None


@dataclass(slots=True)
class JobResult:
    """What a job gives back.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        The first one is the main table, which all doors show.
    figures : dict of str to str
        SVG text by title.
    files : dict of str to bytes
        Further files by name, written into the run folder's ``files/``.
    summary : dict
        A few JSON-ready facts.
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class System:
    """One AI system: a folder of operations about one question.

    Parameters
    ----------
    name : str
        The word used by every door, for example ``"admet"``.
    title, purpose : Label
        What it is called and what it is for, in both languages.
    page : str
        Its page below the repository, for example ``"docs/systems/admet.md"``.
    """

    name: str
    title: Label
    purpose: Label
    page: str = ""


MapFunction = Callable[[Iterator[Batch], Any, "Context"], Iterator[Batch]]
JobFunction = Callable[[Iterator[Batch], Any, "Context"], JobResult]


@dataclass(frozen=True)
class Operation:
    """A typed verb of a system. Made by :func:`operation` and :func:`job`, never directly.

    Parameters
    ----------
    name : str
        ``system.verb``.
    kind : {"map", "job"}
        See the module's docstring.
    function : callable
        ``(batches, settings, context)``.
    settings : type of Settings
        Parameters.
    takes : Schema or None
        What one input record must have; None for an operation without records.
    input_optional : bool
        Whether the operation also runs without records.
    gives : Schema or callable
        Output columns, or a function from the settings to them.
    title : Label
        Short name for people.
    keywords : tuple of str
        Search words in English and Japanese.
    when, when_not : str
        Guidance for people and agents.
    cost : str
        What to expect, for example ``"about 8 ms a molecule"``.
    example : str
        Path of a small real input below the system's folder.
    example_settings : mapping
        Settings for the example.
    batch_rows, part_rows : int
        Records handed over at once, and records a part (the unit of retry and resume).
    wishes : type of Settings, optional
        What people may ask of a job while it works; it reads them from ``context.wishes()``.
    models, report : str
        Lazy references ``"module:function"`` below the system's package: settings -> list of
        :class:`ModelReference`, and (table, settings) -> report sections.
    """

    name: str
    kind: Literal["map", "job"]
    function: Callable[..., Any]
    settings: type[Settings]
    takes: Schema | None
    input_optional: bool
    gives: Schema | Callable[[Any], Schema]
    title: Label
    keywords: tuple[str, ...] = ()
    when: str = ""
    when_not: str = ""
    cost: str = ""
    example: str = ""
    example_settings: Mapping[str, Any] = field(default_factory=dict)
    batch_rows: int = 1024
    part_rows: int = 16384
    wishes: type[Settings] | None = None
    models: str = ""
    report: str = ""

    def __call__(self, batches: Iterator[Batch], settings: Settings, context: Context) -> Any:
        """Call the function itself, without an engine."""
        return self.function(batches, settings, context)

    @property
    def system(self) -> str:
        """Name of the system, the part before the dot."""
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        """The part after the dot."""
        return self.name.partition(".")[2]

    @property
    def package(self) -> str:
        """Import path of the system's folder."""
        return self.function.__module__.rpartition(".")[0]

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The docstring up to its first numpydoc section, as one paragraph a block."""
        text = inspect.getdoc(self.function) or ""
        lines: list[str] = []
        for line in text.splitlines():
            if lines and set(line) == {"-"}:
                lines.pop()
                break
            lines.append(line)
        return "\n".join(lines).strip()

    @property
    def example_path(self) -> Path | None:
        """Path of the example input, if the operation has one."""
        if not self.example:
            return None
        source = inspect.getsourcefile(self.function)
        return Path(source or "").parent / self.example

    def output_schema(self, settings: Settings | None = None) -> Schema:
        """Return the output columns for the settings (defaults if None)."""
        if isinstance(self.gives, Schema):
            return self.gives
        return self.gives(settings if settings is not None else self.parse({}))

    def parse(
        self, values: Mapping[str, Any] | None, *, source: str = "", folder: Path | None = None
    ) -> Settings:
        """Validate settings; see :func:`kozue.core.settings.parse_settings`."""
        return parse_settings(self.settings, values, self.name, source=source, folder=folder)

    def model_references(self, settings: Settings) -> list[ModelReference]:
        """Return the models that will answer; loads no weights."""
        if not self.models:
            return []
        return list(self.resolve(self.models)(settings))

    def resolve(self, reference: str) -> Callable[..., Any]:
        """Import a ``"module:function"`` reference of the system's package."""
        module, _, name = reference.partition(":")
        found: Callable[..., Any] = getattr(importlib.import_module(f"{self.package}.{module}"), name)
        return found


def operation(
    name: str,
    *,
    takes: Schema,
    gives: Schema | Callable[[Any], Schema],
    title: Label,
    **details: Any,
) -> Callable[[MapFunction], Operation]:
    """Register a map: records in, one result a record out.

    The decorated function takes ``(batches, settings, context)``: it never sees records that the
    reader could not read, and yields for each batch one batch of as many rows (see
    :func:`kozue.core.records.result_batch`). ``details`` are fields of :class:`Operation`.
    """

    def wrap(function: MapFunction) -> Operation:
        return _build(name, "map", function, takes, False, gives, title, details)

    return wrap


def job(
    name: str,
    *,
    takes: Schema | None,
    gives: Schema | Callable[[Any], Schema],
    title: Label,
    input_optional: bool = False,
    **details: Any,
) -> Callable[[JobFunction], Operation]:
    """Register a job: a whole input in, a :class:`JobResult` out.

    The decorated function takes ``(batches, settings, context)``; ``gives`` describes its main
    table. Its batches carry the input position of each record in the column ``_row``
    (:data:`kozue.core.records.ROW`); rows that it sets aside are named with ``context.reject``.
    """

    def wrap(function: JobFunction) -> Operation:
        return _build(name, "job", function, takes, input_optional, gives, title, details)

    return wrap


def _build(
    name: str,
    kind: Literal["map", "job"],
    function: Callable[..., Any],
    takes: Schema | None,
    input_optional: bool,
    gives: Schema | Callable[[Any], Schema],
    title: Label,
    details: Mapping[str, Any],
) -> Operation:
    """Check the function's shape while its author is watching: at import."""
    system, dot, verb = name.partition(".")
    if not (dot and system.isidentifier() and verb.isidentifier()):
        raise TypeError(f"An operation's name is 'system.verb', not {name!r}.")
    parameters = list(inspect.signature(function).parameters)
    if parameters != ["batches", "settings", "context"]:
        raise TypeError(f"{name} takes (batches, settings, context), not {tuple(parameters)}.")
    annotation = function.__annotations__.get("settings")
    if isinstance(annotation, str):
        annotation = function.__globals__.get(annotation) or typing.get_type_hints(function)["settings"]
    if not (isinstance(annotation, type) and issubclass(annotation, Settings)):
        raise TypeError(f"{name}: annotate 'settings' with a subclass of kozue.core.settings.Settings.")
    built = Operation(
        name=name,
        kind=kind,
        function=function,
        settings=annotation,
        takes=takes,
        input_optional=input_optional,
        gives=gives,
        title=title,
        **details,
    )
    if built.part_rows % built.batch_rows:
        # Whole batches a part: every engine then hands the function the very same batches.
        raise TypeError(
            f"{name}: part_rows ({built.part_rows}) must be a multiple of batch_rows ({built.batch_rows})."
        )
    return built
