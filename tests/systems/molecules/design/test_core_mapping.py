from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.systems.molecules.design.core.reading import read_core
from kozue.systems.molecules.design.core.sidechains import joined, side_chains

CORES = (
    "Cc1ccc([*:1])cc1C(=O)N[*:2]",
    "C[C@H]([*:1])N1CCN(c2ccc([*:2])nc2)CC1",
    "N([*:1])[*:2]",
    "O=C(/C=C/[*:1])c1c([*:2])cc2c(c1)OCO2",
    "C1C2CC3CC1CC([*:1])(C2)C3",
    "c1ccn([*:1])c1",
    "O=C1NC(=O)C([*:1])([*:2])C(=O)N1",
    "C[N+](C)([*:1])CC([*:2])C(=O)[O-]",
)
CHAINS = ("[H]", "C", "F", "OC", "c1ccccc1", "C[C@H](N)C", "C1CC1", "/C=C/C", "C(=O)NC")


@pytest.mark.parametrize(
    ("core", "molecule"),
    [
        ("c1ccccc1*", "CCc1ccccc1"),
        ("c1ccccc1*", "c1ccccc1"),
        ("c1ccn(*)c1", "c1cc[nH]c1"),
        ("N([*:1])[*:2]", "CNC"),
        ("c1ccc([*:1])cc1.C1CC([*:2])CCN1", "c1ccccc1OC1CCNCC1"),
        ("C[C@H](N)*", "C[C@H](N)CC"),
        ("C[C@H](N)*", "CCN"),
        ("C/C=C/*", "C/C=C/F"),
        ("C/C=C/*", "C/C=C/C(F)F"),
        ("[13CH3]C*", "[13CH3]CO"),
    ],
)
def test_a_core_is_found(core, molecule):
    core, mol = read_core(core), Chem.MolFromSmiles(molecule)
    match = core.mapping(mol)
    assert match is not None and len(set(match)) == core.size
    for bond in core.marked.GetBonds():
        if max(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) < core.size:
            there = mol.GetBondBetweenAtoms(match[bond.GetBeginAtomIdx()], match[bond.GetEndAtomIdx()])
            assert there.GetBondType() == bond.GetBondType()
    for atom in list(core.marked.GetAtoms())[: core.size]:
        assert atom.GetAtomicNum() == mol.GetAtomWithIdx(match[atom.GetIdx()]).GetAtomicNum()
    assert core.atoms_in(molecule) == tuple(sorted(match))


@pytest.mark.parametrize(
    ("core", "molecule", "why"),
    [
        ("c1ccccc1*", "Cc1ccccc1C", "a second substituent, elsewhere"),
        ("CC[*:1]", "CC(C)C", "two side chains at one point"),
        ("CN(C)*", "C[N+](C)(C)C", "a charge"),
        ("C1CCCCC1*", "CC1=CCCCC1", "a double bond inside"),
        ("c1ccccc1*", "C1CCC2=C(C1)C=CC=C2", "a ring grown on the core"),
        ("NC([*:1])CC[*:2]", "NC1CC1", "a new bond inside the core"),
        ("NC([*:1])CC[*:2]", "NC1CCCC1", "a side chain that bridges two points"),
        ("CC*", "CC=O", "a double bond outwards"),
        ("C[C@H](N)*", "C[C@@H](N)CC", "the mirror image"),
        ("C[C@H](N)*", "CC(N)CC", "no chirality stated"),
        ("C/C=C/*", "C/C=C\\F", "the other geometry"),
        ("C/C=C/*", "CC=CF", "no geometry stated"),
        ("c1ccccc1*", "Cc1ccccc1.O", "two molecules"),
        ("c1ccc([*:1])cc1.C1CC([*:2])CCN1", "c1ccccc1C1CCNCC1", "no linker"),
        ("c1ccc([*:1])cc1.C1CC([*:2])CCN1", "c1ccccc1CC1CCNCC1C", "a substituent beside the linker"),
        ("[13CH3]C*", "CCO", "another isotope"),
        ("C*", "[CH2]F", "a radical"),
    ],
)
def test_what_differs_is_not_the_core(core, molecule, why):
    assert read_core(core).mapping(Chem.MolFromSmiles(molecule)) is None, why


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CORES), st.lists(st.sampled_from(CHAINS), min_size=3, max_size=3), st.randoms())
def test_what_is_joined_holds_its_core_in_any_atom_order_and_comes_apart_again(text, chains, random):
    core = read_core(text)
    given_chains = tuple(
        f"[*:{label}]{chain.lstrip('/')}" for label, chain in zip(core.labels, chains, strict=False)
    )
    smiles = joined(core, given_chains)
    assert smiles is not None
    mol = Chem.MolFromSmiles(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)
    shuffled = Chem.MolFromSmiles(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False))
    assert core.mapping(shuffled) is not None
    assert joined(core, side_chains(core, shuffled)) == smiles


@pytest.mark.parametrize("chirality", list(itertools.product(("@", "@@"), ("@", "@@"))))
def test_both_centres_of_a_core_count(chirality):
    core = read_core("O=C1N[C@H]([*:1])[C@@H]([*:2])S1")
    first, second = chirality
    molecule = f"O=C1N[C{first}H](CC)[C{second}H](F)S1"
    assert (core.accepted(molecule) is not None) == (chirality == ("@", "@@"))


def test_a_very_symmetric_core_is_found_at_once():
    core = read_core("FC(F)(F)C(C(F)(F)F)(C(F)(F)F)c1cc(C(F)(F)F)c(*)c(C(F)(F)F)c1")
    assert core.accepted("FC(F)(F)C(C(F)(F)F)(C(F)(F)F)c1cc(C(F)(F)F)c(OC)c(C(F)(F)F)c1")


def test_sites_can_be_left_empty():
    core = read_core("Cc1ccc([*:1])cc1C(=O)N[*:2]")
    one = core.leaving_empty((1,))
    assert one.labels == (2,) and core.mapping(one.bare) is not None
    assert side_chains(core, Chem.MolFromSmiles("Cc1ccccc1C(=O)NCC")) == ("[H][*:1]", "CC[*:2]")
