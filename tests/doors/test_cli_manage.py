"""The commands that manage runs, models and data, and those that stay open."""

from __future__ import annotations

import json

import pytest

from kozue.doors.cli import main
from kozue.run import RunStore


def run(*arguments):
    """Run the command line in this process and return its exit code."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as done:
        return done.code or 0
    return 0


@pytest.fixture
def finished(toys, tmp_path):
    """Return the id of a finished run."""
    assert run("toy", "length", "-r", "CCO", "-r", "CC") == 0
    return RunStore().list()[0].id


def test_an_empty_list_says_so(capsys):
    assert run("runs", "list") == 0
    assert "no runs yet" in capsys.readouterr().out


def test_a_run_is_named_by_the_start_of_its_id(finished, capsys):
    assert run("runs", "show", finished[:10].lower()) == 0
    out = capsys.readouterr().out
    assert "toy.length" in out
    assert "2 of 2 records answered" in out


def test_a_stopped_run_is_shown_and_resumed(toys, capsys):
    store = RunStore()
    stopped = store.create(toys.length, ["C"] * 100)
    from kozue.core.errors import Cancelled
    from kozue.run import execute

    with pytest.raises(Cancelled):
        execute(stopped.folder, is_cancelled=lambda: True)
    assert run("runs", "show", stopped.id) == 0
    assert "cancelled" in capsys.readouterr().out
    assert run("runs", "resume", stopped.id) == 0
    assert "100 of 100 records answered" in capsys.readouterr().out
    assert run("runs", "resume", stopped.id) == 0


def test_a_failed_run_says_why(toys, capsys):
    store = RunStore()
    failed = store.create(toys.short, ["C", "CC"])
    assert run("runs", "resume", failed.id) == 1
    capsys.readouterr()
    assert run("runs", "show", failed.id) == 0
    assert "gave 1 results for 2 records" in capsys.readouterr().out


def test_only_what_runs_can_be_cancelled(finished, toys, capsys):
    assert run("runs", "cancel", finished) == 1
    assert "nothing to cancel" in capsys.readouterr().err
    working = RunStore().create(toys.length, ["C"] * 500, {"seconds": 0.3})
    working.start()
    assert run("runs", "cancel", working.id) == 0
    assert working.state == "cancelled"
    working.resume()
    assert run("runs", "remove", working.id) == 0


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "sdf", "smi", "parquet", "csv.gz"])
def test_results_are_exported(finished, tmp_path, suffix):
    assert run("runs", "export", finished, tmp_path / f"out.{suffix}") == 0
    assert (tmp_path / f"out.{suffix}").stat().st_size > 0


def test_models_are_listed_shown_exported_and_imported(tmp_path, capsys):
    assert run("models", "list") == 0
    assert "admet/herg" in capsys.readouterr().out
    assert run("models", "show", "admet/herg") == 0
    assert "licence" in capsys.readouterr().out
    assert run("models", "export", "admet/herg", tmp_path / "herg.zip") == 0
    assert run("models", "import", tmp_path / "herg.zip", "--name", "borrowed") == 0
    capsys.readouterr()
    assert run("models", "list") == 0
    assert "borrowed" in capsys.readouterr().out
    (tmp_path / "bad.zip").write_bytes(b"PK not really")
    assert run("models", "import", tmp_path / "bad.zip") == 1


def test_data_are_listed_and_shown(capsys, monkeypatch, tmp_path):
    assert run("data", "list") == 0
    assert "tdc_admet_group" in capsys.readouterr().out
    assert run("data", "show", "pksmart") == 0
    assert "Apache-2.0" in capsys.readouterr().out


def test_data_come_from_the_mirror(mirror, capsys):
    assert run("data", "get", "pksmart") == 0
    assert "human_iv_pk" in capsys.readouterr().out


def test_the_tour_shows_the_main_job(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("kozue.doors.cli.tour.CALLS", 60)
    assert run("tour", "--output", tmp_path / "tour") == 0
    out = capsys.readouterr().out
    assert "Terfenadine" in out
    assert "herg" in out
    assert "1 of 1 record answered" in out
    assert "kozue serve" in out
    assert (tmp_path / "tour" / "report.html").exists()
    assert (tmp_path / "tour" / "result.csv").exists()


def test_a_port_that_is_taken_is_an_error(capsys):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run("serve", "--port", taken.getsockname()[1]) != 0
    assert "cannot be used" in capsys.readouterr().err


def test_an_example_needs_no_file(toys, capsys):
    assert run("admet", "predict", "--example", "--endpoints", "herg", "--detail", "values") == 0
    assert "herg" in capsys.readouterr().out
    assert run("admet", "predict", "x.csv", "--example") == 2


def test_a_result_is_a_description_too(finished):
    described = json.loads((RunStore().get(finished).folder / "run.json").read_text())
    assert described["fingerprint"]
