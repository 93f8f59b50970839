"""Find operations by words in English or Japanese; shared by the doors that offer a search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from kozue.core.operation import Operation
from kozue.core.records import Label
from kozue.core.registry import Registry

#: Weight of a hit by where it is found.
NAME, TITLE, KEYWORD, TEXT = 6.0, 5.0, 4.0, 1.0

#: Words that say nothing about what is looked for.
STOP_WORDS = frozenset(
    {
        *(
            "a",
            "an",
            "and",
            "are",
            "by",
            "can",
            "do",
            "for",
            "from",
            "how",
            "i",
            "in",
            "is",
            "it",
            "my",
            "of",
            "on",
        ),
        *("or", "the", "this", "to", "what", "which", "with"),
    }
)


def normalise(text: str) -> str:
    """Fold width, case and compatibility forms (NFKC)."""
    return unicodedata.normalize("NFKC", text).lower()


def search_operations(registry: Registry, query: str, limit: int = 5) -> list[Operation]:
    """Return the operations that fit a question best.

    Parameters
    ----------
    registry : Registry
        Where to look.
    query : str
        Words or a sentence, English or Japanese. Empty: all operations.
    limit : int, default 5
        At the most.

    Returns
    -------
    list of Operation
        The best first; only those that share something with the query.
    """
    operations = list(registry.operations.values())
    folded = normalise(query).strip()
    if not folded:
        return operations[:limit]
    terms = _terms(folded)
    scored = [(_score(registry, op, folded, terms), op) for op in operations]
    found = sorted((entry for entry in scored if entry[0] > 0), key=lambda entry: (-entry[0], entry[1].name))
    return [op for _, op in found[:limit]]


def _terms(folded: str) -> set[str]:
    """Return English words, and pairs of Japanese characters, which are written without spaces."""
    words = {
        _stem(word) for word in re.findall(r"[a-z0-9]+", folded) if word not in STOP_WORDS and len(word) > 1
    }
    runs: Iterable[str] = re.findall(r"[぀-ヿ一-鿿々ー]+", folded)
    return words | {run[start : start + 2] for run in runs for start in range(max(len(run) - 1, 1))}


def _stem(word: str) -> str:
    """Cut the endings that tell 'prediction', 'predicts' and 'predict' apart."""
    for ending in ("ations", "ation", "ions", "ion", "ings", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _score(registry: Registry, op: Operation, folded: str, terms: set[str]) -> float:
    system = registry.systems[op.system]
    keywords = [normalise(word) for word in op.keywords]
    score = sum(KEYWORD for word in keywords if len(word) > 1 and word in folded)
    fields = (
        (NAME, op.name.replace(".", " ").replace("_", " ")),
        (TITLE, f"{op.title.en} {op.title.ja}"),
        (KEYWORD / 2, " ".join(keywords)),
        (TEXT, " ".join((op.description, op.when, *_words(system.title), *_words(system.purpose)))),
    )
    for weight, text in fields:
        score += weight * len(terms & _terms(normalise(text))) / max(len(terms), 1)
    return score


def _words(label: Label) -> tuple[str, str]:
    return label.en, label.ja
