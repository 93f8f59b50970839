"""Model cards: what a model was made from, how good it is, where it fails; TOML on disk."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kozue.core.errors import ModelError

REQUIRED = ("name", "title", "kind", "data", "licence", "split", "metrics", "use", "limits", "files")


def write_card(path: Path, card: Mapping[str, Any]) -> None:
    """Write a card.

    Parameters
    ----------
    path : pathlib.Path
        Usually ``card.toml``.
    card : mapping
        Text, numbers, booleans, lists of them, and mappings of these.
    """
    path.write_text(to_toml(card), encoding="utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    """Read ``card.toml`` of a model's folder.

    Raises
    ------
    ModelError
        If there is none, it is not TOML, or it lacks a required entry.
    """
    path = folder / "card.toml"
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder.name!r} has no card.toml, so it is not a model of Kozue.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(
            f"The card of {folder.name!r} is damaged: {error}.", "Import the model again."
        ) from None
    missing = [entry for entry in REQUIRED if entry not in card]
    if missing:
        raise ModelError(
            f"The card of {folder.name!r} lacks {', '.join(missing)}.", "Import the model again."
        )
    if not isinstance(card["files"], dict) or not all(isinstance(v, str) for v in card["files"].values()):
        raise ModelError(f"The card of {folder.name!r} does not list its files with their hashes.")
    return card


def to_toml(values: Mapping[str, Any]) -> str:
    """Render plain data as TOML; mappings become tables."""
    lines: list[str] = []
    _table(lines, values, ())
    return "\n".join(lines).strip() + "\n"


def _table(lines: list[str], values: Mapping[str, Any], place: tuple[str, ...]) -> None:
    plain = {
        key: value for key, value in values.items() if not isinstance(value, Mapping) and value is not None
    }
    if place:
        lines.append("\n[" + ".".join(_key(part) for part in place) + "]")
    lines.extend(f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in values.items():
        if isinstance(value, Mapping):
            _table(lines, value, (*place, str(key)))


def _key(key: str) -> str:
    bare = key.replace("_", "").replace("-", "")
    return key if bare.isascii() and bare.isalnum() else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Quote as JSON does, whose escapes are TOML's too, but for one control character that JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
