"""``kozue runs``: what was run, and what can be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclopts import App

from kozue.core.errors import SettingsError
from kozue.doors import terminal

app = App(name="runs", help="List, show, resume, cancel, export and remove runs.", help_format="plaintext")


@app.command(name="list")
def list_runs() -> None:
    """List all runs, the newest first."""
    from kozue.run import RunStore

    rows = []
    for run in RunStore().list():
        status = run.status()
        counts = "" if status["n_in"] is None else f"{status['n_ok']}/{status['n_in']}"
        rows.append(
            (
                run.id,
                status["operation"],
                status["state"],
                counts,
                status["created"][:16],
                status["input"],
                run.folder,
            )
        )
    if not rows:
        terminal.console.print("There are no runs yet.")
        return
    terminal.show_rows(("run", "operation", "state", "answered", "created (UTC)", "input", "folder"), rows)


@app.command
def show(run: str) -> None:
    """Show a run's state, counts, warnings and result.

    Parameters
    ----------
    run
        Its id, or the first six or more letters of it.
    """
    from kozue.doors.cli.operations import show_result
    from kozue.run import RunStore

    found = RunStore().get(run)
    status = found.status()
    shown = ("id", "operation", "state", "input", "created", "started", "finished", "message", "folder")
    terminal.show_rows(("", ""), [(key, status[key]) for key in shown])
    if status["error"]:
        terminal.console.print(f"[red]{status['error']['detail']}[/] {status['error'].get('hint', '')}")
    if status["state"] == "finished":
        show_result(found)
    else:
        _show_preview(found.preview())


def _show_preview(preview: dict[str, Any]) -> None:
    """Show what a job has so far."""
    if preview.get("facts"):
        terminal.show_rows(("so far", ""), list(preview["facts"].items()))
    records = preview.get("records", [])
    if records:
        rows = [[_cell(value) for value in record.values()] for record in records]
        terminal.show_rows(tuple(records[0]), rows)


def _cell(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float) else value


@app.command
def resume(run: str, *, engine: str | None = None, workers: int | None = None) -> None:
    """Go on with a stopped run from its last finished part.

    Parameters
    ----------
    run
        Its id, or the first six or more letters of it.
    engine
        Another engine than it was begun with; the result is the same.
    workers
        Processes of the pool, or CPUs of a local Ray.
    """
    from kozue.doors.cli.operations import follow, show_result
    from kozue.run import RunStore, execute

    found = RunStore().get(run)
    if found.state != "finished":
        follow(found, lambda tell: execute(found.folder, engine=engine, workers=workers, on_progress=tell))
    show_result(found)


@app.command
def cancel(run: str) -> None:
    """Stop a run that is being worked on; finished parts are kept.

    Parameters
    ----------
    run
        Its id, or the first six or more letters of it.
    """
    from kozue.run import RunStore

    found = RunStore().get(run)
    found.cancel()
    terminal.console.print(f"Cancelled. Go on with it by: kozue runs resume {found.id}")


@app.command
def wish(run: str, *wishes: str) -> None:
    """Ask something of a job while it works.

    Parameters
    ----------
    run
        Its id, or the first six or more letters of it.
    wishes
        What is asked, as name=value, for example ban=C=O. Without any: what there is to ask.
    """
    from kozue.run import RunStore

    found = RunStore().get(run)
    if not wishes:
        model = found.wishes_model
        fields = {} if model is None else model.model_fields
        terminal.show_rows(("wish", ""), [(name, field.description or "") for name, field in fields.items()])
        return
    found.wish(**dict(_named(text) for text in wishes))
    terminal.console.print("Noted; it takes effect within the next round of work.")


def _named(text: str) -> tuple[str, str]:
    """Read ``name=value``.

    Raises
    ------
    SettingsError
        If there is no name.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SettingsError(f"{text[:100]!r} is not a wish.", "Write name=value, for example ban=C=O.")
    return name.strip(), value


@app.command
def export(run: str, file: Path) -> None:
    """Write a run's result as CSV, TSV, SDF, Parquet, JSON lines or SMILES.

    Parameters
    ----------
    run
        Its id, or the first six or more letters of it.
    file
        Where to; the suffix says the format.
    """
    from kozue.doors.cli import operations
    from kozue.run import RunStore

    operations.export(RunStore().get(run), file)


@app.command
def remove(run: str) -> None:
    """Delete a run's folder.

    Parameters
    ----------
    run
        Its id, or the first six or more letters of it.
    """
    from kozue.run import RunStore

    store = RunStore()
    found = store.get(run)
    if found.state == "running":
        found.cancel()
    store.remove(found)
    terminal.console.print(f"Removed run {found.id}.")
