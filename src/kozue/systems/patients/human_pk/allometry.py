"""Classical predictions of human clearance, to stand beside the model's.

All take and give plasma clearance in mL/min/kg, arrays of shape (n,) with NaN where a value is not known, and
give NaN where they lack an input.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Body weights in kg, brain weights in kg and maximum life-spans in years: Davies and Morris, Pharm. Res.
#: 1993, 10, 1093 (rat, beagle, rhesus monkey, man).
BODY = {"rat": 0.25, "dog": 10.0, "monkey": 5.0, "human": 70.0}
BRAIN = {"rat": 0.0018, "dog": 0.080, "monkey": 0.090, "human": 1.400}
LIFE = {"rat": 4.7, "dog": 20.0, "monkey": 22.0, "human": 93.0}
#: Human hepatic blood flow, mL/min/kg, and liver weight, g/kg (Davies and Morris 1993).
LIVER_FLOW, LIVER_WEIGHT = 20.7, 25.7
#: mg microsomal protein and 10^6 hepatocytes per g of human liver: Barter et al., Curr. Drug Metab. 2007, 8, 33.
PROTEIN, CELLS = 32.0, 99.0
#: Human over animal clearance per kg: Tang et al., J. Clin. Pharmacol. 2007, 47, 1036.
SHARE = {"rat": 0.152, "dog": 0.410, "monkey": 0.407}

METHODS = (
    "scaled_rat",
    "scaled_dog",
    "scaled_monkey",
    "fitted_rat",
    "fitted_dog",
    "fitted_monkey",
    "simple_allometry",
    "rule_of_exponents",
    "unbound_intercept",
    "liver_microsomes",
    "liver_hepatocytes",
)


def single_species(species: str, clearance: np.ndarray) -> np.ndarray:
    """Multiply one animal's clearance by a fixed share.

    Tang et al., J. Clin. Pharmacol. 2007, 47, 1036: 0.152 (rat), 0.410 (dog), 0.407 (monkey).
    """
    return SHARE[species] * clearance


def fitted_species(clearance: np.ndarray, offset: float, slope: float) -> np.ndarray:
    """Predict by a log-log line fitted to the training compounds: log10 human = offset + slope log10 animal."""
    return 10 ** (offset + slope * np.log10(clearance))


def fit_line(animal: np.ndarray, human: np.ndarray) -> tuple[float, float]:
    """Fit offset and slope of :func:`fitted_species` by least squares on log10 values, shape (n,) each."""
    both = np.isfinite(animal) & np.isfinite(human)
    slope, offset = np.polyfit(animal[both], human[both], 1)
    return float(offset), float(slope)


def power_law(
    clearances: Mapping[str, np.ndarray], times: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Fit log10(clearance in mL/min x factor) = log10 a + b log10(body weight) to two or three species.

    Boxenbaum, J. Pharmacokinet. Biopharm. 1982, 10, 201.

    Parameters
    ----------
    clearances : mapping of str to numpy.ndarray
        Species -> mL/min/kg, shape (n,).
    times : mapping of str to float
        Factor of each species: 1, its life-span or its brain weight.

    Returns
    -------
    log_a, b : numpy.ndarray
        Shape (n,), NaN with fewer than two species.
    """
    names = list(clearances)
    weight = np.log10([BODY[name] for name in names])
    value = np.stack([np.log10(clearances[name] * BODY[name] * times[name]) for name in names])
    known = np.isfinite(value)
    count = known.sum(axis=0)
    enough = count >= 2
    safe = np.maximum(count, 1)
    x_mean = (known * weight[:, None]).sum(axis=0) / safe
    y_mean = np.where(known, value, 0.0).sum(axis=0) / safe
    x = np.where(known, weight[:, None] - x_mean, 0.0)
    y = np.where(known, value - y_mean, 0.0)
    b = (x * y).sum(axis=0) / np.where(enough, (x**2).sum(axis=0), 1.0)
    b = np.where(enough, b, np.nan)
    return y_mean - b * x_mean, b


def simple_allometry(clearances: Mapping[str, np.ndarray]) -> np.ndarray:
    """Extrapolate the power law of body weight to 70 kg (Boxenbaum 1982, see :func:`power_law`)."""
    log_a, b = power_law(clearances, dict.fromkeys(clearances, 1.0))
    return 10 ** (log_a + b * np.log10(BODY["human"])) / BODY["human"]


def rule_of_exponents(clearances: Mapping[str, np.ndarray]) -> np.ndarray:
    """Correct simple allometry by life-span or brain weight where its exponent is steep.

    Mahmood and Balian, Xenobiotica 1996, 26, 887: exponents from 0.71 to 1.0 take the product with maximum
    life-span, larger ones that with brain weight, others stay.
    """
    human = np.log10(BODY["human"])
    _, b = power_law(clearances, dict.fromkeys(clearances, 1.0))
    chosen = simple_allometry(clearances)
    for table, low, high in ((LIFE, 0.71, 1.0), (BRAIN, 1.0, np.inf)):
        log_a, slope = power_law(clearances, {name: table[name] for name in clearances})
        corrected = 10 ** (log_a + slope * human) / table["human"] / BODY["human"]
        chosen = np.where((b >= low) & (b <= high if table is LIFE else b > low), corrected, chosen)
    return chosen


def unbound_intercept(
    clearances: Mapping[str, np.ndarray], rat_unbound: np.ndarray, human_unbound: np.ndarray
) -> np.ndarray:
    """Correct the intercept of simple allometry by the ratio of unbound fractions of rat and man.

    Tang and Mayersohn, Drug Metab. Dispos. 2005, 33, 1297: CL = 33.35 (a / Rfu)^0.770 mL/min with the
    intercept a in mL/min and Rfu = fu,rat / fu,human.
    """
    log_a, _ = power_law(clearances, dict.fromkeys(clearances, 1.0))
    return 33.35 * (10**log_a * human_unbound / rat_unbound) ** 0.770 / BODY["human"]


def well_stirred(intrinsic: np.ndarray, unbound: np.ndarray, per_gram: float) -> np.ndarray:
    """Scale an in-vitro intrinsic clearance up to the liver.

    Pang and Rowland, J. Pharmacokinet. Biopharm. 1977, 5, 625 (well-stirred liver); blood and plasma
    concentrations are taken as equal and binding in the incubation as none.

    Parameters
    ----------
    intrinsic : numpy.ndarray
        Shape (n,), uL/min/mg protein or uL/min/10^6 cells.
    unbound : numpy.ndarray
        Shape (n,), fraction unbound in plasma.
    per_gram : float
        :data:`PROTEIN` or :data:`CELLS`.
    """
    liver = intrinsic * per_gram * LIVER_WEIGHT / 1000 * unbound
    return LIVER_FLOW * liver / (LIVER_FLOW + liver)


def all_methods(
    given: Mapping[str, np.ndarray], unbound: np.ndarray, lines: Mapping[str, tuple[float, float]]
) -> dict[str, np.ndarray]:
    """Return every method's clearance, each shape (n,), mL/min/kg.

    Parameters
    ----------
    given : mapping of str to numpy.ndarray
        Measured inputs in their units, NaN where not known.
    unbound : numpy.ndarray
        Shape (n,), human fraction unbound, measured or predicted.
    lines : mapping of str to (float, float)
        Offset and slope of each species, see :func:`fit_line`.
    """
    clearances = {species: given[f"{species}_cl"] for species in SHARE}
    made = {f"scaled_{species}": single_species(species, clearances[species]) for species in SHARE}
    made |= {f"fitted_{species}": fitted_species(clearances[species], *lines[species]) for species in SHARE}
    return made | {
        "simple_allometry": simple_allometry(clearances),
        "rule_of_exponents": rule_of_exponents(clearances),
        "unbound_intercept": unbound_intercept(clearances, given["rat_fup"], unbound),
        "liver_microsomes": well_stirred(given["human_clint_microsomes"], unbound, PROTEIN),
        "liver_hepatocytes": well_stirred(given["human_clint_hepatocytes"], unbound, CELLS),
    }
