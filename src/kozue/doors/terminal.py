"""What a terminal shows: tables, warnings, errors, progress with rate and time left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kozue.core.errors import KozueError
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE, Column, columns_of
from kozue.core.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress

#: Widths of a column of numbers and of the column that says who a record is.
COLUMN_WIDTH = 14
NAME_WIDTH = 24
#: How many rows of a result are printed.
ROWS = 20

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


def show_table(table: pa.Table, total: int) -> None:
    """Print the first rows of a result, as many columns as the terminal has room for.

    Parameters
    ----------
    table : pyarrow.Table
        Its first rows.
    total : int
        How many rows the result has in all.
    """
    columns = _chosen(list(columns_of(table.schema)), console.width)
    shown = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        numeric = column.role in ("value", "probability")
        unit = f"\n[dim]{escape(column.unit or ('0-1' if column.role == 'probability' else ''))}[/]"
        shown.add_column(
            escape(column.name) + unit,
            justify="right" if numeric else "left",
            max_width=COLUMN_WIDTH if numeric else NAME_WIDTH,
            overflow="ellipsis",
            no_wrap=True,
        )
    failures = []
    for number, record in enumerate(table.slice(0, ROWS).to_pylist(), 1):
        failed = record.get(ERROR_CODE) is not None
        shown.add_row(
            *(_cell(record.get(column.name)) for column in columns), style="red" if failed else None
        )
        if failed:
            failures.append(f"Record {number}: {record.get(ERROR_MESSAGE)}")
    console.print(shown)
    for text in failures:
        console.print(escape(text), style="red", highlight=False)
    below, hidden = total - ROWS, table.num_columns - len(columns)
    left = [counted("{count} more {row|rows}", below)] if below > 0 else []
    left += [counted("{count} more {column|columns}", hidden)] if hidden > 0 else []
    if left:
        console.print(f"… {' and '.join(left)} in the result file", style="dim")


def _chosen(columns: list[Column], width: int) -> list[Column]:
    """Choose what to show: who it is, then the values that fit."""
    who = [column for column in columns if column.role in ("name", "identifier")][:1]
    who = who or [column for column in columns if column.role == "molecule"][:1]
    # One number a group: what stands beside a value (a percentile, say) must not push another value out.
    leads: dict[str, Column] = {}
    for column in columns:
        if column.role in ("value", "probability"):
            leads.setdefault(column.group or column.name, column)
    values = list(leads.values())
    errors = (ERROR_CODE, ERROR_MESSAGE)
    room = max(2, (width - NAME_WIDTH * len(who)) // (COLUMN_WIDTH + 1))
    if not any(column.role == "molecule" for column in columns):
        # A job's table: its author's order means something, a metric beside its interval.
        return [column for column in columns if column.name not in errors][: room + len(who)]
    return [*who, *values[:room]]


def _cell(value: Any) -> str:
    if value is None:
        return "[dim]–[/]"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    return escape(str(value))
