"""Models on disk: arrays and a card in a folder, nothing that can run code.

A model is a folder with ``card.toml`` and files of the kinds in :data:`FILE_KINDS`; the card lists each
file's sha256. Shipped models lie in their system's ``weights/`` folder, a user's own below
``home()/models``.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kozue.core.errors import ArchiveError, ModelError, unknown_name
from kozue.core.operation import ModelReference
from kozue.core.paths import home
from kozue.ml.cards import read_card, write_card

if TYPE_CHECKING:
    import numpy as np

FILE_KINDS = (".npz", ".safetensors", ".txt", ".json", ".toml", ".csv", ".md")
MAX_FILES = 200
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model that exists.

    Parameters
    ----------
    name : str
        ``admet/herg`` for a shipped one, the user's own name otherwise.
    folder : pathlib.Path
        Where it lies.
    shipped : bool
        Whether it came with Kozue.
    """

    name: str
    folder: Path
    shipped: bool

    def card(self) -> dict[str, Any]:
        """Return its card."""
        return read_card(self.folder)

    def reference(self) -> ModelReference:
        """Return name and hash, as a run records them."""
        return ModelReference(self.name, model_hash(self.folder), self.folder / "card.toml")


def own_folder() -> Path:
    """Return the folder of the user's own models."""
    return home() / "models"


def shipped_models() -> dict[str, StoredModel]:
    """Return the models that came with Kozue, by ``system/model``."""
    import kozue

    root = Path(kozue.__file__).parent / "systems"
    found = {}
    for card in sorted(root.glob("*/*/weights/*/card.toml")):
        name = f"{card.parents[2].name}/{card.parent.name}"
        found[name] = StoredModel(name, card.parent, True)
    return found


def list_models() -> list[StoredModel]:
    """Return all models, the user's own first, each group by name."""
    own = [
        StoredModel(card.parent.name, card.parent, False)
        for card in sorted(own_folder().glob("*/card.toml"))
        if _NAME.fullmatch(card.parent.name)
    ]
    return own + list(shipped_models().values())


def find_model(name: str) -> StoredModel:
    """Return a model by name.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    models = {model.name: model for model in list_models()}
    if name not in models:
        raise unknown_name("model", name, models)
    return models[name]


def show_model(name: str) -> dict[str, Any]:
    """Return a model's card with its name, place and hash added.

    Raises
    ------
    UnknownNameError, ModelError
        If there is no such model, or its card is damaged.
    """
    model = find_model(name)
    return {
        **model.card(),
        "name": model.name,
        "shipped": model.shipped,
        "folder": str(model.folder),
        "sha256": model_hash(model.folder),
    }


def save_model(folder: Path, arrays: Mapping[str, Mapping[str, np.ndarray]], card: Mapping[str, Any]) -> None:
    """Write a model atomically: into a folder beside, then renamed.

    Parameters
    ----------
    folder : pathlib.Path
        Replaced if it exists.
    arrays : mapping
        File stem to named arrays; each becomes ``stem.npz``.
    card : mapping
        Without ``files``, which is added here.
    """
    import numpy as np

    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for stem, members in arrays.items():
            (beside / f"{stem}.npz").write_bytes(
                _npz({key: np.asarray(value) for key, value in members.items()})
            )
        files = {path.name: file_hash(path) for path in sorted(beside.iterdir())}
        write_card(beside / "card.toml", {**card, "files": files})
        _swap(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _npz(members: Mapping[str, np.ndarray]) -> bytes:
    """Pack arrays as .npz with fixed dates, so that equal weights are equal bytes."""
    import numpy as np

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            raw = io.BytesIO()
            np.lib.format.write_array(raw, np.ascontiguousarray(members[name]), allow_pickle=False)
            archive.writestr(entry, raw.getvalue())
    return packed.getvalue()


def load_arrays(folder: Path, stem: str) -> dict[str, np.ndarray]:
    """Read the arrays of one file of a model.

    Raises
    ------
    ModelError
        If the file is missing or damaged, or holds Python objects.
    """
    import numpy as np

    path = folder / f"{stem}.npz"
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
        raise ModelError(
            f"The file {path.name} of model {folder.name!r} cannot be read: {error}.",
            "Import or train the model again.",
        ) from None


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def model_hash(folder: Path) -> str:
    """Return one sha256 over the names and hashes that a model's card lists."""
    files = read_card(folder)["files"]
    text = "\n".join(f"{name} {files[name]}" for name in sorted(files))
    return hashlib.sha256(text.encode()).hexdigest()


def verify_model(folder: Path) -> None:
    """Compare every file of a model with its card.

    Raises
    ------
    ModelError
        If a file is missing, changed, unlisted, or of a kind that is not allowed.
    """
    files = read_card(folder)["files"]
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(present | set(files)):
        if name == "card.toml":
            continue
        if Path(name).name != name or Path(name).suffix not in FILE_KINDS:
            raise ModelError(
                f"The model contains {name!r}; only files of these kinds are allowed: {', '.join(FILE_KINDS)}."
            )
        if name not in files:
            raise ModelError(f"The model contains {name!r}, which its card does not list.")
        if name not in present:
            raise ModelError(f"The model's file {name!r} is missing.")
        if file_hash(folder / name) != files[name]:
            raise ModelError(f"The model's file {name!r} is not the one its card describes (sha256 differs).")


def own_model_folder(name: str) -> Path:
    """Return the folder for a user's own model of this name.

    Raises
    ------
    ModelError
        If the name is not letters, digits, ``.``, ``_`` or ``-`` (64 at most).
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name[:80]!r} cannot name a model.",
            "Use 1 to 64 letters, digits, dots, hyphens or underscores, beginning with a letter or digit.",
        )
    return own_folder() / name


def export_model(name: str, destination: Path) -> Path:
    """Write a model as one zip file.

    Parameters
    ----------
    name : str
        Of :func:`list_models`.
    destination : pathlib.Path
        A file, or a folder that gets ``<name>.zip``.

    Returns
    -------
    pathlib.Path
        The zip file.
    """
    model = find_model(name)
    verify_model(model.folder)
    path = destination / f"{name.replace('/', '-')}.zip" if destination.is_dir() else destination
    beside = path.with_name(f".{path.name}.tmp")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(model.folder.iterdir()):
            archive.writestr(zipfile.ZipInfo(file.name, (1980, 1, 1, 0, 0, 0)), file.read_bytes())
    os.replace(beside, path)
    return path


def import_model(source: Path, name: str | None = None, *, replace: bool = False) -> StoredModel:
    """Take in a model that :func:`export_model` wrote.

    Parameters
    ----------
    source : pathlib.Path
        The zip file.
    name : str, optional
        Its name here; the one on its card by default.
    replace : bool
        Whether an own model of that name may be overwritten.

    Raises
    ------
    ArchiveError
        If the zip is unsafe: paths that leave the folder, links, too many files or bytes.
    ModelError
        If it is not a model, is damaged, or the name is taken.
    """
    own_folder().mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".import.", dir=own_folder()))
    try:
        _unpack(source, beside)
        verify_model(beside)
        chosen = name or str(read_card(beside)["name"]).replace("/", "-")
        folder = own_model_folder(chosen)
        if folder.exists() and not replace:
            raise ModelError(
                f"You already have a model named {chosen!r}.", "Give another name, or allow to replace it."
            )
        _swap(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return StoredModel(chosen, folder, False)


def _unpack(source: Path, folder: Path) -> None:
    """Unpack a flat zip of allowed files into a folder, counting bytes while they inflate."""
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise ModelError(f"{source.name} is not a zip file that can be opened: {error}.") from None
    with archive:
        entries = archive.infolist()
        if len(entries) > MAX_FILES:
            raise ArchiveError(
                f"{source.name} holds {len(entries):,} files; a model has at most {MAX_FILES}."
            )
        left = MAX_BYTES
        for entry in entries:
            name = entry.filename
            link = (entry.external_attr >> 16) & 0o170000 == 0o120000
            if link or "\\" in name or Path(name).name != name or name.startswith("."):
                raise ArchiveError(
                    f"{source.name} holds {name[:100]!r}, which would not stay in the model's folder."
                )
            if Path(name).suffix not in FILE_KINDS:
                raise ModelError(
                    f"{source.name} holds {name[:100]!r}; only these kinds are allowed: {', '.join(FILE_KINDS)}."
                )
            allowed = min(left, MAX_RATIO * max(entry.compress_size, 1) + 65536)
            try:
                with archive.open(entry) as stream:
                    content = stream.read(allowed + 1)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
                raise ModelError(f"{name!r} in {source.name} cannot be unpacked: {error}.") from None
            if len(content) > allowed:
                raise ArchiveError(f"{name!r} in {source.name} unpacks to more than is allowed.")
            left -= len(content)
            (folder / name).write_bytes(content)


def _swap(beside: Path, folder: Path) -> None:
    """Put a finished folder in its place; the old one goes only after the new one is there."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    beside.chmod(0o755)
    os.replace(beside, folder)
    shutil.rmtree(old, ignore_errors=True)
