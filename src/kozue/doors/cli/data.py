"""``kozue data``: the catalogue of data sets."""

from __future__ import annotations

from cyclopts import App

from kozue.doors import terminal

app = App(
    name="data", help="List, show and get the data sets that models are trained on.", help_format="plaintext"
)


@app.command(name="list")
def list_data() -> None:
    """List the data sets."""
    from kozue.data import catalogue

    rows = [(entry.name, entry.rows, entry.licence, entry.title.en) for entry in catalogue().values()]
    terminal.show_rows(("data set", "rows", "licence", "what it holds"), rows)


@app.command
def show(name: str) -> None:
    """Show a data set's source, licence, citation and columns.

    Parameters
    ----------
    name
        As in the list.
    """
    from kozue.data import describe

    terminal.console.print(describe(name), markup=False, highlight=False)


@app.command
def get(name: str) -> None:
    """Download a data set (or find it in the mirror) and say where it is.

    Parameters
    ----------
    name
        As in the list.
    """
    from kozue.data import get as fetch

    for file, path in fetch(name).items():
        terminal.console.print(f"{file}: {path}", highlight=False, soft_wrap=True)
