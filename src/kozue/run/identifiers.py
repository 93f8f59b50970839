"""Identifiers of runs and uploads: made here, never taken from a user."""

from __future__ import annotations

import re
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def new_id() -> str:
    """Return a ULID: 48 bits of milliseconds and 80 random bits, sortable by time.

    Notes
    -----
    Format: https://github.com/ulid/spec.
    """
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an identifier, and so cannot be a path."""
    return _FORM.fullmatch(text) is not None
