"""Which learners answer; light, because forms are made from it."""

from __future__ import annotations

from typing import Literal

Mode = Literal["fast", "accurate", "minimol"]

MODES: dict[Mode, tuple[str, ...]] = {
    "fast": ("trees", "kernel", "dense", "transfer"),
    "accurate": ("trees", "kernel", "dense", "graph"),
    "minimol": ("trees", "kernel", "dense", "graph", "embedding"),
}
"""An endpoint's own learners are ``trees`` and ``kernel``, and ``transfer`` on top of a shared network in a user's
model; the networks ``dense``, ``graph`` and ``embedding`` are shared by all endpoints."""
