"""The product's two languages: texts from ``locales/*.toml``, and which one a request wants."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from kozue.core.wording import counted

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")
COOKIE = "kozue_language"


@cache
def texts(language: Language) -> dict[str, str]:
    """Return all texts of a language, by dotted key."""
    content = (resources.files("kozue.doors.web") / "locales" / f"{language}.toml").read_text(
        encoding="utf-8"
    )
    return dict(_flat(tomllib.loads(content), ""))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found


def choose(query: str | None, cookie: str | None, accept: str) -> Language:
    """Return the language asked for in the address, else remembered, else preferred by the browser.

    Examples
    --------
    >>> choose(None, None, "fr;q=0.9, ja;q=0.8, en;q=0.1")
    'ja'
    """
    for wanted in (query, cookie):
        for language in LANGUAGES:
            if wanted == language:
                return language
    return _preferred(accept[:500])


def _preferred(accept: str) -> Language:
    ranked: list[tuple[float, int, Language]] = []
    for place, entry in enumerate(accept.split(",")):
        tag, _, quality = entry.strip().partition(";q=")
        for language in LANGUAGES:
            if tag.lower().partition("-")[0] == language:
                ranked.append((-_number(quality), place, language))
    return min(ranked)[2] if ranked else "en"


def _number(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


class Texts:
    """Texts of one language for a template: ``t("nav.runs", count=3)``.

    Parameters
    ----------
    language : {"en", "ja"}
        The language.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = texts(language)

    def __call__(self, key: str, /, **values: Any) -> str:
        """Return a text with its values filled in; an unknown key is a fault and raises KeyError.

        ``{one|several}`` in it stands for the word that goes with ``n``.
        """
        text = self._texts[key]
        if isinstance(values.get("n"), int):
            text = counted(text, values["n"])
        return text.format(**values) if values else text

    def below(self, prefix: str) -> dict[str, str]:
        """Return the texts whose keys begin with a prefix, for the page's scripts."""
        return {key.removeprefix(prefix): text for key, text in self._texts.items() if key.startswith(prefix)}
