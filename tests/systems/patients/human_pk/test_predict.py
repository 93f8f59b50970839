"""``human_pk.predict`` as its users meet it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from kozue import run
from kozue.core.context import Context
from kozue.core.errors import SettingsError
from kozue.core.records import ERROR_CODE, ERROR_MESSAGE
from kozue.core.registry import get_registry
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS
from kozue.systems.patients.human_pk.measured import MEASURED
from kozue.systems.patients.human_pk.report import curve_picture, sections

PREDICT = get_registry().operation("human_pk.predict")
VERAPAMIL = "COc1ccc(CCN(C)CCCC(C#N)(C(C)C)c2ccc(OC)c(OC)c2)cc1OC"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
NEW = "O=C(Nc1ccc(F)cc1)C1CCN(Cc2ccc3[nH]ccc3c2)CC1"


def predict(records, context=None, **values):
    """Answer records (SMILES, or mappings with measured values)."""
    rows = [record if isinstance(record, dict) else {"smiles": record} for record in records]
    columns = {"smiles": pa.array([row["smiles"] for row in rows], pa.string())}
    for key in MEASURED:
        if any(key in row for row in rows):
            columns[key] = pa.array([row.get(key) for row in rows], pa.float64())
    batch = pa.RecordBatch.from_pydict(columns)
    made = next(iter(PREDICT(iter([batch]), PREDICT.parse(values), context or Context())))
    return made.to_pylist()


@pytest.fixture(scope="module")
def drugs():
    return run.answer(PREDICT, str(PREDICT.example_path))


def test_importing_the_operations_is_light():
    code = (
        "import kozue.systems.patients.human_pk.operations, sys;"
        "print([m for m in ('numpy','rdkit','sklearn','lightgbm','pyarrow','torch','scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_predicting_needs_no_training_library():
    code = (
        "from kozue import run; import sys; a = run.answer('human_pk.predict', ['CCO']);"
        "print(a.n_ok, [m for m in ('torch', 'lightgbm', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"


def test_the_example_is_answered_record_by_record(drugs):
    table = drugs.table.to_pylist()
    assert drugs.n_failed == 2
    failed = {row["name"].split(" ")[0]: row[ERROR_MESSAGE] for row in table if row[ERROR_CODE]}
    assert "Pt" in failed["cisplatin"] and "percent" in failed["caffeine"]
    for row in table:
        if row[ERROR_CODE]:
            assert all(row[key] is None for key in ENDPOINTS)
            continue
        for key in (*ENDPOINTS, "auc", "cmax", "cmin_ss", "cavg_ss"):
            assert 0 < row[f"{key}_low"] <= row[key] <= row[f"{key}_high"], (row["name"], key)
        assert row["fup_high"] <= 1
        assert row["mrt"] == pytest.approx(row["vdss"] / row["cl"] / 0.06, rel=1e-4)
        assert row["domain"] in ("inside", "edge", "outside")
        found = [neighbour["similarity"] for neighbour in row["neighbours"]]
        assert found == sorted(found, reverse=True) and len(found) == 3
        assert row["curve"][0]["time_h"] == 0
        assert all(point["low"] <= point["conc"] <= point["high"] for point in row["curve"])


def test_measured_values_make_intervals_narrower(drugs):
    rows = {row["name"]: row for row in drugs.table.to_pylist()}
    width = {
        name: np.log10(rows[name]["cl_high"] / rows[name]["cl_low"])
        for name in ("verapamil", "verapamil, structure alone")
    }
    assert width["verapamil"] < width["verapamil, structure alone"]
    assert rows["verapamil"]["given"][0] == "rat_cl" and rows["letermovir"]["given"] == []
    assert rows["verapamil"]["baseline_scaled_rat"] == pytest.approx(33.5 * 0.152, rel=1e-5)
    assert rows["letermovir"]["baseline_scaled_rat"] is None


def test_a_higher_animal_clearance_means_a_higher_human_one():
    for key in ("rat_cl", "dog_cl", "monkey_cl"):
        slow, fast = predict([{"smiles": NEW, key: 2.0}, {"smiles": NEW, key: 60.0}], neighbours=0)
        assert fast["cl"] > 1.2 * slow["cl"], key
    for key in ("rat_vdss", "dog_vdss"):
        small, large = predict([{"smiles": NEW, key: 0.3}, {"smiles": NEW, key: 12.0}], neighbours=0)
        assert large["vdss"] > 1.2 * small["vdss"], key


@pytest.mark.parametrize("key", MEASURED)
def test_every_measured_value_alone_is_taken(key):
    value = 0.2 if key.endswith("fup") else 8.0
    row = predict([{"smiles": NEW, key: value}], detail="full", neighbours=1)[0]
    assert row["given"] == [key]
    if key == "human_fup":
        assert row["fup"] == row["fup_low"] == row["fup_high"] == pytest.approx(0.2)


def test_a_record_does_not_depend_on_its_batch():
    records = [VERAPAMIL, {"smiles": NEW, "rat_cl": 20.0}, ASPIRIN, {"smiles": ASPIRIN, "dog_fup": 0.3}]
    together = predict(records)
    for record, row in zip(records, together, strict=True):
        assert predict([record])[0] == row


def test_the_spelling_of_a_structure_does_not_matter():
    from rdkit import Chem

    for smiles in (VERAPAMIL, "CC(=O)Nc1c(I)c(C(=O)O)c(I)c(N(C)C(C)=O)c1I"):
        mol = Chem.MolFromSmiles(smiles)
        spelled = [Chem.MolToSmiles(mol, doRandom=True) for _ in range(3)]
        first, *rest = predict([smiles, *spelled], detail="values")
        assert all(row == first for row in rest)


def test_output_has_the_promised_columns():
    for values in ({}, {"detail": "values"}, {"target": "cavg", "target_value": 0.5, "neighbours": 0}):
        promised = PREDICT.output_schema(PREDICT.parse(values)).to_arrow()
        batch = pa.RecordBatch.from_pydict({"smiles": [ASPIRIN, "C1CC"]})
        found = next(iter(PREDICT(iter([batch]), PREDICT.parse(values), Context()))).schema
        assert found.names[:-2] == promised.names
        for field in promised:
            assert found.field(field.name) == field


def test_higher_confidence_means_wider_intervals_and_bands():
    narrow = predict([NEW], confidence=0.5)[0]
    wide = predict([NEW], confidence=0.99)[0]
    for key in ("cl", "vdss", "half_life", "mrt", "auc"):
        assert wide[f"{key}_low"] < narrow[f"{key}_low"] < narrow[key] < narrow[f"{key}_high"]
        assert wide[key] == narrow[key]


def test_dosing_is_linear_and_by_weight():
    one, two, kilo = (
        predict([NEW], route="iv_bolus", **asked)[0]
        for asked in ({"dose": 10}, {"dose": 20}, {"dose": 10 / 70, "dose_unit": "mg/kg"})
    )
    assert two["auc"] == pytest.approx(2 * one["auc"], rel=1e-5)
    assert two["cmax_high"] == pytest.approx(2 * one["cmax_high"], rel=1e-5)
    assert kilo["auc"] == pytest.approx(one["auc"], rel=1e-5)
    assert one["auc"] == pytest.approx(10 / (one["cl"] * 0.06 * 70), rel=1e-4)


@pytest.mark.parametrize(
    ("record", "code", "words"),
    [
        ({"smiles": ASPIRIN, "rat_cl": -3.0}, "impossible_value", "above zero"),
        ({"smiles": ASPIRIN, "dog_cl": 0.0}, "impossible_value", "leave it empty"),
        ({"smiles": ASPIRIN, "human_fup": 12.0}, "impossible_value", "divide percent by 100"),
        ({"smiles": ASPIRIN, "rat_vdss": 9e4}, "impossible_value", "L/kg"),
        ({"smiles": ASPIRIN, "monkey_cl": 8e4}, "impossible_value", "L/h/kg"),
        ({"smiles": ASPIRIN, "human_clint_microsomes": 0.0}, "impossible_value", "above zero"),
        ("N[Pt](N)(Cl)Cl", "metal", "Pt"),
        ("O=O", "no_organic_molecule", "carbon"),
        ("CN1CCC[C@H]1c1cccnc1.O=C(O)c1cc2ccccc2cc1O", "mixture", "row of its own"),
        ("C" * 120, "too_heavy", "g/mol"),
        ("C1CC", "unreadable_molecule", ""),
    ],
)
def test_what_cannot_be_answered_says_so(record, code, words):
    good, bad = predict([ASPIRIN, record])
    assert good[ERROR_CODE] is None and good["cl"] > 0
    assert bad[ERROR_CODE] == code and words in bad[ERROR_MESSAGE]
    assert all(bad[key] is None for key in ENDPOINTS)


def test_text_in_a_number_column_is_named():
    answer = run.answer(PREDICT, [{"smiles": ASPIRIN, "rat_cl": "fast"}, {"smiles": ASPIRIN, "rat_cl": "5"}])
    first, second = answer.table.to_pylist()
    assert "'fast'" in first[ERROR_MESSAGE] and second["given"] == ["rat_cl"]


@pytest.mark.parametrize(
    ("records", "code"),
    [
        (["CN(C)CCC=C1c2ccccc2CCc2ccccc12.Cl"], "salts_removed"),
        (["C[N+](C)(C)CC(=O)Nc1ccccc1"], "permanent_charge"),
        ([f"N{'[C@@H](C)C(=O)N' * 6}CC(=O)O"], "peptides"),
        (["BrC(Br)(Br)C(Br)(Br)Br"], "outside_domain"),
        ([{"smiles": ASPIRIN, "rat_cl": 900.0}], "unusual_value"),
        ([{"smiles": VERAPAMIL, "rat_cl": 0.004}], "unexpected_value"),
        (
            [{"smiles": text, "dog_cl": 0.02} for text in (VERAPAMIL, NEW, "CCN(CC)CCNC(=O)c1ccc(N)cc1")] * 2,
            "unit_doubted",
        ),
    ],
)
def test_warnings(records, code):
    context = Context()
    predict(records, context, neighbours=0)
    assert code in [warned.code for warned in context.warnings]


def test_good_records_bring_no_warning():
    context = Context()
    predict([ASPIRIN, {"smiles": VERAPAMIL, "rat_cl": 33.5, "dog_cl": 26.8}], context)
    assert context.warnings == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"target": "auc"}, "belong together"),
        ({"target_value": 3.0}, "belong together"),
        ({"route": "iv_infusion", "infusion_h": 30.0}, "end before the next dose"),
        ({"dose": 0}, "greater than 0"),
        ({"bioavailability": 1.2}, "less than or equal to 1"),
        ({"route": "nose"}, "'oral'"),
        ({"confidence": 1.0}, "0.99"),
        ({"doses": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_meant(values, words):
    with pytest.raises(SettingsError, match=words):
        PREDICT.parse(values)


def test_models_that_answer_are_named():
    references = PREDICT.model_references(PREDICT.parse({}))
    assert [reference.name for reference in references] == [
        *(f"human_pk/{key}" for key in ENDPOINTS),
        "human_pk/shared",
    ]
    assert all(len(reference.sha256) == 64 and reference.card.exists() for reference in references)


def test_weights_are_small():
    from kozue.systems.patients.human_pk.model import WEIGHTS

    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < 1.5e6


def test_report_sections_are_safe_html(drugs):
    names = ["<img src=x onerror=alert(1)>", *drugs.table["name"].to_pylist()[1:]]
    table = drugs.table.set_column(drugs.table.schema.get_field_index("name"), "name", pa.array(names))
    made = sections(table, PREDICT.parse({}))
    assert [section["title"]["en"] for section in made] == [
        "Plasma curves",
        "Clearance beside classical scaling",
    ]
    for section in made:
        assert "<img" not in section["html"] and "<script" not in section["html"]
        assert "nan" not in section["html"]
    assert "&lt;img" in made[0]["html"]
    assert sections(table.slice(0, 0), PREDICT.parse({})) == []


def test_curves_are_drawn_on_both_axes(drugs):
    curve = drugs.table["curve"].to_pylist()[0]
    linear, logarithmic = curve_picture(curve, False), curve_picture(curve, True)
    assert linear != logarithmic and "polyline" in linear and "log" in logarithmic
