from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, rdBase
from rdkit.Chem import QED

from kozue.chem import parse, screen
from kozue.chem.alerts import Alerts, _query
from kozue.chem.descriptors import group_patterns
from kozue.chem.kinds import atoms_of
from kozue.chem.screen import Screen

PIECES = (
    "c1ccccc1", "C(=O)O", "C(=O)N", "N(C)C", "S(=O)(=O)N", "C#N", "[N+](=O)[O-]", "C1CC1", "C1OC1", "C=CC=O", "N=N",
    "c1ccncc1", "c1c[nH]cc1", "C(F)(F)F", "Cl", "Br", "OC", "SC", "C1CCNCC1", "c1ccc2ccccc2c1", "P(=O)(O)O", "[Si](C)C",
    "O=C1C=CC(=O)C=C1", "C=C", "C#C", "NN", "OO", "SS", "[C@@H](N)C", "B(O)O", "I", "C(=S)N", "c1csc(=O)[nH]1",
)  # fmt: skip
ODD = (
    "[2H]C([2H])([2H])O", "[H][H]", "[Cl-].[Cl-].[Pt+2]", "[Xe]", "C[Se]C", "[NH4+]", "[H+]", "O=[As]O", "[CH3+]",
    "C1CC2CC1C2", "N->[Pt]", "[Na]Cl", "C12C3C4C1C5C2C3C45", "F[Kr]F", "[H]O[H]", "[13CH4]", "C[N+]#[C-]",
)  # fmt: skip
ATOMS = (
    "C", "c", "[#6]", "N", "n", "O", "*", "a", "A", "[!#6]", "[!#1]", "[C,N]", "[N,O;H1]", "[#6&!H0]", "[#7+]", "[O-]",
    "[C&X4]", "[D1]", "[D2,D3]", "[!R]", "[R]", "[R2]", "[r5]", "[r3]", "[$(C=O)]", "[$(C=O),$(C#N)]", "[!$(C=O)]",
    "[$(c:c),N;X3]", "[C;$(C-[N,O])]", "[v4]", "[#6;+0]", "[!O&!N]", "[H1]", "[#1]", "[2H]", "[F,Cl,Br]", "[!-]", "[C@H]",
)  # fmt: skip
BONDS = ("", "-", "=", "#", ":", "~", "!-", "-,=", "-;!@", "@", "=,:", "!@", "-&@", "/", "\\")

molecules = st.one_of(
    st.sampled_from(ODD), st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
)


@st.composite
def queries(draw):
    atoms = draw(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=6))
    text = atoms[0]
    for atom in atoms[1:]:
        branch = draw(st.booleans())
        text += f"({draw(st.sampled_from(BONDS))}{atom})" if branch else draw(st.sampled_from(BONDS)) + atom
    if len(atoms) > 2 and draw(st.booleans()):
        closed = atoms[0] + "1" + text[len(atoms[0]) :]
        text = closed + "1" if not closed.endswith(")") else text
    return text + draw(st.sampled_from(("", ".C", ".*")))


def read(smarts):
    with rdBase.BlockLogs():
        return Chem.MolFromSmarts(smarts)


def molecule(smiles):
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(smiles)


@pytest.fixture(scope="module")
def shipped():
    return [*map(_query, Alerts()._entries), *group_patterns()[0], *QED.StructuralAlerts]


@pytest.fixture(scope="module")
def shipped_screen(shipped):
    return Screen(shipped)


@settings(max_examples=60, deadline=None)
@given(molecules)
def test_no_shipped_query_that_matches_is_ruled_out(shipped, shipped_screen, smiles):
    mol = molecule(smiles)
    if mol is None:
        return
    matching = {place for place, query in enumerate(shipped) if mol.HasSubstructMatch(query)}
    assert matching <= set(shipped_screen.candidates(mol).tolist())


@settings(max_examples=400, deadline=None)
@given(st.lists(queries(), min_size=1, max_size=5), molecules)
def test_no_query_that_matches_is_ruled_out(smarts, smiles):
    asked, mol = [query for query in map(read, smarts) if query is not None], molecule(smiles)
    if mol is None:
        return
    found = set(Screen(asked).candidates(mol).tolist())
    for place, query in enumerate(asked):
        if mol.HasSubstructMatch(query):
            assert place in found, (Chem.MolToSmarts(query), smiles)


@pytest.mark.parametrize("bond", ["/", "\\"])
def test_a_direction_matches_an_aromatic_bond_too(bond):
    assert Screen([read(f"c{bond}c")]).candidates(parse("c1ccccc1")).tolist() == [0]


def test_most_queries_are_ruled_out(shipped, shipped_screen):
    mol = parse("CC(=O)Oc1ccccc1C(=O)O")
    assert len(shipped_screen.candidates(mol)) < len(shipped) / 20


def test_unreadable_queries_are_never_ruled_out():
    assert Screen([None, read("[U]")]).candidates(parse("C")).tolist() == [0]
    assert Screen([]).candidates(parse("C")).tolist() == []


def test_with_too_many_kinds_everything_is_possible(monkeypatch):
    monkeypatch.setattr(screen, "_MOST_KINDS", 0)
    assert Screen([read("[U]"), read("C")]).candidates(parse("C")).tolist() == [0, 1]


def test_what_is_remembered_on_a_molecule_is_its_own():
    mol = parse("CCO")
    assert atoms_of(mol) is atoms_of(mol)
    assert len(atoms_of(Chem.Mol(mol)).bonds) == 2
