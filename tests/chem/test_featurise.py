from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.chem import Featuriser, parse, structural_alerts
from kozue.chem.featurise import blocks
from kozue.chem.fingerprints import bits, counts, tanimoto
from kozue.core.errors import UnknownNameError

DRUGS = ["CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1", "[Na+].[Cl-]", "C", "O=Cc1ccccc1", "CCCCCCCCCCCC"]


@pytest.fixture(scope="module")
def mols():
    return [parse(smiles) for smiles in DRUGS]


def test_blocks_have_as_many_names_as_columns(mols):
    for block in blocks().values():
        assert block.compute(mols).shape == (len(mols), len(block.names)), block.name
        assert len(set(block.names)) == len(block.names)
        assert set(block.units) <= set(block.names)


def test_rows_do_not_depend_on_their_batch(mols):
    featuriser = Featuriser(list(blocks()))
    together = featuriser.transform(mols)
    for row, mol in enumerate(mols):
        np.testing.assert_array_equal(featuriser.transform([mol])[0], together[row])
    assert featuriser.transform([]).shape == (0, len(featuriser.names))


def test_values_are_those_of_rdkit(mols):
    from rdkit.Chem import Descriptors

    featuriser = Featuriser(["properties", "fragments"])
    table = featuriser.transform(mols[:2])
    for name, function in {
        "tpsa": Descriptors.TPSA,
        "CrippenClogP": Descriptors.MolLogP,
        "estate_max": Descriptors.MaxEStateIndex,
        "estate_vsa3": Descriptors.EState_VSA3,
        "vsa_estate4": Descriptors.VSA_EState4,
        "charge_min": Descriptors.MinPartialCharge,
        "fr_ester": Descriptors.fr_ester,
        "fr_COO": Descriptors.fr_COO,
    }.items():
        for row, mol in enumerate(mols[:2]):
            assert table[row, featuriser.names.index(name)] == pytest.approx(function(mol), abs=1e-4), name
    assert featuriser.units["tpsa"] == "Å^2"


@pytest.mark.parametrize(
    "smiles", ["[Cl-].[Cl-].[Pt+2]", "[Na]", "[Hg]C", "C[Si](C)(C)C", "[Fe]", "O=[As]O", "[U]"]
)
def test_metals_get_numbers_instead_of_an_exception(smiles):
    featuriser = Featuriser(list(blocks()))
    row = featuriser.transform([parse(smiles)])[0]
    assert np.isfinite(row[featuriser.names.index("exactmw")])
    assert not np.isinf(row).any()


def test_counts_above_127_survive():
    chain = parse("C" * 400)
    assert counts([chain], "morgan", 1024).max() > 300


def test_what_was_computed_before_does_not_matter(mols):
    symmetric = parse("CC(=O)Nc1c(I)c(C(=O)O)c(I)c(N(C)C(C)=O)c1I")  # several shortest paths of equal length
    for mol in [*mols, symmetric]:
        fresh = {name: block.compute([Chem.Mol(mol)]) for name, block in blocks().items()}
        for first in blocks().values():
            first.compute([mol])
            for name, block in blocks().items():
                np.testing.assert_array_equal(
                    block.compute([mol]), fresh[name], err_msg=f"{first.name}, {name}"
                )


def test_cache_in_memory_and_on_disk(mols, tmp_path):
    plain = Featuriser(["morgan", "erg"]).transform(mols)
    cached = Featuriser(["morgan", "erg"], memory=2, folder=tmp_path)
    np.testing.assert_array_equal(cached.transform(mols), plain)
    again = Featuriser(["morgan", "erg"], folder=tmp_path)
    again._compute = None  # everything must come from the folder
    np.testing.assert_array_equal(again.transform(mols), plain)


def test_unknown_block_names_the_nearest():
    with pytest.raises(UnknownNameError, match="morgan"):
        Featuriser(["morgen"])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 20), st.integers(1, 400))
def test_similarity_is_tanimoto(seed, n, size):
    rng = np.random.default_rng(seed)
    a = (rng.random((n, size)) < rng.random()).astype(np.uint8)
    b = (rng.random((3, size)) < rng.random()).astype(np.uint8)
    found = tanimoto(a, b)
    both = (a[:, None] & b[None]).sum(axis=2)
    either = (a[:, None] | b[None]).sum(axis=2)
    np.testing.assert_array_equal(
        found, np.where(either > 0, both / np.maximum(either, 1), 0).astype(np.float32)
    )


def test_a_molecule_is_most_like_itself(mols):
    own = bits(mols)
    assert (tanimoto(own, own).argmax(axis=1) == np.arange(len(mols))).all()


def test_alerts():
    assert structural_alerts(parse("O=Cc1ccccc1")) == ["BRENK: aldehyde", "NIH: aldehyde"]
    assert structural_alerts(parse("CCO")) == []
    rhodanine = structural_alerts(parse("O=C1NC(=S)SC1=Cc1ccccc1"))
    assert any(name.startswith("PAINS") for name in rhodanine)


def test_screening_never_changes_the_alerts(mols):
    from rdkit.Chem import FilterCatalog

    chosen = FilterCatalog.FilterCatalogParams()
    for catalogue in ("PAINS", "BRENK", "NIH"):
        chosen.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, catalogue))
    plain = FilterCatalog.FilterCatalog(chosen)
    more = [
        "O=C1NC(=S)SC1=Cc1ccccc1",
        "CC(=O)c1ccc(N=Nc2ccccc2)cc1",
        "ClCC(=O)Nc1ccccc1",
        "[Cl-].[Cl-].[Pt+2]",
    ]
    for mol in [*mols, *map(parse, more)]:
        assert len(structural_alerts(mol)) == len(plain.GetMatches(mol))
