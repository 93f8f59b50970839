"""What the tools do: describe an operation, run it as a run of the user's, look into its result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import BaseModel

from kozue.core.errors import InputError, KozueError, unknown_name
from kozue.core.operation import Operation
from kozue.core.records import columns_of
from kozue.core.registry import Registry
from kozue.doors.programs import refuse_programs
from kozue.run import Run, RunStore, execute
from kozue.run.answers import json_rows

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context as Call

#: Rows that come back with a run at once; the rest is asked for.
FIRST_ROWS = 20
#: Up to this many records a map is answered in this process, which has its models loaded already.
INLINE_ROWS = 200
POLL_SECONDS = 0.1
#: What a schema says for people and pages alone.
NOT_FOR_AGENTS = frozenset({"title", "label_ja", "description_ja", "control", "choices", "advanced"})


class Found(BaseModel):
    """Operations that fit a search."""

    operations: list[dict[str, Any]]
    hint: str = ""


class RunView(BaseModel):
    """A run as an agent sees it."""

    run_id: str
    operation: str
    state: str
    n_in: int | None = None
    n_ok: int | None = None
    n_failed: int | None = None
    warnings: list[dict[str, str]] = []
    records: list[dict[str, Any]] = []
    total_rows: int = 0
    units: dict[str, str] = {}
    models: list[dict[str, str]] = []
    progress: str = ""
    preview: dict[str, Any] = {}
    error: str = ""
    report: str = ""


def describe(op: Operation) -> dict[str, Any]:
    """Return everything that is needed to call an operation well."""
    example: list[str] = []
    if op.example_path is not None:
        with op.example_path.open(encoding="utf-8") as stream:
            example = [next(stream, "").rstrip("\n") for _ in range(3)]
    gives = [
        {"name": column.name, "unit": column.unit, "means": column.description or column.title()}
        for column in _output_columns(op)
    ]
    return {
        "name": op.name,
        "kind": op.kind,
        "description": op.description,
        "when": op.when,
        "when_not": op.when_not,
        "cost": op.cost,
        "takes": [column.as_dict() for column in op.takes] if op.takes else [],
        "gives": gives,
        "settings_schema": _brief(op.settings.model_json_schema()),
        **({"wishes_schema": _brief(op.wishes.model_json_schema())} if op.wishes is not None else {}),
        "example_settings": dict(op.example_settings),
        "example_records": example,
    }


def _brief(schema: Any, said: set[str] | None = None) -> Any:
    """Drop what an agent does not need of a schema: made-up titles, Japanese labels, what was said before."""
    known: set[str] = set() if said is None else said
    if isinstance(schema, list):
        return [_brief(entry, known) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: value
        for key, value in schema.items()
        if key not in NOT_FOR_AGENTS and not (key == "additionalProperties" and value is False)
    }
    # Settings that several tables share are explained in the first of them.
    words = kept.get("description")
    if isinstance(words, str) and words in known:
        del kept["description"]
    elif isinstance(words, str):
        known.add(words)
    return {
        key: {name: _brief(entry, known) for name, entry in value.items()}
        if key in ("properties", "$defs")
        else _brief(value, known)
        for key, value in kept.items()
    }


def _output_columns(op: Operation) -> list[Any]:
    """Return the output columns for the example's settings, for some settings have no default."""
    try:
        return list(op.output_schema(op.parse(op.example_settings)))
    except KozueError:
        return []


class Desk:
    """Runs operations for agents.

    Parameters
    ----------
    registry : Registry
        Operations.
    store : RunStore
        Where runs are kept.
    workspace : pathlib.Path
        The only folder from which files may be named.
    """

    def __init__(self, registry: Registry, store: RunStore, workspace: Path) -> None:
        self.registry = registry
        self.store = store
        self.workspace = workspace

    async def run(
        self,
        name: str,
        records: list[Any],
        file: str,
        settings: dict[str, Any],
        columns: dict[str, str],
        seed: int,
        wait_s: float,
        call: Call | None,
    ) -> RunView:
        """Create a run, work on it, and return what there is after ``wait_s`` seconds."""
        op = self.registry.operation(name)
        refuse_programs(op, settings)
        source = self._source(records, file)
        run = await anyio.to_thread.run_sync(
            lambda: self.store.create(op, source, settings, columns=columns, seed=seed)
        )
        small = op.kind == "map" and 0 < len(records) <= INLINE_ROWS
        if small:
            await anyio.to_thread.run_sync(lambda: execute(run.folder))
            return self.view(run)
        run.start()
        deadline = anyio.current_time() + wait_s
        while run.state in ("running", "queued") and anyio.current_time() < deadline:
            await anyio.sleep(POLL_SECONDS)
            if call is not None:
                status = run.status()
                await call.report_progress(status["done"] or 0, status["total"], status["message"])
        return self.view(run)

    def _source(self, records: list[Any], file: str) -> Any:
        if records and file:
            raise InputError("Give records or a file, not both.")
        if not file:
            return records or None
        path = (self.workspace / file).resolve()
        if not path.is_relative_to(self.workspace):
            raise InputError(
                f"{file!r} lies outside the working folder {self.workspace}.",
                "Copy the file there, or send records.",
            )
        return path

    def view(self, run: Run) -> RunView:
        """Return a run with its first rows."""
        status = run.status()
        error = status["error"] or {}
        view = RunView(
            run_id=run.id,
            operation=status["operation"],
            state=status["state"],
            n_in=status["n_in"],
            n_ok=status["n_ok"],
            n_failed=status["n_failed"],
            warnings=status["warnings"],
            models=status["models"],
            progress=_progress(status),
            preview={} if status["state"] == "finished" else _briefly(run.preview()),
            error=f"{error.get('detail', '')} {error.get('hint', '')}".strip(),
        )
        if status["state"] == "finished":
            table, view.total_rows = run.query(limit=FIRST_ROWS)
            view.records = json_rows(table)
            view.units = {column.name: column.unit for column in columns_of(table.schema) if column.unit}
            view.report = f"run://{run.id}/report"
            if view.total_rows > FIRST_ROWS:
                cut = f"Only the first {FIRST_ROWS} of {view.total_rows} rows are shown; use query_results."
                view.warnings = [*view.warnings, {"code": "cut", "message": cut}]
        return view

    def steer(self, run_id: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Ask something of a run under way and return all that was asked of it."""
        run = self.store.get(run_id)
        run.wish(**wish)
        return {"run_id": run.id, "state": run.state, "wishes": run.wishes()}

    def query(
        self,
        run_id: str,
        order: str | None = None,
        descending: bool = False,
        filters: dict[str, Any] | None = None,
        columns: list[str] | None = None,
        offset: int = 0,
        limit: int = FIRST_ROWS,
    ) -> dict[str, Any]:
        """Return a page of a run's table and how many rows fit."""
        run = self.store.get(run_id)
        table, total = run.query(order, descending, filters, offset, limit)
        for column in columns or []:
            if column not in table.schema.names:
                raise unknown_name("column", column, table.schema.names)
        if columns:
            table = table.select(columns)
        status = run.status()
        warnings = list(status["warnings"])
        if total == 0:
            warnings.append(
                {"code": "empty", "message": f"No row fits {json.dumps(filters, ensure_ascii=False)}."}
            )
        return {
            "run_id": run.id,
            "total_rows": total,
            "offset": offset,
            "records": json_rows(table),
            "n_in": status["n_in"],
            "n_ok": status["n_ok"],
            "n_failed": status["n_failed"],
            "warnings": warnings,
        }


def _briefly(preview: dict[str, Any]) -> dict[str, Any]:
    """Return what a job shows under way, without curves to draw and words for a page."""
    return {name: preview[name] for name in ("facts", "records", "losses") if preview.get(name)}


def _progress(status: dict[str, Any]) -> str:
    if status["state"] != "running":
        return ""
    total = f" of about {status['total']}" if status["total"] else ""
    left = f", {status['eta_s']:.0f} s left" if status["eta_s"] else ""
    return f"{status['done']}{total} records done{left} ({status['message']})"
