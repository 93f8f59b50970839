"""What the human pharmacokinetics system can do. Light: nothing heavy is imported until an operation runs."""

from __future__ import annotations

from collections.abc import Iterator

from kozue.core.context import Context
from kozue.core.operation import JobResult, System, job, operation
from kozue.core.records import Batch, Label
from kozue.systems.patients.human_pk.measured import Compound
from kozue.systems.patients.human_pk.outputs import EVALUATION_SCHEMA, prediction_schema
from kozue.systems.patients.human_pk.settings import EvaluateSettings, PredictSettings

SYSTEM = System(
    "human_pk",
    Label("Human pharmacokinetics", "ヒト体内動態"),
    Label(
        "Human clearance, distribution, half-life, plasma curve and dose from structure and non-clinical data",
        "構造と非臨床データからヒトのクリアランス・分布・半減期・血中濃度推移・用量を予測",
    ),
    page="docs/systems/human_pk.md",
)


@operation(
    "human_pk.predict",
    takes=Compound,
    gives=prediction_schema,
    title=Label("Predict human pharmacokinetics", "ヒト体内動態を予測"),
    keywords=(
        "pharmacokinetics",
        "PK",
        "clearance",
        "volume of distribution",
        "half-life",
        "fraction unbound",
        "allometry",
        "first in human",
        "dose",
        "plasma concentration",
        "AUC",
        "Cmax",
        "rat",
        "dog",
        "monkey",
        "microsomes",
        "hepatocytes",
        "IVIVE",
        "体内動態",
        "薬物動態",
        "クリアランス",
        "分布容積",
        "半減期",
        "血中濃度",
        "用量",
        "アロメトリー",
        "動物",
        "ヒト予測",
    ),
    when="You have structures, perhaps with animal or in-vitro values, and want to know what humans will do with "
    "the drug, how its plasma curve will look and which dose reaches an exposure.",
    when_not="For antibodies, large peptides, metal complexes or inhaled drugs, or to dose people.",
    cost="about 12 ms a molecule on one core, after 3 s of loading",
    example="examples/drugs.csv",
    batch_rows=64,
    part_rows=1024,
    models="references:shipped",
    report="report:sections",
)
def predict(batches: Iterator[Batch], settings: PredictSettings, context: Context) -> Iterator[Batch]:
    """Predict human pharmacokinetics from the structure and any measured values.

    Clearance, volume of distribution, fraction unbound, half-life and mean residence time after intravenous
    dosing, each with a calibrated interval. Any subset of rat, dog and monkey clearance, volume and fraction
    unbound, human fraction unbound and human intrinsic clearance sharpens them; classical scaling stands
    beside. From them follow the plasma curve of a dose with its band, exposures, and the dose for a target.
    Mean residence time is volume over clearance; the half-life is the terminal one, which is longer than
    ln 2 times that when a drug distributes slowly. The numbers are a first look, not for dosing people.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles`` and any of the measured columns.
    settings : PredictSettings
        Confidence, dose and target.
    context : Context
        Progress, seed and warnings.
    """
    from kozue.systems.patients.human_pk.predicting import predict_batches

    yield from predict_batches(batches, settings, context)


@job(
    "human_pk.evaluate",
    takes=Compound,
    gives=EVALUATION_SCHEMA,
    input_optional=True,
    title=Label("Judge the predictions", "予測精度を評価"),
    keywords=(
        "evaluate",
        "benchmark",
        "validation",
        "accuracy",
        "GMFE",
        "fold error",
        "cross-validation",
        "pharmacokinetics",
        "評価",
        "精度",
        "交差検証",
        "体内動態",
    ),
    when="You know human values of some compounds and want to see how far the predictions are off, or want to "
    "repeat the cross-validation behind the published figures.",
    cost="about 15 ms a molecule; the cross-validation takes about 2 minutes a seed",
    example="examples/measured.csv",
    models="references:shipped",
)
def evaluate(batches: Iterator[Batch], settings: EvaluateSettings, context: Context) -> JobResult:
    """Judge the predictions on your own human values, or by cross-validation on the public tables.

    With records: fold errors with bootstrap intervals, with and without the measured values of the records,
    and without the compounds that were in the training data. Without records: five folds, stereoisomers kept
    together, everything refitted in each, on the public tables, beside classical scaling on the same compounds
    and published figures of other tools on their own ones.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles`` and human values, or nothing.
    settings : EvaluateSettings
        Which parameters and columns.
    context : Context
        Progress and warnings.
    """
    from kozue.systems.patients.human_pk.evaluating import evaluate as judge

    return judge(batches, settings, context)
