"""What is predicted; light, because forms and tool lists are made from it."""

from __future__ import annotations

from dataclasses import dataclass

from kozue.core.records import Label

#: mL/min/kg times this is L/h/kg.
L_PER_H = 0.06


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One pharmacokinetic parameter of man after intravenous dosing.

    Parameters
    ----------
    key : str
        Column name.
    column : str
        Its column in the public table; ``""`` if it follows from others.
    label : Label
        What a person reads.
    unit : str
        Of the value.
    reading : Label
        What the number means, in plain language.
    highest : float or None
        Values beyond cannot exist.
    trim : float
        Share of the training values at each end that is pulled in to the quantile: a few extreme
        clearances (prodrugs, enzymes of the blood) would bend the model for all others.
    """

    key: str
    column: str
    label: Label
    unit: str
    reading: Label
    highest: float | None = None
    trim: float = 0.0


ENDPOINTS: dict[str, Endpoint] = {
    endpoint.key: endpoint
    for endpoint in (
        Endpoint(
            "cl",
            "human_CL_mL_min_kg",
            Label("Clearance", "クリアランス"),
            "mL/min/kg",
            Label(
                "Plasma volume freed of drug per minute; liver blood flow is about 21 mL/min/kg.",
                "1 分間に薬物が除かれる血漿量。肝血流量は約 21 mL/min/kg。",
            ),
            trim=0.03,
        ),
        Endpoint(
            "vdss",
            "human_VDss_L_kg",
            Label("Volume of distribution", "定常状態分布容積"),
            "L/kg",
            Label(
                "At steady state; 0.7 L/kg is body water, above 3 the drug sits mostly in tissue.",
                "定常状態。0.7 L/kg は体内総水分量、3 を超えると主に組織に分布。",
            ),
        ),
        Endpoint(
            "fup",
            "human_fup",
            Label("Fraction unbound in plasma", "血漿中非結合率"),
            "fraction",
            Label("Share that is not bound to plasma proteins.", "血漿タンパク質に結合していない割合。"),
            highest=1.0,
        ),
        Endpoint(
            "half_life",
            "human_thalf",
            Label("Half-life", "消失半減期"),
            "h",
            Label(
                "Terminal: time in which the concentration halves at the end.",
                "終末相で濃度が半分になる時間。",
            ),
        ),
        Endpoint(
            "mrt",
            "",
            Label("Mean residence time", "平均滞留時間"),
            "h",
            Label(
                "Volume of distribution over clearance: how long a molecule stays on average.",
                "分布容積÷クリアランス。分子が体内に留まる平均時間。",
            ),
        ),
    )
}
#: Those with a structure model of their own.
LEARNED = tuple(key for key, endpoint in ENDPOINTS.items() if endpoint.column)
