"""What molecule design can do. Light: nothing heavy is imported until an operation runs."""

from __future__ import annotations

from collections.abc import Iterator

from kozue.core.context import Context
from kozue.core.operation import JobResult, System, job
from kozue.core.records import Batch, Label, Molecule
from kozue.systems.molecules.design.outputs import (
    EVALUATION_SCHEMA,
    SAMPLE_SCHEMA,
    SEARCH_SCHEMA,
    TRAINING_SCHEMA,
)
from kozue.systems.molecules.design.prior_settings import (
    EvaluateSettings,
    SampleSettings,
    SearchWish,
    TrainSettings,
)
from kozue.systems.molecules.design.settings import SearchSettings

SYSTEM = System(
    "design",
    Label("Molecule design", "分子設計"),
    Label(
        "Propose new molecules that score well in whatever you choose, around a core that stays",
        "目的に合う新しい分子を提案（母核固定・任意の評価関数）",
    ),
    page="docs/systems/design.md",
)


@job(
    "design.search",
    takes=Molecule,
    gives=SEARCH_SCHEMA,
    input_optional=True,
    title=Label("Design molecules", "分子を設計"),
    keywords=(
        "generate",
        "design",
        "de novo",
        "ChemTS",
        "MCTS",
        "optimise",
        "scaffold",
        "R-group",
        "linker",
        "lead optimisation",
        "生成",
        "分子設計",
        "最適化",
        "骨格固定",
        "側鎖",
        "リード最適化",
    ),
    when="You know what a good molecule would be (predicted properties, similarity, your own score) and want new ones.",
    when_not="To screen molecules that you already have: predict them instead. Nothing says that a design can be made.",
    cost="15 to 30 ms a molecule, 3 to 5 with one candidate each and without policy, and the cost of the rewards",
    # Terfenadine was withdrawn because it blocks the hERG channel; its core is that of its successor, fexofenadine.
    example="examples/terfenadine.csv",
    example_settings={
        "rewards": [
            "-admet.predict:herg *2",
            "admet.predict:solubility",
            "similarity:CC(C)(C)c1ccc(C(O)CCCN2CCC(C(O)(c3ccccc3)c3ccccc3)CC2)cc1 >0.6",
            "qed",
            "sa",
        ],
        "core": "OC(c1ccccc1)(c1ccccc1)C1CCN([*:1])CC1",
        "windows": ["mw:350..500"],
        "alerts": ["pains", "brenk", "nih"],
        "forbid": ["[NX3]C(=O)[OX2H,OX1-]"],
        "calls": 60,
        "batch": 20,
    },
    wishes=SearchWish,
    models="references:searched",
    report="report:sections",
)
def search(batches: Iterator[Batch], settings: SearchSettings, context: Context) -> JobResult:
    """Search for molecules that score well, with a budget of evaluations.

    Three generators share one oracle: tree search over a SMILES language model (ChemTS), the language model
    fine-tuned on what scored well, and a genetic algorithm on graphs; evaluations go to whoever earns most.
    Rewards are properties, similarity, substructures, any operation of this package, or your own function or
    program. A core can stay while its marked sites grow. Filters and diversity act before an evaluation is spent.
    A run that was stopped goes on with the same result as one that was not.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Leads, with ``smiles``, or nothing.
    settings : SearchSettings
        Rewards, core, filters, budget.
    context : Context
        Progress, seed, other operations.
    """
    from kozue.systems.molecules.design.search import search as run

    return run(batches, settings, context)


@job(
    "design.sample",
    takes=None,
    gives=SAMPLE_SCHEMA,
    title=Label("Sample molecules", "分子をサンプリング"),
    keywords=(
        "sample",
        "generate",
        "library",
        "prior",
        "language model",
        "生成",
        "サンプリング",
        "ライブラリ",
    ),
    when="You want many drug-like molecules without a particular aim, for example as a library to screen.",
    cost="about 1 ms a molecule",
    example_settings={"count": 100},
)
def sample(batches: Iterator[Batch], settings: SampleSettings, context: Context) -> JobResult:
    """Write molecules as a prior has learned them.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Nothing.
    settings : SampleSettings
        Which prior, how many.
    context : Context
        Progress and seed.
    """
    from kozue.systems.molecules.design.sampling import sample_molecules

    return sample_molecules(settings, context)


@job(
    "design.train",
    takes=Molecule,
    gives=TRAINING_SCHEMA,
    title=Label("Train a prior", "生成モデルを学習"),
    keywords=(
        "train",
        "prior",
        "transfer learning",
        "fine-tune",
        "own library",
        "学習",
        "転移学習",
        "自社ライブラリ",
    ),
    when="Your chemistry differs from drug-like ZINC: teach it your own library, some hundred molecules or more.",
    when_not="For a handful of molecules: give them to design.search as leads.",
    cost="about 4 ms a molecule and pass",
    example="examples/leads.csv",
    example_settings={"name": "example-prior", "epochs": 2, "replace": True},
)
def train(batches: Iterator[Batch], settings: TrainSettings, context: Context) -> JobResult:
    """Teach a prior your own molecules, going on from a shipped one or from nothing.

    Every molecule is learned in its canonical and in random atom orders. A tenth is kept apart to tell how well
    the prior has learned; what it then writes is judged. ``design.search`` and ``design.sample`` take it by name.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``.
    settings : TrainSettings
        Name, start, passes.
    context : Context
        Progress, seed, set-aside records.
    """
    from kozue.systems.molecules.design.training import train_prior

    return train_prior(batches, settings, context)


@job(
    "design.evaluate",
    takes=Molecule,
    gives=EVALUATION_SCHEMA,
    input_optional=True,
    title=Label("Judge a prior", "生成モデルを評価"),
    keywords=("evaluate", "validity", "novelty", "uniqueness", "MOSES", "評価", "妥当性", "新規性"),
    when="You want to know how well a prior writes, and how like your molecules its own are.",
    cost="about 3 ms a sampled molecule",
    example="examples/leads.csv",
    example_settings={"count": 200},
)
def evaluate(batches: Iterator[Batch], settings: EvaluateSettings, context: Context) -> JobResult:
    """Judge what a prior writes: readable, different, new, and as real molecules are.

    Against the molecules given, or without any against the MOSES benchmark's quarters (downloaded once).

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``, or nothing.
    settings : EvaluateSettings
        Which prior, how many molecules.
    context : Context
        Progress and seed.
    """
    from kozue.systems.molecules.design.evaluating import evaluate as judge

    return judge(batches, settings, context)
