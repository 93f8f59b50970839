from __future__ import annotations

import re
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue import run
from kozue.core.context import Context
from kozue.core.errors import SettingsError
from kozue.core.records import ERROR_CODE
from kozue.core.registry import get_registry
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.report import light, sections

PREDICT = get_registry().operation("admet.predict")
DRUGS = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "CN(C)CCC=C1c2ccccc2CCc2ccccc12.Cl",
    "C(C)(C)(C)(C)C",
    "CCCCCCCCCCCCCCCC",
    "COc1ccc(CCN(C)CCCC(C#N)(C(C)C)c2ccc(OC)c(OC)c2)cc1OC",
]


def predict(smiles, context=None, **values):
    batch = pa.RecordBatch.from_pydict({"smiles": pa.array(smiles, pa.string())})
    return next(iter(PREDICT(iter([batch]), PREDICT.parse(values), context or Context())))


@pytest.fixture(scope="module")
def drugs():
    return run.answer(PREDICT, str(PREDICT.example_path))


def test_importing_the_operations_is_light():
    code = (
        "import kozue.systems.molecules.admet.operations, sys;"
        "print([m for m in ('numpy','rdkit','sklearn','lightgbm','pyarrow','torch','scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_predicting_needs_neither_torch_nor_lightgbm():
    code = (
        "from kozue import run; import sys; a = run.answer('admet.predict', ['CCO']);"
        "print(a.n_ok, [m for m in ('torch', 'lightgbm', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"


def test_the_example_is_answered_record_by_record(drugs):
    assert (drugs.n_in, drugs.n_ok, drugs.n_failed) == (54, 53, 1)
    table = drugs.table.to_pylist()
    failed = [row for row in table if row[ERROR_CODE]]
    assert [row["name"].split(" (")[0] for row in failed] == ["a drawing slip"]
    assert "carbon" in failed[0]["name"] or "valence" in failed[0]["error_message"]
    for row in table:
        if row[ERROR_CODE]:
            assert all(row[key] is None for key in ENDPOINTS)
            continue
        for key, endpoint in ENDPOINTS.items():
            assert row[f"{key}_low"] <= row[key] <= row[f"{key}_high"], (row["name"], key)
            if endpoint.is_class:
                assert 0 < row[key] < 1
            assert row[f"{key}_domain"] in ("inside", "edge", "outside")
            found = [neighbour["similarity"] for neighbour in row[f"{key}_neighbours"]]
            assert found == sorted(found, reverse=True)
            assert len(found) == 3


def test_chemistry_makes_sense(drugs):
    rows = {row["name"]: row for row in drugs.table.to_pylist()}
    assert rows["terfenadine"]["herg"] > 0.8 > 0.5 > rows["metformin"]["herg"]
    assert rows["caffeine"]["bbb"] > 0.8 > rows["atenolol"]["bbb"]
    assert rows["simvastatin"]["lipophilicity"] > 2.5 > 0.5 > rows["metformin"]["lipophilicity"]
    assert rows["metformin"]["solubility"] > rows["terfenadine"]["solubility"] + 2
    assert rows["atenolol"]["caco2"] < rows["propranolol"]["caco2"]
    assert rows["warfarin"]["ppbr"] > 90 > 60 > rows["metformin"]["ppbr"]


def test_measured_molecules_are_their_own_neighbours():
    row = predict(["CC(=O)Nc1ccc(O)cc1"], endpoints=["hia"]).to_pylist()[0]
    assert row["hia_neighbours"][0]["similarity"] == 1.0
    assert row["hia_domain"] == "inside"


@settings(max_examples=8, deadline=None)
@given(st.permutations(DRUGS), st.integers(1, 5))
def test_a_record_does_not_depend_on_its_batch(order, size):
    together = {row["smiles"]: row for row in _rows(order, len(order))}
    for row in _rows(order, size):
        assert row == together[row["smiles"]]


def _rows(smiles, size):
    rows = []
    for start in range(0, len(smiles), size):
        part = smiles[start : start + size]
        rows += [{"smiles": s, **row} for s, row in zip(part, predict(part).to_pylist(), strict=True)]
    return rows


def test_output_has_the_promised_columns():
    for values in (
        {},
        {"detail": "values"},
        {"endpoints": ["herg", "vdss"], "neighbours": 0, "confidence": 0.8},
    ):
        promised = PREDICT.output_schema(PREDICT.parse(values)).to_arrow()
        found = predict(DRUGS, **values).schema
        assert found.names[:-2] == promised.names
        for field in promised:
            assert found.field(field.name) == field
            assert found.field(field.name).metadata == field.metadata


def test_higher_confidence_means_wider_intervals():
    narrow = predict(DRUGS[:1], endpoints=["solubility"], confidence=0.5).to_pylist()[0]
    wide = predict(DRUGS[:1], endpoints=["solubility"], confidence=0.99).to_pylist()[0]
    assert wide["solubility_low"] < narrow["solubility_low"]
    assert wide["solubility_high"] > narrow["solubility_high"]
    assert wide["solubility"] == narrow["solubility"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"endpoints": ["hergg"]}, "did you mean herg"),
        ({"endpoints": []}, "at least 1"),
        ({"endpoint": ["herg"]}, "did you mean 'endpoints'"),
        ({"confidence": 1.0}, "less than or equal to 0.99"),
        ({"neighbours": -1}, "greater than or equal to 0"),
        ({"detail": "some"}, "'full' or 'values'"),
    ],
)
def test_settings_that_cannot_be_meant(values, words):
    with pytest.raises(SettingsError, match=words):
        PREDICT.parse(values)


def test_warns_about_salts_and_about_what_no_model_has_seen():
    context = Context()
    predict(["CN(C)CCC=C1c2ccccc2CCc2ccccc12.Cl"], context, endpoints=["herg"])
    assert [warned.code for warned in context.warnings] == ["salts_removed"]
    context = Context()
    predict(["[Xe]", "F[Kr]F", "[Au]"], context)
    assert "outside_domain" in [warned.code for warned in context.warnings]


def test_only_unreadable_records():
    batch = predict(["C1CC", None, ""])
    assert batch.num_rows == 3
    assert batch.column(ERROR_CODE).null_count == 0


def test_models_that_answer_are_named():
    references = PREDICT.model_references(PREDICT.parse({"endpoints": ["herg", "dili"]}))
    assert [reference.name for reference in references] == [
        "admet/herg",
        "admet/dili",
        "admet/library",
        "admet/networks",
    ]
    assert all(len(reference.sha256) == 64 and reference.card.exists() for reference in references)


def test_report_sections_are_safe_html(drugs):
    names = ["<img src=x onerror=alert(1)>", *drugs.table["name"].to_pylist()[1:]]
    table = drugs.table.set_column(drugs.table.schema.get_field_index("name"), "name", pa.array(names))
    made = sections(table, PREDICT.parse({}))
    assert [section["title"]["en"] for section in made] == ["Profile", "Spread of the predictions"]
    for section in made:
        assert "<img" not in section["html"]
        assert "<script" not in section["html"]
    assert "&lt;img" in made[0]["html"]
    # Turned by half a circle, Japanese letters would stand on their heads.
    assert not re.search(r"rotate[^>]*>[^<]*[ぁ-んァ-ヶ一-龠]", made[0]["html"])
    assert sections(table.slice(0, 0), PREDICT.parse({})) == []


def test_traffic_lights():
    assert light(ENDPOINTS["solubility"], -3.0) == "good"
    assert light(ENDPOINTS["solubility"], -5.0) == "fair"
    assert light(ENDPOINTS["solubility"], -7.0) == "poor"
    assert light(ENDPOINTS["herg"], 0.9) == "poor"
    assert light(ENDPOINTS["lipophilicity"], 2.0) == "good"
    assert light(ENDPOINTS["lipophilicity"], 6.0) == "poor"
    assert light(ENDPOINTS["vdss"], None) == "none"
