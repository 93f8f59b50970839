from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.chem import parse
from kozue.chem.graphs import ATOM_CODES, ATOM_SIZES, BOND_CODES, graphs, joined

SMILES = ["CCO", "c1ccccc1C(=O)N", "C", "C/C=C/C", "F[C@H](Cl)Br", "[Na+].[Cl-]", "C1CC1C#N", "OB(O)c1ccsc1"]


def test_codes_do_not_overlap_and_lie_in_their_range():
    found = graphs([parse(text) for text in SMILES])
    starts = np.cumsum((0, *ATOM_SIZES))
    assert ((found.atoms >= starts[:-1]) & (found.atoms < starts[1:])).all()
    assert found.bonds.min() >= 0 and found.bonds.max() < BOND_CODES and found.atoms.max() < ATOM_CODES


def test_every_bond_lies_beside_its_other_direction():
    found = graphs([parse(text) for text in SMILES])
    assert (found.ends[0::2] == found.ends[1::2, ::-1]).all()
    assert (found.bonds[0::2] == found.bonds[1::2]).all()


def test_mirror_images_and_double_bond_geometry_differ():
    def codes(text):
        found = graphs([parse(text)])
        return sorted(map(tuple, found.atoms)), sorted(map(tuple, found.bonds))

    assert codes("F[C@H](Cl)Br") != codes("F[C@@H](Cl)Br")
    assert codes("C/C=C/C") != codes("C/C=C\\C")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(SMILES), min_size=1, max_size=6), st.data())
def test_taking_some_molecules_is_drawing_them_alone(texts, data):
    mols = [parse(text) for text in texts]
    cut = data.draw(st.integers(0, len(mols)))
    whole = joined([graphs(mols[:cut]), graphs(mols[cut:])])
    chosen = np.array(data.draw(st.lists(st.integers(0, len(mols) - 1), min_size=1, max_size=5)))
    atoms, bonds, ends, owners = whole.take(chosen)
    direct = graphs([mols[place] for place in chosen])
    assert (atoms == direct.atoms).all() and (bonds == direct.bonds).all()
    assert (np.bincount(owners, minlength=len(chosen)) == np.diff(direct.atom_starts)).all()
    # Bonds join atoms of one molecule.
    assert (owners[ends[:, 0]] == owners[ends[:, 1]]).all()


def test_no_molecules():
    found = graphs([])
    assert len(found) == 0 and found.atoms.shape == (0, len(ATOM_SIZES))


@pytest.mark.parametrize("text", ["[Pt](Cl)(Cl)(N)N", "[Fe+2]", "[U]"])
def test_unusual_elements_have_a_code(text):
    assert len(graphs([parse(text)])) == 1
