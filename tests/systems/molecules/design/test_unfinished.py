from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kozue.systems.molecules.design.corpus import random_order
from kozue.systems.molecules.design.prior import load_prior
from kozue.systems.molecules.design.tokens import atoms_of
from kozue.systems.molecules.design.unfinished import EMPTY, WIDTH, described, followed


def stand(text):
    return followed(EMPTY, atoms_of(text))


def numbers(text):
    out = np.zeros(WIDTH, np.float32)
    described(stand(text), out)
    return out


def test_whole_molecules_leave_nothing_unfinished():
    rng = np.random.default_rng(0)
    for smiles in load_prior("design/zinc").reference:
        for text in (smiles, random_order(smiles, rng)):
            end = stand(text)
            assert (end.rings, end.branches) == ((), None), text
            assert not any(wanting % 2 for wanting in end.systems), text


@pytest.mark.parametrize(
    ("text", "wanting"),
    [
        ("c1ccccc1", (6,)),
        ("c1cc[nH]c1", (4,)),
        ("c1ccn(C)c1", (4,)),
        ("Cn1cccc1", (4,)),
        ("Cn1ccccc1=O", (4,)),
        ("O=c1cc[nH]cc1", (4,)),
        ("c1ccoc1", (4,)),
        ("C[n+]1ccccc1", (6,)),
        ("c1ccc2ccccc2c1", (10,)),
        ("c1ccc(-c2ccccc2)cc1", (6, 6)),
        ("c1ccc(Cc2ccccc2)cc1", (6, 6)),
        ("CCN=c1sccn1C", (2,)),
        # Broken ones: an odd number is left.
        ("c1cccc1", (5,)),
        ("c1ccnc1C", (5,)),
    ],
)
def test_aromatic_atoms_that_want_a_double_bond_are_counted_by_system(text, wanting):
    assert stand(text).systems == wanting


def test_open_rings_and_branches_are_known():
    found = stand("C1CC(C2=C")
    assert [ring.digit for ring in found.rings] == [1, 2]
    assert found.branches is not None
    assert [ring.digit for ring in stand("C1CC(C2=C1").rings] == [2]
    assert [ring.digit for ring in stand("C%12CC1C%12").rings] == [1]


def test_a_branch_goes_back_to_where_it_began():
    assert stand("C(N)O").atom.parent.number == 1
    assert stand("CC(N(C)C)(F)O").atom.parent.number == 2


def test_what_a_ring_would_be_is_told():
    benzene, pyridone = numbers("c1ccccc"), numbers("Cn1cccc")
    assert not np.array_equal(benzene, pyridone)
    assert numbers("C").sum() < benzene.sum()
    assert np.array_equal(numbers("CCC1CC"), numbers("CCC1CC"))
    assert not np.array_equal(numbers("CCC1CC"), numbers("CC1CCC"))


@given(st.lists(st.sampled_from([*list("CNOcno()=#123"), "[nH]", "[C@@H]", "%11", "/", "."]), max_size=25))
def test_any_text_can_be_followed_piece_by_piece(elements):
    whole = followed(EMPTY, elements)
    stand = EMPTY
    for element in elements:
        stand = followed(stand, [element])
    assert stand == whole
    out = np.zeros(WIDTH, np.float32)
    described(whole, out)
    assert np.isfinite(out).all()
    assert out.min() >= 0


def test_beginnings_are_shared():
    begin = stand("c1ccc(")
    followed(begin, atoms_of("N)cc1"))
    assert begin == stand("c1ccc(")
