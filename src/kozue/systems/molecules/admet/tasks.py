"""What the shared networks learn: every endpoint, and sets that only help.

A task belongs to a family of like properties. No value of a family is learned from a molecule that stands in an
official test set of the same family, whichever data set the value comes from: a test molecule's solubility must
not be known from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kozue.systems.molecules.admet.endpoints import ENDPOINTS


@dataclass(frozen=True, slots=True)
class Task:
    """One set of measured values.

    Parameters
    ----------
    key : str
        Endpoint, or a name of its own.
    family : str
        Of like properties.
    source, dataset : str
        Data set of the catalogue, and the set (or column) in it.
    is_class : bool
        Whether values are 0/1.
    floor : float or None
        Learned as log10, none below this.
    stored : {"", "log10", "fraction"}
        How the source writes values.
    """

    key: str
    family: str
    source: str
    dataset: str
    is_class: bool
    floor: float | None = None
    stored: Literal["", "log10", "fraction"] = ""


_HELPERS = {
    "solubility_literature": ("pharmabench", "water_sol_reg", False, None),
    "bbb_literature": ("pharmabench", "bbb_cls", True, None),
    "ames_literature": ("pharmabench", "ames_cls", True, None),
    "human_clearance": ("pksmart", "human_CL_mL_min_kg", False, 1e-3),
    "human_volume": ("pksmart", "human_VDss_L_kg", False, 1e-3),
    "human_unbound": ("pksmart", "human_fup", False, 1e-4),
    "human_half_life": ("pksmart", "human_thalf", False, 1e-2),
}

FAMILIES: dict[str, tuple[str, ...]] = {
    "lipophilicity": ("lipophilicity", "logd"),
    "solubility": ("solubility", "solubility_literature"),
    "absorption": ("caco2", "hia", "bioavailability", "pgp", "pgp_substrate"),
    "brain": ("bbb", "bbb_literature"),
    "kinetics": (
        "ppbr",
        "ppb_human",
        "vdss",
        "half_life",
        "clearance_hepatocyte",
        "clearance_microsome",
        "clearance_microsome_human",
        "clearance_microsome_rat",
        "clearance_microsome_mouse",
        "human_clearance",
        "human_volume",
        "human_unbound",
        "human_half_life",
    ),
    "cyp inhibition": (
        "cyp2c9_inhibitor",
        "cyp2d6_inhibitor",
        "cyp3a4_inhibitor",
        "cyp1a2_inhibitor",
        "cyp2c19_inhibitor",
        "cyp2c9_ic50",
        "cyp2d6_ic50",
        "cyp3a4_ic50",
    ),
    "cyp substrates": (
        "cyp2c9_substrate",
        "cyp2d6_substrate",
        "cyp3a4_substrate",
        "cyp1a2_substrate",
        "cyp2c19_substrate",
    ),
    "herg": ("herg", "herg_10um"),
    "mutagenicity": ("ames", "ames_literature"),
    "acute toxicity": ("ld50",),
    "liver": ("dili", "hepatotoxicity"),
}


def _task(key: str, family: str) -> Task:
    if key in _HELPERS:
        return Task(key, family, *_HELPERS[key])
    endpoint = ENDPOINTS[key]
    return Task(
        key, family, endpoint.source, endpoint.dataset, endpoint.is_class, endpoint.floor, endpoint.stored
    )


TASKS: dict[str, Task] = {
    key: _task(key, family)
    for family, keys in FAMILIES.items()
    for key in keys
    if key in _HELPERS or key in ENDPOINTS
}
