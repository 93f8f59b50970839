"""One command an operation, with options made from its settings."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from kozue.core.errors import InputError
from kozue.core.operation import Operation
from kozue.core.settings import Settings, nested_settings
from kozue.core.settings_file import load_settings
from kozue.core.wording import counted
from kozue.doors import terminal
from kozue.doors.cli.nested import as_setting, nested_option

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from kozue.run.run import Run

SETTINGS = Group("Settings", sort_key=1)
INPUT = Group("Input", sort_key=2)
RUNNING = Group("Running", sort_key=3)

#: What the parameter of ``--settings`` is called; no setting has such a name.
FILE_OPTION = "settings_file_"
#: A default longer than this is described in words by its setting.
LONGEST_DEFAULT = 60
#: Results up to this many rows are written as CSV beside the Parquet file, for people.
CSV_ROWS = 100_000


def make_command(op: Operation) -> Any:
    """Return the command-line function of an operation."""

    def command(*given: str | None, **arguments: Any) -> None:
        settings = {
            name: as_setting(field, arguments[name])
            for name, field in op.settings.model_fields.items()
            if arguments.get(name) is not None
        }
        file = arguments.get(FILE_OPTION)
        if arguments.get("example") and file is None:
            settings = {**op.example_settings, **settings}
        chosen = load_settings(op, file, settings)
        run_command(op, chosen, {**arguments, "input": given[0] if given else arguments.get("input")})

    parameters = [*_input_parameters(op), *_setting_parameters(op), *_running_parameters()]
    command.__name__ = op.verb
    command.__doc__ = _help(op)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def run_command(op: Operation, settings: Mapping[str, Any] | Settings, arguments: Mapping[str, Any]) -> None:
    """Run an operation in a run folder, with progress, and show what came out."""
    from kozue.run import RunStore, execute

    output = arguments.get("output")
    folder, exported = _where(output)
    source = _source(op, arguments)
    store = RunStore()
    columns = {name[7:]: value for name, value in arguments.items() if name.startswith("column_") and value}
    run = store.create(
        op,
        source,
        settings,
        columns=columns,
        format=arguments.get("format"),
        engine=arguments.get("engine") or "inline",
        workers=arguments.get("workers"),
        seed=arguments.get("seed") or 0,
        strict=bool(arguments.get("strict")),
        folder=folder,
    )
    if folder is None and (stopped := store.unfinished_like(run)) is not None:
        store.remove(run)
        run = stopped
        terminal.stderr.print(f"Going on with the stopped run {run.id}.", style="dim")
    if run.state == "finished":
        terminal.stderr.print("This run is finished already; showing its result.", style="dim")
    else:
        follow(run, lambda progress: execute(run.folder, on_progress=progress))
    show_result(run, quiet=output == "-")
    if exported is not None:
        export(run, exported)


def follow(run: Run, work: Any) -> None:
    """Do a run's work in this process under a progress bar."""
    with terminal.progress_bar() as bar:
        task = bar.add_task(run.asked.operation, total=None)

        def tell(progress: Any) -> None:
            bar.update(
                task, completed=progress.done, total=progress.total, description=progress.message or "working"
            )

        work(tell)


def show_result(run: Run, *, quiet: bool = False) -> None:
    """Print the table, the counts, the warnings, and where everything is."""
    status = run.status()
    if not quiet:
        page, total = run.query(limit=terminal.ROWS)
        terminal.show_table(page, total)
    terminal.show_warnings(entry["message"] for entry in status["warnings"])
    to = terminal.stderr if quiet else terminal.console
    to.print(
        counted(
            f"[bold]{status['n_ok']:,}[/] of {status['n_in']:,} {{record|records}} answered", status["n_in"]
        )
        + (f", [red]{status['n_failed']:,} without a result[/]" if status["n_failed"] else "")
        + ".",
        highlight=False,
    )
    if (status["n_in"] or 0) <= CSV_ROWS:
        export(run, run.folder / "result.csv", say=False)
    to.print(f"Report:     {run.report_path}", highlight=False, soft_wrap=True)
    to.print(f"Run folder: {run.folder}", highlight=False, soft_wrap=True)


def export(run: Run, destination: Path | str, *, say: bool = True) -> None:
    """Write a run's result as CSV, SDF, Parquet …, by the destination's suffix."""
    import pyarrow.parquet as pq

    from kozue.io import write_records

    with pq.ParquetFile(run.result_path) as stored:
        if destination == "-":
            write_records(stored.iter_batches(), sys.stdout.buffer, "csv")
            return
        write_records(stored.iter_batches(), Path(destination))
    if say:
        terminal.stderr.print(f"Written:    {destination}", highlight=False, soft_wrap=True)


def _where(output: str | None) -> tuple[Path | None, Path | str | None]:
    """Tell a run folder from a file to export to, by the suffix."""
    if output is None:
        return None, None
    if output == "-":
        return None, "-"
    path = Path(output).expanduser()
    if path.suffix and not path.is_dir():
        from kozue.io import writable_format

        writable_format(path)  # raises before any work is done
        return None, path
    return path, None


def _source(op: Operation, arguments: Mapping[str, Any]) -> Any:
    """Return the input as a path, ``-`` or the records given on the command line."""
    if op.takes is None:
        return None
    records, given = arguments.get("record"), arguments.get("input")
    if records and given:
        raise InputError("Give a file or --record, not both.")
    if records:
        return list(records)
    if arguments.get("example"):
        if given:
            raise InputError("Give a file or --example, not both.")
        return op.example_path
    if given is None and not op.input_optional:
        raise InputError(
            f"{op.name} needs records, and none were given.",
            f"Name a file or '-' for standard input, or try it: kozue {op.system} {op.verb} --example",
        )
    if given is not None:
        _refuse_structure(op, str(given))
    return given


def _refuse_structure(op: Operation, given: str) -> None:
    """Say how to give a structure, where one stands in the place of a file.

    Raises
    ------
    InputError
        If there is no such file and the text is a structure.
    """
    takes_structures = op.takes is not None and op.takes.required[0].role == "molecule"
    if given == "-" or not takes_structures or Path(given).expanduser().exists():
        return
    from kozue.chem import parse

    try:
        parse(given)
    except InputError:
        return  # the reader says that there is no such file
    raise InputError(
        f"{given[:200]!r} is a structure, and a file was expected in its place.",
        f'Give structures with --record: kozue {op.system} {op.verb} --record "{given[:200]}"; it may be repeated. '
        f'From another program: echo "{given[:200]}" | kozue {op.system} {op.verb} - --format smi',
    )


def _input_parameters(op: Operation) -> list[inspect.Parameter]:
    if op.takes is None:
        return []
    first = op.takes.required[0]
    example = "Run on the example that comes with Kozue, with its settings."
    parameters = [
        inspect.Parameter(
            "input",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[
                str | None,
                Parameter(
                    help=f"File of {op.takes.name}s (CSV, TSV, Parquet, SMILES, SDF …; gzip or zstd too), or '-'.",
                    group=INPUT,
                    allow_leading_hyphen=True,
                ),
            ],
        ),
        _keyword(
            "record",
            list[str] | None,
            None,
            f"A {first.title()} given right here; may be repeated.",
            INPUT,
            "-r",
        ),
        *([_keyword("example", bool, False, example, INPUT)] if op.example else []),
        _keyword("format", str | None, None, "Input format, where it is not guessed rightly.", INPUT),
    ]
    for column in op.takes:
        text = f"Your column with the {column.title()}."
        parameters.append(
            _keyword(f"column_{column.name}", str | None, None, text, INPUT, f"--{column.name}-column")
        )
    return parameters


def _setting_parameters(op: Operation) -> list[inspect.Parameter]:
    # None stands for "not given": the file of settings or the model's own default then counts.
    parameters = []
    for name, field in op.settings.model_fields.items():
        text = _setting_help(field) + (" (required)" if field.is_required() else "")
        if nested_settings(field.annotation):
            parameters.append(nested_option(name, field, text, SETTINGS))
        else:
            parameters.append(_keyword(name, field.annotation | None, None, text, SETTINGS))  # type: ignore[operator]
    if parameters:
        text = "TOML, YAML or JSON file of settings; options given beside it win. Write one by: "
        text += f"kozue {op.system} init {op.verb}"
        parameters.append(_keyword(FILE_OPTION, Path | None, None, text, SETTINGS, "--settings"))
    return parameters


def _setting_help(field: FieldInfo) -> str:
    """Return description, unit, bounds and default as one line."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    parts = [field.description or ""]
    if extra.get("unit"):
        parts.append(f"[{extra['unit']}]")
    bounds = {type(bound).__name__.lower(): bound for bound in field.metadata}
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    parts += [f"({sign} {getattr(bounds[key], key)})" for key, sign in signs.items() if key in bounds]
    default = field.get_default(call_default_factory=True) if not field.is_required() else None
    shown = ", ".join(map(str, default)) if isinstance(default, (list, tuple)) else str(default)
    if default not in (None, [], (), "") and len(shown) <= LONGEST_DEFAULT:
        parts.append(f"(default: {shown})")
    return " ".join(part for part in parts if part)


def _running_parameters() -> list[inspect.Parameter]:
    return [
        _keyword(
            "output",
            str | None,
            None,
            "A run folder, a file (.csv .sdf .parquet …) or '-' for CSV.",
            RUNNING,
            "-o",
        ),
        _keyword("engine", str, "inline", "inline, pool (all cores) or ray (a cluster).", RUNNING),
        _keyword("workers", int | None, None, "Processes of the pool, or CPUs of a local Ray.", RUNNING),
        _keyword("seed", int, 0, "Seed of everything random.", RUNNING),
        _keyword("strict", bool, False, "Fail if any record has no result.", RUNNING),
    ]


def _keyword(
    name: str, annotation: Any, default: Any, text: str, group: Group, short: str | None = None
) -> inspect.Parameter:
    # A column's option has a name of its own; the others are named after the parameter.
    names = (
        [short]
        if short and short.startswith("--")
        else [f"--{name.replace('_', '-')}", *([short] if short else [])]
    )
    details: Any = Parameter(
        name=tuple(names),
        negative="",
        help=text,
        group=group,
        show_default=group is RUNNING and default not in (None, False),
        consume_multiple=True,
        allow_leading_hyphen=name == "output",
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, details]
    )


def _help(op: Operation) -> str:
    # The terminal decides where lines end, not the source.
    paragraphs = [" ".join(paragraph.split()) for paragraph in op.description.split("\n\n")]
    if op.cost:
        paragraphs.append(f"Cost: {op.cost}.")
    if op.example_path is not None:
        paragraphs.append(f"Try it: kozue {op.system} {op.verb} --example")
    return "\n\n".join(paragraphs)
