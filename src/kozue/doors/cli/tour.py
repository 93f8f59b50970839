"""``kozue tour``: the main job on real drugs, from input to report, in under a minute."""

from __future__ import annotations

from pathlib import Path

from kozue.core.registry import get_registry
from kozue.doors import terminal

MAIN_JOB = "admet.predict"


def tour(*, output: Path = Path("tour")) -> None:
    """Predict ADMET for about fifty known drugs, and show the table and the report.

    Parameters
    ----------
    output
        Folder for the run.
    """
    from kozue.doors.cli.operations import run_command

    op = get_registry().operation(MAIN_JOB)
    terminal.console.print(f"[bold]{op.title.en}[/] of {op.example_path}\n", highlight=False, soft_wrap=True)
    run_command(op, {}, {"input": str(op.example_path), "output": str(output)})
    terminal.console.print(
        "\nOpen the report in a browser, or look at it all on a page of its own:\n"
        "  kozue serve --browser\n"
        "Your own molecules:\n"
        "  kozue admet predict my_molecules.sdf -o my_run",
        highlight=False,
    )
