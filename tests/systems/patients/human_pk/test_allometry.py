"""Classical scaling against hand calculation."""

from __future__ import annotations

import numpy as np
import pytest

from kozue.systems.patients.human_pk import allometry


def one(**values):
    keys = [f"{s}_{q}" for s in ("rat", "dog", "monkey") for q in ("cl", "fup")]
    keys += ["human_clint_microsomes", "human_clint_hepatocytes"]
    return {key: np.array([values.get(key, np.nan)]) for key in keys}


LINES = {"rat": (-0.5, 0.8), "dog": (-0.2, 0.8), "monkey": (-0.3, 0.9)}


def test_two_species_lie_on_their_own_line():
    rat, dog = 40.0, 15.0
    slope = np.log10(dog * 10.0 / (rat * 0.25)) / np.log10(10.0 / 0.25)
    wanted = dog * 10.0 * (70.0 / 10.0) ** slope / 70.0
    found = allometry.simple_allometry({"rat": np.array([rat]), "dog": np.array([dog])})
    assert found[0] == pytest.approx(wanted)


def test_three_species_give_back_an_exact_power_law():
    clearances = {s: np.array([30.0 * w**0.75 / w]) for s, w in allometry.BODY.items() if s != "human"}
    log_a, b = allometry.power_law(clearances, dict.fromkeys(clearances, 1.0))
    assert 10 ** log_a[0] == pytest.approx(30.0) and b[0] == pytest.approx(0.75)
    assert allometry.simple_allometry(clearances)[0] == pytest.approx(30.0 * 70**0.75 / 70)


def test_one_species_is_not_enough_for_a_power_law():
    made = allometry.all_methods(one(rat_cl=40.0), np.array([0.1]), LINES)
    assert made["scaled_rat"][0] == pytest.approx(40.0 * 0.152)
    assert made["fitted_rat"][0] == pytest.approx(10**-0.5 * 40.0**0.8)
    for name in ("simple_allometry", "rule_of_exponents", "unbound_intercept", "scaled_dog"):
        assert np.isnan(made[name][0])


@pytest.mark.parametrize(("exponent", "corrected"), [(0.6, False), (0.85, True), (1.2, True)])
def test_steep_exponents_are_corrected_downwards(exponent, corrected):
    clearances = {s: np.array([20.0 * w**exponent / w]) for s, w in allometry.BODY.items() if s != "human"}
    plain, ruled = allometry.simple_allometry(clearances)[0], allometry.rule_of_exponents(clearances)[0]
    assert (ruled < 0.9 * plain) if corrected else ruled == pytest.approx(plain)


def test_intercept_method_by_hand():
    clearances = {s: np.array([20.0 * w**0.8 / w]) for s, w in allometry.BODY.items() if s != "human"}
    found = allometry.unbound_intercept(clearances, np.array([0.4]), np.array([0.1]))
    assert found[0] == pytest.approx(33.35 * (20.0 / 4.0) ** 0.770 / 70)


def test_liver_never_clears_more_than_its_blood_flow():
    made = allometry.well_stirred(np.array([1e-2, 10.0, 1e5]), np.array([0.5, 0.5, 1.0]), allometry.PROTEIN)
    assert (np.diff(made) > 0).all() and made[-1] < allometry.LIVER_FLOW
    intrinsic = 10.0 * 32.0 * 25.7 / 1000 * 0.5
    assert made[1] == pytest.approx(20.7 * intrinsic / (20.7 + intrinsic))
