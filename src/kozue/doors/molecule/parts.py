"""Which operations make the page of a molecule, told by what they take and give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kozue.core.operation import Operation
from kozue.core.records import Column, Label
from kozue.core.registry import Registry
from kozue.doors.molecule.details import details_of
from kozue.doors.molecule.modes import Modes, find_modes
from kozue.doors.rest.bodies import default_outputs, settings_schema

OTHER = Label("Other", "その他")
#: Ends of column names that stand beside an endpoint's own, and what they say about it.
BESIDE = ("low", "high", "light", "percentile", "domain", "neighbours")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of a profile.

    Parameters
    ----------
    key : str
        Column of the value.
    label : Label
        What a person reads.
    unit : str
        Of the value; empty for a probability.
    is_probability : bool
        Whether the value is the chance that a statement is true.
    reading : Label
        What the number means, in plain language.
    better : str
        ``higher``, ``lower``, ``middle``, or empty where no way is better.
    good, poor : float or None
        Limits of the traffic light; for ``middle`` the ends of the good range.
    logarithmic : bool
        Whether a bar of its values is to be logarithmic.
    columns : mapping of str to str
        Of :data:`BESIDE`: the names of the columns that the operation gives.
    """

    key: str
    label: Label
    unit: str
    is_probability: bool
    reading: Label
    better: str = ""
    good: float | None = None
    poor: float | None = None
    logarithmic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "key": self.key,
            "label": {"en": self.label.en, "ja": self.label.ja},
            "unit": self.unit,
            "is_probability": self.is_probability,
            "reading": {"en": self.reading.en, "ja": self.reading.ja},
            "better": self.better,
            "good": self.good,
            "poor": self.poor,
            "logarithmic": self.logarithmic,
            "columns": dict(self.columns),
        }


@dataclass(frozen=True, slots=True)
class Section:
    """Endpoints that belong together."""

    key: str
    label: Label
    endpoints: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "key": self.key,
            "label": {"en": self.label.en, "ja": self.label.ja},
            "endpoints": list(self.endpoints),
        }


@dataclass(frozen=True, slots=True)
class Parts:
    """The operations of the page; what is None is not installed, and its block is not shown.

    Parameters
    ----------
    profile : Operation or None
        Gives many endpoints of a molecule.
    explain : Operation or None
        Gives atom weights for one of them.
    explain_setting : str
        Its setting that names the endpoint.
    explainable : tuple of str
        Endpoints that it takes.
    kinetics : Operation or None
        Gives a plasma curve.
    curve : str
        The curve's column.
    endpoints : mapping of str to Endpoint
        Of the profile, in order.
    sections : tuple of Section
        In order.
    modes : Modes or None
        Ways of computing the profile and its explanation, where there is a choice.
    """

    profile: Operation | None = None
    explain: Operation | None = None
    explain_setting: str = ""
    explainable: tuple[str, ...] = ()
    kinetics: Operation | None = None
    curve: str = ""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    modes: Modes | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "profile": None
            if self.profile is None
            else {
                "operation": self.profile.name,
                "sections": [section.as_dict() for section in self.sections],
                "endpoints": [endpoint.as_dict() for endpoint in self.endpoints.values()],
            },
            "explain": None
            if self.explain is None
            else {
                "operation": self.explain.name,
                "setting": self.explain_setting,
                "endpoints": list(self.explainable),
            },
            "kinetics": None
            if self.kinetics is None
            else {
                "operation": self.kinetics.name,
                "curve": self.curve,
                "inputs": [column.as_dict() for column in optional_numbers(self.kinetics)],
            },
            "modes": None if self.modes is None else self.modes.as_dict(),
        }


def find_parts(registry: Registry) -> Parts:
    """Return the operations that can tell something about one molecule."""
    able = [op for op in registry.operations.values() if takes_molecules(op)]
    outputs = {op.name: default_outputs(op) for op in able}
    curves = {op.name: curve_of(outputs[op.name]) for op in able}
    kinetics = next((op for op in able if curves[op.name]), None)
    profile = max(
        (op for op in able if op is not kinetics), key=lambda op: breadth(outputs[op.name]), default=None
    )
    if profile is None or not breadth(outputs[profile.name]):
        return Parts(kinetics=kinetics, curve=curves[kinetics.name] if kinetics else "")
    endpoints = endpoints_of(profile, outputs[profile.name])
    explain, setting, explainable = explainer(able, outputs, endpoints)
    return Parts(
        profile,
        explain,
        setting,
        explainable,
        kinetics,
        curves[kinetics.name] if kinetics else "",
        endpoints,
        sections_of(profile, endpoints),
        find_modes(profile, explain),
    )


def takes_molecules(op: Operation) -> bool:
    """Tell whether a structure alone is enough for an operation on records."""
    if op.kind != "map" or op.takes is None:
        return False
    if any(setting.is_required() for setting in op.settings.model_fields.values()):
        return False
    return [column.role for column in op.takes.required] == ["molecule"]


def breadth(columns: Iterable[Column]) -> int:
    """Count the endpoints that come with measured neighbours: what makes a profile one."""
    return sum(column.role == "neighbours" for column in columns)


def curve_of(columns: Iterable[Column]) -> str:
    """Return the name of a column of points in time, empty if there is none."""
    return next((column.name for column in columns if "time_h" in column.type), "")


def optional_numbers(op: Operation) -> list[Column]:
    """Return the columns of measured values that an operation can use but does not need."""
    columns = list(op.takes) if op.takes is not None else []
    return [c for c in columns if not c.required and c.type.startswith(("double", "float", "int"))]


def explainer(
    able: Sequence[Operation], outputs: Mapping[str, Sequence[Column]], endpoints: Mapping[str, Endpoint]
) -> tuple[Operation | None, str, tuple[str, ...]]:
    """Return the operation that gives atom weights for an endpoint by its name, the setting, and its endpoints."""
    for op in able:
        if not any(column.role == "atom_weights" for column in outputs[op.name]):
            continue
        for name, described in settings_schema(op).get("properties", {}).items():
            known = tuple(key for key in described.get("enum", ()) if key in endpoints)
            if known:
                return op, name, known
    return None, "", ()


def endpoints_of(op: Operation, columns: Sequence[Column]) -> dict[str, Endpoint]:
    """Return the endpoints of a profile: values with something beside them."""
    names = {column.name for column in columns}
    own = details_of(op, "endpoints:ENDPOINTS")
    found = {}
    for column in columns:
        beside = {end: f"{column.name}_{end}" for end in BESIDE if f"{column.name}_{end}" in names}
        if column.role not in ("value", "probability") or not beside:
            continue
        found[column.name] = _endpoint(column, beside, own.get(column.name))
    return found


def _endpoint(column: Column, beside: Mapping[str, str], detail: Any) -> Endpoint:
    described = Label(column.description, column.description)
    is_probability = column.role == "probability"
    return Endpoint(
        key=column.name,
        label=column.label or Label(column.title(), column.title()),
        unit="" if is_probability else column.unit,
        is_probability=is_probability,
        reading=getattr(detail, "reading", described),
        better=getattr(detail, "better", ""),
        good=getattr(detail, "good", None),
        poor=getattr(detail, "poor", None),
        logarithmic=getattr(detail, "floor", None) is not None,
        columns=dict(beside),
    )


def sections_of(op: Operation, endpoints: Mapping[str, Endpoint]) -> tuple[Section, ...]:
    """Return the endpoints in the groups of their system; one group where it has none."""
    own, labels = details_of(op, "endpoints:ENDPOINTS"), details_of(op, "endpoints:GROUPS")
    groups: dict[str, list[str]] = {key: [] for key in labels}
    for key in endpoints:
        groups.setdefault(getattr(own.get(key), "group", "") or "", []).append(key)
    return tuple(
        Section(group, labels.get(group, OTHER if len(groups) > 1 else op.title), tuple(keys))
        for group, keys in groups.items()
        if keys
    )
