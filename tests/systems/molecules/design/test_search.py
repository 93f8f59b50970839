from __future__ import annotations

import json
import os
import signal
import time

import pytest
from kozue_priors import keep_chains
from rdkit import Chem

import kozue
from kozue.core.errors import KozueError, SettingsError
from kozue.run import RunStore


@pytest.fixture
def prior():
    return keep_chains()


def rows(answer, name=None):
    return (answer.table if name is None else answer.tables[name]).to_pylist()


def search(prior, **settings):
    given = {"rewards": ["-logp"], "calls": 120, "batch": 24, "prior": prior, **settings}
    records = given.pop("records", None)
    return kozue.design.search(records, **given) if records is not None else kozue.design.search(**given)


@pytest.mark.parametrize("generators", [["tree"], ["policy"], ["genetic"], ["tree", "policy", "genetic"]])
def test_a_search_spends_its_budget_on_different_molecules(prior, generators):
    answer = search(prior, generators=generators)
    calls = rows(answer, "calls")
    assert [call["call"] for call in calls] == list(range(1, len(calls) + 1))
    assert len({call["smiles"] for call in calls}) == len(calls) == 120
    best = rows(answer)
    assert [row["rank"] for row in best] == list(range(1, 101))
    assert [row["score"] for row in best] == sorted((call["score"] for call in calls), reverse=True)[:100]
    assert {row["generator"] for row in best} <= set(generators)
    assert sum(row["scored"] for row in rows(answer, "generators")) == 120
    assert "Score over calls" in answer.figures


def test_the_same_seed_gives_the_same_search(prior):
    first, again, other = (search(prior, seed=seed, calls=80) for seed in (3, 3, 4))
    assert first.table.equals(again.table)
    assert first.tables["calls"].equals(again.tables["calls"])
    assert not first.tables["calls"].equals(other.tables["calls"])


def test_molecules_given_are_scored_first_and_named(prior):
    answer = search(prior, records=["CCO", "OCC", "c1ccccc"], calls=40)
    assert rows(answer, "calls")[0]["smiles"] == "CCO"
    assert rows(answer, "calls")[0]["generator"] == "input"
    assert (answer.n_in, answer.n_failed) == (3, 1)


def test_every_molecule_holds_the_core_and_says_where(prior):
    answer = search(prior, core="c1ccc(cc1)C(=O)N[*:1]", calls=60, rewards=["qed"])
    best = rows(answer)
    assert best
    query = Chem.MolFromSmarts("c1ccccc1C(=O)N")
    for row in best:
        mol = Chem.MolFromSmiles(row["smiles"])
        assert mol.HasSubstructMatch(query)
        outside = set(range(mol.GetNumAtoms())) - set(row["core_atoms"])
        bonds = [
            bond
            for bond in mol.GetBonds()
            if len({bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} & outside) == 1
        ]
        assert len(row["core_atoms"]) == 9
        assert len(bonds) == 1


def test_a_reward_and_a_column_of_the_report_never_share_a_name(prior):
    names = search(prior, rewards=["similarity:CCCO", "qed"], calls=30).table.column_names
    assert len(names) == len(set(names))
    with pytest.raises(SettingsError, match="nearest"):
        search(prior, rewards=[{"kind": "property", "property": "qed", "name": "nearest"}])


def test_molecules_that_are_none_are_an_error(prior):
    with pytest.raises(KozueError, match="none is a molecule"):
        search(prior, records=["c1ccccc", "not a molecule"])


def test_words_are_no_substructure(prior):
    with pytest.raises(SettingsError, match="SMARTS"):
        search(prior, forbid=["no such group"])


def test_a_linker_needs_two_parts(prior):
    with pytest.raises(SettingsError, match="one part"):
        search(prior, core="c1ccccc1[*:1]", link=True)


def test_filters_act_before_a_call_is_spent(prior):
    answer = search(prior, forbid=["[#7]"], windows=["mw<120"], calls=50)
    for call in rows(answer, "calls"):
        assert "N" not in call["smiles"]
    assert sum(row["molecules"] for row in rows(answer, "losses")) > 0


def test_stages_follow_one_another(prior):
    answer = search(
        prior,
        calls=40,
        stages=[{"calls": 30, "rewards": ["logp"]}, {"calls": 20, "generators": ["genetic"]}],
    )
    calls = rows(answer, "calls")
    assert [sum(call["stage"] == stage for call in calls) for stage in (1, 2, 3)] == [40, 30, 20]
    assert {row["stage"] for row in rows(answer)} == {2, 3}


def test_fronts_come_first_where_rewards_disagree(prior):
    answer = search(prior, rewards=["-logp", "mw:100..400"], combine="pareto", calls=60)
    fronts = [row["front"] for row in rows(answer)]
    assert fronts == sorted(fronts)
    assert fronts[0] == 1


def test_nothing_can_pass_is_said_at_once_with_the_filter(prior):
    began = time.monotonic()
    with pytest.raises(SettingsError, match="mw"):
        search(prior, windows=["mw<20"], rewards=["qed"], core="c1ccc(cc1)C(=O)N[*:1]")
    with pytest.raises(KozueError, match="removed by"):
        search(prior, require=["[Si]"], generators=["tree"])
    assert time.monotonic() - began < 60


def test_a_search_that_knows_everything_stops(prior):
    answer = search(prior, windows=["heavy_atoms<3"], generators=["tree", "policy"], calls=500)
    assert len(rows(answer, "calls")) < 20
    assert any(warned.code == "exhausted" for warned in answer.warnings)


def failing_reward(folder):
    path = folder / "reward.py"
    path.write_text(
        "calls = 0\n"
        "def score(smiles):\n"
        "    global calls\n"
        "    calls += len(smiles)\n"
        "    if calls > 60:\n"
        "        raise ValueError('the robot is out of tips')\n"
        "    return [len(text) for text in smiles]\n"
    )
    return path


def test_a_reward_that_fails_stops_the_run_and_keeps_its_work(prior, tmp_path):
    path = failing_reward(tmp_path)
    settings = {
        "rewards": [f"python:{path}:score"],
        "combine": "sum",
        "calls": 120,
        "batch": 24,
        "prior": prior,
    }
    store = RunStore()
    run = store.create("design.search", None, settings, seed=5)
    run.start()
    assert run.wait(120)["state"] == "failed"
    assert "out of tips" in json.dumps(run.status()["error"])
    assert list((run.folder / "checkpoint").glob("answers-*"))
    path.write_text(path.read_text().replace("calls > 60", "calls > 1000"))
    run.resume()
    assert run.wait(120)["state"] == "finished"
    whole = store.create("design.search", None, settings, seed=5)
    whole.start()
    whole.wait(120)
    assert run.answer().table.equals(whole.answer().table)


@pytest.mark.slow
def test_a_killed_search_ends_as_one_that_was_left_alone(prior):
    settings = {"rewards": ["-logp", "qed"], "calls": 300, "batch": 24, "prior": prior}
    store = RunStore()
    whole = store.create("design.search", None, settings, seed=1)
    whole.start()
    assert whole.wait(300)["state"] == "finished"
    broken = store.create("design.search", None, {**settings, "top": 100}, seed=1)
    for calls in (50, 120, 220):
        broken.start()
        while broken.state == "running" and broken.status()["done"] < calls:
            time.sleep(0.05)
        pid = json.loads((broken.folder / "status.json").read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        while broken.state == "running":
            time.sleep(0.05)
    broken.resume()
    assert broken.wait(300)["state"] == "finished"
    for name in ("molecules", "calls", "generators", "losses"):
        assert broken.answer().tables.get(name) == whole.answer().tables.get(name)
    assert broken.answer().table.equals(whole.answer().table)


@pytest.mark.slow
def test_a_substructure_can_be_banned_while_the_search_works(prior):
    settings = {"rewards": ["-logp"], "calls": 1000, "batch": 24, "prior": prior, "generators": ["policy"]}
    run = RunStore().create("design.search", None, settings, seed=1)
    run.start()
    while run.status()["done"] < 100 and run.state == "running":
        time.sleep(0.05)
    run.wish(ban="O")
    with pytest.raises(SettingsError, match="ban"):
        run.wish(bann="O")
    while not run.preview().get("facts", {}).get("banned") and run.state == "running":
        time.sleep(0.05)
    assert run.preview()["records"]
    run.cancel()
    run.resume()
    assert run.wait(300)["state"] == "finished"
    calls = run.answer().tables["calls"].to_pylist()
    assert any("O" in call["smiles"] for call in calls)
    assert not any("O" in call["smiles"] for call in calls[-100:])
