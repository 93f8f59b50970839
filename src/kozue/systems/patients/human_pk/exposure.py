"""From parameters and a dosing to a curve with its band, exposures, and the dose for a wanted exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kozue.systems.patients.human_pk.allometry import LIVER_FLOW
from kozue.systems.patients.human_pk.endpoints import L_PER_H
from kozue.systems.patients.human_pk.kinetics import (
    Disposition,
    Dosing,
    one_compartment,
    repeated,
    steady_response,
    two_compartments,
)

if TYPE_CHECKING:
    from kozue.systems.patients.human_pk.settings import DosingSettings

SAMPLES = 300
_LEAST_ESCAPING = 0.05  # of an oral dose: clearance above the liver's flow is not all hepatic
_LONGEST = 24.0 * 60
_POINTS = 41


@dataclass(frozen=True, slots=True)
class Parameters:
    """s parameter sets of one compound.

    Parameters
    ----------
    clearance, volume, half_life : numpy.ndarray
        Shape (s,), mL/min/kg, L/kg and h.
    """

    clearance: np.ndarray
    volume: np.ndarray
    half_life: np.ndarray


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a dosing does; each quantity as value, low, high.

    Parameters
    ----------
    bioavailability : float
        Used for the value.
    quantities : dict of str to tuple
        ``auc``, ``cmax``, ``cmin_ss``, ``cavg_ss``, and ``target_dose`` if asked for.
    tmax : float
        h.
    times : numpy.ndarray
        Shape (p,), h.
    curve : numpy.ndarray
        Shape (3, p): value, low, high in mg/L.
    """

    bioavailability: float
    quantities: dict[str, tuple[float, float, float]]
    tmax: float
    times: np.ndarray
    curve: np.ndarray


def escaping(clearance: np.ndarray) -> np.ndarray:
    """Return what the liver lets pass of a completely absorbed dose, shape (s,).

    1 - CL / Q for the well-stirred liver with all clearance hepatic and equal concentrations in blood and
    plasma (Pang and Rowland, J. Pharmacokinet. Biopharm. 1977, 5, 625): an upper estimate.
    """
    return np.clip(1 - clearance / LIVER_FLOW, _LEAST_ESCAPING, 1.0)


def expose(point: Parameters, drawn: Parameters, settings: DosingSettings, confidence: float) -> Exposure:
    """Compute one compound's exposure.

    Parameters
    ----------
    point : Parameters
        One set, the best estimate.
    drawn : Parameters
        s sets from the prediction's distribution.
    settings : DosingSettings
        Dose, route, interval, target.
    confidence : float
        Share of the drawn sets that the band holds.
    """
    both = [
        np.concatenate([getattr(point, name), getattr(drawn, name)])
        for name in ("clearance", "volume", "half_life")
    ]
    clearance, volume, half_life = both
    body = _body(clearance, volume, half_life, settings)
    dosing = Dosing(settings.route, settings.interval_h, settings.infusion_h, settings.absorption_rate)
    arriving = _arriving(clearance, settings)
    dose = settings.dose * (settings.body_weight if settings.dose_unit == "mg/kg" else 1.0)
    amount = dose * arriving
    times = time_grid(settings, float(np.log(2) / body.rate[0].min()))
    curves = amount[:, None] * repeated(body, dosing, settings.doses, times)
    steady = amount[:, None] * steady_response(body, dosing, _within(dosing))
    area = amount / body.clearance
    reached = {
        "auc": area,
        "cmax": curves.max(axis=1),
        "cmin_ss": steady[:, -1],
        "cavg_ss": area / settings.interval_h,
    }
    if settings.target != "none" and settings.target_value is not None:
        at_steady = {
            "auc": area,
            "cavg": reached["cavg_ss"],
            "cmin": reached["cmin_ss"],
            "cmax": steady.max(axis=1),
        }
        # Linear kinetics: exposure is proportional to the dose.
        tiny = np.finfo(float).tiny
        reached["target_dose"] = dose * settings.target_value / np.maximum(at_steady[settings.target], tiny)
    quantities = {name: _with_interval(values, confidence) for name, values in reached.items()}
    band = np.quantile(curves[1:], [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    curve = np.stack([curves[0], np.minimum(band[0], curves[0]), np.maximum(band[1], curves[0])])
    return Exposure(float(arriving[0]), quantities, float(times[curves[0].argmax()]), times, curve)


def _body(
    clearance: np.ndarray, volume: np.ndarray, half_life: np.ndarray, settings: DosingSettings
) -> Disposition:
    flow, space = clearance * L_PER_H * settings.body_weight, volume * settings.body_weight
    if settings.compartments == "one":
        return one_compartment(flow, space)
    return two_compartments(flow, space, half_life, settings.central_share)


def _arriving(clearance: np.ndarray, settings: DosingSettings) -> np.ndarray:
    if settings.route != "oral":
        return np.ones_like(clearance)
    if settings.bioavailability is not None:
        return np.full_like(clearance, settings.bioavailability)
    return escaping(clearance)


def time_grid(settings: DosingSettings, half_life: float) -> np.ndarray:
    """Return the times of the curve in h, shape (p,), closer where it moves fast.

    Parameters
    ----------
    settings : DosingSettings
        Doses, interval, horizon.
    half_life : float
        Terminal, h.
    """
    last = (settings.doses - 1) * settings.interval_h
    horizon = settings.horizon_h or last + float(np.clip(5 * half_life, 12.0, _LONGEST))
    pieces = [np.linspace(0, horizon, _POINTS)]
    first = min(settings.interval_h if settings.doses > 1 else horizon, horizon)
    early = np.geomspace(min(0.05, first / 20), first, 20)
    for number in range(settings.doses):
        start = number * settings.interval_h
        # Each dose of a few is drawn in full; of many, the first and the last, which is the highest.
        shape = early if settings.doses <= 8 or number in (0, settings.doses - 1) else early[::4]
        pieces += [start + shape, [start], [start - 1e-3] if number else []]
    if settings.route == "iv_infusion":
        ends = np.arange(settings.doses) * settings.interval_h + settings.infusion_h
        pieces.append(ends)
    times = np.unique(np.concatenate([np.asarray(piece, float) for piece in pieces]))
    return times[(times >= 0) & (times <= horizon)]


def _within(dosing: Dosing) -> np.ndarray:
    early = np.geomspace(dosing.interval / 500, dosing.interval, 40)
    ends = [dosing.infusion] if dosing.route == "iv_infusion" else []
    return np.unique(np.concatenate([[0.0], early, ends]))


def _with_interval(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """Return the first (best) value, and quantiles of the rest that hold it."""
    low, high = np.quantile(values[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(values[0]), float(min(low, values[0])), float(max(high, values[0]))
