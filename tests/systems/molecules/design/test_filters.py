"""Filters before a call, contradictions within moments, diversity."""

from __future__ import annotations

import time

import pytest
from rdkit import Chem

from kozue.core.errors import SettingsError
from kozue.systems.molecules.design.diversity import Diversity
from kozue.systems.molecules.design.filters.screening import Filters
from kozue.systems.molecules.design.filters.settings import FilterSettings
from kozue.systems.molecules.design.rewards.quantities import properties
from kozue.systems.molecules.design.rewards.structures import FUNCTIONS
from kozue.systems.molecules.design.settings import SearchSettings


def filters(**values):
    return Filters(FilterSettings(**values))


def mol(smiles):
    return Chem.MolFromSmiles(smiles)


@pytest.mark.parametrize(
    ("values", "passes", "fails", "name"),
    [
        ({"windows": ["mw<100"]}, "CCO", "c1ccc2ccccc2c1", "mw<100"),
        ({"windows": ["hbd<1"]}, "CC", "CO", "hbd<1"),
        ({"windows": ["logp:0..2"]}, "CCCO", "CCCCCCCC", "logp:0..2"),
        ({"largest_ring": 6}, "C1CCCCC1", "C1CCCCCC1", "ring larger than 6"),
        ({"largest_ring": 0}, "CC", "C1CC1", "ring"),
        ({"smallest_ring": 5}, "C1CCCC1", "C1CC1", "ring smaller than 5"),
        ({"charge": 0}, "C[N+](=O)[O-]", "CC(=O)[O-]", "charge above 0"),
        ({"stereocentres": 0}, "CCO", "CC(N)O", "stereocentres above 0"),
        ({"forbid": ["[N+](=O)[O-]"]}, "CCO", "C[N+](=O)[O-]", "forbidden [N+](=O)[O-]"),
        ({"require": ["C(=O)N"]}, "CC(=O)N", "CC(=O)O", "without C(=O)N"),
        ({"alerts": ["brenk"]}, "c1ccccc1", "CC=O", "BRENK: aldehyde"),
        ({"alerts": ["chembl_bms"]}, "c1ccccc1", "O=Cc1ccccc1", "CHEMBL_BMS: "),
    ],
)
def test_a_filter_names_itself_where_it_removes(values, passes, fails, name):
    made = filters(**values)
    assert made.first_failing(mol(passes)) == ""
    assert made.first_failing(mol(fails)).startswith(name)
    assert sum(made.counts.values()) == 1


def test_every_property_can_be_computed_and_filtered():
    assert set(FUNCTIONS) == set(properties())
    aspirin = mol("CC(=O)Oc1ccccc1C(=O)O")
    for name in properties():
        assert filters(windows=[f"{name}>-1000"]).first_failing(aspirin) == ""


def test_unreadable_smarts_is_a_clear_error():
    with pytest.raises(SettingsError, match="cannot be read as SMARTS"):
        filters(forbid=["C(("])


@pytest.mark.parametrize(
    ("values", "core", "said"),
    [
        ({"forbid": ["[N+](=O)[O-]"]}, "[*:1]c1ccc([N+](=O)[O-])cc1", "forbidden [N+](=O)[O-]"),
        ({"alerts": ["brenk"]}, "[*:1]c1ccc(C=O)cc1", "BRENK: aldehyde"),
        ({"windows": ["mw<100"]}, "[*:1]c1ccc2ccccc2c1", "mw 128.2"),
        ({"windows": ["rings<2"]}, "[*:1]c1ccc2ccccc2c1", "rings 2"),
        ({"smallest_ring": 4}, "C1CC1[*:1]", "ring smaller than 4"),
        ({"largest_ring": 6}, "[*:1]C1CCCCCCC1", "ring larger than 6"),
        ({"forbid": ["c1ccccc1"]}, "c1ccccc1C", "forbidden c1ccccc1"),
    ],
)
def test_a_core_that_cannot_pass_is_said_at_once(values, core, said):
    began = time.process_time()
    assert said in filters(**values).contradiction(mol(core))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("values", "core"),
    [
        ({"forbid": ["[OH]"]}, "[*:1]Oc1ccccc1"),  # the hydroxyl goes when something grows there
        ({"alerts": ["brenk"]}, "[*:1]C(=O)c1ccccc1"),  # an aldehyde only while nothing grows
        ({"windows": ["mw:300..400", "logp:2..3"]}, "[*:1]c1ccccc1"),
        ({"require": ["C(=O)N"]}, "[*:1]c1ccccc1"),
        ({"charge": 0}, "[*:1]c1cc[nH]c1"),
        ({"forbid": ["[nH]"]}, "[*:1]n1cccc1"),
    ],
)
def test_a_core_that_can_pass_is_left_alone(values, core):
    assert filters(**values).contradiction(mol(core)) is None


def test_what_is_required_and_forbidden_in_other_words_is_found():
    assert "c1ccccc1C=O" in filters(require=["c1ccccc1C=O"], forbid=["c:c"]).contradiction()
    assert "6 atoms" in filters(require=["c1ccccc1"], windows=["heavy_atoms<5"]).contradiction()


def test_scaffold_buckets_turn_away_the_third_of_a_kind():
    diversity = Diversity(SearchSettings(rewards=["qed"], bucket="scaffold", bucket_size=2))
    admitted = [diversity.admit(mol(s), 1.0) for s in ("Cc1ccccc1", "CCc1ccccc1", "Oc1ccccc1", "C1CC1", "CC")]
    assert admitted == [True, True, False, True, True]
    assert diversity.buckets == {"c1ccccc1": 2, "C1CC1": 1, "acyclic": 1}


def test_similarity_buckets_gather_around_their_first():
    settings = SearchSettings(rewards=["qed"], bucket="similarity", bucket_size=1, bucket_similarity=0.6)
    diversity = Diversity(settings)
    assert diversity.admit(mol("CCCCCCCCO"), 1.0)
    assert not diversity.admit(mol("CCCCCCCCCO"), 1.0)
    assert diversity.admit(mol("c1ccncc1"), 1.0)


def test_low_scores_fill_no_bucket():
    diversity = Diversity(SearchSettings(rewards=["qed"], bucket="scaffold", bucket_size=1, bucket_score=0.5))
    assert [diversity.admit(mol("Cc1ccccc1"), score) for score in (0.1, 0.6, 0.7)] == [True, True, False]


def test_tautomers_are_one_molecule_only_if_asked():
    one, other = mol("Oc1ccccn1"), mol("O=c1cccc[nH]1")
    apart, together = (
        Diversity(SearchSettings(rewards=["qed"], tautomers=is_one)) for is_one in (False, True)
    )
    assert apart.key(one) != apart.key(other)
    assert together.key(one) == together.key(other)
    left, right = mol("C[C@H](N)O"), mol("C[C@@H](N)O")
    assert together.key(left) != together.key(right)


def test_filters_without_alerts_cost_fractions_of_a_millisecond():
    made = filters(
        windows=["mw<500", "logp:-1..5", "tpsa<140", "hbd<6", "rotatable<11"],
        largest_ring=8, smallest_ring=3, charge=1, stereocentres=6, forbid=["[N+](=O)[O-]", "C(=O)Cl", "N=N"],
    )  # fmt: skip
    mols = [mol("CC(C)Cc1ccc(cc1)C(C)C(=O)NCCN1CCOCC1") for _ in range(300)]
    made.first_failing(mols[0])
    began = time.process_time()
    assert not any(made.first_failing(each) for each in mols)
    # Half a millisecond on a quiet machine, most of it logP.
    assert (time.process_time() - began) / len(mols) < 2e-3
