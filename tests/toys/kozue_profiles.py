"""A system with everything that the page of a molecule can show, its numbers made up from the structure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kozue.core.operation import System, operation
from kozue.core.records import NEIGHBOURS_TYPE, Column, Label, Molecule, RecordError, Schema, result_batch
from kozue.core.settings import Settings

SYSTEM = System("mock", Label("Mock", "模型"), Label("Made-up profiles.", "架空のプロファイル。"))
NEAR = [{"smiles": "CCO", "value": 1.0, "similarity": 0.5}]
EDITS_TYPE = (
    "list<struct<smiles: string, change: string, delta: double, pairs: int64, low: double, high: double>>"
)
CURVE_TYPE = "list<struct<time_h: double, conc: double, low: double, high: double>>"


def _endpoint(key, en, ja, unit, role):
    label = Label(en, ja)
    return (
        Column(key, "double", role, unit, label, f"{en}, made up.", False, key),
        Column(f"{key}_low", "double", "interval_low", unit, None, "", False, key),
        Column(f"{key}_high", "double", "interval_high", unit, None, "", False, key),
        Column(f"{key}_light", "string", "category", "", None, "", False, key),
        Column(f"{key}_percentile", "double", "value", "", None, "", False, key),
        Column(f"{key}_domain", "string", "category", "", None, "", False, key),
        Column(f"{key}_neighbours", NEIGHBOURS_TYPE, "neighbours", unit, None, "", False, key),
    )


SIZE = _endpoint("size", "Size", "大きさ", "letters", "value")
RINGS = _endpoint("rings", "Has rings", "環あり", "", "probability")


class How(Settings):
    """How to compute."""

    mode: Literal["quick", "careful"] = Field(
        "quick", description="How to compute.", json_schema_extra={"label_ja": "方法"}
    )


@operation(
    "mock.profile", takes=Molecule, gives=Schema("mock", (*SIZE, *RINGS)), title=Label("Mock profile", "模型")
)
def profile(batches, settings: How, context):
    """Make up a profile; structures with mercury have none."""
    for batch in batches:
        texts = batch.column("smiles").to_pylist()
        errors = {
            row: RecordError("metal", "Mercury is refused.") for row, text in enumerate(texts) if "Hg" in text
        }
        more = 0.5 if settings.mode == "careful" else 0.0
        sizes = [None if row in errors else len(text) + more for row, text in enumerate(texts)]
        rings = [None if row in errors else 0.9 if "1" in text else 0.1 for row, text in enumerate(texts)]
        made = {}
        for columns, values, width in ((SIZE, sizes, 2.0), (RINGS, rings, 0.05)):
            cells = [
                values,
                [None if v is None else v - width for v in values],
                [None if v is None else v + width for v in values],
                [None if v is None else "good" if v < 10 else "poor" for v in values],
                [None if v is None else 42.4 for v in values],
                [None if v is None else "inside" if v < 20 else "outside" for v in values],
                [None if v is None else NEAR for v in values],
            ]
            made |= dict(zip(columns, cells, strict=True))
        yield result_batch(made, errors)


class Which(How):
    """Which endpoint."""

    what: Literal["size", "rings"] = Field("size", description="Endpoint.")


WEIGHTS = Column("weights", "list<double>", "atom_weights", "letters")
WORDS = Column("words", "list<string>", "text", label=Label("Parts", "部分"))
EDITS = Column("suggestions", EDITS_TYPE, description="Made up.")


@operation(
    "mock.explain", takes=Molecule, gives=Schema("why", (WEIGHTS, WORDS, EDITS)), title=Label("Why", "理由")
)
def explain(batches, settings: Which, context):
    """Give each atom its place as a weight."""
    from kozue.chem import parse

    for batch in batches:
        texts = batch.column("smiles").to_pylist()
        edit = {"smiles": "CCN", "change": "O>>N", "delta": -0.5, "pairs": 12, "low": -0.9, "high": -0.1}
        yield result_batch(
            {
                WEIGHTS: [
                    [float(n) - 1 + (settings.mode == "careful") for n in range(parse(text).GetNumAtoms())]
                    for text in texts
                ],
                WORDS: [["all: +1.00"] for _ in texts],
                EDITS: [[edit] for _ in texts],
            }
        )


class Dose(Settings):
    """The dose."""

    dose: float = Field(
        100.0, gt=0, description="Dose.", json_schema_extra={"unit": "mg", "label_ja": "用量"}
    )
    route: Literal["oral", "iv"] = Field("oral", description="Route.", json_schema_extra={"label_ja": "経路"})


RAT = Column("rat_cl", "double", unit="mL/min/kg", label=Label("Rat clearance", "ラット CL"), required=False)
CL = Column("cl", "double", "value", "mL/min/kg", Label("Clearance", "クリアランス"), "", False, "cl")
CL_LOW = Column("cl_low", "double", "interval_low", "mL/min/kg", None, "", False, "cl")
CL_HIGH = Column("cl_high", "double", "interval_high", "mL/min/kg", None, "", False, "cl")
CURVE = Column("curve", CURVE_TYPE, unit="ng/mL", label=Label("Curve", "曲線"))


@operation(
    "mock.kinetics",
    takes=Molecule.with_columns(RAT),
    gives=Schema("kinetics", (CL, CL_LOW, CL_HIGH, CURVE)),
    title=Label("Human pharmacokinetics", "ヒト薬物動態"),
)
def kinetics(batches, settings: Dose, context):
    """Make up a clearance and a curve that falls by half in an hour."""
    for batch in batches:
        names = batch.schema.names
        rats = batch.column("rat_cl").to_pylist() if "rat_cl" in names else [None] * batch.num_rows
        values = [5.0 if rat is None else rat / 4 for rat in rats]
        points = [
            {
                "time_h": t,
                "conc": settings.dose * 0.5**t,
                "low": settings.dose * 0.4**t,
                "high": settings.dose * 0.6**t,
            }
            for t in range(13)
        ]
        yield result_batch(
            {
                CL: values,
                CL_LOW: [v / 2 for v in values],
                CL_HIGH: [v * 2 for v in values],
                CURVE: [points] * len(values),
            }
        )
