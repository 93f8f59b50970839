"""Molecules side by side: one row an endpoint, and which of them differ from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from kozue.doors.molecule.parts import Endpoint, Parts

if TYPE_CHECKING:
    import pyarrow as pa

# Bounds of a probability hold its calibration error only; a smaller step would tell nobody anything.
LEAST_STEP = 0.1

Verdict = Literal["better", "worse", "different", "similar", ""]


@dataclass(frozen=True, slots=True)
class Value:
    """One endpoint of one molecule, as it is shown.

    Parameters
    ----------
    value, low, high, percentile : float or None
        In the endpoint's unit; percentile 0 to 100.
    light, domain : str
        Words, empty where the operation gives none.
    neighbours : sequence of mapping
        smiles, value, similarity.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    percentile: float | None = None
    light: str = ""
    domain: str = ""
    neighbours: Sequence[Mapping[str, Any]] = ()


def value_of(endpoint: Endpoint, record: Mapping[str, Any]) -> Value:
    """Take one endpoint out of a record of the profile."""

    def beside(end: str) -> Any:
        return record.get(endpoint.columns.get(end, ""))

    return Value(
        record.get(endpoint.key),
        beside("low"),
        beside("high"),
        beside("percentile"),
        beside("light") or "",
        beside("domain") or "",
        beside("neighbours") or (),
    )


def verdict(endpoint: Endpoint, first: Value, other: Value) -> Verdict:
    """Say how a molecule differs from the first one.

    Intervals that overlap are ``similar``: the models cannot tell the two apart; so are probabilities less than
    a tenth apart. Otherwise the difference is
    ``better`` or ``worse`` where the endpoint has a good side, else ``different``.
    """
    if first.value is None or other.value is None:
        return ""
    ends = (first.low, first.high, other.low, other.high)
    if any(end is None for end in ends) or overlap(*ends):  # type: ignore[arg-type]
        return "similar"
    if endpoint.is_probability and abs(first.value - other.value) < LEAST_STEP:
        return "similar"
    distances = shortfall(endpoint, first.value), shortfall(endpoint, other.value)
    if distances[0] is None or distances[1] is None or distances[0] == distances[1]:
        return "different"
    return "better" if distances[1] < distances[0] else "worse"


def overlap(low: float, high: float, other_low: float, other_high: float) -> bool:
    """Tell whether two intervals have a point in common."""
    return low <= other_high and other_low <= high


def shortfall(endpoint: Endpoint, value: float) -> float | None:
    """Return how far a value is from the good side, larger is worse; None where no side is good."""
    if endpoint.better == "higher":
        return -value
    if endpoint.better == "lower":
        return value
    if endpoint.better == "middle" and endpoint.good is not None and endpoint.poor is not None:
        return max(endpoint.good - value, value - endpoint.poor, 0.0)
    return None


def compared(parts: Parts, records: Sequence[Mapping[str, Any]], reference: int) -> list[dict[str, Any]]:
    """Return the comparison as JSON-ready rows: each endpoint's values and how they differ from a reference."""
    from kozue.run.answers import json_value

    rows = []
    for section in parts.sections:
        for endpoint in (parts.endpoints[key] for key in section.endpoints):
            found = [value_of(endpoint, record) for record in records]
            said = [
                "" if place == reference else verdict(endpoint, found[reference], one)
                for place, one in enumerate(found)
            ]
            values = [
                {**asdict(one), "verdict": word, "neighbours": []}
                for one, word in zip(found, said, strict=True)
            ]
            differs = any(word in ("better", "worse", "different") for word in said)
            rows.append({"key": endpoint.key, "differs": differs, "values": json_value(values)})
    return rows


def table_of(
    parts: Parts, records: Sequence[Mapping[str, Any]], names: Sequence[str], language: str
) -> pa.Table:
    """Return the comparison as a table: one row an endpoint, the columns of each molecule beside each other."""
    import pyarrow as pa

    titles = unique(names)
    rows: list[dict[str, Any]] = []
    for section in parts.sections:
        for endpoint in (parts.endpoints[key] for key in section.endpoints):
            values = [value_of(endpoint, record) for record in records]
            row: dict[str, Any] = {
                "group": section.label[language],
                "endpoint": endpoint.key,
                "label": endpoint.label[language],
                "unit": endpoint.unit or ("probability" if endpoint.is_probability else ""),
            }
            for place, (title, found) in enumerate(zip(titles, values, strict=True)):
                row |= cells(title, found)
                if place:
                    row[f"{title}compared"] = verdict(endpoint, values[0], found) or None
            row["reading"] = endpoint.reading[language]
            rows.append(row)
    table = pa.Table.from_pylist(rows)
    # Columns that the operation does not give would be empty.
    return table.select([n for n in table.column_names if table.column(n).null_count < table.num_rows])


def cells(title: str, found: Value) -> dict[str, Any]:
    """Return one molecule's columns in a row."""
    return {
        f"{title}value": found.value,
        f"{title}low": found.low,
        f"{title}high": found.high,
        f"{title}percentile": found.percentile,
        f"{title}light": found.light or None,
        f"{title}domain": found.domain or None,
    }


def unique(names: Sequence[str]) -> list[str]:
    """Return beginnings of column names from names that people gave: numbered, so that no two are the same."""
    if len(names) == 1:
        return [""]
    return [f"{place} {name.strip()[:80]}".strip() + " " for place, name in enumerate(names, 1)]
