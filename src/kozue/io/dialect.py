"""Delimiter, encoding and header of a text table, guessed from its first lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kozue.core.errors import InputError
from kozue.io.looks import NUMBER, looks_like, share
from kozue.io.notes import Notes
from kozue.io.reader import unique_names
from kozue.io.text import encoding_of, head_text

SAMPLE_ROWS = 200
DELIMITERS = (",", "\t", ";", "|")
ROLES_TOLD_BY_CONTENT = ("molecule", "protein_sequence")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written.

    Parameters
    ----------
    delimiter : str
        One character.
    encoding : str
        See :func:`kozue.io.text.encoding_of`.
    names : tuple of str
        Column names, unique.
    skip_lines : int
        Lines before the first record.
    carriage_returns : bool
        Whether lines end with a lone carriage return.
    """

    delimiter: str
    encoding: str
    names: tuple[str, ...]
    skip_lines: int
    carriage_returns: bool = False


def sniff(head: bytes, name: str, format: str, notes: Notes, known_names: frozenset[str]) -> Dialect:
    """Guess a table's dialect.

    Parameters
    ----------
    head : bytes
        First bytes of the file, unpacked.
    name : str
        File name for messages.
    format : str
        ``"csv"`` or ``"tsv"``; decides when the content does not.
    notes : Notes
        Where guesses are told.
    known_names : frozenset of str
        Column names in lower case that surely belong to a header.

    Raises
    ------
    InputError
        If there is no line with anything in it.
    """
    encoding = encoding_of(head)
    text = head_text(head).lstrip("\ufeff")
    carriage_returns = "\r" in text and "\n" not in text
    text = text.replace("\r\n", "\n")
    if carriage_returns:
        text = text.replace("\r", "\n")
    delimiter = delimiter_of(text, "\t" if format == "tsv" else ",")
    rows, ends = sample_rows(text, delimiter)
    if not rows:
        raise InputError(
            f"{name} holds no records: it is empty.", "Check that the right file was given.", {"file": name}
        )
    first, rest = rows[0], rows[1:]
    if lacks_header(first, rest, known_names):
        names = tuple(f"column_{position}" for position in range(1, len(first) + 1))
        notes.say("no_header", f"{name} has no header line; its columns were named {', '.join(names[:5])}.")
        return Dialect(delimiter, encoding, names, 0, carriage_returns)
    unique, doubled = unique_names([cell.strip().strip("\ufeff") for cell in first])
    if doubled:
        notes.say(
            "doubled_column",
            f"{name} has more than one column named {', '.join(map(repr, doubled[:5]))}; "
            "the later ones were numbered, as in 'name (2)'.",
        )
    return Dialect(delimiter, encoding, tuple(unique), ends[0], carriage_returns)


def delimiter_of(text: str, likely: str) -> str:
    """Return the delimiter that splits the first lines most evenly."""
    best, best_score = likely, (0.0, 0.0, 0)
    for delimiter in (likely, *(other for other in DELIMITERS if other != likely)):
        rows, _ = sample_rows(text, delimiter, 50)
        widths = Counter(len(row) for row in rows)
        if not widths or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        score = (widths[width] / len(rows), 1.0 if delimiter == likely else 0.0, width)
        if score[0] > 0.5 and score > best_score:
            best, best_score = delimiter, score
    return best


def sample_rows(text: str, delimiter: str, count: int = SAMPLE_ROWS) -> tuple[list[list[str]], list[int]]:
    """Split the first lines into rows; return them and the number of lines up to each row's end."""
    lines = text.split("\n")
    # The last line of a sample may be cut; it counts only when it is all there is.
    whole = lines[:-1] if len(lines) > 1 else lines
    reader = csv.reader((line + "\n" for line in whole), delimiter=delimiter)
    rows: list[list[str]] = []
    ends: list[int] = []
    while len(rows) < count:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            continue
        if any(cell.strip() for cell in row):
            rows.append(row)
            ends.append(reader.line_num)
    return rows, ends


def lacks_header(first: Sequence[str], rest: Sequence[Sequence[str]], known_names: frozenset[str]) -> bool:
    """Tell whether the first row is a record already: a structure or a sequence stands in it."""
    if any(cell.strip().lower() in known_names for cell in first):
        return False
    below = [[row[position] for row in rest if len(row) > position] for position in range(len(first))]
    for cell, values in zip(first, below, strict=True):
        for role in (*ROLES_TOLD_BY_CONTENT, "value"):
            if cell.strip() and not looks_like(role, cell) and share(role, values) >= 0.9:
                return False
    for cell, values in zip(first, below, strict=True):
        for role in ROLES_TOLD_BY_CONTENT:
            if looks_like(role, cell) and (not values or share(role, values) >= 0.5):
                return True
    return bool(first) and all(NUMBER.match(cell.strip()) for cell in first)
