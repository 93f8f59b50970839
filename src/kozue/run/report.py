"""``report.html``: one self-contained page a colleague can open offline.

The same inputs give the same bytes: nothing in it depends on when or where the run was made.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from kozue.core.records import ERROR_CODE, ERROR_MESSAGE, Column, columns_of
from kozue.run.description import Description
from kozue.run.figures import distributions
from kozue.run.folder import RunFolder, read_json

if TYPE_CHECKING:
    from jinja2 import Template

    from kozue.core.operation import Operation

#: Rows that are shown, and rows that are drawn and told in detail.
SHOWN_ROWS = 500
DETAILED_ROWS = 60
#: Rows from which distributions are drawn; spread evenly over a larger result.
SAMPLED_ROWS = 50_000
WHO_ROLES = ("name", "identifier")
VALUE_ROLES = ("value", "probability")


@dataclass(frozen=True)
class Cell:
    """One cell of the report's table.

    Parameters
    ----------
    text : str
        What is shown.
    sort : float or str
        What it is sorted by.
    share : float or None
        0 to 1 for a probability, shown as a bar.
    """

    text: str
    sort: float | str
    share: float | None = None


def write_report(folder: RunFolder, asked: Description, op: Operation, status: Mapping[str, Any]) -> None:
    """Render a finished run's report into its folder."""
    page = render(folder, asked, op, status)
    beside = folder.path / ".report.html.tmp"
    beside.write_text(page, encoding="utf-8")
    beside.replace(folder.report)


def render(folder: RunFolder, asked: Description, op: Operation, status: Mapping[str, Any]) -> str:
    """Return the report as HTML."""
    with pq.ParquetFile(folder.result) as stored:
        total = stored.metadata.num_rows
        shown = _head(stored, SHOWN_ROWS)
        sample = shown if total <= shown.num_rows else _sample(stored, total)
    settings = op.parse(asked.settings)
    columns = list(columns_of(shown.schema))
    listed = read_json(folder.path / "summary.json") if (folder.path / "summary.json").exists() else {}
    sections = list(op.resolve(op.report)(sample, settings)) if op.report else []
    table = _Table(columns, shown)
    return _template().render(
        op=op,
        asked=asked,
        status=status,
        total=total,
        shown=min(total, SHOWN_ROWS),
        table=table,
        sections=sections,
        # A system that reports in its own way shows its values there; metrics of a job have no distribution.
        distributions=""
        if sections or not table.molecule
        else distributions(sample, [c for c in columns if c.role in VALUE_ROLES]),
        figures=[
            {"title": figure["title"], "svg": (folder.path / figure["file"]).read_text(encoding="utf-8")}
            for figure in listed.get("figures", [])
        ],
        tables=[_plain_table(folder, name) for name in listed.get("tables", [])],
        files=listed.get("files", []),
        summary=listed.get("summary", {}),
        cards=_cards(op, settings),
    )


def _head(stored: pq.ParquetFile, rows: int) -> pa.Table:
    batch = next(stored.iter_batches(rows), None)
    return stored.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])


def _sample(stored: pq.ParquetFile, total: int) -> pa.Table:
    """Return every k-th row, read a row group at a time."""
    step = max(1, -(-total // SAMPLED_ROWS))
    pieces, start = [], 0
    for group in range(stored.num_row_groups):
        table = stored.read_row_group(group)
        first = -start % step
        pieces.append(table.take(pa.array(range(first, table.num_rows, step), pa.int64())))
        start += table.num_rows
    return pa.concat_tables(pieces)


class _Table:
    """The main table, its pictures and the details of its first rows."""

    def __init__(self, columns: Sequence[Column], shown: pa.Table) -> None:
        self.who = [column for column in columns if column.role in WHO_ROLES]
        self.molecule = next((column for column in columns if column.role == "molecule"), None)
        self.weights = next((column for column in columns if column.role == "atom_weights"), None)
        hidden = {ERROR_CODE, ERROR_MESSAGE}
        if self.molecule:
            # Intervals, domain and neighbours are told in each molecule's details; words (alerts, fragments) here.
            self.values = [c for c in columns if c.role in VALUE_ROLES or _lists_words(c)]
        else:
            # A job's table is small and its author's order means something: a metric beside its interval.
            self.values = [c for c in columns if c.name not in hidden and c.role not in WHO_ROLES]
        self.columns = columns
        self.rows = [self._row(number, record) for number, record in enumerate(shown.to_pylist())]

    def _row(self, number: int, record: dict[str, Any]) -> dict[str, Any]:
        failed = record.get(ERROR_CODE) is not None
        detailed = number < DETAILED_ROWS and not failed
        smiles = record.get(self.molecule.name) if self.molecule else None
        return {
            "number": number + 1,
            "who": [record.get(column.name) for column in self.who],
            "smiles": smiles,
            "picture": self._picture(record, smiles) if detailed and smiles else "",
            "cells": [cell(column, record.get(column.name)) for column in self.values],
            "error": record.get(ERROR_MESSAGE) if failed else None,
            "details": self._details(record) if detailed and self.molecule else [],
        }

    def _picture(self, record: dict[str, Any], smiles: str) -> str:
        from kozue.chem.draw import svg

        weights = record.get(self.weights.name) if self.weights else None
        return str(svg(smiles, width=170, height=120, weights=weights))

    def _details(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a line for each group: value, interval, domain, neighbours."""
        lines = []
        told = set()
        for value in self.values:
            # What stands beside a value (its percentile, say) has no interval and no neighbours of its own.
            if value.role not in VALUE_ROLES or not value.group or value.group in told:
                continue
            told.add(value.group)
            if record.get(value.name) is None:
                continue
            together = [column for column in self.columns if column.group == value.group]
            by_role = {column.role: record.get(column.name) for column in together}
            low, high = by_role.get("interval_low"), by_role.get("interval_high")
            interval = f"{low:.3g} – {high:.3g}" if low is not None and high is not None else ""
            neighbours = by_role.get("neighbours") or []
            lines.append(
                {
                    "column": value,
                    "value": cell(value, record[value.name]).text,
                    "interval": interval,
                    "domain": _domain(together, record),
                    "neighbours": neighbours,
                }
            )
        return lines


def _domain(together: Sequence[Column], record: dict[str, Any]) -> str:
    """Return the word of a group's domain; a group may hold other words, such as that of its light."""
    words = [column for column in together if column.role == "category"]
    named = [column for column in words if column.name.endswith("domain")] or words
    return str(record.get(named[0].name) or "") if named else ""


def _lists_words(column: Column) -> bool:
    """Tell whether a column holds lists of texts; Arrow and Parquet name the element differently."""
    return column.type.startswith("list<") and column.type.endswith(": string>")


def cell(column: Column, value: Any) -> Cell:
    """Return how a value is shown and sorted."""
    if value is None:
        return Cell("–", "")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", int(value))
    if isinstance(value, (int, float)):
        share = min(max(float(value), 0.0), 1.0) if column.role == "probability" else None
        return Cell(f"{value:.3g}" if isinstance(value, float) else f"{value:,}", value, share)
    if isinstance(value, list):
        text = ", ".join(str(entry) for entry in value[:8])
        return Cell(text, text)
    return Cell(str(value), str(value))


def _plain_table(folder: RunFolder, name: str) -> dict[str, Any]:
    with pq.ParquetFile(folder.path / "tables" / f"{name}.parquet") as stored:
        table, total = _head(stored, SHOWN_ROWS), stored.metadata.num_rows
    columns = list(columns_of(table.schema))
    rows = [[cell(column, record[column.name]) for column in columns] for record in table.to_pylist()]
    return {"name": name, "columns": columns, "rows": rows, "total": total}


def _cards(op: Operation, settings: Any) -> list[dict[str, str]]:
    """Return name, hash and card text of the models that answered; a shared card once."""
    cards: dict[str, dict[str, str]] = {}
    for model in op.model_references(settings):
        key = str(model.card) if model.card else model.name
        if key in cards:
            cards[key]["name"] += f", {model.name}"
            continue
        text = model.card.read_text(encoding="utf-8") if model.card and model.card.exists() else ""
        cards[key] = {"name": model.name, "sha256": model.sha256, "text": text}
    return list(cards.values())


@cache
def _template() -> Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["both"] = _both
    return environment.get_template("report.html")


def _both(label: Any) -> Any:
    """Show a label in both languages; the page's switch hides one."""
    from markupsafe import Markup

    en, ja = (label["en"], label["ja"]) if isinstance(label, Mapping) else (label.en, label.ja)
    return Markup(
        f'<span class="en">{html.escape(en)}</span><span class="ja" lang="ja">{html.escape(ja)}</span>'
    )
