"""The store of runs: create, find, list, remove."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.errors import RunError, unknown_name
from kozue.core.operation import Operation
from kozue.core.paths import home
from kozue.core.settings import Settings
from kozue.run.answers import find_operation, open_input
from kozue.run.description import Description, library_versions
from kozue.run.engines import ENGINES
from kozue.run.folder import RunFolder, now, write_json
from kozue.run.identifiers import is_id, new_id
from kozue.run.run import Run

if TYPE_CHECKING:
    from kozue.io import Limits


class RunStore:
    """All runs below one folder; runs with a folder elsewhere are found through a link file.

    Parameters
    ----------
    root : pathlib.Path, optional
        ``runs`` in the user's Kozue folder by default.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or home() / "runs"

    def create(
        self,
        operation: Operation | str,
        source: Any = None,
        settings: Mapping[str, Any] | Settings | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        format: str | None = None,
        filename: str = "",
        engine: str = "inline",
        workers: int | None = None,
        seed: int = 0,
        strict: bool = False,
        limits: Limits | None = None,
        folder: Path | None = None,
    ) -> Run:
        """Describe a run in a new folder, without starting it.

        Parameters
        ----------
        operation : Operation or str
            What to do.
        source : path, "-", bytes, list, Series, DataFrame or Arrow table, optional
            Records. A file is read where it lies; everything else is kept in the run folder.
        settings, columns, format, filename, seed, strict, limits
            See :func:`kozue.run.answers.answer`.
        engine, workers
            See :mod:`kozue.run.engines`.
        folder : pathlib.Path, optional
            A folder of the user's own. If it holds the same run already, that one is returned.

        Raises
        ------
        InputError, SettingsError
            If input or settings cannot be used.
        RunError
            If the folder holds another run or other files.
        """
        op = find_operation(operation)
        chosen = settings if isinstance(settings, Settings) else op.parse(settings)
        if engine not in ENGINES:
            raise unknown_name("engine", engine, ENGINES)
        identifier = new_id()
        # Until it is complete, the folder has a name that no listing shows.
        draft = self.root / f".{identifier}.draft"
        draft.mkdir(parents=True)
        try:
            asked = self._describe(
                draft,
                identifier,
                op,
                chosen,
                source,
                columns,
                format,
                filename,
                engine,
                workers,
                seed,
                strict,
                limits,
            )
            asked.write(RunFolder(draft))
            write_json(RunFolder(draft).status, {"state": "queued"})
            if folder is None:
                os.replace(draft, self.root / identifier)
                return Run(self.root / identifier)
            return self._place(draft, folder.absolute(), asked)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _describe(
        self,
        draft: Path,
        identifier: str,
        op: Operation,
        settings: Settings,
        source: Any,
        columns: Mapping[str, str] | None,
        format: str | None,
        filename: str,
        engine: str,
        workers: int | None,
        seed: int,
        strict: bool,
        limits: Limits | None,
    ) -> Description:
        from kozue.io import Limits as Caps
        from kozue.run.inputs import keep_input

        models = [{"name": model.name, "sha256": model.sha256} for model in op.model_references(settings)]
        kept = keep_input(draft, source, filename, limits or Caps(), op.takes)
        opened = open_input(op, kept.path, columns, format, kept.name, limits)
        return Description(
            id=identifier,
            operation=op.name,
            module=op.function.__module__,
            kind=op.kind,
            settings=settings.model_dump(mode="json"),
            columns=dict(columns or {}),
            format=format,
            seed=seed,
            strict=strict,
            engine=engine,
            workers=workers,
            input=kept.recorded,
            input_name=kept.name,
            input_sha256=opened.fingerprint() if opened else "",
            input_limits=(limits or Caps()).model_dump(),
            models=models,
            versions=library_versions(),
            created=now(),
        )

    def _place(self, draft: Path, folder: Path, asked: Description) -> Run:
        """Move a draft to the user's folder, or find the same run there."""
        if (folder / "run.json").exists():
            there = Run(folder)
            if there.asked.fingerprint == asked.fingerprint:
                return there
            raise RunError(
                f"{folder} holds another run ({there.asked.operation} on {there.asked.input_name}).",
                "Choose another folder, or remove that one.",
            )
        if folder.exists() and any(folder.iterdir()):
            raise RunError(f"{folder} is not empty and holds no run.", "Choose another folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(draft, folder) if not folder.exists() else _move_into(draft, folder)
        (self.root / f"{asked.id}.link").write_text(str(folder), encoding="utf-8")
        return Run(folder)

    def unfinished_like(self, run: Run) -> Run | None:
        """Return the newest stopped run that asks the same as this one, to be resumed instead."""
        for other in self.list():
            if other.id == run.id or other.asked.fingerprint != run.asked.fingerprint:
                continue
            if other.state in ("cancelled", "interrupted"):
                return other
        return None

    def remove(self, run: Run) -> None:
        """Delete a run's folder."""
        shutil.rmtree(run.folder)
        (self.root / f"{run.id}.link").unlink(missing_ok=True)

    def list(self) -> list[Run]:
        """Return all runs, the newest first; folders that are no longer runs are left out."""
        if not self.root.exists():
            return []
        found = []
        for entry in self.root.iterdir():
            identifier = entry.name.removesuffix(".link")
            if is_id(identifier):
                with contextlib.suppress(RunError, OSError):
                    found.append(Run(self._folder(identifier)))
        return sorted(found, key=lambda run: run.id, reverse=True)

    def _folder(self, identifier: str) -> Path:
        link = self.root / f"{identifier}.link"
        return Path(link.read_text(encoding="utf-8")) if link.exists() else self.root / identifier

    def get(self, identifier: str) -> Run:
        """Return a run by its id or by the only start of an id that fits.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        wanted = identifier.upper()
        known = [run.id for run in self.list()] if len(wanted) < 26 else []
        fitting = [known_id for known_id in known if len(wanted) >= 6 and known_id.startswith(wanted)]
        if len(fitting) == 1:
            wanted = fitting[0]
        if not is_id(wanted) or not RunFolder(self._folder(wanted)).description.exists():
            raise unknown_name("run", identifier, [run.id for run in self.list()[:20]])
        return Run(self._folder(wanted))


def _move_into(draft: Path, folder: Path) -> None:
    for entry in draft.iterdir():
        shutil.move(entry, folder / entry.name)
