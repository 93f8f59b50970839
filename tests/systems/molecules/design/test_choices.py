from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from kozue.core.registry import get_registry
from kozue.systems.molecules.design.rewards.choices import reward_lines
from kozue.systems.molecules.design.rewards.settings import AnyReward


def test_every_line_that_is_offered_can_be_read():
    reward = TypeAdapter(AnyReward)
    kinds = reward_lines()
    assert [kind.name for kind in kinds] == ["property", "operation", "similarity", "substructure", "task"]
    for kind in kinds:
        assert kind.choices or kind.hint
        for value in [choice.value for choice in kind.choices] or [kind.hint]:
            assert reward.validate_python(f"-{kind.prefix}{value}").kind == kind.name
        for choice in kind.choices:
            assert choice.label.en
            assert choice.label.ja


def test_predictions_are_columns_of_operations_for_molecules():
    (kind,) = [kind for kind in reward_lines() if kind.name == "operation"]
    values = [choice.value for choice in kind.choices]
    assert "admet.predict:herg" in values
    assert not any(value.endswith(("_low", "_high", "_percentile")) for value in values if "admet" in value)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("setting", ["rewards", "core"])
def test_the_schema_says_which_control_a_page_shows(setting):
    op = get_registry().operation("design.search")
    assert op.settings.model_json_schema()["properties"][setting]["control"] in ("lines", "points")


def test_a_page_asks_for_what_the_lines_may_name():
    from fastapi.testclient import TestClient

    from kozue.doors.rest import create_app

    with TestClient(create_app(web=False), base_url="http://127.0.0.1:8765") as client:
        kinds = client.get("/api/operations/design/search/choices/rewards").json()["kinds"]
        assert [kind["prefix"] for kind in kinds if kind["is_structure"]] == ["similarity:", "substructure:"]
        missing = client.get("/api/operations/design/search/choices/calls")
        assert missing.status_code == 404
        assert "rewards" in missing.text


LINES = [
    "qed",
    "-admet.predict:herg*2",
    "logp:1..4",
    "mw<=450",
    "tpsa>=20.5",
    "hbd<3",
    "similarity:CCO>=0.4 *0.5",
    "-similarity:c1ccccc1*",
    "substructure:[NX3]:1..2",
    "task:drd2",
    "+fsp3*1e-05",
]


@pytest.mark.parametrize("line", LINES)
def test_a_run_keeps_a_reward_as_the_line_that_says_it(line):
    reward = TypeAdapter(AnyReward)
    read = reward.validate_python(line)
    kept = reward.dump_python(read, mode="json")
    assert isinstance(kept, str)
    assert reward.validate_python(kept) == read
    assert len(kept) <= len(line) + 5


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "property", "property": "logp", "shape": "minimise", "low": 1, "high": 3},
        {"kind": "property", "property": "qed", "name": "mine"},
        {"kind": "operation", "operation": "admet.predict", "column": "herg", "cautious": True},
        {"kind": "similarity", "smiles": "CCO", "fingerprint": "fcfp4"},
        {"kind": "command", "command": ["./dock"]},
        {"kind": "python", "target": "a.b:c"},
    ],
)
def test_what_no_line_says_is_kept_as_a_table(table):
    reward = TypeAdapter(AnyReward)
    read = reward.validate_python(table)
    kept = reward.dump_python(read, mode="json")
    assert isinstance(kept, dict)
    assert reward.validate_python(kept) == read
