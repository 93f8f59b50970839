"""A system whose results have every kind of column that the pages can show."""

from __future__ import annotations

import hashlib
import time
from typing import Literal

import pyarrow as pa
from pydantic import Field

from kozue.core.operation import JobResult, System, job, operation
from kozue.core.records import NEIGHBOURS_TYPE, Column, Label, Molecule, RecordError, Schema, result_batch
from kozue.core.settings import Settings

SYSTEM = System(
    "demo",
    Label("Demonstration", "デモ"),
    Label("Made-up numbers for every kind of column.", "あらゆる列の見本。"),
)
KNOWN = (
    ("CC(=O)Oc1ccccc1C(=O)O", -1.2),
    ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", -0.6),
    ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", -3.1),
)


def _endpoint(key: str, en: str, ja: str, unit: str, role: str) -> tuple[Column, ...]:
    label = Label(en, ja)
    return (
        Column(key, "float", role, unit, label, f"{en}, made up.", False, key),  # type: ignore[arg-type]
        Column(f"{key}_low", "float", "interval_low", unit, None, "", False, key),
        Column(f"{key}_high", "float", "interval_high", unit, None, "", False, key),
        Column(f"{key}_domain", "string", "category", "", None, "", False, key),
        Column(f"{key}_neighbours", NEIGHBOURS_TYPE, "neighbours", unit, None, "", False, key),
    )


SOLUBILITY = _endpoint("solubility", "Aqueous solubility", "水溶解度", "log10(mol/L)", "value")
CLEARANCE = _endpoint("clearance", "Hepatic clearance", "肝クリアランス", "mL/min/kg", "value")
HERG = _endpoint("herg", "hERG blocker", "hERG 阻害", "", "probability")
WEIGHTS = Column("atoms", "list<double>", "atom_weights", "", Label("Atoms", "原子"), "", False, "solubility")
ALERTS = Column(
    "alerts", "list<string>", "category", "", Label("Structural alerts", "構造アラート"), "", False, "alerts"
)
PROFILE = Schema("profile", (*SOLUBILITY, WEIGHTS, *CLEARANCE, *HERG, ALERTS))


class ProfileSettings(Settings):
    """Every kind of control."""

    confidence: float = Field(
        0.9,
        ge=0.5,
        le=0.99,
        description="How often the interval should hold the truth.",
        json_schema_extra={"label_ja": "信頼度"},
    )
    neighbours: int = Field(
        3,
        ge=0,
        le=10,
        description="Similar molecules to show.",
        json_schema_extra={"label_ja": "類似分子の数"},
    )
    detail: Literal["full", "values"] = Field("full", description="How much to say.")
    salts: bool = Field(True, description="Take the salts off first.")
    note: str = Field("", description="A remark.")
    pace: float = Field(0.0, ge=0, description="Time to waste on a batch.", json_schema_extra={"unit": "s"})
    groups: tuple[Literal["absorption", "metabolism", "toxicity"], ...] = Field(
        ("absorption", "toxicity"), description="What to look at."
    )


def _share(text: str, salt: str) -> float:
    return int.from_bytes(hashlib.sha256((salt + text).encode()).digest()[:4], "big") / 2**32


def _columns(key: str, texts: list[str | None], low: float, span: float, width: float) -> list[list]:
    values = [None if text is None else low + span * _share(text, key) for text in texts]
    words = ("inside", "inside", "inside", "edge", "outside")
    return [
        values,
        [
            None if v is None else v - width * (0.4 + _share(t or "", "w"))
            for v, t in zip(values, texts, strict=True)
        ],
        [
            None if v is None else v + width * (0.4 + _share(t or "", "w"))
            for v, t in zip(values, texts, strict=True)
        ],
        [None if t is None else words[int(5 * _share(t, key + "d"))] for t in texts],
        [
            None
            if t is None
            else [{"smiles": s, "value": v, "similarity": 0.9 - 0.2 * i} for i, (s, v) in enumerate(KNOWN)]
            for t in texts
        ],
    ]


@operation(
    "demo.profile",
    takes=Molecule,
    gives=PROFILE,
    title=Label("Profile", "プロファイル"),
    keywords=("demo", "見本"),
    when="You want to see what the pages can do.",
    when_not="For anything real.",
    cost="about 0.1 ms a molecule",
    example="demo.csv",
    batch_rows=256,
    part_rows=2048,
)
def profile(batches, settings: ProfileSettings, context):
    """Give made-up numbers for every kind of column.

    The numbers follow from a hash of the structure, so that they are the same every time.
    """
    for batch in batches:
        time.sleep(settings.pace)
        texts: list[str | None] = batch.column("smiles").to_pylist()
        errors = {}
        for row, text in enumerate(texts):
            if text is not None and not set(text) <= set("BCNOFPSIKHacnosplrebi()[]=#+-@/\\123456789.%0"):
                errors[row] = RecordError(
                    "unreadable_molecule", f"The SMILES {text[:60]!r} cannot be read: unknown letter."
                )
                texts[row] = None
        made = dict(zip(SOLUBILITY, _columns("solubility", texts, -7, 7, 0.8), strict=True))
        made[WEIGHTS] = [None if t is None else [0.3, -0.2] if t == "CO" else None for t in texts]
        made |= dict(zip(CLEARANCE, _columns("clearance", texts, 2, 60, 6), strict=True))
        herg = _columns("herg", texts, 0.05, 0.9, 0.04)
        made |= dict(zip(HERG, herg, strict=True))
        made[ALERTS] = [
            None if t is None else ["michael acceptor", "aldehyde", "nitro"][: int(4 * _share(t, "a"))]
            for t in texts
        ]
        yield result_batch(made, errors)


class FitSettings(Settings):
    """How to fit."""

    column: str = Field(description="Column with the measured values.")


@job(
    "demo.fit",
    takes=Molecule,
    title=Label("Fit", "学習"),
    input_optional=True,
    gives=Schema("fit", (Column("fold", "int64"), Column("r2", "double", "value"))),
)
def fit(batches, settings: FitSettings, context):
    """Pretend to train a model."""
    list(batches)
    return JobResult(
        tables={
            "folds": pa.table({"fold": [1, 2, 3], "r2": [0.61, 0.58, 0.66]}),
            "importance": pa.table({"feature": ["logP"], "gain": [0.4]}),
        },
        figures={
            "Predicted and measured": "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 50'><path d='M5 45 85 5' stroke='green'/></svg>"
        },
        summary={"r2": 0.617, "rows": 120},
    )
