from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kozue.systems.molecules.design.tokens import END, SPECIAL, Tokens, atoms_of

SMILES = [
    "CCO",
    "CC(=O)Oc1ccccc1C(=O)O",
    "ClCCBr",
    "C[C@@H](N)C(=O)O",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "C%12CCCC%12",
    "[O-][N+](=O)c1ccccc1",
    "BrBr",
    "CCl",
    "B(O)O",
]


@pytest.fixture(scope="module")
def tokens():
    return Tokens.learned(SMILES * 60, 60)


def test_atoms_keep_two_letters_brackets_and_ring_numbers_whole():
    assert atoms_of("Cl[C@@H](Br)C%12") == ["Cl", "[C@@H]", "(", "Br", ")", "C", "%12"]


def test_frequent_runs_become_one_token(tokens):
    text = "CC(=O)Oc1ccccc1C(=O)O"
    assert len(tokens.encode(text)) < len(atoms_of(text)) / 2


@given(
    st.lists(
        st.sampled_from([*SMILES, "C", "Cl", "Br", "B", "c1ccccc1", "(C)", "CC"]), min_size=1, max_size=6
    )
)
def test_what_is_encoded_is_decoded(tokens, parts):
    text = "".join(parts)
    assert tokens.decode([*tokens.encode(text), END, SPECIAL]) == text


def test_carbon_is_never_cut_out_of_chlorine(tokens):
    pieces = [tokens.pieces[number - SPECIAL] for number in tokens.encode("CCCl")]
    assert "".join(pieces) == "CCCl"
    assert "l" not in pieces
    assert not any(piece.startswith("l") for piece in pieces)


def test_an_atom_without_token_cannot_be_encoded(tokens):
    assert tokens.encode("C[Si](C)C") is None
    more = tokens.with_atoms(["C[Si](C)C"])
    assert more.decode(more.encode("C[Si](C)C")) == "C[Si](C)C"
    assert more.pieces[: len(tokens.pieces)] == tokens.pieces
