from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.systems.molecules.design.contracts import Judged
from kozue.systems.molecules.design.core.reading import read_core
from kozue.systems.molecules.design.generators.crossover import crossed
from kozue.systems.molecules.design.generators.genetic import Genetic, offspring
from kozue.systems.molecules.design.generators.graphs import MOST_ATOMS
from kozue.systems.molecules.design.generators.mutation import mutated

START = (
    "CC(=O)Nc1ccc(O)cc1",
    "CN(C)CCC=C1c2ccccc2CCc2ccccc12",
    "O=C(O)c1ccccc1Nc1cccc(C(F)(F)F)c1",
    "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1",
    "C[C@H](N)Cc1ccccc1",
    "O=[N+]([O-])c1ccc(Cl)cc1",
    "C/C=C/C(=O)NC1CC1",
)
CORES = ("Cc1ccc([*:1])cc1C(=O)N[*:2]", "C[C@H]([*:1])N([*:2])[*:3]", "c1ccc([*:1])cc1.C1CC([*:2])CCN1")


def size(smiles):
    return float(Chem.MolFromSmiles(smiles).GetNumAtoms())


def judged(proposals, score=size):
    return [Judged(one.smiles, "scored", score(one.smiles)) for one in proposals]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(START), st.sampled_from(START), st.integers(0, 2**32 - 1))
def test_changes_give_whole_molecules_without_radicals(first, second, seed):
    rng = np.random.default_rng(seed)
    for child in (mutated(first, rng), crossed(first, second, rng)):
        if child is None:
            continue
        mol = Chem.MolFromSmiles(child)
        assert mol is not None and "." not in child and "*" not in child
        assert mol.GetNumAtoms() <= MOST_ATOMS
        assert not any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("C[*:1]", "[H][*:1]", "O=C(N[*:1])c1ccccc1", "C[C@H](F)[*:1]")),
    st.integers(0, 2**32 - 1),
)
def test_a_side_chain_keeps_its_point(chain, seed):
    rng = np.random.default_rng(seed)
    for child in (mutated(chain, rng), crossed(chain, "CC(C)O[*:1]", rng)):
        assert child is None or (child.count("[*:1]") == 1 and child.count("*") == 1)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(("C([*:1])[*:2]", "O=C(CN[*:1])N[*:2]")), st.integers(0, 2**32 - 1))
def test_a_linker_keeps_both_of_its_points(linker, seed):
    rng = np.random.default_rng(seed)
    for child in (mutated(linker, rng), crossed(linker, "CC(O[*:1])CC[*:2]", rng)):
        if child is not None:
            assert child.count("[*:1]") == child.count("[*:2]") == 1 and "." not in child
            assert "[*:1][*:2]" not in child and "[*:2][*:1]" not in child


def test_children_are_canonical_new_and_know_their_parents():
    parents = [(Chem.CanonSmiles(smiles), size(smiles)) for smiles in START]
    children = offspring(parents, 40, np.random.default_rng(0), known={parents[0][0]})
    assert len(children) == 40 == len({child.smiles for child in children})
    known = dict(parents)
    for child in children:
        assert Chem.CanonSmiles(child.smiles) == child.smiles
        assert child.smiles not in child.parents and child.smiles != parents[0][0]
        assert child.parents and all(parent in known for parent in child.parents)


def test_the_same_seed_gives_the_same_children_whatever_came_before():
    parents = [(Chem.CanonSmiles(smiles), float(place)) for place, smiles in enumerate(START)]
    first = offspring(parents, 20, np.random.default_rng(4))
    offspring(parents[:3], 20, np.random.default_rng(5))
    assert offspring(parents, 20, np.random.default_rng(4)) == first
    assert offspring(parents[::-1], 20, np.random.default_rng(4)) == first


@pytest.mark.parametrize("text", CORES)
def test_with_a_core_every_proposal_holds_it(text):
    core = read_core(text)
    genetic = Genetic(np.random.default_rng(1), ["CCO"], core, population=20)
    seen = set()
    for _ in range(4):
        proposals = genetic.propose(20)
        assert proposals
        for one in proposals:
            assert core.accepted(one.smiles) == one.smiles
            assert one.smiles not in seen
            seen.add(one.smiles)
        genetic.learn(judged(proposals), mine=True)
    assert max(map(size, seen)) > size(Chem.MolToSmiles(core.bare)) + 5 if not core.is_linked else seen


def test_it_begins_with_the_start_and_climbs():
    genetic = Genetic(np.random.default_rng(2), [*START, "no molecule", START[0]], population=30)
    first = genetic.propose(100)
    assert [one.smiles for one in first] == [Chem.CanonSmiles(smiles) for smiles in START]
    assert genetic.propose(10) == []  # nothing has been judged yet

    def fluorines(smiles):
        return float(len(Chem.MolFromSmiles(smiles).GetSubstructMatches(Chem.MolFromSmarts("cF"))))

    genetic.learn(judged(first, fluorines), mine=True)
    for _ in range(8):
        genetic.learn(judged(genetic.propose(30), fluorines), mine=True)
    assert genetic.population[0][1] >= 3


def test_it_learns_from_others_and_forgets_what_was_not_scored():
    genetic = Genetic(np.random.default_rng(3), [])
    assert genetic.propose(5) == []
    genetic.learn(
        [
            Judged("CCO", "scored", 1.0),
            Judged("CCN", "filtered"),
            Judged("CC", "scored", float("nan")),
            Judged("CCCO", "known", 2.0),
        ],
        mine=False,
    )
    assert genetic.population == [("CCCO", 2.0), ("CCO", 1.0)]
    assert genetic.propose(5)


def test_one_scaffold_does_not_fill_the_population():
    genetic = Genetic(np.random.default_rng(3), [], population=9)
    phenyl = [Judged(f"{'C' * length}c1ccccc1", "scored", 10.0 + length) for length in range(1, 12)]
    others = [Judged(f"{'C' * length}C1CCNCC1", "scored", 1.0 + length) for length in range(1, 4)]
    chains = [Judged("C" * length, "scored", 0.1 * length) for length in range(1, 4)]
    genetic.learn([*phenyl, *others, *chains], mine=False)
    kept = [smiles for smiles, _ in genetic.population]
    assert sum("c1ccccc1" in smiles for smiles in kept) == 3
    genetic = Genetic(np.random.default_rng(3), [], population=9)
    genetic.learn(phenyl, mine=False)
    assert len(genetic.population) == 9  # nothing else is there


def test_no_child_has_a_double_bond_in_a_small_ring():
    parents = [("C1CC1C(=O)O", 1.0), ("C1CCC1CN", 0.9), ("CC1CC1CCN", 0.8), ("OC1CC1C", 0.7)]
    strained = Chem.MolFromSmarts("[r3,r4]=@[r3,r4]")
    children = offspring(parents, 150, np.random.default_rng(0), mutation_rate=1.0)
    assert len(children) > 50
    assert not any(Chem.MolFromSmiles(child.smiles).HasSubstructMatch(strained) for child in children)


def test_where_scores_tell_nothing_the_population_drifts():
    genetic = Genetic(np.random.default_rng(0), ["CCO"], population=5)
    for begin in range(2, 12, 5):
        genetic.learn([Judged("C" * n + "N", "scored", 0.0) for n in range(begin, begin + 5)], mine=False)
    assert {smiles for smiles, _ in genetic.population} == {"C" * n + "N" for n in range(7, 12)}
