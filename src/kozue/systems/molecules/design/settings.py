"""The settings of a search: what one file, one form or one command line says."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from kozue.core.settings import Settings
from kozue.systems.molecules.design.filters.settings import FilterSettings
from kozue.systems.molecules.design.rewards.combination import Combine, check_combined, started
from kozue.systems.molecules.design.rewards.settings import AnyReward

GeneratorName = Literal["tree", "policy", "genetic"]


def _one_or_more(given: Any) -> Any:
    """Take a single reward for a list of one."""
    if isinstance(given, (str, dict)) or (callable(given) and not isinstance(given, type)):
        return (given,)
    return given


class StageSettings(Settings):
    """What a later stage does differently; what is left out stays as it was.

    A stage goes on from the best molecules of the one before it.
    """

    calls: int = Field(
        gt=0,
        le=10_000_000,
        description="Molecules that may be scored in this stage.",
        json_schema_extra={"label_ja": "評価回数"},
    )
    rewards: tuple[AnyReward, ...] = Field(
        (),
        max_length=50,
        description="Rewards of this stage; empty: as before.",
        json_schema_extra={"label_ja": "報酬"},
    )
    combine: Combine | None = Field(
        None,
        description="How the rewards are combined; empty: as before.",
        json_schema_extra={"label_ja": "統合方法"},
    )
    generators: tuple[GeneratorName, ...] = Field(
        (),
        description="Generators of this stage; empty: as before.",
        json_schema_extra={"label_ja": "生成器", "uniqueItems": True},
    )
    filters: FilterSettings | None = Field(
        None,
        description="All filters of this stage; empty: as before.",
        json_schema_extra={"label_ja": "フィルター"},
    )

    _one = field_validator("rewards", mode="before")(_one_or_more)


class GoalSettings(Settings):
    """What a search is for, and what it may spend."""

    rewards: tuple[AnyReward, ...] = Field(
        min_length=1,
        max_length=50,
        description="What to improve, each as a line (qed, -admet.predict:herg, logp:1..4, similarity:CCO>0.4, "
        "task:drd2, 'sa*2') or as a table with kind, weight, shape and limits.",
        json_schema_extra={"label_ja": "報酬", "control": "lines", "choices": "rewards.choices:reward_lines"},
    )
    core: str = Field(
        "",
        max_length=5000,
        description="Structure that every molecule keeps: SMILES with attachment points ([*:1]) or SMARTS; two parts "
        "with one point each for a linker. Empty: no core.",
        json_schema_extra={"label_ja": "コア構造", "control": "points"},
    )
    combine: Combine = Field(
        "geometric",
        description="How desirabilities become one score: weighted mean; geometric mean (none may be bad); minimum; "
        "sum of weighted raw values; pareto: fronts of molecules that nothing else beats in every reward.",
        json_schema_extra={"label_ja": "統合方法"},
    )
    calls: int = Field(
        1000,
        le=10_000_000,
        description="Molecules that may be scored: the budget of the whole search, or of its first stage.",
        json_schema_extra={"label_ja": "評価回数", "minimum": 1},
    )
    generators: tuple[GeneratorName, ...] = Field(
        ("tree", "policy", "genetic"),
        min_length=1,
        description="Who proposes molecules: tree search over the language model, the language model fine-tuned on "
        "what scored well, a genetic algorithm on graphs. Calls go to whoever earns most.",
        json_schema_extra={
            "label_ja": "生成器",
            "items": {"type": "string", "enum": ["tree", "policy", "genetic"]},
            "uniqueItems": True,
        },
    )

    _one = field_validator("rewards", mode="before")(_one_or_more)

    @field_validator("calls")
    @classmethod
    def _calls(cls, calls: int) -> int:
        if calls < 1:
            raise ValueError(f"a budget of {calls} calls scores no molecule; give 1 or more")
        return calls

    @field_validator("generators")
    @classmethod
    def _generators(cls, names: tuple[GeneratorName, ...]) -> tuple[GeneratorName, ...]:
        return tuple(dict.fromkeys(names))

    def programs(self) -> tuple[str, ...]:
        """Return the commands and functions of files among the rewards."""
        return started(self.rewards)


class SearchSettings(FilterSettings, GoalSettings):
    """Settings of ``design.search``."""

    prior: str = Field(
        "design/zinc",
        min_length=1,
        max_length=100,
        description="Language model to start from: the shipped one, or one of your own (design.train).",
        json_schema_extra={"label_ja": "事前学習モデル", "advanced": True},
    )
    batch: int = Field(
        64,
        ge=1,
        le=4096,
        description="Molecules proposed at once.",
        json_schema_extra={"label_ja": "一括生成数", "advanced": True},
    )
    candidates: int = Field(
        4,
        ge=1,
        le=100,
        description="Molecules proposed for each one that is scored: a quick model of the scores so far chooses the "
        "most promising. 1 scores all of them, best where a score takes less than a few milliseconds.",
        json_schema_extra={"label_ja": "評価1件あたりの候補数", "advanced": True},
    )
    rule: Literal["uct", "puct"] = Field(
        "puct",
        description="How the tree search chooses a branch: uct, or puct, which also asks the language model.",
        json_schema_extra={"label_ja": "木探索の選択則", "advanced": True},
    )
    exploration: float = Field(
        0.5,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="How much the tree search prefers rarely visited branches over good ones.",
        json_schema_extra={"label_ja": "探索の強さ", "advanced": True},
    )
    core_from: Literal["smiles", "smarts", "mcs", "atoms"] = Field(
        "smiles",
        description="What core is: smiles with attachment points; smarts, found in the input molecule; atoms: a SMILES "
        "that grows at core_sites; mcs: what the input molecules have in common (core is empty).",
        json_schema_extra={"label_ja": "コアの指定方法", "advanced": True},
    )
    core_sites: tuple[int, ...] = Field(
        (),
        max_length=100,
        description="Atoms of the core where it may grow, counted from 0.",
        json_schema_extra={"label_ja": "置換可能な原子", "advanced": True},
    )
    link: bool = Field(
        False,
        description="Connect the two parts of the core by a linker.",
        json_schema_extra={"label_ja": "リンカー設計", "advanced": True},
    )
    keep_hydrogen_sites: bool = Field(
        True,
        description="Whether an attachment point may stay without a substituent.",
        json_schema_extra={"label_ja": "未置換の部位を許す", "advanced": True},
    )
    tautomers: bool = Field(
        False,
        description="Count tautomers as the same molecule (some milliseconds a molecule).",
        json_schema_extra={"label_ja": "互変異性体を同一視", "advanced": True},
    )
    bucket: Literal["none", "scaffold", "similarity"] = Field(
        "none",
        description="What counts as one kind of molecule: the same scaffold, or being similar to its first one.",
        json_schema_extra={"label_ja": "多様性の単位"},
    )
    bucket_size: int = Field(
        25,
        ge=1,
        le=1_000_000,
        description="How many molecules of a kind are scored before more of it are turned away.",
        json_schema_extra={"label_ja": "同種分子の上限", "advanced": True},
    )
    bucket_similarity: float = Field(
        0.6,
        gt=0,
        le=1,
        description="For bucket=similarity: Tanimoto similarity (ECFP4) from which molecules are of a kind.",
        json_schema_extra={"label_ja": "同種とみなす類似度", "advanced": True},
    )
    bucket_score: float = Field(
        0.0,
        allow_inf_nan=False,
        description="Molecules that score less than this are not counted in their kind.",
        json_schema_extra={"label_ja": "数える最低スコア", "advanced": True},
    )
    top: int = Field(
        100,
        ge=1,
        le=1_000_000,
        description="Molecules in the result, best first.",
        json_schema_extra={"label_ja": "結果の分子数", "advanced": True},
    )
    stages: tuple[StageSettings, ...] = Field(
        (),
        max_length=20,
        description="Further stages, one after the other, each from the best molecules of the one before.",
        json_schema_extra={"label_ja": "後続の段階", "advanced": True},
    )

    @field_validator("stages", mode="before")
    @classmethod
    def _one_stage(cls, given: Any) -> Any:
        return (given,) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _agrees(self) -> SearchSettings:
        check_core(self)
        check_combined(self.combine, self.rewards)
        for number, stage in enumerate(self.stages, 2):
            try:
                check_combined(stage.combine or self.combine, stage.rewards or self.rewards)
            except ValueError as error:
                raise ValueError(f"stage {number}: {error}") from error
        return self

    def programs(self) -> tuple[str, ...]:
        """Return the commands and functions of files among the rewards of all stages."""
        return started([*self.rewards, *(reward for stage in self.stages for reward in stage.rewards)])

    def in_stages(self) -> tuple[SearchSettings, ...]:
        """Return the settings of each stage in full, the first one included; none has stages of its own."""
        plans = [self.model_copy(update={"stages": ()})]
        for stage in self.stages:
            changed: dict[str, Any] = {"calls": stage.calls}
            for name in ("rewards", "combine", "generators"):
                if getattr(stage, name):
                    changed[name] = getattr(stage, name)
            if stage.filters is not None:
                changed |= {name: getattr(stage.filters, name) for name in FilterSettings.model_fields}
            plans.append(plans[-1].model_copy(update=changed))
        return tuple(plans)


def check_core(settings: SearchSettings) -> None:
    """Refuse settings of the core that contradict one another."""
    if settings.core_from == "mcs":
        if settings.core:
            raise ValueError("core_from=mcs takes the core from the input molecules; leave core empty")
        return
    if not settings.core:
        asked = {
            "link": settings.link,
            "core_sites": settings.core_sites,
            "core_from": settings.core_from != "smiles",
        }
        without = [name for name, is_asked in asked.items() if is_asked]
        if without:
            raise ValueError(f"{without[0]} needs a core; give one, or leave it out")
    if settings.core_from == "atoms" and not settings.core_sites:
        raise ValueError(
            "core_from=atoms needs core_sites: the atoms where the core may grow, counted from 0"
        )
