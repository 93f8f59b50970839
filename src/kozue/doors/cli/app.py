"""The application: commands of the system that was named, and the fixed ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, Group

import kozue
from kozue.core.errors import KozueError
from kozue.core.registry import get_registry
from kozue.doors import terminal
from kozue.doors.cli import data, doctor, models, molecule, runs, serve, templates, tour
from kozue.doors.cli.operations import make_command

SYSTEMS = Group("Systems", sort_key=1)
WORKBENCH = Group("Workbench", sort_key=2)


def build(arguments: Sequence[str]) -> App:
    """Build the application.

    Only the system that the arguments name gets its operations: the help text of thirty systems
    stays as quick as that of one.
    """
    app = App(
        name="kozue",
        help="The AI systems of a drug-discovery pipeline in one offline workbench.",
        version=kozue.__version__,
        help_format="plaintext",
    )
    registry = get_registry()
    named = next((word for word in arguments if not word.startswith("-")), "")
    for system in registry.systems.values():
        sub = App(name=system.name, help=system.purpose.en, group=SYSTEMS, help_format="plaintext")
        if system.name == named:
            for op in registry.of_system(system.name):
                sub.command(make_command(op), name=op.verb, help_format="plaintext")
            if not any(op.verb == "init" for op in registry.of_system(system.name)):
                sub.command(templates.make_init(system.name), name="init", help_format="plaintext")
        app.command(sub)
    for part in (runs.app, models.app, data.app):
        part.group = (WORKBENCH,)
        app.command(part)
    for function, name in (
        (molecule.molecule, "molecule"),
        (templates.schema, "schema"),
        (serve.serve, "serve"),
        (serve.mcp, "mcp"),
        (doctor.doctor, "doctor"),
        (tour.tour, "tour"),
    ):
        app.command(function, name=name, group=WORKBENCH)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the exit code says how it went.

    0 done (also with failed records, which are counted) · 1 failed · 2 bad input or settings ·
    130 cancelled.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        build(given)(given)
    except KozueError as error:
        terminal.show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
