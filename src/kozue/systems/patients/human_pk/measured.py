"""The measured values that a record may bring along, and whether they can be in their unit; light."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kozue.core.records import Column, Label, Molecule, Schema


@dataclass(frozen=True, slots=True)
class Measured:
    """An optional input.

    Parameters
    ----------
    key : str
        Input column.
    label : Label
        What a person reads.
    unit : str
        Of the value.
    lowest, highest : float
        Beyond these no value can be in the unit.
    usual : float
        Values above are possible but worth a second look (for clearances: the cardiac output).
    hint : str
        Which other unit is likely meant.
    """

    key: str
    label: Label
    unit: str
    lowest: float
    highest: float
    usual: float
    hint: str


SPECIES = {"rat": Label("Rat", "ラット"), "dog": Label("Dog", "イヌ"), "monkey": Label("Monkey", "サル")}
#: Cardiac output in mL/min/kg: Davies and Morris, Pharm. Res. 1993, 10, 1093.
CARDIAC_OUTPUT = {"rat": 296.0, "dog": 120.0, "monkey": 218.0}
_CLEARANCE_HINT = "The unit is mL/min/kg of plasma: multiply L/h/kg by 16.7, divide mL/min by the body weight"


def _all() -> Iterable[Measured]:
    for species, label in SPECIES.items():
        yield Measured(
            f"{species}_cl",
            Label(f"{label.en} clearance", f"{label.ja} クリアランス"),
            "mL/min/kg",
            1e-4,
            5e3,
            CARDIAC_OUTPUT[species],
            _CLEARANCE_HINT,
        )
    for species, label in SPECIES.items():
        yield Measured(
            f"{species}_vdss",
            Label(f"{label.en} volume of distribution", f"{label.ja} 分布容積"),
            "L/kg",
            1e-2,
            2e3,
            100.0,
            "The unit is L/kg: divide mL/kg by 1000, divide L by the body weight",
        )
    for species, label in (*SPECIES.items(), ("human", Label("Human", "ヒト"))):
        yield Measured(
            f"{species}_fup",
            Label(f"{label.en} fraction unbound", f"{label.ja} 血漿中非結合率"),
            "fraction",
            1e-6,
            1.0,
            1.0,
            "The unit is a fraction from 0 to 1: divide percent by 100; for percent bound take 1 - bound / 100",
        )
    yield Measured(
        "human_clint_microsomes",
        Label("Human microsomal intrinsic clearance", "ヒト肝ミクロソーム固有クリアランス"),
        "uL/min/mg",
        1e-2,
        1e5,
        5e3,
        "The unit is uL/min/mg protein; a value below the limit of the assay is best given as that limit",
    )
    yield Measured(
        "human_clint_hepatocytes",
        Label("Human hepatocyte intrinsic clearance", "ヒト肝細胞固有クリアランス"),
        "uL/min/10^6 cells",
        1e-2,
        1e5,
        2e3,
        "The unit is uL/min per million cells; a value below the limit of the assay is best given as that limit",
    )


MEASURED: dict[str, Measured] = {measured.key: measured for measured in _all()}

Compound = Schema(
    "compound with optional measured values",
    (
        *Molecule.columns,
        *(
            # No role: columns are matched by name alone, never guessed from words such as "value".
            Column(
                measured.key,
                "double",
                unit=measured.unit,
                label=measured.label,
                description=f"{measured.label.en}, if measured ({measured.unit}).",
                required=False,
            )
            for measured in MEASURED.values()
        ),
    ),
)


def problem(measured: Measured, value: float) -> str:
    """Say why a value cannot be what its column promises; ``""`` if it can."""
    if value <= 0:
        return (
            f"the column {measured.key!r} holds {value:g}: it must be above zero "
            f"({measured.unit}); leave it empty if it was not measured"
        )
    if not measured.lowest <= value <= measured.highest:
        return f"the column {measured.key!r} holds {value:g}, which cannot be in {measured.unit}. {measured.hint}"
    return ""
