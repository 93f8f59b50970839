"""What stands on the sheet of one or more molecules: ask the operations, keep what they said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kozue.core.errors import InputError, unknown_name
from kozue.core.operation import Operation
from kozue.core.records import ERROR_MESSAGE, Column, columns_of
from kozue.doors.molecule.facts import facts
from kozue.doors.molecule.modes import Mode, choose, settings_of
from kozue.doors.molecule.parts import Parts, optional_numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.run import Answer

#: More would not fit side by side on paper.
MOST_MOLECULES = 6
#: Asks an operation about records with settings.
Ask = Callable[[Operation, list[dict[str, Any]], Mapping[str, Any]], "Answer"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One molecule of the sheet, as a person named it."""

    smiles: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """What drives one endpoint.

    Parameters
    ----------
    endpoint : str
        Its key.
    weights : sequence of float
        One number an atom.
    unit : str
        Of the weights.
    fragments : sequence of str
        Strongest parts in words.
    suggestions : sequence of mapping
        Edits with their expected change.
    step_unit : str
        Of the expected changes.
    """

    endpoint: str
    weights: Sequence[float]
    unit: str
    fragments: Sequence[str] = ()
    suggestions: Sequence[Mapping[str, Any]] = ()
    step_unit: str = ""


@dataclass(frozen=True, slots=True)
class Kinetics:
    """Human pharmacokinetics of a molecule: the operation's columns and what it said."""

    columns: Sequence[Column]
    record: Mapping[str, Any]
    curve: str
    settings: Mapping[str, Any]


@dataclass
class Entry:
    """One molecule with everything that was computed.

    Parameters
    ----------
    name, smiles : str
        Its name, perhaps empty, and its structure.
    facts : mapping
        See :func:`kozue.doors.molecule.facts.facts`.
    record : mapping
        The profile's record.
    explained : list of Explained
        As asked for.
    kinetics : Kinetics or None
        If asked for and there.
    problems : list of str
        What could not be computed, and why.
    """

    name: str
    smiles: str
    facts: Mapping[str, Any]
    record: Mapping[str, Any] = field(default_factory=dict)
    explained: list[Explained] = field(default_factory=list)
    kinetics: Kinetics | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """A name, or the formula."""
        return self.name.strip() or str(self.facts["formula"])


@dataclass
class Content:
    """All that stands on the sheet."""

    parts: Parts
    entries: list[Entry]
    table: pa.Table | None = None
    warnings: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    mode: Mode | None = None


def collect(
    parts: Parts,
    asked: Sequence[Asked],
    ask: Ask,
    explain: Sequence[str] = (),
    kinetics: Mapping[str, Any] | None = None,
    mode: str = "",
) -> Content:
    """Compute what stands on the sheet.

    Parameters
    ----------
    parts : Parts
        Which operations there are.
    asked : sequence of Asked
        Molecules.
    ask : callable
        Asks an operation.
    explain : sequence of str
        Endpoints whose atom contributions are wanted.
    kinetics : mapping, optional
        ``values`` (measured values by column) and ``settings``; None leaves the block out.
    mode : str
        Way of computing profile and contributions; the operation's default if empty.

    Raises
    ------
    InputError
        If a structure cannot be read: a sheet without its molecule would be of no use.
    UnknownNameError
        If an endpoint cannot be explained, or there is no such mode.
    """
    chosen = choose(parts.modes, mode)
    settings = settings_of(parts.modes, chosen)
    for key in explain:
        if key not in parts.explainable:
            raise unknown_name("explained endpoint", key, parts.explainable)
    entries = [_entry(place, one, len(asked)) for place, one in enumerate(asked)]
    content = Content(parts, entries, mode=chosen)
    if parts.profile is not None:
        found = ask(parts.profile, [_record(entry) for entry in entries], settings)
        content.table = found.table
        content.warnings += [warned.text for warned in found.warnings]
        content.models = [f"{model.name} {model.sha256[:12]}" for model in found.models]
        for entry, row in zip(entries, found.table.to_pylist(), strict=True):
            entry.record = row
            if row.get(ERROR_MESSAGE):
                entry.problems.append(row[ERROR_MESSAGE])
    for entry in entries:
        for key in explain:
            _explain(parts, entry, key, settings, ask)
        if kinetics is not None and parts.kinetics is not None:
            _predict_kinetics(parts, entry, kinetics, ask)
    return content


def _entry(place: int, one: Asked, total: int) -> Entry:
    try:
        described = facts(one.smiles)
    except InputError as error:
        which = f"Molecule {place + 1}: " if total > 1 else ""
        raise InputError(f"{which}{error.message}", error.hint or "Correct the structure.") from error
    return Entry(one.name.strip()[:200], str(described["smiles"]), described)


def _record(entry: Entry) -> dict[str, Any]:
    return {"smiles": entry.smiles, "name": entry.name or None}


def _explain(parts: Parts, entry: Entry, key: str, settings: Mapping[str, str], ask: Ask) -> None:
    assert parts.explain is not None
    found = ask(parts.explain, [_record(entry)], {**settings, parts.explain_setting: key})
    row = found.table.to_pylist()[0]
    if row.get(ERROR_MESSAGE):
        entry.problems.append(row[ERROR_MESSAGE])
        return
    columns = list(columns_of(found.table.schema))
    weights = next(column for column in columns if column.role == "atom_weights")
    words = next((c for c in columns if c.type.startswith("list<") and c.type.endswith("string>")), None)
    edits = next((c for c in columns if "pairs" in c.type and "delta" in c.type), None)
    entry.explained.append(
        Explained(
            key,
            row[weights.name],
            weights.unit,
            (row[words.name] or ()) if words else (),
            (row[edits.name] or ()) if edits else (),
            edits.unit if edits else "",
        )
    )


def _predict_kinetics(parts: Parts, entry: Entry, wanted: Mapping[str, Any], ask: Ask) -> None:
    assert parts.kinetics is not None
    known = {column.name for column in optional_numbers(parts.kinetics)}
    values = dict(wanted.get("values") or {})
    for name in values:
        if name not in known:
            raise unknown_name("measured value", name, known)
    settings = dict(wanted.get("settings") or {})
    found = ask(parts.kinetics, [{**_record(entry), **values}], settings)
    row = found.table.to_pylist()[0]
    if row.get(ERROR_MESSAGE):
        entry.problems.append(row[ERROR_MESSAGE])
        return
    entry.kinetics = Kinetics(list(columns_of(found.table.schema)), row, parts.curve, settings)
