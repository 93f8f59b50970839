"""``kozue models``: shipped models and the user's own."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from kozue.doors import terminal

app = App(name="models", help="List, show, import and export models.", help_format="plaintext")


@app.command(name="list")
def list_models() -> None:
    """List the shipped models and your own."""
    from kozue.ml.store import list_models as found

    rows = []
    for model in found():
        size = sum(path.stat().st_size for path in model.folder.iterdir())
        origin = "shipped" if model.shipped else "yours"
        rows.append(
            (model.name, origin, f"{size / 1e6:.2f}", model.reference().sha256[:12], model.card()["title"])
        )
    terminal.show_rows(("model", "origin", "MB", "sha256", "what it predicts"), rows)


@app.command
def show(name: str) -> None:
    """Show a model's card: data, split, metrics, limits.

    Parameters
    ----------
    name
        As in the list.
    """
    from kozue.ml.store import find_model

    card = (find_model(name).folder / "card.toml").read_text(encoding="utf-8")
    terminal.console.print(card, markup=False, highlight=False)


@app.command(name="import")
def import_model(file: Path, *, name: str | None = None) -> None:
    """Take in a model that somebody exported; its hashes are checked first.

    Parameters
    ----------
    file
        A .zip from 'kozue models export'.
    name
        Under another name than its own.
    """
    from kozue.ml.store import import_model as take

    model = take(file, name=name)
    terminal.console.print(f"Imported {model.name} ({model.reference().sha256[:12]}).")


@app.command
def export(name: str, file: Path) -> None:
    """Write one of your models into a file that a colleague can import.

    Parameters
    ----------
    name
        As in the list.
    file
        A .zip to write.
    """
    from kozue.ml.store import export_model

    terminal.console.print(f"Written: {export_model(name, file)}")
