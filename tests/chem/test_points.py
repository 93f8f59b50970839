from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.chem.points import mark
from kozue.core.errors import InputError

DRUGS = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "c1ccc2[nH]ccc2c1",
    "C[C@H](N)C(=O)O",
    "F/C=C/c1cc[nH]n1",
    "CN1CCN(CC1)c1ccc(cc1)S(N)(=O)=O",
    "C1CC1.c1ccncc1",
    "[NH3+]CC[C@@H]1CC[C@H](O)CC1",
)


def key(smiles):
    mol = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(mol)


@given(smiles=st.sampled_from(DRUGS), data=st.data())
@settings(deadline=None, max_examples=60)
def test_a_point_replaces_one_hydrogen_and_comes_off_again(smiles, data):
    before = mark(smiles)
    site = data.draw(st.sampled_from([site for site in before.sites if site.is_open]))
    with_point = mark(before.lying, site.atom)
    assert with_point.smiles.count("[*:1]") == 1
    # What grows there replaces a hydrogen: with hydrogen in its place it is the structure that it was.
    assert key(
        Chem.MolToSmiles(Chem.RemoveHs(Chem.MolFromSmiles(with_point.smiles.replace("[*:1]", "[H]"))))
    ) == key(smiles)
    (carrier,) = [found for found in with_point.sites if found.points]
    assert carrier.points == (1,)
    assert carrier.element == site.element
    without = mark(with_point.lying, carrier.atom)
    assert key(without.smiles) == key(smiles)


def test_points_are_numbered_and_stay_as_they_were_given():
    assert mark("c1ccc(cc1)C(=O)N1CCN([*:7])CC1").smiles == "c1ccc(cc1)C(=O)N1CCN([*:7])CC1"
    assert mark("[1*]c1ccccc1[2*]").smiles.count(":1]") == 1
    assert {site.points for site in mark("*c1ccccc1*").sites} == {(1,), (2,), ()}
    second = mark("C([*:1])c1ccccc1", 4).smiles
    assert "[*:2]" in second


def test_atoms_lie_where_they_are_drawn():
    found = mark("CCO", width=300, height=200)
    assert found.svg.startswith("<svg")
    assert [site.element for site in found.sites] == ["C", "C", "O"]
    assert all(0 <= site.x <= 300 and 0 <= site.y <= 200 for site in found.sites)
    assert found.sites[0].x != found.sites[2].x


def test_the_drawing_stays_as_it_lay_when_a_point_is_added():
    before = mark("c1ccc(cc1)C(=O)N1CCNCC1")
    for chosen in [site for site in before.sites if site.is_open]:
        after = mark(before.lying, chosen.atom)
        (carrier,) = [site for site in after.sites if site.points]
        others = [site for site in after.sites if site != carrier]
        # Pixels differ by the scale and the shift of the drawing alone.
        was = [(b.x - chosen.x, b.y - chosen.y) for b in before.sites if b != chosen]
        now = [(b.x - carrier.x, b.y - carrier.y) for b in others]
        ratio = max(abs(x) for x, _ in now) / max(abs(x) for x, _ in was)
        for x, y in was:
            assert min(abs(a - x * ratio) + abs(b - y * ratio) for a, b in now) < 3


@pytest.mark.parametrize(
    ("smiles", "atom", "word"),
    [
        ("c1ccccc", None, "ring"),
        ("CC(C)(C)C", 1, "no hydrogen"),
        ("CC", 2, "no atom 2"),
        ("[*:1]C", 0, "no atom 0"),
    ],
)
def test_what_cannot_be_is_said(smiles, atom, word):
    with pytest.raises(InputError, match=word):
        mark(smiles, atom)
