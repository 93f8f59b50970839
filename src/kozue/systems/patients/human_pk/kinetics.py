"""Concentration in plasma over time: sums of exponentials, exact for linear kinetics.

Gibaldi and Perrier, Pharmacokinetics, 2nd ed., Marcel Dekker 1982: chapter 1 (one compartment), chapter 2
(two compartments, elimination from the central one), chapter 3 (multiple doses). Everything is vectorised
over s parameter sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Route = Literal["iv_bolus", "iv_infusion", "oral"]

_ALMOST_ONE = 0.98
_APART = 1e-4


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a unit dose into plasma leaves there: sum of ``amplitude * exp(-rate * t)``.

    Parameters
    ----------
    amplitude : numpy.ndarray
        Shape (s, 2), 1/L.
    rate : numpy.ndarray
        Shape (s, 2), 1/h.
    clearance : numpy.ndarray
        Shape (s,), L/h.
    """

    amplitude: np.ndarray
    rate: np.ndarray
    clearance: np.ndarray


@dataclass(frozen=True, slots=True)
class Dosing:
    """How it is given.

    Parameters
    ----------
    route : {"iv_bolus", "iv_infusion", "oral"}
        Into the vein at once or over some time, or by mouth.
    interval : float
        Hours between doses.
    infusion : float
        Hours that an infusion takes.
    absorption : float
        First-order rate of absorption, 1/h.
    """

    route: Route
    interval: float
    infusion: float
    absorption: float


def one_compartment(clearance: np.ndarray, volume: np.ndarray) -> Disposition:
    """Return the disposition of a single well-mixed volume.

    Parameters
    ----------
    clearance, volume : numpy.ndarray
        Shape (s,), L/h and L.
    """
    amplitude = np.stack([1 / volume, np.zeros_like(volume)], axis=1)
    rate = clearance / volume
    return Disposition(amplitude, np.stack([rate, rate], axis=1), clearance)


def two_compartments(
    clearance: np.ndarray, volume: np.ndarray, half_life: np.ndarray, share: float
) -> Disposition:
    """Return the disposition whose clearance, steady-state volume and terminal half-life are the given ones.

    Three numbers leave one free, the central volume. With beta = ln 2 / half-life, k10 = CL / Vc and
    r = Vss / Vc, the conditions alpha beta = k10 k21 and alpha + beta = k10 + k12 + k21 with
    k12 = (r - 1) k21 give k21 = beta (k10 - beta) / (k10 - r beta). A terminal half-life cannot be shorter
    than ln 2 times the mean residence time; such sets are taken as one compartment.

    Parameters
    ----------
    clearance, volume, half_life : numpy.ndarray
        Shape (s,), L/h, L (at steady state) and h (terminal).
    share : float
        Central volume over the volume at steady state, below 1.
    """
    single = one_compartment(clearance, volume)
    beta = np.log(2) / half_life
    two = beta < _ALMOST_ONE * clearance / volume
    if not two.any():
        return single
    beta = np.where(two, beta, 0.5 * clearance / volume)
    central = share * volume
    k10 = clearance / central
    k21 = beta * (k10 - beta) / (k10 - beta / share)
    alpha = k10 * k21 / beta
    fast = (alpha - k21) / (alpha - beta) / central
    slow = (k21 - beta) / (alpha - beta) / central
    amplitude = np.where(two[:, None], np.stack([fast, slow], axis=1), single.amplitude)
    rate = np.where(two[:, None], np.stack([alpha, beta], axis=1), single.rate)
    return Disposition(amplitude, rate, clearance)


def response(body: Disposition, dosing: Dosing, times: np.ndarray) -> np.ndarray:
    """Return the concentration after 1 mg that reaches the blood, shape (s, p), mg/L.

    Parameters
    ----------
    body : Disposition
        s parameter sets.
    dosing : Dosing
        One dose of it.
    times : numpy.ndarray
        Shape (p,), h after its start; before it nothing is there.
    """
    amplitude, rate = body.amplitude[:, :, None], body.rate[:, :, None]
    begun = times >= 0
    t = np.where(begun, times, 0.0)[None, None, :]
    if dosing.route == "iv_bolus":
        terms = amplitude * np.exp(-rate * t)
    elif dosing.route == "iv_infusion":
        during = np.minimum(t, dosing.infusion)
        after = t - during
        terms = amplitude / (rate * dosing.infusion) * -np.expm1(-rate * during) * np.exp(-rate * after)
    else:
        ka = _apart(dosing.absorption, rate)
        terms = amplitude * ka / (ka - rate) * (np.exp(-rate * t) - np.exp(-ka * t))
    return np.where(begun[None, :], terms.sum(axis=1), 0.0)


def steady_response(body: Disposition, dosing: Dosing, times: np.ndarray) -> np.ndarray:
    """Return the same within one interval after endlessly many doses of 1 mg, shape (s, p).

    Parameters
    ----------
    body : Disposition
        s parameter sets.
    dosing : Dosing
        An infusion must end within the interval.
    times : numpy.ndarray
        Shape (p,), 0 to the interval.
    """
    now = response(body, dosing, times)
    amplitude, rate = body.amplitude[:, :, None], body.rate[:, :, None]
    tau, t = dosing.interval, times[None, None, :]

    def past(speed: np.ndarray, begin: float) -> np.ndarray:
        """Sum exp(-speed (t + n tau - begin)) over all n from 1 on."""
        return np.exp(-speed * (t + tau - begin)) / -np.expm1(-speed * tau)

    if dosing.route == "iv_bolus":
        terms = amplitude * past(rate, 0.0)
    elif dosing.route == "iv_infusion":
        length = dosing.infusion
        terms = amplitude / (rate * length) * -np.expm1(-rate * length) * past(rate, length)
    else:
        ka = _apart(dosing.absorption, rate)
        terms = amplitude * ka / (ka - rate) * (past(rate, 0.0) - past(ka, 0.0))
    return now + terms.sum(axis=1)


def repeated(body: Disposition, dosing: Dosing, doses: int, times: np.ndarray) -> np.ndarray:
    """Add up the responses to several doses of 1 mg at the interval, shape (s, p)."""
    total = np.zeros((len(body.rate), len(times)))
    for number in range(doses):
        total += response(body, dosing, times - number * dosing.interval)
    return total


def _apart(ka: float, rate: np.ndarray) -> np.ndarray:
    """Return the absorption rate, moved off an equal elimination rate, where the formula has no value."""
    near = np.abs(rate - ka) < _APART * ka
    return np.where(near, ka * (1 + 2 * _APART), ka)
