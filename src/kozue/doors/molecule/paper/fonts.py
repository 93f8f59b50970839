"""Which of the machine's fonts can write a text, and what is missing for Japanese."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

# In the order of preference; the last one comes with matplotlib.
LATIN = ("Inter", "Noto Sans", "Liberation Sans", "Arial", "Helvetica", "DejaVu Sans")
JAPANESE = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "BIZ UDGothic",
    "IPAexGothic",
    "IPAGothic",
    "TakaoPGothic",
    "VL PGothic",
)
LAST = "DejaVu Sans"
_SAMPLE = "構造予測値アラート毒"
MISSING_JAPANESE = (
    "No Japanese font was found on the server's machine, so the sheet is in English. Install one, for example "
    "the Debian package fonts-noto-cjk, and start the server again."
)


@cache
def families() -> tuple[str, ...]:
    """Return the fonts that text is written with, in order: a letter comes from the first that has it."""
    installed = _installed()
    latin = next((name for name in LATIN if name in installed), LAST)
    japanese = next((name for name in JAPANESE if name in installed and has(name, _SAMPLE)), None)
    return tuple(dict.fromkeys(name for name in (latin, japanese, LAST) if name))


def has_japanese() -> bool:
    """Tell whether Japanese can be written."""
    return not missing(_SAMPLE)


def missing(text: str, names: Sequence[str] | None = None) -> str:
    """Return the letters of a text that no font has, each once, in order; they would become boxes."""
    wanted = dict.fromkeys(letter for letter in text if not letter.isspace())
    for name in names if names is not None else families():
        known = _letters(name)
        for letter in list(wanted):
            if ord(letter) in known:
                del wanted[letter]
    return "".join(wanted)


def writable(text: str) -> str:
    """Replace the letters that no font has, so that a missing one is a question mark and not a box."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    lacking = set(missing(text))
    return "".join("?" if letter in lacking else letter for letter in text)


def has(name: str, text: Iterable[str]) -> bool:
    """Tell whether a font has every letter of a text."""
    known = _letters(name)
    return all(ord(letter) in known for letter in text)


@cache
def _installed() -> frozenset[str]:
    from matplotlib import font_manager

    return frozenset(entry.name for entry in font_manager.fontManager.ttflist)


@cache
def _letters(name: str) -> frozenset[int]:
    from matplotlib import font_manager

    path = font_manager.findfont(font_manager.FontProperties(family=name), fallback_to_default=True)
    return frozenset(font_manager.get_font(path).get_charmap())
