"""The endpoints of ``endpoints.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kozue.core.records import Label

Group = Literal["absorption", "distribution", "metabolism", "excretion", "toxicity", "properties"]

Light = Literal["good", "fair", "poor"]

TDC = "tdc_admet_group"

GROUPS: dict[str, Label] = {
    "properties": Label("Properties", "物性"),
    "absorption": Label("Absorption", "吸収"),
    "distribution": Label("Distribution", "分布"),
    "metabolism": Label("Metabolism", "代謝"),
    "excretion": Label("Excretion", "排泄"),
    "toxicity": Label("Toxicity", "毒性"),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that is predicted.

    Parameters
    ----------
    key : str
        Column name.
    dataset : str
        Its set within the source.
    group : str
        Key of :data:`GROUPS`.
    label : Label
        What a person reads.
    unit : str
        Of the value; ``"probability"`` for classes.
    kind : {"regression", "classification"}
        What is predicted.
    metric : str
        The benchmark's official metric.
    reading : Label
        What the number means, in plain language.
    better : {"higher", "lower", "middle"}
        Which way is good for most oral drugs.
    good, poor : float
        Limits of the traffic light; for ``middle`` the ends of the good range.
    floor : float or None
        Predicted on the logarithm, values below this measured as this; None: on the value itself.
    lowest, highest : float or None
        Values beyond these cannot exist.
    source : str
        Data set of the catalogue.
    stored : {"", "log10", "fraction"}
        How the source writes values, if not in the unit.
    """

    key: str
    dataset: str
    group: Group
    label: Label
    unit: str
    kind: Literal["regression", "classification"]
    metric: str
    reading: Label
    better: Literal["higher", "lower", "middle"]
    good: float
    poor: float
    floor: float | None = None
    lowest: float | None = None
    highest: float | None = None
    source: str = TDC
    stored: Literal["", "log10", "fraction"] = ""

    def light(self, value: float) -> Light:
        """Return how a value looks for most oral drugs: ``good``, ``fair`` or ``poor``."""
        if self.better == "middle":
            if self.good <= value <= self.poor:
                return "good"
            slack = (self.poor - self.good) / 2
            return "fair" if self.good - slack <= value <= self.poor + slack else "poor"
        sign = 1 if self.better == "higher" else -1
        if sign * value >= sign * self.good:
            return "good"
        return "poor" if sign * value < sign * self.poor else "fair"

    @property
    def is_benchmark(self) -> bool:
        """Whether the public benchmark has official test rows for it."""
        return self.source == TDC

    @property
    def is_class(self) -> bool:
        """Whether a probability is predicted."""
        return self.kind == "classification"


def _read(key: str, entry: dict[str, Any]) -> Endpoint:
    """Build an endpoint from its table; one without a unit is a class."""
    is_class = "unit" not in entry
    good, poor = (0.7, 0.3) if entry["better"] == "higher" else (0.3, 0.7)
    return Endpoint(
        key=key,
        kind="classification" if is_class else "regression",
        label=Label(**entry.pop("label")),
        reading=Label(**entry.pop("reading")),
        **{"unit": "probability", "good": good, "poor": poor, **entry},
    )


def _load() -> dict[str, Endpoint]:
    text = Path(__file__).with_name("endpoints.toml").read_text(encoding="utf-8")
    return {key: _read(key, entry) for key, entry in tomllib.loads(text).items()}


ENDPOINTS: dict[str, Endpoint] = _load()
