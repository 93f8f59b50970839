"""Settings of a search: lines of text, tables, what contradicts itself, what is misspelt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import SettingsError
from kozue.core.settings import parse_settings
from kozue.systems.molecules.design.rewards.combination import named
from kozue.systems.molecules.design.rewards.quantities import properties
from kozue.systems.molecules.design.settings import SearchSettings


def parsed(**values):
    return parse_settings(SearchSettings, {"rewards": ["qed"], **values}, "design.search")


def refused(**values):
    with pytest.raises(SettingsError) as caught:
        parsed(**values)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("qed", {"kind": "property", "property": "qed", "shape": "auto"}),
        ("-admet.predict:herg", {"operation": "admet.predict", "column": "herg", "shape": "minimise"}),
        ("logp:2..4", {"property": "logp", "low": 2, "high": 4}),
        ("logp:..4", {"property": "logp", "low": None, "high": 4}),
        ("mw<450", {"high": 450}),
        ("hbd<3", {"high": 2}),
        ("hbd<=3", {"high": 3}),
        ("rings>1", {"low": 2}),
        ("similarity:CCO>0.4", {"kind": "similarity", "smiles": "CCO", "low": 0.4}),
        ("-similarity:C1CC1", {"smiles": "C1CC1", "shape": "minimise"}),
        ("task:drd2", {"kind": "task", "task": "drd2"}),
        ("admet.predict:solubility>-4*2", {"column": "solubility", "low": -4, "weight": 2}),
        ("substructure:c1cccc*1", {"smarts": "c1cccc*1", "weight": 1}),
        ("substructure:c1cccc*1 *3", {"smarts": "c1cccc*1", "weight": 3}),
        ("substructure:[NX3]:1..3", {"smarts": "[NX3]", "low": 1, "high": 3}),
        ("entry_point:mine>2", {"kind": "entry_point", "target": "mine", "low": 2}),
        ("python:my.module:score*0.5", {"target": "my.module:score", "weight": 0.5}),
        ("command:score --fast 'a b' *2", {"command": ("score", "--fast", "a b", "*2")}),
    ],
)
def test_a_line_says_a_reward(text, expected):
    (reward,) = parsed(rewards=[text]).rewards
    for name, value in expected.items():
        assert getattr(reward, name) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("qedd", "did you mean qed?"),
        ("", "names nothing to reward"),
        ("qed:2", "write limits as"),
        ("logp:4..2", "4 is above 2"),
        ("logp<abc", "a number must follow '<' at character 6, not 'abc'"),
        ("logp:..", "without a number on either side"),
        ("admet.predict", "admet.predict:column"),
        ("simlarity:CCO", "did you mean similarity?"),
        ("-qed<3", "both a sign and limits"),
        ("command:", "the program"),
        ("python:score", "file.py:function"),
    ],
)
def test_a_wrong_line_is_explained(text, said):
    assert said in refused(rewards=[text])


number = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))


@settings(max_examples=50)
@given(st.sampled_from(sorted(properties())), number, number, st.floats(0.01, 100))
def test_limits_and_weight_come_back_as_written(name, one, other, weight):
    low, high = sorted((one, other))
    (reward,) = parsed(rewards=[f"{name}:{low!r}..{high!r}*{weight!r}"]).rewards
    assert (reward.low, reward.high, reward.weight) == (low, high, weight)


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_any_text_is_a_reward_or_a_clear_error(text):
    try:
        parsed(rewards=[text])
    except SettingsError as error:
        assert "rewards.1" in error.message


def test_settings_survive_their_own_json():
    settings = parsed(
        rewards=["qed", "-admet.predict:herg*2", {"kind": "command", "command": ["true"]}, "python:a.py:f"],
        windows=["mw<500"],
        stages=[{"calls": 5, "rewards": ["sa"], "filters": {"largest_ring": 6}}],
    )
    assert parse_settings(SearchSettings, settings.model_dump(mode="json")) == settings


def test_paths_start_from_the_folder_of_the_file(tmp_path):
    values = {"rewards": ["python:score.py:f", "command:./score"]}
    python, command = parse_settings(SearchSettings, values, folder=tmp_path).rewards
    assert python.target == f"{tmp_path.resolve() / 'score.py'}:f"
    assert command.folder == str(tmp_path.resolve())


def a_function(smiles):
    return [1.0] * len(smiles)


def test_a_function_is_named_by_its_module_or_remembered():
    import json

    by_module, by_memory = parsed(rewards=[json.loads, lambda smiles: []], combine="mean").rewards
    assert by_module.target == "json:loads"
    assert by_memory.target.startswith("given:")


def test_one_reward_needs_no_list():
    assert len(parsed(rewards="qed").rewards) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"calls": 0}, "a budget of 0 calls"),
        ({"calls": -3}, "a budget of -3 calls"),
        ({"rewards": []}, "rewards should"),
        ({"windows": ["mw>600", "mw<500"]}, "no molecule can have both mw>600 and mw<500"),
        ({"windows": ["hbd>2", "hbd<3"]}, "no molecule can have both"),
        ({"windows": ["mass<3"]}, "there is no property 'mass'"),
        ({"windows": ["mw"]}, "has no limits"),
        ({"require": ["N"], "forbid": ["N"]}, "required and forbidden"),
        ({"smallest_ring": 6, "largest_ring": 5}, "no ring can pass"),
        ({"rewards": ["qed*-1"]}, "only with combine=sum"),
        ({"combine": "pareto"}, "two rewards or more"),
        ({"core_sites": [1]}, "needs a core"),
        ({"core": "c1ccccc1", "core_from": "atoms"}, "needs core_sites"),
        (
            {"rewards": [{"kind": "property", "property": "qed", "name": "score"}]},
            "has a column of that name",
        ),
        ({"widows": []}, "did you mean 'windows'?"),
        (
            {"rewards": [{"kind": "property", "property": "qed", "wieght": 1}]},
            "did you mean 'rewards.1.weight'?",
        ),
        ({"stages": [{"calls": 1, "filters": {"largest_rin": 1}}]}, "'stages.1.filters.largest_ring'"),
        ({"rewards": [{"kind": "porperty"}]}, "there is no kind 'porperty'; there are property"),
        ({"rewards": [{"property": "qed"}]}, "kind is missing"),
        ({"stages": [{"calls": 1, "combine": "pareto"}]}, "stage 2: combine=pareto"),
        ({"rewards": [{"kind": "property", "property": "qed", "weight": 0}]}, "a weight of 0"),
        (
            {"rewards": [{"kind": "property", "property": "mw", "low": 5, "high": 2}]},
            "low (5) is above high (2)",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_its_reason(values, said):
    assert said in refused(**values)


def test_stages_change_what_they_name_and_keep_the_rest():
    settings = parsed(
        calls=10,
        alerts=["pains"],
        stages=[{"calls": 20, "generators": ["tree"]}, {"calls": 30, "filters": {"windows": ["mw<300"]}}],
    )
    first, second, third = settings.in_stages()
    assert [stage.calls for stage in (first, second, third)] == [10, 20, 30]
    assert first.generators == ("tree", "policy", "genetic") and second.generators == third.generators == (
        "tree",
    )
    assert second.alerts == ("pains",) and third.alerts == () and third.windows == ("mw<300",)


def test_columns_of_rewards_are_all_different():
    rewards = parsed(rewards=["logp:1..2", "logp:2..3", "similarity:C", "similarity:N"]).rewards
    assert named(rewards) == ["logp", "logp_2", "similarity", "similarity_2"]


def test_every_field_has_description_and_japanese_label():
    def check(model):
        for name, field in model.model_fields.items():
            if name == "kind":
                continue
            assert field.description, (model, name)
            assert field.json_schema_extra["label_ja"], (model, name)

    from kozue.core.settings import nested_settings

    check(SearchSettings)
    for field in SearchSettings.model_fields.values():
        for model in nested_settings(field.annotation):
            check(model)


def test_the_settings_load_nothing_heavy():
    import subprocess
    import sys

    code = "import sys, kozue.systems.molecules.design.settings; print([m for m in ('rdkit','torch','numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
