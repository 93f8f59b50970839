from __future__ import annotations

import pytest
from rdkit import Chem

from kozue.core.errors import InputError, SettingsError
from kozue.systems.molecules.design.core.reading import read_core


def sites(core):
    return sorted((site.label, core.marked.GetAtomWithIdx(site.atom).GetSymbol()) for site in core.sites)


@pytest.mark.parametrize("text", ["c1ccncc1*", "c1ccncc1[*:1]", "c1ccncc1[1*]", "c1ccncc1[R1]"])
def test_every_way_of_writing_a_point_is_the_same(text):
    assert read_core(text).smiles == "c1cncc([*:1])c1"


def test_points_without_number_are_counted_on_and_several_may_sit_on_one_atom():
    core = read_core("*N(*)C[*:2]")
    assert core.labels == (1, 2, 3)
    assert sites(core) == [(1, "N"), (2, "C"), (3, "N")]


def test_atoms_by_number_grow_in_place_of_a_hydrogen():
    core = read_core("c1cc[nH]c1", atoms=[0, 3])
    assert sites(core) == [(1, "C"), (2, "N")]
    assert Chem.MolToSmiles(core.bare) == "c1cc[nH]c1"


def test_an_atom_named_twice_grows_twice_and_chirality_stays():
    assert read_core("CC", atoms=[0, 0]).labels == (1, 2)
    core = read_core("C[C@H](F)Cl", atoms=[1])
    assert core.accepted("C[C@](Br)(F)Cl") != core.accepted("C[C@@](Br)(F)Cl")
    assert Chem.MolToSmiles(core.bare) == Chem.CanonSmiles("C[C@H](F)Cl")


def test_all_hydrogens_may_grow():
    assert len(read_core("c1ccccc1", hydrogens=True).sites) == 6
    assert len(read_core("Cc1cccnc1[*:1]", hydrogens=True).sites) == 5


def test_a_lead_tells_the_sites_where_it_has_substituents():
    lead = "CCc1ccc(F)cc1C(=O)NC1CC1"
    core = read_core("c1ccccc1C(=O)N", lead=lead)
    assert len(core.sites) == 3
    assert core.mapping(Chem.MolFromSmiles(lead)) is not None
    assert read_core("[c;r6]1[c;r6][c;r6][c;r6][c;r6][c;r6]1-[#6]=O", lead=lead).size == 8


def test_the_core_of_a_chiral_lead_keeps_its_chirality():
    core = read_core("CN1CCCC1", lead="CCN1CCC[C@H]1C(=O)NCC")
    assert core.accepted("CN1CCC[C@H]1C(N)=O") is not None
    assert core.accepted("CN1CCC[C@@H]1C(N)=O") is None


def test_examples_share_a_core_and_differ_at_its_sites():
    examples = ["CCc1ccc(F)cc1C(=O)NC1CC1", "Clc1ccccc1C(=O)NCC", "c1ccccc1C(=O)NC(C)C"]
    core = read_core(examples=examples)
    assert core.size == 9 and len(core.sites) == 3
    assert all(core.mapping(Chem.MolFromSmiles(text)) is not None for text in examples)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "No core"),
        ({"text": "c1ccccc"}, "unclosed ring"),
        ({"text": "C(C)(C)(C)(C)*"}, "valence"),
        ({"text": "c1ccccc1"}, "no attachment point"),
        ({"text": "C=*"}, "not single"),
        ({"text": "C*C"}, "2 bonds"),
        ({"text": "**"}, "bonded to each other"),
        ({"text": "C([*:1])[*:1]"}, "2 times"),
        ({"text": "C*.C*.C*"}, "3 parts"),
        ({"text": "C[*:1].[*:2]C[*:3]"}, r"\[1, 2\]"),
        ({"text": "CC", "atoms": [7]}, "no atom 7"),
        ({"text": "CC(C)(C)C", "atoms": [1]}, "no hydrogen"),
        ({"text": "CF", "atoms": [0, 0, 0, 0]}, "no hydrogen"),
        ({"text": "[#6]-[#7,#8]"}, "lead"),
        ({"text": "c1ccccc1C(=O)N", "lead": "CCO"}, "does not hold"),
        ({"text": "c1ccccc1C(=O)N*", "lead": "Cc1ccccc1C(=O)NC"}, "only at its attachment points"),
        ({"text": "c1ccccc1", "lead": "c1ccc2ccccc2c1"}, "cuts through a ring"),
        ({"text": "CC(C)C", "lead": "CC(=C)C"}, "does not hold"),
        ({"text": "CCC", "lead": "CC(=O)CC(=O)C"}, "cuts through"),
        ({"text": "c1ccccc1", "lead": "c1ccccc1"}, "no attachment point"),
        ({"examples": ["CCO", "c1ccccc1"]}, "share only"),
        ({"examples": ["CCO"]}, "two examples"),
        ({"text": "C*", "examples": ["CCO", "CCC"]}, "not both"),
    ],
)
def test_what_is_no_core_is_said_in_words(given, said):
    with pytest.raises(SettingsError, match=said) as caught:
        read_core(**given)
    assert caught.value.hint


def test_an_unreadable_lead_is_an_input_error():
    with pytest.raises(InputError):
        read_core("c1ccccc1", lead="c1ccccc")
