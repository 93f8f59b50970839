from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from kozue.chem import UnreadableMoleculeError
from kozue.chem.draw import svg
from kozue.core.errors import InputError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("smiles", [ASPIRIN, "[Na+].[Cl-]", "C", "C" * 120, "[Cl-].[Cl-].[Pt+2]"])
def test_is_a_safe_standalone_picture(smiles, dark):
    text = svg(smiles, dark=dark)
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == "0 0 240 160"
    for unsafe in ("<script", "style=", "href", "url(", "<!--", "<rect", "onload"):
        assert unsafe not in text


def test_weights_colour_atoms_by_sign():
    text = svg(ASPIRIN, weights=[1.0] + [0.0] * 11 + [-0.5])
    fills = set(re.findall(r"<ellipse[^>]*fill='(#\w{6})", text))
    assert len(fills) == 2
    assert text.count("<ellipse") == 2


def test_all_zero_or_missing_weights_are_no_colours():
    assert "<ellipse" not in svg(ASPIRIN, weights=[0.0] * 13)
    assert "<ellipse" not in svg(ASPIRIN, weights=[float("nan")] * 13)


def test_ink_follows_the_page():
    assert svg("CCCC") != svg("CCCC", dark=True)
    assert "#FFFFFF" not in svg("CCCC")


def test_refuses_what_does_not_fit():
    with pytest.raises(InputError, match="number of weights is 12, that of atoms 13"):
        svg(ASPIRIN, weights=[0.0] * 12)
    with pytest.raises(InputError, match="atoms are 0 to 12"):
        svg(ASPIRIN, highlight_atoms=[13])
    with pytest.raises(UnreadableMoleculeError):
        svg("C1CC")


def test_sizes_are_bounded():
    assert 'width="4000"' in svg("CC", width=10**9)
    assert 'width="20"' in svg("CC", width=-5)
