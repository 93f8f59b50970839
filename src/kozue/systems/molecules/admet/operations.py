"""What the ADMET system can do. Light: nothing heavy is imported until an operation runs."""

from __future__ import annotations

from collections.abc import Iterator

from kozue.core.context import Context
from kozue.core.operation import JobResult, System, job, operation
from kozue.core.records import Batch, Label, Molecule, Schema
from kozue.systems.molecules.admet.outputs import (
    EVALUATION_SCHEMA,
    METRICS_SCHEMA,
    explanation_schema,
    prediction_schema,
)
from kozue.systems.molecules.admet.settings import (
    ApplySettings,
    EvaluateSettings,
    ExplainSettings,
    PredictSettings,
    TrainSettings,
)
from kozue.systems.molecules.admet.targets import schema_of

SYSTEM = System(
    "admet",
    Label("ADMET", "ADMET"),
    Label(
        "Absorption, distribution, metabolism, excretion and toxicity from a molecule's structure",
        "構造から吸収・分布・代謝・排泄・毒性を予測",
    ),
    page="docs/systems/admet.md",
)


def _prediction(settings: PredictSettings) -> Schema:
    return prediction_schema(settings.endpoints, settings.detail == "full", settings.confidence)


@operation(
    "admet.predict",
    takes=Molecule,
    gives=_prediction,
    title=Label("Predict ADMET", "ADMET を予測"),
    keywords=(
        "absorption",
        "distribution",
        "metabolism",
        "excretion",
        "toxicity",
        "solubility",
        "permeability",
        "hERG",
        "CYP",
        "clearance",
        "half-life",
        "bioavailability",
        "QSAR",
        "吸収",
        "分布",
        "代謝",
        "排泄",
        "毒性",
        "溶解度",
        "膜透過性",
        "薬物動態",
    ),
    when="You have structures of small organic molecules and want to know how they may behave in the body.",
    when_not="For inorganic compounds, polymers or antibodies, or where you already have measurements.",
    cost="about 4 ms a molecule for all 37 endpoints on one core (accurate: two to three, minimol: seven times that)",
    example="examples/drugs.csv",
    batch_rows=256,
    part_rows=2048,
    models="references:shipped",
    report="report:sections",
)
def predict(batches: Iterator[Batch], settings: PredictSettings, context: Context) -> Iterator[Batch]:
    """Predict absorption, distribution, metabolism, excretion and toxicity from the structure.

    For each of 37 endpoints: the value in its unit with a conformal interval, or a calibrated probability
    with its Venn-Abers bounds; whether the molecule lies inside what the model has seen; and the most
    similar training molecules with their measured values. Structural alerts come with it. Salts are
    reduced to their largest part. The numbers are a first look, not a substitute for a measurement.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``.
    settings : PredictSettings
        Endpoints and detail.
    context : Context
        Progress and warnings.
    """
    from kozue.systems.molecules.admet.predicting import predict_batches

    yield from predict_batches(batches, settings, context)


def _explanation(settings: ExplainSettings) -> Schema:
    return explanation_schema(settings.endpoint, settings.suggestions > 0)


@operation(
    "admet.explain",
    takes=Molecule,
    gives=_explanation,
    title=Label("Explain a prediction", "予測の根拠を説明"),
    keywords=(
        "explanation",
        "attribution",
        "atom",
        "substructure",
        "why",
        "interpretability",
        "根拠",
        "説明",
        "寄与",
        "部分構造",
        "matched pairs",
        "suggestion",
        "improve",
        "マッチドペア",
        "構造変更",
        "改善",
    ),
    when="You want to see which atoms raise or lower a predicted value, for example before changing the structure.",
    when_not="To compare many molecules: predict them instead. Weights tell about the model, not about causes.",
    cost="about 0.3 s a molecule on one core, 0.07 s without suggestions",
    example="examples/few_drugs.csv",
    example_settings={"endpoint": "herg"},
    batch_rows=16,
    part_rows=256,
    models="references:shipped",
    report="explaining_report:sections",
)
def explain(batches: Iterator[Batch], settings: ExplainSettings, context: Context) -> Iterator[Batch]:
    """Show which atoms raise or lower a predicted endpoint, and which small changes may improve it.

    Each atom, and each kind of atom, is hidden from the whole model; what the prediction loses is the weight
    (for a probability on the log-odds scale). The strongest ring systems and chains are listed with their
    sums. Suggested changes are exchanges of one group that improved measured molecules: with the mean change
    over those matched pairs, its interval, how many they are, and what the model itself predicts.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``.
    settings : ExplainSettings
        Which endpoint.
    context : Context
        Progress and warnings.
    """
    from kozue.systems.molecules.admet.explaining import explain_batches

    yield from explain_batches(batches, settings, context)


@job(
    "admet.train",
    takes=Molecule,
    gives=METRICS_SCHEMA,
    title=Label("Train on own measurements", "自分の実測値で学習"),
    keywords=(
        "train",
        "QSAR",
        "own data",
        "assay",
        "regression",
        "classification",
        "model",
        "学習",
        "自社データ",
        "モデル作成",
        "アッセイ",
    ),
    when="You have at least 20 molecules with measured values, better hundreds, and want a model of your own assay.",
    when_not="For a handful of molecules, or values that all are limits.",
    cost="about 10 s for 200 molecules, minutes for 5,000",
    example="examples/measured.csv",
    example_settings={"target": ["caco2"], "name": "example-caco2", "unit": "log10(cm/s)", "replace": True},
)
def train(batches: Iterator[Batch], settings: TrainSettings, context: Context) -> JobResult:
    """Train a model on your own measured values and keep it under a name.

    Structures are standardised, replicates merged, contradictory labels reported and what no model can
    learn from refused with the reason. The model is judged by cross-validation with whole scaffolds kept
    apart, and stored with calibrated intervals or probabilities; ``admet.apply`` uses it.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles`` and the target columns.
    settings : TrainSettings
        Which columns, and how.
    context : Context
        Progress, warnings and set-aside records.
    """
    from kozue.systems.molecules.admet.learning import train as learn

    return learn(batches, settings, context)


@operation(
    "admet.apply",
    takes=Molecule,
    gives=schema_of,
    title=Label("Apply an own model", "自分のモデルで予測"),
    keywords=("own model", "apply", "predict", "QSAR", "自分のモデル", "適用", "予測"),
    when="You made a model with admet.train and have new molecules.",
    when_not="For the 37 shipped endpoints at once: use admet.predict.",
    cost="about 6 ms a molecule",
    example="examples/drugs.csv",
    example_settings={"model": "admet/herg"},
    batch_rows=256,
    part_rows=2048,
    models="references:own",
)
def apply(batches: Iterator[Batch], settings: ApplySettings, context: Context) -> Iterator[Batch]:
    """Predict with a model by name: one that you trained, or a shipped one.

    The answer has the form of ``admet.predict``: value with interval or calibrated probability, domain and
    nearest measured molecules, for each column that the model was trained on.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``.
    settings : ApplySettings
        Which model.
    context : Context
        Progress and warnings.
    """
    from kozue.systems.molecules.admet.applying import apply_batches

    yield from apply_batches(batches, settings, context)


@job(
    "admet.evaluate",
    takes=Molecule,
    gives=EVALUATION_SCHEMA,
    input_optional=True,
    title=Label("Judge the models", "モデルを評価"),
    keywords=(
        "evaluate",
        "benchmark",
        "validation",
        "TDC",
        "leaderboard",
        "accuracy",
        "評価",
        "ベンチマーク",
        "精度",
    ),
    when="You have measurements and want to know how far to trust the shipped models on your chemistry.",
    cost="about 6 ms a molecule",
    example="examples/measured.csv",
    example_settings={"measured": ["caco2=caco2"]},
    models="references:shipped",
)
def evaluate(batches: Iterator[Batch], settings: EvaluateSettings, context: Context) -> JobResult:
    """Judge the shipped models on your own measurements, or on the public benchmark.

    With records: metrics with bootstrap intervals on your values, how many of your molecules were in the
    training data, and the score without them. Without records: the official test rows of the TDC ADMET
    group (downloaded once), with the place on its public leaderboard.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles`` and measured values, or nothing.
    settings : EvaluateSettings
        Which endpoints and columns.
    context : Context
        Progress and warnings.
    """
    from kozue.systems.molecules.admet.evaluating import evaluate as judge

    return judge(batches, settings, context)
