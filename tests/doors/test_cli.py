"""The command line: options from settings, exit codes, tables, pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from kozue.doors.cli import main
from kozue.run import RunStore


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("name,smiles\nethanol,CCO\nbad,\nmethane,C\n")
    return path


def run(*arguments):
    """Run the command line in this process and return its exit code."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as done:
        return done.code or 0
    return 0


def test_a_file_gives_a_run_folder(toys, csv, tmp_path, capsys):
    assert run("toy", "length", csv, "-o", tmp_path / "out") == 0
    out, err = capsys.readouterr()
    assert "2 of 3 records answered, 1 without a result" in out
    assert "ethanol" in out
    assert "1 of 3 records has no result" in err
    assert {"report.html", "result.parquet", "result.csv", "run.json"} <= {
        p.name for p in (tmp_path / "out").iterdir()
    }


def test_a_file_name_is_exported_to(toys, csv, tmp_path):
    assert run("toy", "length", csv, "-o", tmp_path / "out.parquet") == 0
    assert pq.read_table(tmp_path / "out.parquet").column("length").to_pylist() == [3, None, 1]


def test_an_unknown_suffix_fails_before_the_work(toys, csv, tmp_path, capsys):
    assert run("toy", "length", csv, "-o", tmp_path / "out.docx") == 2
    assert RunStore().list() == []


def test_standard_input_and_output(toys, tmp_path):
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); import kozue_toys; from kozue.core.registry import get_registry"
    code += "; get_registry().add_module(kozue_toys); from kozue.doors.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, os.path.dirname(toys.__file__), "toy", "length", "-", "-o", "-"],
        input="smiles\nCCO\nC\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[1] for line in done.stdout.splitlines()] == ["length", "3", "1"]
    assert "2 of 2 records answered" in done.stderr


def test_records_on_the_command_line(toys, capsys):
    assert run("toy", "length", "-r", "CCO", "-r", "CC") == 0
    assert "2 of 2" in capsys.readouterr().out


def test_a_structure_in_the_place_of_a_file_gets_the_right_command(toys, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("toy", "length", "c1ccccc1O") == 2
    said = capsys.readouterr().err
    assert "'c1ccccc1O' is a structure" in said
    assert 'kozue toy length --record "c1ccccc1O"' in said and "--format smi" in said
    # A file wins over its name; what is neither stays a missing file.
    (tmp_path / "CCO").write_text("smiles\nCC\n")
    assert run("toy", "length", "CCO", "--format", "csv") == 0
    assert run("toy", "length", "molecules.csv") == 2
    assert "no file" in capsys.readouterr().err


def test_settings_and_columns_are_options(toys, tmp_path, capsys):
    path = tmp_path / "in.csv"
    path.write_text("a,b\nCCO,CCCCCC\n")
    assert run("toy", "length", path, "--smiles-column", "b", "--at-most", 7, "-o", tmp_path / "out") == 0
    assert pq.read_table(tmp_path / "out" / "result.parquet").column("length").to_pylist() == [6]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("toy", "length"), "needs records"),
        (("toy", "length", "nowhere.csv"), "There is no file"),
        (("toy", "length", "-r", "C", "--at-most", "0"), "greater than or equal to 1"),
        (("toy", "length", "-r", "C", "--engine", "poll"), "Did you mean pool"),
        (("runs", "show", "01ARZ3"), "There is no run"),
        (("models", "show", "nonsense"), "There is no model"),
        (("data", "show", "nonsense"), "There is no"),
    ],
)
def test_bad_input_exits_with_two_and_says_why(toys, capsys, arguments, said):
    assert run(*arguments) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_strict_fails(toys, csv, capsys):
    assert run("toy", "length", csv, "--strict") == 2
    assert "strict was asked for" in capsys.readouterr().err


def test_runs_are_listed_shown_exported_and_removed(toys, csv, tmp_path, capsys):
    assert run("toy", "length", csv) == 0
    identifier = RunStore().list()[0].id
    assert run("runs", "list") == 0
    assert "toy.length" in capsys.readouterr().out
    assert run("runs", "show", identifier) == 0
    assert run("runs", "export", identifier, tmp_path / "x.jsonl") == 0
    assert json.loads((tmp_path / "x.jsonl").read_text().splitlines()[0])["length"] == 3
    assert run("runs", "remove", identifier) == 0
    assert RunStore().list() == []


def test_the_same_command_resumes_a_stopped_run(toys, tmp_path, capsys):
    path = tmp_path / "in.csv"
    path.write_text("smiles\n" + "CC\n" * 500)
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); import kozue_toys; from kozue.core.registry import get_registry"
    code += "; get_registry().add_module(kozue_toys); from kozue.doors.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        os.path.dirname(toys.__file__),
        "toy",
        "length",
        str(path),
        "--seconds",
        "0.2",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        stopped = RunStore().list()
        if stopped and len(list((stopped[0].folder / "parts").glob("*.parquet"))) >= 2:
            break
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 2.0
    assert process.returncode == 130
    assert "Finished parts are kept" in err
    assert RunStore().list()[0].state == "cancelled"
    assert run("toy", "length", path, "--seconds", "0.2") == 0
    assert "Going on with the stopped run" in capsys.readouterr().err
    assert len(RunStore().list()) == 1


def test_help_is_quick_and_light():
    code = (
        "import sys\nfrom kozue.doors.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('torch','rdkit','sklearn','lightgbm','pyarrow','numpy','fastapi','mcp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_doctor_says_what_is_here(capsys):
    run("doctor")
    out = capsys.readouterr().out
    assert "operations" in out
    assert "your Kozue folder" in out


def test_operation_help_shows_bounds_and_units(toys, capsys):
    assert run("toy", "length", "--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "--at-most" in out
    assert ">= 1" in out
    assert "[s]" in out
    assert "--smiles-column" in out
