"""``human_pk.evaluate`` on records, and the pieces of the cross-validation."""

from __future__ import annotations

import numpy as np
import pytest

from kozue import run
from kozue.core.errors import InputError, SettingsError
from kozue.core.registry import get_registry
from kozue.systems.patients.human_pk import judging

EVALUATE = get_registry().operation("human_pk.evaluate")


@pytest.fixture(scope="module")
def example():
    return run.answer(EVALUATE, str(EVALUATE.example_path))


def test_the_example_is_judged_with_and_without_what_training_knew(example):
    lines = example.table.to_pylist()
    found = {(r["endpoint"], r["setting"], r["molecules"], r["metric"]): r for r in lines}
    everything = found["cl", "structure", "all", "GMFE"]
    unseen = found["cl", "structure", "unseen in training", "GMFE"]
    assert everything["n"] > unseen["n"] >= 1
    assert 1 <= everything["low"] <= everything["value"] <= everything["high"]
    assert ("cl", "structure + measured values", "all", "GMFE") in found
    assert ("cl", "scaled_rat", "all", "GMFE") in found
    assert 0 <= found["vdss", "structure", "all", "coverage"]["value"] <= 100
    assert "seen_in_training" in [warned.code for warned in example.warnings]


def test_columns_are_chosen_by_name_or_setting():
    records = [{"smiles": "CCOC(=O)c1ccc(N)cc1", "mine": "3.0"}, {"smiles": "CCCCc1ccccc1", "mine": "bad"}]
    answer = run.answer(EVALUATE, records, {"measured": ["cl=mine"]})
    assert {row["endpoint"] for row in answer.table.to_pylist()} == {"cl"}
    assert "unusable_values" in [warned.code for warned in answer.warnings]
    with pytest.raises(SettingsError, match="no column 'other'"):
        run.answer(EVALUATE, records, {"measured": ["cl=other"]})
    with pytest.raises(SettingsError, match="named as a human parameter"):
        run.answer(EVALUATE, records)
    with pytest.raises(SettingsError, match="endpoint=column"):
        run.answer(EVALUATE, records, {"measured": ["clearance=mine"]})


def test_nothing_to_judge_is_refused():
    with pytest.raises(InputError, match="usable value"):
        run.answer(EVALUATE, [{"smiles": "CCO", "cl": "-1"}, {"smiles": "CCCO", "cl": ""}])


def test_fold_errors_by_hand():
    truth, predicted = np.log10([1.0, 10.0, 10.0]), np.log10([2.0, 10.0, 50.0])
    assert judging.fold_error(truth, predicted) == pytest.approx((2 * 1 * 5) ** (1 / 3))
    assert judging.within(2)(truth, predicted) == pytest.approx(200 / 3)
    assert judging.within(3)(truth, predicted) == pytest.approx(200 / 3)


def test_intervals_calibrated_on_other_folds_cover():
    rng = np.random.default_rng(1)
    n = 2000
    deviation, near = rng.uniform(0.2, 0.6, n), rng.uniform(0, 1, n)
    error = deviation * rng.standard_t(4, n)
    errors = judging.OutOfFold(error, np.zeros(n), deviation, near)
    half = judging.leave_fold_out(errors, rng.integers(0, 5, n), 0.9)
    assert 0.87 < (np.abs(error) <= half).mean() < 0.93


def test_intervals_learned_elsewhere_widen_with_distance_and_never_see_what_they_judge():
    rng = np.random.default_rng(2)
    n = 3000
    deviation, near, fold = np.full(n, 0.3), rng.uniform(0, 1, n), rng.integers(0, 5, n)
    spread = 0.2 + 0.6 * (1 - near)
    learned = judging.OutOfFold(spread * rng.standard_normal(n), np.zeros(n), deviation, near)
    far = near * 0.5
    judged = judging.OutOfFold((0.2 + 0.6 * (1 - far)) * rng.standard_normal(n), np.zeros(n), deviation, far)
    half = judging.leave_fold_out(learned, fold, 0.9, judged=judged)
    assert 0.87 < (np.abs(judged.truth) <= half).mean() < 0.95
    assert half[far < 0.1].mean() > 1.3 * half[far > 0.4].mean()
    # The truth of a fold has no say in the intervals of that fold.
    other = judging.OutOfFold(np.where(fold == 2, 50.0, learned.truth), np.zeros(n), deviation, near)
    again = judging.leave_fold_out(other, fold, 0.9, judged=judged)
    assert (again[fold == 2] == half[fold == 2]).all()


def test_the_width_of_intervals_is_told_as_a_factor():
    truth = np.log10([1.0, 2.0, 4.0])
    found = judging.lines("cl", "s", "m", truth, truth, "p", np.log10([2.0, 2.0, 2.0]))
    told = {line["metric"]: line["value"] for line in found}
    assert told["interval_fold"] == pytest.approx(2.0) and told["coverage"] == 100


def test_no_scaffold_is_torn_apart():
    from types import SimpleNamespace

    from rdkit import Chem

    from kozue.chem import first_block, scaffold
    from kozue.systems.patients.human_pk.pipeline import folds_by_scaffold

    texts = [f"{'C' * length}c1ccc{ring}cc1" for length in range(1, 8) for ring in ("n", "(C2CCNC2)", "c(F)")]
    texts += ["C" * length + "O" for length in range(2, 12)] + ["C[C@H](O)c1ccccc1", "C[C@@H](O)c1ccccc1"]
    mols = [Chem.MolFromSmiles(text) for text in texts]
    mols = [mol for mol in mols if mol is not None]
    keys = [first_block(mol) for mol in mols]
    fold = folds_by_scaffold(SimpleNamespace(keys=keys, mols=mols), 1)
    groups = {}
    for mol, number in zip(mols, fold, strict=True):
        groups.setdefault(scaffold(mol), set()).add(number)
    assert all(len(numbers) == 1 for name, numbers in groups.items() if name)
    assert len(groups[""]) > 1 and set(fold) == set(range(5))
    assert fold[-1] == fold[-2]


@pytest.mark.slow
def test_the_tables_are_read_as_published(mirror):
    from kozue.systems.patients.human_pk.sources import load_compounds

    compounds = load_compounds()
    measured = np.isfinite(compounds.human["cl"]) & compounds.in_human
    assert measured.sum() == 1281
    assert (np.isfinite(compounds.human["vdss"]) & compounds.in_human).sum() == 1249
    has_rat = np.isfinite(compounds.given["rat_cl"]) & np.isfinite(compounds.paired["cl"])
    assert has_rat.sum() in (316, 317)
    # No assay value of an assistant's training set may come from a compound of the tables.
    from kozue.systems.patients.human_pk.sources import load_assistant

    mols, values = load_assistant("caco2", set(compounds.keys), 0)
    assert len(mols) == len(values) < 728


def test_lines_agree_with_the_shared_metrics():
    from kozue.ml.metrics import bootstrap, r2

    rng = np.random.default_rng(2)
    truth = rng.standard_normal(80)
    predicted = truth + 0.4 * rng.standard_normal(80)
    predicted[3] = np.nan
    found = {
        row["metric"]: row for row in judging.lines("cl", "a", "b", truth, predicted, "c", np.full(80, 0.5))
    }
    both = np.isfinite(predicted)
    for name, metric in (("GMFE", judging.fold_error), ("within_3_fold", judging.within(3)), ("R2_log", r2)):
        wanted = bootstrap(metric, truth[both], predicted[both])
        assert found[name]["value"] == pytest.approx(wanted.value) and found[name]["n"] == 79
        assert found[name]["low"] == pytest.approx(wanted.low, rel=0.15)
    assert found["coverage"]["value"] == pytest.approx(100 * (np.abs(truth - predicted)[both] <= 0.5).mean())
