"""Closed formulas against numerical integration of the differential equations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from kozue.systems.patients.human_pk.exposure import Parameters, escaping, expose, time_grid
from kozue.systems.patients.human_pk.kinetics import (
    Dosing,
    one_compartment,
    repeated,
    response,
    steady_response,
    two_compartments,
)
from kozue.systems.patients.human_pk.settings import DosingSettings

ROUTES = ("iv_bolus", "iv_infusion", "oral")
CL, VSS, SHARE = 12.0, 90.0, 0.3
SLOW = 1.9 * np.log(2) * VSS / CL


def integrate(route, central, k10, k12, k21, ka, infusion, starts, times):
    """Integrate gut, central and peripheral amounts of 1 mg doses; return mg/L in the central volume."""
    state, now, out = np.zeros(3), 0.0, np.empty(len(times))
    stops = sorted({*times, *starts, *(s + infusion for s in starts)})
    if 0.0 in starts:
        state[0 if route == "oral" else 1] += route != "iv_infusion"

    def slope(t, y):
        running = route == "iv_infusion" and any(s <= t < s + infusion for s in starts)
        gut, mid, deep = y
        return [
            -ka * gut,
            ka * gut + running / infusion - (k10 + k12) * mid + k21 * deep,
            k12 * mid - k21 * deep,
        ]

    found = {0.0: state[1] / central}
    for stop in stops:
        if stop > now:
            # An infusion's edges are always stops, so that the slope is smooth in between.
            middle = (now + stop) / 2
            fixed = lambda t, y, m=middle: slope(m, y) if route == "iv_infusion" else slope(t, y)  # noqa: E731
            state = solve_ivp(fixed, (now, stop), state, rtol=1e-9, atol=1e-12).y[:, -1]
            now = stop
        if stop in starts and stop > 0 and route != "iv_infusion":
            state[0 if route == "oral" else 1] += 1.0
        found[stop] = state[1] / central
    for place, time in enumerate(times):
        out[place] = found[time]
    return out


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("compartments", [1, 2])
def test_formulas_agree_with_integration(route, compartments):
    times = [0.0, 0.3, 1.0, 2.5, 7.9, 8.4, 12.0, 20.0, 40.0]
    dosing = Dosing(route, 8.0, 2.0, 0.9)
    cl, v = np.array([CL]), np.array([VSS])
    if compartments == 1:
        body, rates = one_compartment(cl, v), (VSS, CL / VSS, 0.0, 0.0)
    else:
        body = two_compartments(cl, v, np.array([SLOW]), SHARE)
        k10, beta = CL / (SHARE * VSS), np.log(2) / SLOW
        k21 = body.rate[0, 0] * beta / k10
        rates = (SHARE * VSS, k10, k21 * (1 / SHARE - 1), k21)
    wanted = integrate(route, *rates, 0.9, 2.0, [0.0, 8.0, 16.0], times)
    found = repeated(body, dosing, 3, np.array(times))[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("route", ROUTES)
def test_steady_state_is_the_limit_of_many_doses(route):
    body = two_compartments(np.array([CL]), np.array([VSS]), np.array([SLOW]), SHARE)
    dosing = Dosing(route, 6.0, 1.0, 1.3)
    times = np.linspace(0, 6, 13)[:-1]
    many = repeated(body, dosing, 60, 59 * 6.0 + times)
    np.testing.assert_allclose(steady_response(body, dosing, times), many, rtol=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 200), st.floats(2, 3000), st.floats(1.05, 30), st.floats(0.05, 0.95))
def test_two_compartments_honour_all_three_parameters(cl, vss, stretch, share):
    half = stretch * np.log(2) * vss / cl
    body = two_compartments(np.array([cl]), np.array([vss]), np.array([half]), share)
    a, rate = body.amplitude[0], body.rate[0]
    area, moment = (a / rate).sum(), (a / rate**2).sum()
    assert (a >= 0).all() and (rate > 0).all()
    assert 1 / area == pytest.approx(cl, rel=1e-6)
    assert moment / area * cl == pytest.approx(vss, rel=1e-6)
    assert np.log(2) / rate.min() == pytest.approx(half, rel=1e-6)
    assert a.sum() == pytest.approx(1 / (share * vss), rel=1e-6)


def test_a_half_life_shorter_than_possible_becomes_one_compartment():
    body = two_compartments(np.array([CL]), np.array([VSS]), np.array([0.5 * np.log(2) * VSS / CL]), SHARE)
    np.testing.assert_allclose(body.rate, CL / VSS)
    np.testing.assert_allclose(body.amplitude.sum(), 1 / VSS)


def test_absorption_as_fast_as_elimination_has_a_value():
    body = one_compartment(np.array([10.0]), np.array([10.0]))
    times = np.array([0.5, 1.0, 3.0])
    found = response(body, Dosing("oral", 24.0, 1.0, 1.0), times)[0]
    np.testing.assert_allclose(found, times * np.exp(-times) / 10.0, rtol=1e-3)


def sets(cl=5.0, v=1.0, half=3.0, n=50, spread=0.2):
    noise = 10 ** (spread * np.random.default_rng(0).standard_normal((n, 3)))
    point = Parameters(*(np.array([value]) for value in (cl, v, half)))
    return point, Parameters(cl * noise[:, 0], v * noise[:, 1], half * noise[:, 2])


def test_exposure_follows_from_clearance():
    found = expose(*sets(), DosingSettings(route="iv_bolus", dose=70.0), 0.9)
    assert found.quantities["auc"][0] == pytest.approx(70.0 / (5.0 * 0.06 * 70))
    assert found.quantities["cavg_ss"][0] == pytest.approx(found.quantities["auc"][0] / 24)
    for value, low, high in found.quantities.values():
        assert low < value < high
    value, low, high = found.curve
    assert (low <= value).all() and (value <= high).all()
    assert found.tmax == 0 and found.bioavailability == 1


@pytest.mark.parametrize("target", ["auc", "cavg", "cmin", "cmax"])
@pytest.mark.parametrize("route", ROUTES)
def test_the_dose_for_a_target_reaches_it(target, route):
    asked = {"route": route, "interval_h": 12.0}
    first = expose(
        *sets(), DosingSettings(**asked, dose=5.0, dose_unit="mg/kg", target=target, target_value=0.7), 0.9
    )
    dose = first.quantities["target_dose"][0]
    again = expose(*sets(), DosingSettings(**asked, dose=dose, doses=40, horizon_h=480.0), 0.9)
    if target == "cmax":
        reached = again.curve[0].max()
    else:
        reached = again.quantities[{"auc": "auc", "cavg": "cavg_ss", "cmin": "cmin_ss"}[target]][0]
    assert reached == pytest.approx(0.7, rel=0.03)


def test_bioavailability_is_what_the_liver_lets_pass():
    assert escaping(np.array([0.0])) == 1
    assert escaping(np.array([10.35]))[0] == pytest.approx(0.5)
    assert escaping(np.array([100.0]))[0] == pytest.approx(0.05)
    found = expose(*sets(cl=10.35), DosingSettings(route="oral"), 0.9)
    assert found.bioavailability == pytest.approx(0.5)
    assert expose(*sets(), DosingSettings(bioavailability=0.3), 0.9).bioavailability == 0.3


def test_the_curve_is_drawn_where_it_moves():
    times = time_grid(DosingSettings(route="oral"), 4.0)
    assert times[0] == 0 and times[-1] == pytest.approx(20.0)
    assert (np.diff(times) > 0).all() and (times < 1).sum() >= 8
    assert time_grid(DosingSettings(doses=100, interval_h=2.0), 4.0).size < 900
    assert time_grid(DosingSettings(horizon_h=6.0), 4.0)[-1] == pytest.approx(6.0)
