"""Rewards and windows in one line.

::

    reward   = [ "-" | "+" ] quantity [ limits ] [ "*" weight ]
    quantity = property                      qed, logp, mw …
             | operation ":" column          admet.predict:herg
             | "task:" name                  task:drd2
             | "similarity:" SMILES | "substructure:" SMARTS
             | "python:" file.py:function | "python:" package.module:function | "entry_point:" name
             | "command:" words              the whole rest of the line; for limits write a table
    limits   = "<" number | "<=" number | ">" number | ">=" number | ":" [ number ] ".." [ number ]

Without a sign, what is usually good about the quantity is wanted; ``-`` wants less of it, ``+`` more. The weight
behind a SMILES or SMARTS needs a space before its ``*``, which is an atom there. ``:2..4`` says what ``>=2`` and
``<=4`` say, without letters that a shell reads as its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kozue.systems.molecules.design.rewards.quantities import nearest, properties

_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
_WEIGHT = re.compile(rf"(?P<space>\s*)\*\s*(?P<weight>{_NUMBER})\s*$")
_COMPARED = re.compile(r"(?P<sign>[<>]=?)(?P<number>.*)$")
_RANGE = re.compile(r":(?P<low>[^:]*?)\.\.(?P<high>[^:]*)$")

#: Words before the first colon that say what follows, with the field that takes it.
WORDS = {
    "task": "task",
    "similarity": "smiles",
    "substructure": "smarts",
    "python": "target",
    "entry_point": "target",
    "command": "command",
}
_STRUCTURES = ("similarity", "substructure")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits at the end of a text.

    Parameters
    ----------
    low, high : float or None
        None: open.
    is_strict : bool
        Whether the limit itself is excluded (``<`` and ``>``).
    """

    low: float | None = None
    high: float | None = None
    is_strict: bool = False

    def whole(self) -> Limits:
        """Return the same limits for a count, with both ends included."""
        if not self.is_strict:
            return self
        low = None if self.low is None else float(int(self.low // 1) + 1)
        high = None if self.high is None else float(-int(-self.high // 1) - 1)
        return Limits(low, high)


def read_reward(text: str) -> dict[str, Any]:
    """Read a compact reward as the fields of its settings.

    Raises
    ------
    ValueError
        Naming the text and the place in it.
    """
    rest = text.strip()
    sign = rest[0] if rest[:1] in ("-", "+") else ""
    rest = rest[len(sign) :].strip()
    if not rest:
        raise ValueError(f"{text!r} names nothing to reward; write for example qed, logp:1..4 or mw<450")
    word, colon, after = rest.partition(":")
    found: dict[str, Any]
    if colon and word == "command":
        found = {"kind": "command", "command": _words(text, after)}
        return found | _signed(sign)
    body, weight = _weighted(rest, needs_space=word in _STRUCTURES)
    body, limits = split_limits(body, text)
    found = _quantity(body, text)
    if found["kind"] == "substructure" or is_count(found):
        limits = limits.whole()
    if sign and limits != Limits():
        raise ValueError(f"{text!r} has both a sign and limits; leave one of them out")
    if limits.low is not None:
        found["low"] = limits.low
    if limits.high is not None:
        found["high"] = limits.high
    if weight is not None:
        found["weight"] = weight
    return found | _signed(sign)


def write_reward(fields: Mapping[str, Any]) -> str:
    """Write the fields of a reward's settings as one line; what a line cannot say is left out of it.

    Whoever wants to know whether anything was left out reads the line again and compares.
    """
    kind = fields["kind"]
    if kind == "property":
        body = fields["property"]
    elif kind == "operation":
        body = f"{fields['operation']}:{fields['column']}"
    else:
        body = f"{kind}:{fields.get(WORDS.get(kind, ''), '')}"
    sign = {"minimise": "-", "maximise": "+"}.get(fields["shape"], "")
    low, high = (None if fields[end] is None else _shown(fields[end]) for end in ("low", "high"))
    limits = ""
    if low is not None and high is not None:
        limits = f":{low}..{high}"
    elif low is not None or high is not None:
        limits = f">={low}" if high is None else f"<={high}"
    weight = "" if fields["weight"] == 1 else f"{' ' * (kind in _STRUCTURES)}*{_shown(fields['weight'])}"
    return f"{sign}{body}{limits}{weight}"


def _shown(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def is_count(found: dict[str, Any]) -> bool:
    """Whether the fields name a property that is a count."""
    return found["kind"] == "property" and properties()[found["property"]].is_integer


def split_limits(body: str, text: str) -> tuple[str, Limits]:
    """Split limits off the end.

    Parameters
    ----------
    body : str
        What may end in limits.
    text : str
        The whole text, for the error.

    Raises
    ------
    ValueError
        If what should be a number is none, or the limits are the wrong way round.
    """
    compared = _COMPARED.search(body)
    if compared is not None:
        sign = compared["sign"]
        number = _number(compared["number"], sign, text)
        limits = (
            Limits(high=number, is_strict=sign == "<")
            if "<" in sign
            else Limits(low=number, is_strict=sign == ">")
        )
        return body[: compared.start()].strip(), limits
    ranged = _RANGE.search(body)
    if ranged is None or "/" in ranged["low"] + ranged["high"]:  # "../" is a folder
        return body.strip(), Limits()
    low = _number(ranged["low"], ":", text) if ranged["low"].strip() else None
    high = _number(ranged["high"], "..", text) if ranged["high"].strip() else None
    if low is None and high is None:
        raise ValueError(f"{text!r} has '..' without a number on either side")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{text!r}: {low:g} is above {high:g}; write the lower limit first")
    return body[: ranged.start()].strip(), Limits(low, high)


def _weighted(body: str, needs_space: bool) -> tuple[str, float | None]:
    found = _WEIGHT.search(body)
    if found is None or (needs_space and not found["space"]):
        return body, None
    return body[: found.start()], float(found["weight"])


def _number(shown: str, after: str, text: str) -> float:
    if not re.fullmatch(_NUMBER, shown.strip()):
        place = text.rfind(after) + len(after) + 1
        raise ValueError(
            f"{text!r}: a number must follow {after!r} at character {place}, not {shown.strip()!r}"
        )
    return float(shown)


def _words(text: str, after: str) -> list[str]:
    try:
        words = shlex.split(after)
    except ValueError as error:
        raise ValueError(f"{text!r}: the command cannot be split into words: {error}") from error
    if not words:
        raise ValueError(f"{text!r}: write the program and its arguments behind 'command:'")
    return words


def _quantity(body: str, text: str) -> dict[str, Any]:
    """Tell which kind of reward a text without sign, limits and weight names."""
    word, colon, after = (part.strip() for part in body.partition(":"))
    if colon and word in WORDS:
        if not after:
            raise ValueError(f"{text!r}: nothing stands behind '{word}:'")
        return {"kind": word, WORDS[word]: after}
    if not colon and word in properties():
        return {"kind": "property", "property": word}
    if "." in word:
        if not after:
            raise ValueError(f"{text!r}: say which column of {word} is meant, as '{word}:column'")
        return {"kind": "operation", "operation": word, "column": after}
    if colon and word in properties():
        raise ValueError(f"{text!r}: write limits as '{word}:2..4', '{word}<4' or '{word}>2'")
    if colon:
        raise ValueError(f"{text!r}: there is no kind of reward {word!r}{nearest(word, WORDS)}")
    raise ValueError(f"{text!r}: there is no property {word!r}{nearest(word, [*properties(), *WORDS])}")


def _signed(sign: str) -> dict[str, str]:
    return {"shape": "minimise" if sign == "-" else "maximise"} if sign else {}
