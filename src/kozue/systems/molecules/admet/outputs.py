"""The columns that a prediction has; light, because forms and tool lists are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from kozue.core.records import NEIGHBOURS_TYPE, Column, Label, Role, Schema
from kozue.systems.molecules.admet.endpoints import ENDPOINTS

SUGGESTIONS_TYPE = (
    "list<struct<smiles: string, change: string, delta: float, low: float, high: float, pairs: int32, "
    "model: float>>"
)

ALERTS = Column(
    "alerts",
    "list<string>",
    "category",
    label=Label("Structural alerts", "構造アラート"),
    description="Substructures of the PAINS, BRENK and NIH catalogues: a reason to look, not a verdict.",
    required=False,
    group="alerts",
)


def columns(
    key: str,
    label: Label,
    unit: str,
    kind: Literal["regression", "classification"],
    description: str,
    full: bool,
    confidence: float,
    drugs: bool,
) -> list[Column]:
    """Return the columns of one endpoint: value, interval, light and percentile (``drugs``), domain, neighbours."""
    is_class = kind == "classification"
    percent = f"{confidence * 100:g} %"
    about = (
        ("Venn-Abers bound of the probability", "確率の Venn-Abers 区間")
        if is_class
        else (f"{percent} conformal interval", f"{percent} 適合予測区間")
    )
    made = [
        Column(key, "float", "probability" if is_class else "value", unit, label, description, False, key)
    ]
    if not full:
        return made
    low, high = Label(f"{label.en}, low", f"{label.ja} 下限"), Label(f"{label.en}, high", f"{label.ja} 上限")
    place = Column(
        f"{key}_percentile",
        "float",
        "value",
        "%",
        Label(f"{label.en}, percentile among drugs", f"{label.ja} 医薬品内順位"),
        "Share of 1,265 drugs given to people (most of them approved) that are predicted lower.",
        False,
        key,
    )
    light = Column(
        f"{key}_light",
        "string",
        "category",
        "",
        Label(f"{label.en}, light", f"{label.ja} 判定"),
        f"good, fair or poor for most oral drugs. {description}",
        False,
        key,
    )
    made += [
        Column(f"{key}_low", "float", "interval_low", unit, low, f"Lower end: {about[0]}.", False, key),
        Column(f"{key}_high", "float", "interval_high", unit, high, f"Upper end: {about[0]}.", False, key),
        *((light, place) if drugs else ()),
        Column(
            f"{key}_domain",
            "string",
            "category",
            "",
            Label(f"{label.en}, domain", f"{label.ja} 適用範囲"),
            "How like the training molecules it is: inside, edge or outside.",
            False,
            key,
        ),
        Column(
            f"{key}_neighbours",
            NEIGHBOURS_TYPE,
            "neighbours",
            unit if not is_class else "",
            Label(f"{label.en}, nearest measured", f"{label.ja} 類似実測値"),
            "The most similar training molecules with their measured values (classes: 1 is positive).",
            False,
            key,
        ),
    ]
    return made


def prediction_schema(endpoints: Sequence[str], full: bool, confidence: float) -> Schema:
    """Return the output schema of ``admet.predict``."""
    found = [
        column
        for key in endpoints
        for column in columns(
            key,
            ENDPOINTS[key].label,
            ENDPOINTS[key].unit,
            ENDPOINTS[key].kind,
            ENDPOINTS[key].reading.en,
            full,
            confidence,
            drugs=True,
        )
    ]
    return Schema("admet prediction", (*found, ALERTS) if full else tuple(found))


METRICS_SCHEMA = Schema(
    "metrics",
    (
        Column("target", role="name", label=Label("Target", "目的変数")),
        Column("metric", role="category", label=Label("Metric", "指標")),
        Column("value", "double", "value", label=Label("Value", "値")),
        Column("low", "double", "interval_low", label=Label("95 % interval, low", "95 % 区間 下限")),
        Column("high", "double", "interval_high", label=Label("95 % interval, high", "95 % 区間 上限")),
        Column("n", "int64", "value", label=Label("Molecules", "分子数")),
    ),
)

EVALUATION_SCHEMA = Schema(
    "evaluation",
    (
        Column("endpoint", role="name", label=Label("Endpoint", "予測項目")),
        Column(
            "molecules",
            role="category",
            label=Label("Which molecules", "対象分子"),
            description="all, or unseen in training",
        ),
        Column("metric", role="category", label=Label("Metric", "指標")),
        Column("value", "double", "value", label=Label("Value", "値")),
        Column("low", "double", "interval_low", label=Label("95 % interval, low", "95 % 区間 下限")),
        Column("high", "double", "interval_high", label=Label("95 % interval, high", "95 % 区間 上限")),
        Column("n", "int64", "value", label=Label("Molecules", "分子数")),
        Column("in_training", "int64", "value", label=Label("Of them in training", "うち学習データ内")),
        Column("calibration_error", "double", "value", label=Label("Calibration error", "較正誤差")),
        Column("coverage", "double", "value", label=Label("Coverage of the interval", "区間の被覆率")),
        Column("rank", "int64", "value", label=Label("Place on the leaderboard", "リーダーボード順位")),
        Column("entries", "int64", "value", label=Label("Entries with this one", "登録数（本結果を含む）")),
        Column(
            "rank_without_leaks",
            "int64",
            "value",
            label=Label("Place without leaked entries", "ラベル漏れを除く順位"),
            description="Among the entries that are not known to have seen the labels.",
        ),
        Column("best_entry", role="category", label=Label("Best public entry", "公開最良の手法")),
        Column("best_public", "double", "value", label=Label("Its value", "公開最良値")),
    ),
)

LEADERBOARD_SCHEMA = Schema(
    "leaderboard",
    (
        Column("endpoint", role="name", label=Label("Endpoint", "予測項目")),
        Column("place", "int64", "value", label=Label("Place", "順位")),
        Column("entry", role="category", label=Label("Entry", "手法")),
        Column("metric", role="category", label=Label("Metric", "指標")),
        Column("value", "double", "value", label=Label("Value", "値")),
        Column(
            "spread",
            "double",
            "value",
            label=Label("Standard deviation over seeds", "シード間の標準偏差"),
            description="As published; none for the shipped models, which are one.",
        ),
        Column("is_ours", "bool", "category", label=Label("Shipped with Kozue", "本システム")),
        Column(
            "is_leaked",
            "bool",
            "category",
            label=Label("Known to have seen the labels", "ラベル漏れあり"),
            description="Its networks were pre-trained on assays that hold these labels.",
        ),
    ),
)


def own_columns(key: str, target: dict[str, Any], full: bool, confidence: float) -> list[Column]:
    """Return the columns of one target of a model that ``admet.apply`` uses."""
    shipped = ENDPOINTS.get(key)
    label = (
        shipped.label if shipped else Label(f"{target['column']}, predicted", f"{target['column']} 予測値")
    )
    about = shipped.reading.en if shipped else f"Predicted {target['column']}."
    return columns(
        key, label, target["unit"], target["kind"], about, full, confidence, drugs=shipped is not None
    )


def explanation_schema(key: str, suggestions: bool = True) -> Schema:
    """Return the output schema of ``admet.explain``, with or without suggested changes."""
    endpoint = ENDPOINTS[key]
    scale = "log odds" if endpoint.is_class else "log10" if endpoint.floor is not None else endpoint.unit
    role: Role = "probability" if endpoint.is_class else "value"
    usual = (
        "Share of positive training molecules." if endpoint.is_class else "Median of the training molecules."
    )
    changes = Column(
        "suggestions",
        SUGGESTIONS_TYPE,
        None,
        "probability" if endpoint.is_class else scale,
        Label("Suggested changes", "構造変更の候補"),
        "Small changes expected to improve the endpoint: the changed molecule, the exchange, its mean change over "
        "measured matched pairs (shrunk, 90 % interval), how many pairs, and the model's own predicted change.",
        False,
        key,
    )
    return Schema(
        "admet explanation",
        (
            Column(
                "prediction", "float", role, endpoint.unit, endpoint.label, endpoint.reading.en, False, key
            ),
            Column(
                "base_value",
                "float",
                "value",
                endpoint.unit,
                Label("Usual value", "基準値"),
                usual,
                False,
                key,
            ),
            Column(
                "atom_weights",
                "list<double>",
                "atom_weights",
                scale,
                Label("Atom contributions", "原子の寄与"),
                "What the prediction loses when the atom (and its kind) is hidden, in the given atom order.",
                False,
                key,
            ),
            Column(
                "top_fragments",
                "list<string>",
                "text",
                scale,
                Label("Strongest parts", "寄与の大きい部分構造"),
                "Ring systems and chains with the sum of their atoms' weights, strongest first.",
                False,
                key,
            ),
            *((changes,) if suggestions else ()),
        ),
    )
