"""What a terminal shows: tables, warnings, errors, progress with rate and time left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kozue.core.errors import KozueError
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE, Column, columns_of

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress

#: Narrowest useful width of one column.
COLUMN_WIDTH = 11
SHOWN_ROLES = ("value", "probability", "category", "text", "identifier", None)

console = Console()
stderr = Console(stderr=True)


def progress_bar() -> Progress:
    """Return a progress display with rate and time left, on standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    class Rate(TextColumn):
        def render(self, task: Any) -> Any:
            from rich.text import Text

            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")

    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
    )


def show_error(error: KozueError) -> None:
    """Print an error and its hint on standard error."""
    stderr.print(f"[bold red]Error:[/] {escape(error.message)}", highlight=False, soft_wrap=True)
    if error.hint:
        stderr.print(f"  {escape(error.hint)}", style="dim", highlight=False, soft_wrap=True)


def show_warnings(warnings: Iterable[str]) -> None:
    """Print warnings on standard error."""
    for text in warnings:
        stderr.print(f"[bold yellow]Warning:[/] {escape(text)}", highlight=False, soft_wrap=True)


def show_rows(headings: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print a plain table."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    console.print(table)


def show_table(table: pa.Table, rows: int = 20) -> None:
    """Print the first rows of a result, as many columns as the terminal has room for."""
    columns = _chosen(list(columns_of(table.schema)), console.width)
    shown = Table(header_style="bold", box=None, pad_edge=False, collapse_padding=True)
    for column in columns:
        right = column.role in ("value", "probability")
        unit = f"\n[dim]{escape(column.unit)}[/]" if column.unit else ""
        shown.add_column(
            escape(column.title()) + unit,
            justify="right" if right else "left",
            overflow="ellipsis",
            no_wrap=True,
        )
    for record in table.slice(0, rows).to_pylist():
        failed = record.get(ERROR_CODE) is not None
        cells = [_cell(record.get(column.name)) for column in columns]
        if failed:
            cells[-1] = f"[red]{escape(str(record.get(ERROR_MESSAGE) or ''))}[/]"
        shown.add_row(*cells, style="red" if failed else None)
    console.print(shown)
    left = [f"{table.num_rows - rows:,} more rows"] if table.num_rows > rows else []
    hidden = table.num_columns - len(columns)
    left += [f"{hidden} more columns"] if hidden > 0 else []
    if left:
        console.print(f"… {' and '.join(left)} in the result file", style="dim")


def _chosen(columns: list[Column], width: int) -> list[Column]:
    """Choose what to show: who it is, then the values that fit, then the error."""
    error = [column for column in columns if column.name == ERROR_MESSAGE]
    who = [column for column in columns if column.role in ("name", "identifier", "molecule")][:2]
    values = [
        column
        for column in columns
        if column not in who and column.role in SHOWN_ROLES and column.name not in (ERROR_CODE, ERROR_MESSAGE)
    ]
    room = max(2, width // COLUMN_WIDTH - 2 * len(who) - 2 * len(error))
    return [*who, *values[:room], *error]


def _cell(value: Any) -> str:
    if value is None:
        return "[dim]–[/]"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    return escape(str(value))
