from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.chem import UnreadableMoleculeError, parse, parse_many
from kozue.core.errors import InputError

SMILES_LETTERS = "CNOSPFIclnos()[]=#-+@/\\%.1234567890BrHNa*:~ "


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("C(C)(C)(C)(C)C", "unreadable_molecule", "valence for atom # 0 C, 5, is greater than permitted"),
        ("c1ccccc", "unreadable_molecule", "unclosed ring"),
        ("CC(C", "unreadable_molecule", "open parentheses"),
        ("hello", "unreadable_molecule", "syntax error"),
        ("c1cccc1", "unreadable_molecule", "kekulize"),
        ("", "empty_molecule", "no structure"),
        ("   ", "empty_molecule", "no structure"),
        (None, "empty_molecule", "no structure"),
        ("C" * 2001, "molecule_too_large", "2,001 characters"),
        ("C" * 501, "molecule_too_large", "501 atoms"),
        ("*CC", "unfinished_molecule", "attachment point"),
        ("C\x00C", "unreadable_molecule", "NUL"),
        ("日本語", "unreadable_molecule", "cannot be read"),
    ],
)
def test_says_why_a_record_cannot_be_read(text, code, words):
    mols, errors = parse_many(["CCO", text, "c1ccccc1"])
    assert [mol is not None for mol in mols] == [True, False, True]
    assert list(errors) == [1]
    assert errors[1].code == code
    assert words in errors[1].message


def test_reads_what_it_should():
    mol = parse("  OC(=O)c1ccccc1 ")
    assert mol.GetNumAtoms() == 9
    assert parse("C" * 500).GetNumAtoms() == 500


def test_reads_a_mol_block():
    from rdkit import Chem

    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    assert parse(block).GetNumAtoms() == 3


def test_single_parse_raises_an_error_of_the_house():
    with pytest.raises(UnreadableMoleculeError, match="unclosed ring") as caught:
        parse("C1CC")
    assert isinstance(caught.value, InputError)
    assert caught.value.problem()["code"] == "unreadable_molecule"


def test_rdkit_stays_silent(capfd):
    parse_many(["C(C)(C)(C)(C)C", "c1ccc", "[H]", "[H-].[Na+]"])
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=60), st.text(alphabet=SMILES_LETTERS, max_size=60)), max_size=4
    )
)
def test_every_record_is_a_molecule_or_an_error(texts):
    mols, errors = parse_many(texts)
    assert len(mols) == len(texts)
    for row, mol in enumerate(mols):
        assert (mol is None) == (row in errors)
        if mol is None:
            assert errors[row].message.endswith(".")
            assert len(errors[row].message) < 500
