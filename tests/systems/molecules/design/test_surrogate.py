from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from kozue.systems.molecules.design.surrogate import LEAST, REMEMBERED, Surrogate

ALKANES = [Chem.MolFromSmiles("C" * length) for length in range(1, 41)]
ALCOHOLS = [Chem.MolFromSmiles("C" * length + "O") for length in range(1, 41)]
AMINES = [Chem.MolFromSmiles("C" * length + "N") for length in range(1, 41)]


def taught(score, seed=0):
    """Return one that has learned alkanes and alcohols up to 30 atoms."""
    surrogate = Surrogate(np.random.default_rng(seed))
    mols = [mol for mol in ALKANES + ALCOHOLS if mol.GetNumAtoms() <= 30]
    surrogate.learn(mols, [score(mol) for mol in mols])
    return surrogate


def has_oxygen(mol):
    return float(any(atom.GetSymbol() == "O" for atom in mol.GetAtoms()))


def test_it_prefers_what_resembles_the_best():
    asked = [*ALKANES[30:], *ALCOHOLS[30:]]
    places = taught(has_oxygen).choose(asked, 10)
    # One of the ten is drawn whatever it promises.
    assert sum(place >= 10 for place in places) >= 9


def test_scores_of_any_size_give_the_same_choice():
    asked = [*ALKANES[30:], *ALCOHOLS[30:]]
    small, large = (
        taught(lambda mol, size=size: size * has_oxygen(mol) - 3 * size).choose(asked, 10)
        for size in (1.0, 1e6)
    )
    assert small == large


def test_before_it_has_learned_some_are_drawn():
    surrogate = Surrogate(np.random.default_rng(0))
    surrogate.learn((ALKANES + ALCOHOLS)[: LEAST - 1], [0.0] * (LEAST - 1))
    places = surrogate.choose(ALCOHOLS, 5)
    assert len(set(places)) == 5
    assert places != [0, 1, 2, 3, 4]


def test_missing_scores_are_passed_over():
    surrogate = Surrogate(np.random.default_rng(0))
    surrogate.learn(ALKANES * 2, [float("nan")] * 40 + [float("-inf")] * 40)
    assert len(surrogate.choose(ALCOHOLS, 2)) == 2


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_equal_scores_do_no_harm(score):
    assert len(taught(lambda mol: score).choose(AMINES, 7)) == 7


def test_of_many_it_remembers_the_best_and_the_latest():
    surrogate = Surrogate(np.random.default_rng(0))
    surrogate.learn(ALCOHOLS[5:25], [1.0] * 20)
    for _ in range(REMEMBERED // 20):
        surrogate.learn(ALKANES[5:25], [0.0] * 20)
    places = surrogate.choose([*ALKANES[25:35], *ALCOHOLS[25:35]], 10)
    assert sum(place >= 10 for place in places) >= 9


@given(count=st.integers(0, 60), seed=st.integers(0, 3))
def test_it_chooses_as_many_as_are_wanted_each_once(count, seed):
    places = taught(has_oxygen, seed).choose(AMINES, count)
    assert len(places) == min(count, len(AMINES))
    assert places == sorted(set(places))


def test_the_same_history_gives_the_same_choice():
    assert taught(has_oxygen, 1).choose(AMINES, 9) == taught(has_oxygen, 1).choose(AMINES, 9)
