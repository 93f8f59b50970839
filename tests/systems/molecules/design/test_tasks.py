"""Benchmark tasks against published definitions.

The expected values were computed in November 2026 with TDC's own oracle code (mims-harvard/TDC, commit of 18 April
2025, PyTDC 1.1.15) on RDKit 2026.9.1 for 20 tasks of PMO and penalised logP (molecules without fused rings that its
cycle basis joins), and with ChemTSv3 1.3.7 for the J score. On 222 molecules of ZINC and edge cases the 20 tasks agree
to 2e-16; penalised logP differs in adamantanes, where networkx' cycle basis depends on the order of the atoms. On the
1,000 molecules of a run of ChemTSv3's example its own J scores agree to 2e-15. The three learned oracles have no
reference that can be opened safely: their values are those of a plain walk through the arrays, and of libsvm.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.Pharm2D import Generate, Gobbi_Pharm2D

from kozue.core.errors import DataError, UnknownNameError
from kozue.systems.molecules.design.tasks import LISTING, NAMES, PMO, QUICK, TASKS, learned, scores
from kozue.systems.molecules.design.tasks.formulas import element_counts
from kozue.systems.molecules.design.tasks.pharmacophores import pharmacophore_keys, tanimoto

LEARNED = ("drd2", "gsk3b", "jnk3")
# fmt: off
SMILES = [
    "CC(C)(C)NCC(O)c1ccc(OC)c(CO)c1",
    "CCOC(=O)C1=C(COCCN)NC(C)=C(C(=O)OC)C1c1ccccc1",
    "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
    "CCCOc1cc2ncnc(Nc3ccc4[nH]ncc4c3)c2cc1S(=O)(=O)C(C)(C)C",
    "COc1ccccc1OCC(O)CN1CCN(CC(=O)Nc2c(C)cccc2F)CC1",
    "CC(C)C1CCC(C)(C)CC1=O",
    "CN(C=O)Cc1ccc(-c2ccccc2)cc1C(=O)NCC(F)(F)C(F)(F)c1nnn[nH]1",
    "NC(CC(=O)N1CCc2nnc(C(F)(F)F)n2C1)Cc1cc(F)c(F)cc1F",
    "CCOC(=O)CCC(=O)N1CCC(N2CCc3ccccc32)CC1",
    "CCN(C(C)=O)c1cccc(-c2ccnc3c(C#N)cnn23)c1",
    "C=CC(=O)Nc1cc(Nc2nccc(-c3cn(C)c4ccccc34)n2)c(OC)cc1N1CCN(C)CC1",
    "CC(C)P(=O)(Cl)C(F)(F)N1CCC(=O)NC1=O",
]
EXPECTED = {
    "albuterol_similarity": (0.96296296, 0.3161512, 0.1980198, 0.25225225, 0.2359882, 0.2020202, 0.23391813, 0.21794872, 0.26666667, 0.2962963, 0.16915423, 0.15189873),
    "amlodipine_mpo": (0.0067634979, 0.32661299, 0.36023741, 0.14857984, 0.44232587, 0.0044421949, 0.40104758, 0.31736324, 0.4871223, 0.39302868, 0.0071158884, 0.0052153305),
    "celecoxib_rediscovery": (0.10185185, 0.13178295, 1, 0.17910448, 0.15217391, 0.03030303, 0.24031008, 0.16666667, 0.09375, 0.19298246, 0.14935065, 0.10679612),
    "deco_hop": (0.52112015, 0.5122549, 0.53618114, 0.72068049, 0.52617023, 0.50043253, 0.56861671, 0.55760168, 0.51025992, 0.55111562, 0.56829619, 0.50657246),
    "drd2": (0.013502712, 0.0015454465, 0.001428769, 0.0028699109, 0.0064009495, 0.0020146424, 0.0072892695, 0.023337327, 0.0010669347, 0.00082559923, 0.085866558, 0.0010605665),
    "fexofenadine_mpo": (0.13589677, 0.56842924, 0.40646089, 0.51381863, 0.47048762, 4.9178798e-05, 0.55903971, 0.40884746, 0.04314865, 0.36148814, 0.57832931, 0.14931388),
    "gsk3b": (0.01, 0.03, 0.02, 0.48, 0.01, 0.01, 0.26, 0.01, 0, 0.2, 0.6, 0.01),
    "isomers_c7h8n2o2": (5.7346784e-18, 4.4392181e-35, 1.8283904e-11, 2.3946415e-38, 3.1093846e-52, 9.9826734e-10, 1.5441246e-23, 4.634861e-13, 1.5763907e-31, 1.4969595e-11, 5.2380878e-70, 0.013568559),
    "isomers_c9h10n2o2pf2cl": (1.5381735e-07, 5.923109e-16, 0.0003742356, 1.4598323e-17, 5.7668576e-25, 0.00051151942, 6.1887055e-10, 3.1202885e-05, 3.607685e-14, 0.00021323302, 9.6056672e-35, 0.64564853),
    "jnk3": (0, 0, 0.02, 0.25, 0.01, 0, 0.03, 0.01, 0, 0.03, 0.37, 0),
    "median1": (0.061686101, 0.049487166, 0.017674908, 0.034581587, 0.063636364, 0.28867513, 0.014932027, 0.044499416, 0.082689823, 0.031083494, 0.05412824, 0.10769231),
    "median2": (0.086564677, 0.12155438, 0.12965582, 0.14545139, 0.14423974, 0.064348945, 0.10955466, 0.091401416, 0.13018681, 0.11236664, 0.1847787, 0.07972351),
    "mestranol_similarity": (0.3058104, 0.18250951, 0.064078866, 0.1180891, 0.23904382, 0.125, 0.12447257, 0.1490045, 0.27846028, 0.11619463, 0.13389121, 0.065395095),
    "osimertinib_mpo": (0.10504654, 0.67578848, 0.18175081, 0.15553546, 0.30071367, 6.4953218e-05, 0.53767991, 0.30818989, 0.024044571, 0.24051806, 0.21755536, 0.1199451),
    "perindopril_mpo": (0.10522779, 0.13795479, 0.062631955, 0.005010254, 0.34600334, 0.0063679218, 0.084397332, 0.27017161, 0.16733321, 0.09196986, 0.0051566995, 0.0056794385),
    "qed": (0.74582227, 0.52665034, 0.75410533, 0.45126391, 0.63387308, 0.58786419, 0.38539176, 0.62163777, 0.77798659, 0.74526408, 0.36896833, 0.64039206),
    "ranolazine_mpo": (0.01077896, 0.017657463, 0.066351081, 0.28144219, 0.045579513, 0.0089766899, 0.019421773, 0.0012020727, 0.025517784, 0.046270993, 0.2496575, 0.025291616),
    "scaffold_hop": (0.36524823, 0.35185185, 0.38800705, 0.33333333, 0.37287945, 0.33398693, 0.43702081, 0.42037587, 0.34883721, 0.41057471, 0.43653646, 0.34326505),
    "sitagliptin_mpo": (0.012093884, 0.00038046013, 0.00043553654, 3.0790242e-14, 0.00018316029, 3.0043676e-11, 0.0024612858, 0.00027696761, 0.00023577566, 0.096916974, 2.5090463e-13, 0.01277316),
    "thiothixene_rediscovery": (0.11764706, 0.16788321, 0.20930233, 0.17808219, 0.28148148, 0.074074074, 0.2, 0.12587413, 0.203125, 0.18110236, 0.28187919, 0.084745763),
    "troglitazone_rediscovery": (0.13559322, 0.16666667, 0.1294964, 0.16891892, 0.16, 0.125, 0.12179487, 0.094594595, 0.13138686, 0.11851852, 0.13609467, 0.11206897),
    "valsartan_smarts": (0, 0, 0, 0, 0, 0, 9.7428517e-05, 0, 0, 0, 0, 0),
    "zaleplon_mpo": (0.012713296, 0.00067832792, 0.22648467, 0.00052637945, 2.2869439e-07, 0.0011942378, 0.09664845, 0.13343833, 0.0021089861, 0.46649872, 2.1183044e-11, 2.4505654e-05),
    "penalised_logp": (0.12455676, -0.17573019, 1.9962454, 1.998882, 0.49873828, 0.37005277, 0.092698435, -0.59876398, 1.2408654, 0.8613174, 1.7779202, -1.0290131),
    "j_score": (0.10548126, -0.15306701, 0.66407269, 0.66420341, 0.32856559, 0.26479627, 0.078253691, -0.37577661, 0.55098404, 0.4592478, 0.63751073, -0.50748729),
}
# fmt: on


def read(smiles):
    return [Chem.MolFromSmiles(text) for text in smiles]


@pytest.fixture
def oracles(mirror):
    """Learned oracles need their arrays."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LEARNED])
def test_equals_the_published_definition(name):
    np.testing.assert_allclose(scores(name, read(SMILES)), EXPECTED[name], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", LEARNED)
def test_learned_oracle(name, oracles):
    np.testing.assert_allclose(scores(name, read(SMILES)), EXPECTED[name], rtol=1e-6, atol=1e-6)


def test_drd2_gives_what_sklearn_does(oracles):
    known = {
        "O=C1CCc2ccc(OCCCCN3CCN(c4cccc(Cl)c4Cl)CC3)cc2N1": 0.99999,
        "CN1CCN(CC1)C2=Nc3cc(Cl)ccc3Nc4ccccc24": 0.8412,
        "c1ccccc1": 0.0057,
        "CCO": 0.0052,
    }
    np.testing.assert_allclose(scores("drd2", read(known)), list(known.values()), atol=5e-5)


def test_coupling_is_libsvms():
    # of scikit-learn 1.9's predict_proba, which agrees to 3e-16
    exact = np.array([0.99862533, 0.84108816, 0.00570053, 0.00518929, 0.5])
    of_libsvm = [0.99999431, 0.84118748, 0.00573228, 0.00521566, 0.5]
    np.testing.assert_allclose(learned.coupled(exact), of_libsvm, atol=1e-7)


def test_forest_walks_as_its_trees_say():
    # Two trees over four bits: bit 1, then bit 3; and a single leaf.
    forest = learned.Forest(
        roots=np.array([0, 5], np.int32),
        feature=np.array([1, 0, 3, 0, 0, 0], np.int32),
        following=np.array([1, 2, 1, 1, 3, 4, 3, 3, 4, 4, 5, 5], np.int32),
        probability=np.array([0, 0.25, 0, 0.5, 1.0, 0.1]),
    )
    bits = np.array([[0, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 1]], np.uint8)
    np.testing.assert_allclose(forest.predict(bits), [0.175, 0.3, 0.55])


def test_reference_molecules_are_the_best():
    best = {
        "albuterol_similarity": "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1",
        "celecoxib_rediscovery": "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
        "thiothixene_rediscovery": "CN(C)S(=O)(=O)c1ccc2c(c1)C(=CCCN1CCN(C)CC1)c1ccccc1S2",
        "isomers_c7h8n2o2": "NCc1ccc([N+](=O)[O-])cc1",
    }
    for name, smiles in best.items():
        assert scores(name, read([smiles]))[0] == pytest.approx(1.0), name


@given(order=st.permutations(range(len(SMILES))))
@settings(max_examples=5, deadline=None)
def test_a_score_depends_on_the_molecule_alone(order):
    mols = read(SMILES)
    for name in ("median1", "sitagliptin_mpo", "deco_hop", "penalised_logp"):
        alone = np.array([scores(name, [mol])[0] for mol in mols])
        np.testing.assert_array_equal(scores(name, [mols[place] for place in order]), alone[list(order)])


def test_pharmacophores_correspond_to_rdkits_bits():
    mols = read(
        [*SMILES, "NC(=O)CNC(=O)C(CC(N)=O)NC(=O)C(CO)NC(=O)C(N)CCCCN", "C", "OB(O)O", "[Na+].CC(=O)[O-]"]
    )
    theirs = [set(Generate.Gen2DFingerprint(mol, Gobbi_Pharm2D.factory).GetOnBits()) for mol in mols]
    ours = [pharmacophore_keys(mol) for mol in mols]
    assert [len(keys) for keys in ours] == [len(bits) for bits in theirs]
    for keys, bits in zip(ours, theirs, strict=True):
        either = len(bits | theirs[0])
        expected = len(bits & theirs[0]) / either if either else 0.0
        assert tanimoto(keys, ours[0]) == pytest.approx(expected)


def test_formula_counts_pass_over_charges():
    assert element_counts("C9H10ClF2N2O2P") == {"C": 9, "H": 10, "Cl": 1, "F": 2, "N": 2, "O": 2, "P": 1}
    assert element_counts("C2H3O2-") == {"C": 2, "H": 3, "O": 2}
    assert element_counts("CaN2+2") == {"Ca": 1, "N": 2}


def test_no_molecules_and_no_atoms():
    for name in NAMES:
        assert scores(name, []).shape == (0,)
    found = scores("qed", [Chem.Mol(), Chem.MolFromSmiles("CCO")])
    assert np.isnan(found[0]) and found[1] > 0


def test_j_score_pays_for_having_no_ring():
    alkane, ringed = scores("j_score", read(["CCCCCC", "C1CCCCC1"]))
    assert alkane > 0.9 > ringed
    alkane, ringed = scores("penalised_logp", read(["CCCCCC", "C1CCCCC1"]))
    assert abs(alkane - ringed) < 1


def test_every_task_is_listed_with_both_titles():
    assert tuple(TASKS) == NAMES == tuple(LISTING) and len(PMO) == 23 and set(QUICK) < set(PMO)
    assert all(task.title.en and task.title.ja and task.source for task in TASKS.values())


def test_unknown_task_lists_what_exists():
    with pytest.raises(UnknownNameError, match="celecoxib_rediscovery"):
        scores("celecoxib_rediscover", [])


def test_learned_oracle_without_its_arrays_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("KOZUE_MIRROR", raising=False)
    monkeypatch.setenv("KOZUE_HOME", str(tmp_path))
    learned._forest.cache_clear()
    with pytest.raises(DataError, match="KOZUE_MIRROR"):
        scores("jnk3", read(["CCO"]))
    learned._forest.cache_clear()
