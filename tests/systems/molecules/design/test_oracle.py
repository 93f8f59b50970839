from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from kozue.core.context import Checkpoint
from kozue.systems.molecules.design.contracts import Proposal
from kozue.systems.molecules.design.journal import Journal
from kozue.systems.molecules.design.oracle import Oracle


class NoNitrogen:
    def first_failing(self, mol):
        return "nitrogen" if any(atom.GetSymbol() == "N" for atom in mol.GetAtoms()) else ""


class Room:
    """Room for some molecules of each size."""

    def __init__(self, places=1000):
        self.places, self.held = places, {}

    def admits(self, mol):
        return self.held.get(mol.GetNumAtoms(), 0) < self.places

    def add(self, mol, score):
        self.held[mol.GetNumAtoms()] = self.held.get(mol.GetNumAtoms(), 0) + 1


class Counting:
    """The number of heavy atoms, and how often it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, smiles, mols):
        self.asked += smiles
        return {"atoms": np.array([float(mol.GetNumHeavyAtoms()) for mol in mols])}


def make(budget=100, values=None, journal=None, places=1000, core=None, chooser=None):
    return Oracle(
        values or Counting(),
        lambda columns: (columns["atoms"], [""] * len(columns["atoms"])),
        NoNitrogen(),
        Room(places),
        journal or Journal(Checkpoint()),
        budget,
        core,
        chooser=chooser,
    )


def judge(oracle, *texts):
    return oracle.judge({"test": [Proposal(text) for text in texts]})["test"]


def test_each_structure_costs_one_call_however_it_is_written():
    values = Counting()
    oracle = make(values=values)
    first = judge(oracle, "CCO", "OCC", "C(O)C")
    second = judge(oracle, "CCO", "C(C)O")
    assert values.asked == ["CCO"]
    assert [one.status for one in first + second] == ["scored", "known", "known", "known", "known"]
    assert {one.score for one in first + second} == {3.0}
    assert oracle.left == 99
    assert oracle.repeated["test"] == 4


def test_what_is_refused_costs_nothing_and_is_counted():
    oracle = make(core=lambda mol: mol.GetNumAtoms() < 9)
    answers = judge(oracle, "C1CC", "", "CN", "CC.CC", "CCCCCCCCCC", "C" * 150, "NC")
    assert [one.status for one in answers] == [
        "invalid",
        "invalid",
        "filtered",
        "invalid",
        "invalid",
        "invalid",
        "filtered",
    ]
    assert oracle.left == 100
    assert oracle.lost == {
        "unreadable": 2,
        "nitrogen": 2,
        "several parts": 1,
        "without the core": 1,
        "too large": 1,
    }


def test_the_budget_is_never_exceeded():
    oracle = make(budget=2)
    answers = judge(oracle, "C", "CC", "CCC", "C")
    assert [one.status for one in answers] == ["scored", "scored", "unspent", "known"]
    assert oracle.left == 0
    assert [call.number for call in oracle.calls] == [1, 2]
    assert [one.status for one in judge(oracle, "CCCC", "CC")] == ["unspent", "known"]


def test_crowded_molecules_may_come_again_later():
    oracle = make(places=1)
    assert [one.status for one in judge(oracle, "CCO")] == ["scored"]
    assert [one.status for one in judge(oracle, "CCC", "CCO")] == ["crowded", "known"]


def test_a_call_without_a_number_is_spent_and_said():
    oracle = Oracle(
        lambda smiles, mols: {"x": np.full(len(mols), np.nan)},
        lambda columns: (columns["x"], ["the model is silent"] * len(columns["x"])),
        NoNitrogen(),
        Room(),
        Journal(Checkpoint()),
        5,
    )
    (answer,) = judge(oracle, "CCO")
    assert (answer.status, answer.score) == ("scored", float("-inf"))
    assert oracle.lost["the model is silent"] == 1
    assert np.isnan(oracle.calls[0].score)


def test_the_log_says_who_asked_what_from_which_parents():
    oracle = make()
    oracle.judge({"genetic": [Proposal("CCC", ("CC", "C"))]})
    (call,) = oracle.calls
    assert (call.number, call.generator, call.parents, call.round, call.values) == (
        1, "genetic", ("CC", "C"), 1, {"atoms": 3.0},
    )  # fmt: skip


@pytest.mark.parametrize("broken_after", [0, 1, 3])
def test_a_run_that_is_repeated_reads_its_answers(tmp_path, broken_after):
    rounds = [["C", "CC"], ["CCC", "C"], ["CCCC", "CCCCO"], ["CO"]]
    whole = make()
    for texts in rounds:
        judge(whole, *texts)
    journal = Journal(Checkpoint(tmp_path))
    before = make(journal=journal)
    for texts in rounds[:broken_after]:
        judge(before, *texts)
    journal.flush()
    values = Counting()
    again = make(values=values, journal=Journal(Checkpoint(tmp_path)))
    for texts in rounds:
        judge(again, *texts)
    assert again.calls == whole.calls
    done = {text for texts in rounds[:broken_after] for text in texts}
    assert not done & set(values.asked)


def test_a_journal_keeps_numbers_to_the_last_bit_and_what_json_has_not(tmp_path):
    journal = Journal(Checkpoint(tmp_path))
    numbers = [0.1 + 0.2, float("inf"), float("-inf"), float("nan"), 1e-320]
    journal.add([str(place) for place in range(5)], {"x": numbers})
    journal.flush()
    again = Journal(Checkpoint(tmp_path))
    for place, number in enumerate(numbers):
        found = again.get(str(place))["x"]
        assert found == number or (np.isnan(found) and np.isnan(number))
    assert again.get("other") is None


def test_other_filters_give_a_second_chance():
    oracle = make()
    judge(oracle, "CN", "CC")

    class AllPass:
        def first_failing(self, mol):
            return ""

    oracle.forget_filtered(AllPass())
    assert [one.status for one in judge(oracle, "CN", "CC")] == ["scored", "known"]


class Longest:
    """Chooses the longest molecules, and remembers what it was told."""

    def __init__(self):
        self.learned = {}

    def learn(self, mols, scores):
        self.learned.update({Chem.MolToSmiles(mol): score for mol, score in zip(mols, scores, strict=True)})

    def choose(self, mols, count):
        order = sorted(range(len(mols)), key=lambda place: -mols[place].GetNumAtoms())
        return sorted(order[:count])


def test_of_more_than_may_be_scored_the_chooser_picks():
    chooser = Longest()
    oracle = make(chooser=chooser)
    proposals = [Proposal(text) for text in ("C", "CCCC", "CN", "CC", "CCC", "CCCC")]
    judged = oracle.judge({"test": proposals}, most=2)["test"]
    assert [one.status for one in judged] == ["unspent", "scored", "filtered", "unspent", "scored", "known"]
    assert chooser.learned == {"CCCC": 4.0, "CCC": 3.0}
    assert oracle.left == 98
    # What was passed over may come again.
    assert judge(oracle, "CC")[0].status == "scored"


def test_nothing_is_scored_beyond_the_budget_whoever_chooses():
    oracle = make(budget=3, chooser=Longest())
    judged = oracle.judge({"test": [Proposal("C" * length) for length in range(1, 8)]}, most=5)["test"]
    assert [one.smiles for one in judged if one.status == "scored"] == ["CCCCC", "CCCCCC", "CCCCCCC"]
    assert oracle.left == 0


def test_the_chooser_learns_what_an_earlier_stage_has_scored():
    first, chooser = make(), Longest()
    judge(first, "C", "CC")
    make(chooser=chooser).inherit(first)
    assert chooser.learned == {"C": 1.0, "CC": 2.0}
