"""``kozue tour``: the main job on a real drug, from lead to report, in under a minute."""

from __future__ import annotations

from pathlib import Path

from kozue.core.registry import get_registry
from kozue.doors import terminal

MAIN_JOB = "design.search"
STORY = (
    "Terfenadine was withdrawn because it blocks the hERG channel of the heart. Its core stays, one side chain grows: "
    "wanted are analogues that are predicted to block it less, that dissolve, and that are still like the lead."
)
CALLS = 300


def tour(*, output: Path = Path("tour")) -> None:
    """Design analogues of a known drug that keep its core and are predicted to be safer; show table and report.

    Parameters
    ----------
    output
        Folder for the run.
    """
    from kozue.doors.cli.operations import run_command

    op = get_registry().operation(MAIN_JOB)
    terminal.console.print(f"[bold]{op.title.en}[/] from {op.example_path}", highlight=False, soft_wrap=True)
    terminal.console.print(f"{STORY}\n", highlight=False)
    settings = {**op.example_settings, "calls": CALLS}
    run_command(op, settings, {"input": str(op.example_path), "output": str(output)})
    terminal.console.print(
        "\nOpen the report in a browser, or look at it all on a page of its own:\n"
        "  kozue serve --browser\n"
        "All that is predicted of the new molecules, and of about fifty known drugs:\n"
        f"  kozue admet predict {output}/result.csv -o predicted\n"
        "  kozue admet predict --example\n"
        "Your own lead:\n"
        "  kozue design init",
        highlight=False,
        soft_wrap=True,
    )
