"""The columns of what molecule design gives; light, because forms and tool lists are made from it."""

from __future__ import annotations

from collections.abc import Sequence

from kozue.core.records import Column, Label, Schema

STRUCTURE = Column(
    "smiles",
    role="molecule",
    label=Label("Structure", "構造"),
    description="Canonical SMILES.",
    required=False,
)
SAMPLE_SCHEMA = Schema("sampled molecule", (STRUCTURE,))


def _number(name: str, en: str, ja: str, description: str, kind: str = "double") -> Column:
    return Column(name, kind, "value", "", Label(en, ja), description, False)


TRAINING_SCHEMA = Schema(
    "trained prior",
    (
        _number("molecules", "Molecules", "学習分子数", "Different structures learned.", "int64"),
        _number("epochs", "Passes", "エポック数", "Passes over the molecules.", "int64"),
        _number(
            "held_out_nats_a_token",
            "Held-out loss",
            "検証損失",
            "Mean cross-entropy a token of molecules kept apart, in nats; lower is better.",
        ),
        _number("valid", "Valid", "妥当率", "Share of 500 sampled texts that are molecules."),
        _number("unique", "Unique", "一意率", "Share of the valid ones that are different."),
        _number("novel", "Novel", "新規率", "Share of the different ones that are not in the library."),
    ),
)

EVALUATION_SCHEMA = Schema(
    "judgement of a prior",
    (
        Column("measure", "string", "name", label=Label("Measure", "指標"), required=False),
        _number("value", "Value", "値", "Of the sampled molecules."),
        _number(
            "reference", "Reference", "参照値", "Of real molecules of the same number; empty if it has none."
        ),
        Column(
            "meaning",
            "string",
            "text",
            label=Label("Meaning", "意味"),
            required=False,
            description="In words.",
        ),
    ),
)

_FIRST = (
    _number("rank", "Rank", "順位", "1: the best.", "int64"),
    STRUCTURE,
    _number("score", "Score", "総合点", "All rewards combined; higher is better."),
)
_LINEAGE = (
    Column(
        "generator",
        "string",
        "category",
        label=Label("Generator", "生成器"),
        required=False,
        description="Who proposed it.",
    ),
    _number("call", "Call", "評価番号", "When: the number of the evaluation.", "int64"),
    _number("stage", "Stage", "段階", "In which stage of the search.", "int64"),
    Column(
        "parents",
        "list<string>",
        label=Label("Made from", "親分子"),
        required=False,
        description="Structures it was made from, where it was made from others.",
    ),
)
_REPORTED = (
    Column(
        "core_atoms",
        "list<int32>",
        "marked_atoms",
        label=Label("Core atoms", "母核の原子"),
        required=False,
        description="Which atoms of the SMILES, counted from 0, are the core's, in the core's order.",
    ),
    Column(
        "nearest",
        "string",
        label=Label("Nearest known", "最も近い既知分子"),
        required=False,
        description="The most similar molecule of the input and of what the prior learned (a sample of it).",
    ),
    _number("nearest_similarity", "Similarity to it", "類似度", "Tanimoto coefficient, ECFP4."),
    Column(
        "concerns",
        "list<string>",
        "category",
        label=Label("Concerns", "注意点"),
        required=False,
        description="Reasons to distrust the score: outside a model's domain, structural alerts, no known neighbour.",
    ),
)
_FRONT = _number(
    "front", "Pareto front", "パレート順位", "1: no other molecule is better in everything.", "int64"
)


def search_schema(raw: Sequence[str], worth: Sequence[str], core: bool, pareto: bool) -> Schema:
    """Return the columns of a search's result.

    Parameters
    ----------
    raw, worth : sequence of str
        Columns of rewards, and of their desirabilities.
    core, pareto : bool
        Whether there is a core, and whether molecules are ranked by fronts.
    """
    values = [_number(name, name, name, "Raw value of a reward.") for name in raw]
    shares = [
        _number(
            name,
            name.replace("_desirability", ", desirability"),
            name.replace("_desirability", " 望ましさ"),
            "0 to 1, or the value itself where it is taken raw.",
        )
        for name in worth
    ]
    reported = _REPORTED if core else _REPORTED[1:]
    front = (_FRONT,) if pareto else ()
    return Schema("designed molecule", (*_FIRST, *front, *values, *shares, *reported, *_LINEAGE))


SEARCH_SCHEMA = search_schema((), (), core=False, pareto=False)
CALL_SCHEMA = Schema(
    "call of the oracle",
    (
        _number("call", "Call", "評価番号", "From 1.", "int64"),
        STRUCTURE,
        _number("score", "Score", "総合点", "Empty if the rewards gave no number."),
        _number("best", "Best so far", "それまでの最高点", "Highest score up to this call."),
        *_LINEAGE[:1],
        *_LINEAGE[2:],
    ),
)
LOSS_SCHEMA = Schema(
    "loss",
    (
        Column("reason", "string", "name", label=Label("Reason", "理由"), required=False),
        _number("molecules", "Molecules", "分子数", "Proposals that it removed.", "int64"),
    ),
)
GENERATOR_SCHEMA = Schema(
    "generator",
    (
        Column("generator", "string", "name", label=Label("Generator", "生成器"), required=False),
        _number("proposed", "Proposed", "提案数", "Structures proposed.", "int64"),
        _number("repeated", "Known already", "既知", "Proposals that had been scored before.", "int64"),
        _number("scored", "Scored", "評価数", "Calls spent.", "int64"),
        _number("mean", "Mean score", "平均点", "Over its calls."),
        _number("best", "Best score", "最高点", "Over its calls."),
        _number(
            "top", "Among the best 100", "上位 100 件", "Molecules it found among the best hundred.", "int64"
        ),
    ),
)
