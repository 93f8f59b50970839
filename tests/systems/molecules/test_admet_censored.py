"""Values known only as limits: read, merged, filled in, learned from, judged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kozue_series import series

from kozue import run
from kozue.core.errors import TrainingError
from kozue.core.registry import get_registry
from kozue.ml.concordance import concordance
from kozue.systems.molecules.admet.completing import completed, expectation, middle
from kozue.systems.molecules.admet.fitting import Sample, similarity_matrix, targets_of
from kozue.systems.molecules.admet.measurements import bounds_text, merge_bounds, read_cell
from kozue.systems.molecules.admet.model import Scale
from kozue.systems.molecules.admet.recipes import SMALL

TRAIN = get_registry().operation("admet.train")
INF = np.inf
SMILES = series(15)


def logp():
    from rdkit.Chem import Crippen, MolFromSmiles

    return np.array([round(Crippen.MolLogP(MolFromSmiles(text)), 3) for text in SMILES])


def rows_of(values):
    return [{"smiles": smiles, "y": value} for smiles, value in zip(SMILES, values, strict=True)]


def censored(share):
    values = logp()
    limit = float(np.quantile(values, 1 - share))
    return values, limit, [f">{limit:g}" if value > limit else str(value) for value in values]


@pytest.mark.parametrize(
    ("cell", "bounds"),
    [
        (">10", (10, INF)),
        ("≥ 10", (10, INF)),
        ("＞10", (10, INF)),
        ("=>10", (10, INF)),
        ("<1,000", (-INF, 1000)),
        ("<=-5", (-INF, -5)),
        ("5-10", (5, 10)),
        ("-10 to -5.5", (-10, -5.5)),
        ("1e-3–2e-3", (0.001, 0.002)),
        ("5～10", (5, 10)),
        ("~3", (3, 3)),
        ("7", (7, 7)),
    ],
)
def test_reads_limits_and_ranges(cell, bounds):
    assert read_cell(cell).bounds == bounds


@pytest.mark.parametrize("cell", ["10-5", ">", "<LOD", "5-", "-", ">10-20", "> ten", "5-5", ">1,5"])
def test_what_is_no_limit_is_not_taken_for_one(cell):
    assert read_cell(cell).problem in ("not_a_number", "empty")


@pytest.mark.parametrize(
    ("given", "bounds", "clash"),
    [
        ([(5, 5), (7, 7)], (6, 6), False),
        ([(12, 12), (10, INF)], (12, 12), False),  # the limit says nothing new
        ([(8, 8), (10, INF)], (9, INF), False),  # it excludes the value: the median is somewhere above 9
        ([(8, 8), (10, INF), (10, INF)], (10, INF), False),
        ([(5, INF), (10, INF)], (10, INF), False),
        ([(5, INF), (-INF, 10)], (5, 10), False),
        ([(5, 10), (8, INF)], (8, 10), False),
        ([(-INF, 5), (-INF, 5), (10, INF)], (-INF, 5), True),
        ([(-INF, 5), (10, INF)], (-INF, INF), True),
    ],
)
def test_replicates_that_are_limits(given, bounds, clash):
    merged = merge_bounds(given)
    assert (merged.bounds, merged.clash) == (bounds, clash)
    assert (merged.value is None) == (bounds == (-INF, INF))


def test_limits_as_people_write_them():
    assert [bounds_text(*ends) for ends in ((5, 5), (5, INF), (-INF, 0.5), (1, 2))] == [
        "",
        ">5",
        "<0.5",
        "1 to 2",
    ]


@settings(max_examples=200, deadline=None)
@given(st.floats(-50, 50), st.floats(0.01, 20), st.floats(-50, 50), st.floats(0.001, 50), st.integers(0, 2))
def test_expectations_lie_between_their_bounds(guess, spread, low, width, kind):
    ends = [(low, INF), (-INF, low), (low, low + width)][kind]
    mean, square = expectation(np.array([guess]), spread, np.array([ends[0]]), np.array([ends[1]]))
    assert np.isfinite([mean[0], square[0]]).all()
    assert ends[0] - 1e-9 <= mean[0] <= ends[1] + 1e-9
    assert square[0] >= (mean[0] - guess) ** 2 * (1 - 1e-9)


@pytest.mark.parametrize(("low", "high"), [(0.5, INF), (-INF, -1.0), (0.2, 0.9), (-3.0, 0.5), (2.5, INF)])
def test_expectations_are_those_of_a_normal_value(low, high):
    z = np.random.default_rng(0).normal(1.0, 2.0, 2_000_000)
    inside = z[(z > low) & (z < high)]
    mean, square = expectation(np.array([1.0]), 2.0, np.array([low]), np.array([high]))
    assert mean[0] == pytest.approx(inside.mean(), abs=0.02)
    assert square[0] == pytest.approx(((inside - 1) ** 2).mean(), rel=0.02)


def test_filling_in_comes_closer_to_the_truth_than_the_limit():
    rng = np.random.default_rng(1)
    bits = (rng.random((300, 64)) < 0.3).astype(np.uint8)
    truth = bits @ rng.normal(0, 1, 64) + rng.normal(0, 0.3, 300)
    limit = np.quantile(truth, 0.7)
    is_above = truth > limit
    bounds = np.column_stack([np.minimum(truth, limit), np.where(is_above, INF, truth)])
    folds = np.arange(300) % 5
    filled = completed(bounds, folds, similarity_matrix(bits), None, 0.2)
    assert np.array_equal(filled[~is_above], truth[~is_above])
    assert (filled[is_above] >= limit).all()
    assert np.abs(filled - truth)[is_above].mean() < 0.7 * np.abs(limit - truth)[is_above].mean()
    assert np.array_equal(filled, completed(bounds, folds, similarity_matrix(bits), None, 0.2))
    flipped = completed(-bounds[:, ::-1], folds, similarity_matrix(bits), None, 0.2)
    assert np.allclose(flipped, -filled)


def test_nothing_to_fill_in_changes_nothing():
    values = np.arange(20.0)
    assert np.array_equal(
        completed(np.column_stack([values, values]), values % 4, np.eye(20), None, 0.2), values
    )
    assert middle(np.array([[1, 3], [-INF, 2], [5, INF]])).tolist() == [2, 2, 5]


def test_a_fold_does_not_learn_from_its_own_values_through_filled_ones():
    """What is learned for judging a fold stays the same whatever that fold measured."""
    rng = np.random.default_rng(0)
    bits = (rng.random((120, 1024)) < 0.05).astype(np.uint8)
    features, folds = bits.astype(np.float32)[:, :50], np.arange(120) % 5
    values = rng.normal(0, 1, 120)
    bounds = np.column_stack([values, np.where(values > 0.8, INF, values)])
    measured = bounds[:, 0] == bounds[:, 1]
    changed = np.where((folds == 2) & measured, values - 3, values)
    other = np.column_stack([changed, np.where(measured, changed, INF)])
    similarity = similarity_matrix(bits)
    learned = [
        targets_of(Sample(features, bits, numbers, folds, bounds=ends), similarity, False, Scale(), SMALL)
        for numbers, ends in ((values, bounds), (changed, other))
    ]
    everything, rest = np.ones(120, bool), folds != 2
    assert np.array_equal(learned[0](rest), learned[1](rest))
    assert not np.array_equal(learned[0](everything), learned[1](everything))


@pytest.mark.slow
def test_learning_from_limits_beats_leaving_them_out():
    values, limit, cells = censored(0.3)
    error = {}
    for way in ("drop", "limit", "learn"):
        answer = run.answer(
            TRAIN,
            rows_of(cells),
            {"target": ["y"], "name": way, "censored": way, "transfer": False, "kind": "regression"},
        )
        known = set() if way == "drop" else {row["limit"] for row in answer.tables["held_out"].to_pylist()}
        assert known == (set() if way == "drop" else {"", f">{limit:g}"})
        scores = {row["metric"]: row for row in answer.table.to_pylist()}
        measured = int((values <= limit).sum())
        assert scores["MAE"]["n"] == scores["coverage"]["n"] == measured
        assert scores["concordance"]["n"] == (measured if way == "drop" else len(values))
        assert scores["concordance"]["low"] < scores["concordance"]["value"] < scores["concordance"]["high"]
        assert answer.summary["limits"] == {"y": {"above": len(values) - measured}}
        applied = run.answer("admet.apply", SMILES, {"model": way, "detail": "values"})
        error[way] = np.abs(applied.table["predicted_y"].to_numpy() - values)[values > limit].mean()
        told = [warned.code for warned in applied.warnings]
        assert ("limits_among_neighbours" in told) is (way != "drop")
    assert error["learn"] < error["limit"] < error["drop"]


def test_limits_of_both_sides_and_ranges_on_a_logarithm():
    values = 10 ** logp()
    cells = [f"{value:.4g}" for value in values]
    cells[:4] = ["<0.5", "<0.5", "1-30", "0 to 4"]
    cells[4:8] = [">100", ">0", ">100", "~7"]
    answer = run.answer(TRAIN, rows_of(cells), {"target": ["y"], "name": "sides", "scale": "log10"})
    assert answer.summary["limits"] == {"y": {"above": 3, "below": 2, "between": 2, "about": 1}}
    (warned,) = [warned for warned in answer.warnings if warned.code == "censored_values"]
    for words in (
        "3 only above a limit",
        "2 only below",
        "2 only within a range",
        "1 only approximate",
        "count as measured",
    ):
        assert words in warned.message
    aside = answer.tables["set_aside"].to_pylist()
    assert [(row["row"], row["error_code"]) for row in aside] == [(6, "says_nothing")]
    held = {row["row"]: row for row in answer.tables["held_out"].to_pylist()}
    assert held[1]["limit"] == "<0.5" and held[1]["measured"] is None
    assert held[8]["measured"] == 7
    assert np.isfinite([row["predicted"] for row in held.values()]).all()


def test_contradictory_limits_are_reported():
    _, _, cells = censored(0.2)
    rows = rows_of(cells)
    rows += [{"smiles": "CCBr", "y": "<0"}, {"smiles": "CCBr", "y": ">5"}]  # no value satisfies both
    rows += [{"smiles": "CCI", "y": "1.5"}, {"smiles": "CCI", "y": ">1"}]  # they agree
    rows += [{"smiles": "CCF", "y": "-2"}, {"smiles": "CCF", "y": ">4"}]  # they do not
    answer = run.answer(TRAIN, rows, {"target": ["y"], "name": "odd"})
    merged = {row["smiles"]: row for row in answer.tables["cleaning"].to_pylist()}
    assert [merged[key]["doubtful"] for key in ("CCBr", "CCI", "CCF")] == [True, False, True]
    assert merged["CCBr"]["used"] is None
    assert (merged["CCI"]["used"], merged["CCI"]["used_limit"], merged["CCI"]["limits"]) == (1.5, "", 1)
    assert merged["CCF"]["used_limit"] == ">1"
    assert "contradictory_values" in {warned.code for warned in answer.warnings}


@pytest.mark.parametrize("way", ["drop", "limit", "learn"])
def test_limits_alone_are_refused(way):
    few = [">10"] * 71 + [str(place) for place in range(19)]
    for cells, words in (
        ([">10"] * 90, "Only 0 distinct.*90 only above"),
        (few, "Only 19 distinct.*71 only above"),
    ):
        with pytest.raises(TrainingError, match=words):
            run.answer(TRAIN, rows_of(cells), {"target": ["y"], "name": "none", "censored": way})


def test_concordance_counts_pairs_whose_order_is_known():
    exact = np.array([[1, 1], [2, 2], [3, 3]], float)
    assert concordance(exact, np.array([1.0, 2, 3])).value == 1
    assert concordance(exact, np.array([3.0, 2, 1])).value == 0
    assert concordance(exact, np.zeros(3)).value == 0.5
    # >2 is above 1 and 2, and not comparable with 3; of the comparable pairs (1,2) (1,3) (2,3) (1,>2) (2,>2) 4 are right
    limits = np.array([[1, 1], [2, 2], [3, 3], [2, INF]], float)
    assert concordance(limits, np.array([1.0, 2, 3, 1.5])).value == pytest.approx(4 / 5)
    assert np.isnan(concordance(np.array([[5, INF], [6, INF]], float), np.zeros(2)).value)
    assert concordance(np.zeros((0, 2)), np.zeros(0)).n == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 4)), min_size=2, max_size=30))
def test_concordance_is_what_counting_pairs_gives(records):
    ends = {0: lambda v: (v, v), 1: lambda v: (v, INF), 2: lambda v: (-INF, v)}
    bounds = np.array([ends[kind](float(value)) for value, kind, _ in records])
    guess = np.array([float(number) for *_, number in records])
    right = known = 0.0
    for low, a in zip(bounds, guess, strict=True):
        for high, b in zip(bounds, guess, strict=True):
            is_equal = low[0] == low[1] == high[0] == high[1]
            if low[0] >= high[1] and not is_equal:
                known += 1
                right += 1.0 if a > b else 0.5 if a == b else 0.0
    value = concordance(bounds, guess).value
    assert value == pytest.approx(right / known) if known else np.isnan(value)
