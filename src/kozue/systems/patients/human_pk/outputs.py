"""The columns that a prediction has; light, because forms and tool lists are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kozue.core.records import NEIGHBOURS_TYPE, Column, Label, Schema
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS, LEARNED

if TYPE_CHECKING:
    from kozue.systems.patients.human_pk.settings import PredictSettings

CURVE_TYPE = "list<struct<time_h: float, conc: float, low: float, high: float>>"

BASELINES: dict[str, tuple[Label, str]] = {
    "scaled_rat": (
        Label("Rat, fixed share", "ラット 定率換算"),
        "Rat clearance x 0.152 (Tang et al. 2007).",
    ),
    "scaled_dog": (Label("Dog, fixed share", "イヌ 定率換算"), "Dog clearance x 0.410 (Tang et al. 2007)."),
    "scaled_monkey": (
        Label("Monkey, fixed share", "サル 定率換算"),
        "Monkey clearance x 0.407 (Tang et al. 2007).",
    ),
    "fitted_rat": (
        Label("Rat, fitted line", "ラット 回帰式"),
        "Log-log line fitted to the training compounds.",
    ),
    "fitted_dog": (
        Label("Dog, fitted line", "イヌ 回帰式"),
        "Log-log line fitted to the training compounds.",
    ),
    "fitted_monkey": (
        Label("Monkey, fitted line", "サル 回帰式"),
        "Log-log line fitted to the training compounds.",
    ),
    "simple_allometry": (
        Label("Simple allometry", "単純アロメトリー"),
        "Power law of body weight through two or three species (Boxenbaum 1982).",
    ),
    "rule_of_exponents": (
        Label("Rule of exponents", "指数則（ROE）"),
        "Allometry with life-span or brain weight where the exponent is steep (Mahmood and Balian 1996).",
    ),
    "unbound_intercept": (
        Label("Unbound intercept (FCIM)", "非結合率補正切片法（FCIM）"),
        "Allometric intercept corrected by unbound fractions of rat and man (Tang and Mayersohn 2005).",
    ),
    "liver_microsomes": (
        Label("Liver model, microsomes", "肝モデル（ミクロソーム）"),
        "Well-stirred liver from microsomal intrinsic clearance (Pang and Rowland 1977).",
    ),
    "liver_hepatocytes": (
        Label("Liver model, hepatocytes", "肝モデル（肝細胞）"),
        "Well-stirred liver from hepatocyte intrinsic clearance (Pang and Rowland 1977).",
    ),
}


def _interval(key: str, label: Label, unit: str, about: str, percent: str) -> list[Column]:
    """Return the columns of a value and its interval."""
    low = Label(f"{label.en}, low", f"{label.ja} 下限")
    high = Label(f"{label.en}, high", f"{label.ja} 上限")
    return [
        Column(key, "float", "value", unit, label, about, False, key),
        Column(
            f"{key}_low", "float", "interval_low", unit, low, f"Lower end, {percent} interval.", False, key
        ),
        Column(
            f"{key}_high", "float", "interval_high", unit, high, f"Upper end, {percent} interval.", False, key
        ),
    ]


def prediction_schema(settings: PredictSettings) -> Schema:
    """Return the output schema of ``human_pk.predict``."""
    percent = f"{settings.confidence * 100:g} %"
    full = settings.detail == "full"
    made: list[Column] = []
    for key, endpoint in ENDPOINTS.items():
        columns = _interval(key, endpoint.label, endpoint.unit, endpoint.reading.en, percent)
        made += columns if full else columns[:1]
    if not full:
        return Schema("human pharmacokinetics", tuple(made))
    made.append(
        Column(
            "domain",
            "string",
            "category",
            "",
            Label("Domain", "適用範囲"),
            "How like the training molecules the structure is: inside, edge or outside.",
            False,
            "cl",
        )
    )
    made += [_neighbours(key) for key in LEARNED]
    made.append(
        Column(
            "given",
            "list<string>",
            "category",
            "",
            Label("Measured values used", "使用した実測値"),
            "Which of the record's measured values sharpened the prediction.",
            False,
            "given",
        )
    )
    made += [
        Column(f"baseline_{key}", "float", "value", "mL/min/kg", label, about, False, "baselines")
        for key, (label, about) in BASELINES.items()
    ]
    return Schema("human pharmacokinetics", (*made, *_exposure(settings, percent)))


def _neighbours(key: str) -> Column:
    endpoint = ENDPOINTS[key]
    return Column(
        "neighbours" if key == "cl" else f"{key}_neighbours",
        NEIGHBOURS_TYPE,
        "neighbours",
        endpoint.unit,
        Label(f"{endpoint.label.en}, nearest measured", f"{endpoint.label.ja} 類似実測値"),
        f"The most similar training molecules with their measured human value ({endpoint.unit}).",
        False,
        key,
    )


def _exposure(settings: PredictSettings, percent: str) -> list[Column]:
    given = f"{settings.dose:g} {settings.dose_unit}"
    made = [
        Column(
            "bioavailability",
            "float",
            "value",
            "fraction",
            Label("Bioavailability used", "使用した経口バイオアベイラビリティ"),
            "As set, or what the liver lets pass; 1 into the vein.",
            False,
            "bioavailability",
        ),
        *_interval(
            "auc", Label("AUC", "AUC"), "mg·h/L", f"Area under the curve of one dose of {given}.", percent
        ),
        *_interval(
            "cmax", Label("Cmax", "最高血中濃度"), "mg/L", "Highest concentration of the curve.", percent
        ),
        Column(
            "tmax",
            "float",
            "value",
            "h",
            Label("Tmax", "最高血中濃度到達時間"),
            "When it is reached.",
            False,
            "tmax",
        ),
        *_interval(
            "cmin_ss",
            Label("Trough at steady state", "定常状態トラフ濃度"),
            "mg/L",
            f"Before the next dose, every {settings.interval_h:g} h.",
            percent,
        ),
        *_interval(
            "cavg_ss",
            Label("Mean at steady state", "定常状態平均濃度"),
            "mg/L",
            f"Mean over one interval of {settings.interval_h:g} h.",
            percent,
        ),
    ]
    if settings.target != "none":
        made += _interval(
            "target_dose",
            Label("Dose for the target", "目標達成用量"),
            "mg",
            f"For {settings.target} {settings.target_value:g} at steady state, every {settings.interval_h:g} h.",
            percent,
        )
    curve = Column(
        "curve",
        CURVE_TYPE,
        None,
        "mg/L",
        Label("Plasma curve", "血漿中濃度推移"),
        f"Concentration after {settings.doses} dose(s) of {given}, {settings.route}, with its {percent} band.",
        False,
        "curve",
    )
    return [*made, curve]


METRICS = ("GMFE", "within_2_fold", "within_3_fold", "R2_log", "coverage")

EVALUATION_SCHEMA = Schema(
    "evaluation",
    (
        Column("endpoint", role="name", label=Label("Parameter", "項目")),
        Column(
            "setting",
            role="category",
            label=Label("What was known", "使用情報"),
            description="Which measured values the prediction used, or which classical method it is.",
        ),
        Column(
            "molecules",
            role="category",
            label=Label("Which molecules", "対象分子"),
            description="all, unseen in training, or with which animal values.",
        ),
        Column("metric", role="category", label=Label("Metric", "指標")),
        Column("value", "double", "value", label=Label("Value", "値")),
        Column("low", "double", "interval_low", label=Label("95 % interval, low", "95 % 区間 下限")),
        Column("high", "double", "interval_high", label=Label("95 % interval, high", "95 % 区間 上限")),
        Column("n", "int64", "value", label=Label("Molecules", "分子数")),
        Column(
            "protocol",
            role="text",
            label=Label("Protocol", "評価方法"),
            description="Where the figure comes from; published ones were got on other compounds.",
        ),
    ),
)
