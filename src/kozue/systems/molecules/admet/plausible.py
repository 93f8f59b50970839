"""Whether measured values fit the unit they are said to be in.

A table in nM that is called M trains without complaint and is wrong by nine orders of magnitude. The
ranges below are wide: what lies outside is not a surprising measurement but another unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

#: Share of values outside the range from which a warning is due; one odd value is an outlier, not a unit.
TELLING_SHARE = 0.05

#: (pattern of the unit, lowest, highest magnitude that is physically sensible). Concentrations of drugs
#: lie between 1 fM and 10 M; logarithms of anything measured lie within 20 decades of one.
RANGES: tuple[tuple[str, float, float], ...] = (
    (r"-?log|p(ic|ec|ed|gi|ki|kd|ka)|ph\b|pka", 0.0, 20.0),
    (r"%|percent", 0.0, 300.0),
    (r"fraction|probability", 0.0, 1.0),
    (r"(fm|fmol/l)$", 1e-3, 1e16),
    (r"(pm|pmol/l)$", 1e-4, 1e13),
    (r"(nm|nmol/l)$", 1e-6, 1e10),
    (r"(um|µm|μm|umol/l|µmol/l|μmol/l)$", 1e-9, 1e7),
    (r"(mm|mmol/l)$", 1e-12, 1e4),
    (r"(m|mol/l)$", 1e-15, 1e1),
    (r"h$|hours?$", 1e-4, 2e4),
    (r"l/kg", 1e-4, 2e3),
    (r"(ml|l)/min/kg", 1e-5, 2e3),
)
LARGEST_KNOWN_SPREAD = 1e9


def misfit(values: Sequence[float] | np.ndarray, unit: str) -> str:
    """Say why values cannot be in a unit.

    Parameters
    ----------
    values : array-like, shape (n,)
        Measured values.
    unit : str
        As the user wrote it; ``""`` if not given.

    Returns
    -------
    str
        A sentence without its subject, or ``""`` if the values fit or the unit is not known.
    """
    magnitudes = np.abs(np.asarray(values, dtype=float))
    magnitudes = magnitudes[np.isfinite(magnitudes) & (magnitudes > 0)]
    if magnitudes.size == 0:
        return ""
    wanted = unit.strip().lower()
    for pattern, low, high in RANGES:
        if re.match(pattern, wanted):
            outside = (magnitudes < low) | (magnitudes > high)
            if outside.mean() < TELLING_SHARE:
                return ""
            example = float(magnitudes[outside][0])
            return (
                f"{int(outside.sum())} of {magnitudes.size} values cannot be in {unit} (for example {example:.3g}; "
                f"magnitudes of {low:g} to {high:g} are expected)"
            )
    spread = float(magnitudes.max() / magnitudes.min())
    if spread > LARGEST_KNOWN_SPREAD:
        return (
            f"the values span {np.log10(spread):.0f} decades, so that more than one unit seems to be in use"
        )
    return ""
