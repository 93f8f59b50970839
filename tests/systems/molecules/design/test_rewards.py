"""Rewards, what they are worth, and how they fail: out loud, within their time, with the scorer's own words."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from kozue.core.errors import Cancelled, KozueError, SettingsError, UnknownNameError
from kozue.core.settings import parse_settings
from kozue.run.answers import make_context
from kozue.systems.molecules.design.objective import Objective
from kozue.systems.molecules.design.pareto import crowding, ranks
from kozue.systems.molecules.design.rewards.errors import RewardError
from kozue.systems.molecules.design.rewards.quantities import Shape, known_column, properties
from kozue.systems.molecules.design.rewards.shapes import desirability
from kozue.systems.molecules.design.settings import SearchSettings

SMILES = ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1"]


def objective(*rewards, **more):
    return Objective.of(parse_settings(SearchSettings, {"rewards": rewards, **more}))


def evaluate(*rewards, smiles=SMILES, rng=None, context=None, **more):
    made = objective(*rewards, **more)
    try:
        return made.evaluate(
            smiles, [Chem.MolFromSmiles(text) for text in smiles], context or make_context(), rng
        )
    finally:
        made.close()


def fails(*rewards, **more):
    with pytest.raises(RewardError) as caught:
        evaluate(*rewards, **more)
    return str(caught.value)


def test_properties_similarity_and_substructures():
    found = evaluate("qed", "mw", "similarity:CCO", "substructure:[OX2H]").columns
    assert found["mw"] == pytest.approx([46.069, 94.113, 151.165])
    assert found["similarity"][0] == 1 and 0 < found["similarity"][1] < 1
    assert found["substructure"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", ["ecfp4", "fcfp4", "atom_pairs"])
def test_each_fingerprint_knows_a_molecule_again(kind):
    found = evaluate({"kind": "similarity", "smiles": "c1ccccc1O", "fingerprint": kind}).score
    assert found[1] == 1 and found[0] < 1


def test_sign_and_limits_change_what_is_wanted():
    plain, less = evaluate("qed").score, evaluate("-qed").score
    assert less == pytest.approx(1 - plain)
    assert evaluate("-substructure:[OX2H]").score.tolist() == [0, 0, 0]
    assert evaluate("mw<100").score == pytest.approx([1, 1, 1 - 51.165 / 100], abs=1e-3)
    assert evaluate({"kind": "property", "property": "mw", "shape": "step", "low": 90}).score.tolist() == [
        0,
        1,
        1,
    ]


@settings(max_examples=25)
@given(
    st.sampled_from(["maximise", "minimise", "window", "step"]),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.floats(-100, 100),
    st.floats(0.1, 100),
    st.floats(0.1, 5),
)
def test_a_desirability_lies_between_0_and_1_and_keeps_nan(name, values, low, width, exponent):
    given_values = np.array([*values, np.nan])
    found = desirability(given_values, Shape(name, low, low + width, width / 2, exponent))
    assert np.isnan(found[-1]) and ((found[:-1] >= 0) & (found[:-1] <= 1)).all()
    if name in ("window", "step"):
        inside = (given_values >= low) & (given_values <= low + width)
        assert (found[inside] == 1).all()


def test_combinations_are_what_they_are_called():
    rewards = ("qed", "mw<100*3")
    a, b = evaluate("qed").score, evaluate("mw<100").score
    assert evaluate(*rewards, combine="mean").score == pytest.approx((a + 3 * b) / 4)
    assert evaluate(*rewards, combine="geometric").score == pytest.approx(a**0.25 * b**0.75)
    assert evaluate(*rewards, combine="minimum").score == pytest.approx(np.minimum(a, b))
    mw, qed = (evaluate(name).columns[name] for name in ("mw", "qed"))
    assert evaluate("qed*2", "mw*-0.5", combine="sum").score == pytest.approx(2 * qed - mw / 2)


def test_pareto_draws_weights_anew_and_ranks_fronts():
    once, same, other = (
        evaluate("qed", "-mw", combine="pareto", rng=np.random.default_rng(seed)).score for seed in (1, 1, 2)
    )
    assert (once == same).all() and (once != other).any()
    made = objective("qed", "similarity:CCO", combine="pareto")
    columns = made.values(SMILES, [Chem.MolFromSmiles(text) for text in SMILES], make_context())
    assert made.is_pareto and made.fronts(columns)[[0, 2]].tolist() == [1, 1]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_fronts_are_those_of_the_definition(rows):
    worth = np.array(rows, float)
    left, expected, front = set(range(len(rows))), np.zeros(len(rows)), 0
    while left:
        front += 1
        beaten = {
            row for row in left
            if any((worth[o] >= worth[row]).all() and (worth[o] > worth[row]).any() for o in left)
        }  # fmt: skip
        for row in left - beaten:
            expected[row] = front
        left = beaten
    assert (ranks(worth) == expected).all()
    assert (crowding(worth, ranks(worth)) >= 0).all()


# Kozue's own operations


@pytest.fixture(scope="module")
def predicted():
    import kozue

    return kozue.admet.predict(SMILES, endpoints=["herg", "solubility"])


def test_an_operation_is_a_reward_by_its_name(predicted):
    found = evaluate("admet.predict:herg", "admet.predict:solubility")
    assert found.columns["herg"] == pytest.approx(predicted["herg"])
    assert found.columns["solubility"] == pytest.approx(predicted["solubility"])
    assert evaluate("admet.predict:herg").score == pytest.approx(1 - predicted["herg"], abs=1e-6)


def test_rewards_of_one_operation_ask_it_once():
    context, asked = make_context(), []
    inner = context.caller
    context.caller = lambda name, batch, settings: asked.append(settings) or inner(name, batch, settings)
    evaluate("admet.predict:herg", "admet.predict:solubility", context=context)
    assert asked == [{"endpoints": ["herg", "solubility"], "detail": "values"}]


def test_caution_takes_the_worse_end_and_strangers_pay(predicted):
    reward = {"kind": "operation", "operation": "admet.predict", "column": "solubility", "cautious": True}
    found = evaluate(reward, {**reward, "column": "herg"}).columns
    assert found["solubility"] == pytest.approx(predicted["solubility_low"])
    assert found["herg"] == pytest.approx(predicted["herg_high"])
    assert found["solubility_value"] == pytest.approx(predicted["solubility"])
    smiles = ["CCO", "[B]1[B][B][B][B][B]1"]
    penal = {"kind": "operation", "operation": "admet.predict", "column": "herg", "outside_factor": 0.5}
    free, paid = evaluate({**penal, "outside_factor": 1}, smiles=smiles), evaluate(penal, smiles=smiles)
    factor = np.where(paid.columns["herg_outside"] == 1, 0.5, 1.0)
    assert paid.score == pytest.approx(free.score * factor)
    barred = evaluate("admet.predict:herg", smiles=smiles, in_domain=True)
    assert (np.isnan(barred.score) == (factor == 0.5)).all() and (factor == 0.5).any()
    assert "outside the domain of herg" in barred.reasons


def test_known_ranges_agree_with_the_lights():
    from kozue.systems.molecules.admet.endpoints import ENDPOINTS

    for key, endpoint in ENDPOINTS.items():
        shape = known_column("admet.predict", key).shape
        width = abs(endpoint.good - endpoint.poor)
        if endpoint.is_class:
            expected = ("minimise" if endpoint.better == "lower" else "maximise", 0.0, 1.0)
        elif endpoint.better == "middle":
            expected = ("window", endpoint.good, endpoint.poor)
            assert shape.edge == pytest.approx(width / 2)
        else:
            ends = sorted((endpoint.good, endpoint.poor))
            name = "maximise" if endpoint.better == "higher" else "minimise"
            low = ends[0] - width / 2
            expected = (name, max(low, 0.0) if ends[0] >= 0 else low, ends[1] + width / 2)
        assert shape.name == expected[0] and (shape.low, shape.high) == pytest.approx(expected[1:]), key


@pytest.mark.parametrize(
    ("reward", "error", "said"),
    [
        ("admet.predikt:herg", UnknownNameError, "admet.predict"),
        ("admet.predict:hergg", UnknownNameError, "herg"),
        ("admet.train:herg", SettingsError, "does not answer for each molecule"),
        ("similarity:C(C", SettingsError, "cannot be read"),
        ("substructure:C((", SettingsError, "SMARTS"),
        ("python:nowhere.py:f", RewardError, "There is no file"),
        ("python:json:no_such", RewardError, "no function"),
        ("entry_point:none", RewardError, "kozue.rewards"),
        ("-python:json:loads", SettingsError, "Give low and high"),
    ],
)
def test_what_is_not_there_is_said_before_the_search(reward, error, said):
    with pytest.raises(error, match=said.replace(".", r"\.")):
        objective(reward)


# Python functions


@pytest.fixture
def script(tmp_path):
    def write(body, name="scorer.py"):
        path = tmp_path / name
        path.write_text(body)
        return path

    return write


def test_a_function_of_a_file_scores(script):
    path = script("def size(smiles):\n    return [len(text) for text in smiles]\n")
    assert evaluate(f"python:{path}:size").score.tolist() == [3, 9, 18]
    assert evaluate(lambda smiles: [1, None, 3]).reasons == ["", "no value of reward", ""]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise KeyError('no licence')", "KeyError: 'no licence'"),
        ("return [1.0]", "returned 1 values where 3 were asked for"),
        ("return 'rubbish'", "must return a list of numbers"),
        ("return None", "must return a list of numbers"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
    ],
)
def test_a_function_that_fails_stops_with_its_own_words(script, body, said):
    path = script(f"def f(smiles):\n    {body}\n")
    assert said in fails(f"python:{path}:f")


def test_an_installed_package_offers_rewards(monkeypatch):
    import importlib.metadata as metadata

    offered = metadata.EntryPoint("letters", "builtins:sorted", "kozue.rewards")
    broken = metadata.EntryPoint("broken", "no_such_module:f", "kozue.rewards")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [offered, broken])
    assert "must return a list of numbers" in fails("entry_point:letters")
    assert "no_such_module" in fails("entry_point:broken")


def test_a_task_of_the_literature_is_a_reward():
    pytest.importorskip("kozue.systems.molecules.design.tasks", reason="the tasks are not there")
    assert evaluate("task:qed").score == pytest.approx(evaluate("qed").score)
    with pytest.raises(UnknownNameError, match="drd2"):
        objective("task:drd3")


def test_a_file_that_cannot_be_imported_says_why(script):
    path = script("import no_such_module\n")
    assert "no_such_module" in fails(f"python:{path}:f")


def test_a_function_that_blocks_is_left_in_time(script):
    path = script("import time\ndef f(smiles):\n    time.sleep(60)\n")
    began = time.monotonic()
    assert "did not answer within 0.3 s" in fails({"kind": "python", "target": f"{path}:f", "seconds": 0.3})
    assert time.monotonic() - began < 10


def test_one_nan_is_one_molecule_and_nan_everywhere_is_an_error():
    found = evaluate(lambda smiles: [1.0, float("nan"), float("inf")])
    assert np.isnan(found.score).tolist() == [False, True, True]
    assert "had no value for the last 64 molecules" in fails(
        lambda smiles: [float("nan")] * len(smiles), smiles=["CCO"] * 64
    )
    evaluate(lambda smiles: [1.0] + [None] * (len(smiles) - 1), smiles=["CCO"] * 80)


# External commands

GOOD = """import json, sys
for line in sys.stdin:
    asked = json.loads(line)["smiles"]
    print(json.dumps({"values": [len(text) for text in asked]}), flush=True)
"""


def command(path, **more):
    return {"kind": "command", "command": [sys.executable, "-I", "-S", "-u", str(path)], **more}


def test_a_command_is_started_once_and_asked_by_batch(script, tmp_path):
    marker = tmp_path / "starts"
    path = script(f"open({str(marker)!r}, 'a').write('x')\n" + GOOD)
    made = objective(command(path))
    mols = [Chem.MolFromSmiles(text) for text in SMILES]
    for _ in range(3):
        assert made.values(SMILES, mols, make_context())["command"].tolist() == [3, 9, 18]
    process = made.rewards[0]._scorer.process
    made.close()
    assert marker.read_text() == "x" and process.poll() is not None


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        ("import time; time.sleep(60)", {"seconds": 0.4, "retries": 0}, ["did not answer within 0.4 s"]),
        ("import time; time.sleep(60)", {"seconds": 0.3, "retries": 1}, ["tried 2 times"]),
        ("raise SystemExit('no licence found')", {}, ["exit code 1", "no licence found", "tried 2 times"]),
        ("import os; os.kill(os.getpid(), 9)", {"retries": 0}, ["by signal 9", "wrote nothing"]),
        ("print('Loading model …')\n" + GOOD, {}, ["'Loading model …'", "standard error"]),
        ("print('[1, 2, 3]')\n" + GOOD, {}, ["[1, 2, 3]"]),
        ('print(\'{"error": "grid missing"}\')\n' + GOOD, {}, ["says: grid missing"]),
        (GOOD.replace("len(text) for text in asked", "1"), {}, ["returned 1 values where 3"]),
    ],
)
def test_a_command_that_fails_stops_with_its_own_words(script, body, more, said):
    began = time.monotonic()
    message = fails(command(script(body), **more))
    for words in said:
        assert words in message
    assert time.monotonic() - began < 20


def test_a_command_that_died_once_is_started_again(script, tmp_path):
    marker = tmp_path / "died"
    path = script(
        f"import os\nif not os.path.exists({str(marker)!r}):\n    open({str(marker)!r}, 'w'); os._exit(1)\n"
        + GOOD
    )
    assert evaluate(command(path)).score.tolist() == [3, 9, 18]


def test_a_command_that_died_between_two_batches_is_started_again_at_once(script):
    once = "import json, sys\nasked = json.loads(sys.stdin.readline())['smiles']\n"
    once += "print(json.dumps({'values': [len(text) for text in asked]}), flush=True)\n"
    made = objective(command(script(once)))
    mols = [Chem.MolFromSmiles(text) for text in SMILES]
    for _ in range(2):
        assert made.values(SMILES, mols, make_context())["command"].tolist() == [3, 9, 18]
        made.rewards[0]._scorer.process.wait(20)
        made.rewards[0]._scorer._readers[0].join(20)
    made.close()


def test_answers_out_of_turn_are_never_taken_for_others(script):
    twice = GOOD + "    print(json.dumps({'values': [7, 7, 7]}), flush=True)\n"
    made = objective(command(script(twice)))
    mols = [Chem.MolFromSmiles(text) for text in SMILES]
    made.values(SMILES, mols, make_context())
    time.sleep(0.5)
    with pytest.raises(RewardError, match="before it was asked"):
        made.values(SMILES, mols, make_context())
    assert "in answer to question 1" in fails(
        command(script(GOOD.replace('{"values"', '{"id": 5, "values"')))
    )


def test_no_such_command_is_said():
    assert "could not be started" in fails({"kind": "command", "command": ["no-such-program"]})


def test_a_waiting_command_can_be_cancelled(script):
    context = make_context(is_cancelled=lambda: True)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        evaluate(command(script("import time; time.sleep(60)")), context=context)
    assert time.monotonic() - began < 5


def test_a_command_ends_with_its_parent(script, tmp_path):
    path = script(GOOD)
    code = (
        "from kozue.systems.molecules.design.rewards.command import Scorer\n"
        f"s = Scorer([{sys.executable!r}, {str(path)!r}], '')\nprint(s.process.pid)\n"
    )
    pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
    import os

    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the program outlived its parent")


def test_a_command_runs_in_the_folder_of_the_settings(script, tmp_path):
    script(GOOD, "score.py")
    settings = parse_settings(
        SearchSettings, {"rewards": [f"command:{sys.executable} score.py"]}, folder=tmp_path
    )
    made = Objective.of(settings)
    try:
        assert made.values(["CC"], [Chem.MolFromSmiles("CC")], make_context())["command"].tolist() == [2]
    finally:
        made.close()


def test_every_property_has_a_usual_shape():
    for name in properties():
        assert np.isfinite(evaluate(name).score).all()


def test_errors_are_kozues_own():
    assert issubclass(RewardError, KozueError)
