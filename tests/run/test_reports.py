"""Reports: jobs with tables and pictures, many rows, roles, words in two languages, nothing executable."""

from __future__ import annotations

import re

import pytest

from kozue.core.errors import InputError, LimitError, MissingExtraError, RunError, UnknownNameError
from kozue.io import Limits
from kozue.run import RunStore, execute
from kozue.run.engines import Pool, make_engine
from kozue.run.report import cell


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def report_of(store, op, source, settings=None, **options):
    run = store.create(op, source, settings or {}, **options)
    execute(run.folder)
    return run.report_path.read_text(encoding="utf-8")


def test_a_job_shows_tables_figures_and_files(toys, store):
    page = report_of(store, toys.total, ["CC", "reject"])
    assert "A line" in page
    assert "Squares" in page
    assert "Set aside" in page
    assert "files/note.txt" in page
    assert "This one is not wanted." in page


def test_names_are_only_text(toys, store):
    hostile = "<img src=x onerror=alert(1)>"
    page = report_of(store, toys.length, [{"smiles": "CCO", "name": hostile}])
    assert hostile not in page
    assert "&lt;img" in page


def test_only_the_first_rows_of_many_are_shown(toys, store):
    page = report_of(store, toys.length, ["CC"] * 700)
    assert "The first 500 of 700 rows" in page
    assert "全 700 行" in page


def test_a_large_result_is_sampled(toys, store, monkeypatch):
    monkeypatch.setattr("kozue.run.report.SAMPLED_ROWS", 50)
    assert "<svg" in report_of(store, toys.length, ["C" * (1 + n % 7) for n in range(600)])


def test_both_languages_are_on_the_page(toys, store):
    page = report_of(store, toys.length, ["CCO"])
    assert '<span class="en">Length</span><span class="ja" lang="ja">長さ</span>' in page


def test_a_molecule_tells_each_group_once_with_its_domain(toys, store):
    import kozue_profiles

    from kozue.core.registry import get_registry

    get_registry().add_module(kozue_profiles)
    page = report_of(store, kozue_profiles.profile, ["CCO"])
    told = page.partition('<div class="molecules">')[2].partition("<h2>")[0]
    # The percentile beside a value has no interval, and the word of its light is not its domain.
    assert told.count("<tr><td>") == 2
    assert told.count("1 – 5") == 1
    assert '<span class="tag inside"><span class="en">inside</span>' in told and "範囲内" in told
    assert "good" not in told


def test_cells_say_what_they_hold():
    from kozue.core.records import Column

    assert cell(Column("x"), None).text == "–"
    assert cell(Column("x"), True).text == "yes"
    assert cell(Column("x", role="probability"), 0.5).share == 0.5
    assert cell(Column("x"), [1, 2]).text == "1, 2"
    assert cell(Column("x"), 12345).text == "12,345"


def test_engines_have_names():
    with pytest.raises(UnknownNameError, match="poll"):
        make_engine("poll")


def test_ray_that_is_not_there_says_the_pip_line(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError) as caught:
        make_engine("ray")
    assert "kozue[cluster]" in caught.value.hint


def _die(item):
    import os

    os._exit(3)


def test_a_part_that_always_kills_its_worker_is_given_up():
    pool = Pool(1)
    try:
        with pytest.raises(RunError, match="died 3 times"):
            list(pool.submit_all(_die, [1], lambda: None))
    finally:
        pool.close()


@pytest.mark.parametrize("source", ["nowhere.csv", "."])
def test_a_file_that_is_no_file_is_refused(toys, store, source):
    with pytest.raises(InputError):
        store.create(toys.length, source)
    assert store.list() == []


def test_standard_input_is_kept_with_the_run(toys, store, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"smiles\nCC\nCCC\n")))
    run = store.create(toys.length, "-")
    execute(run.folder)
    assert run.answer().table.column("length").to_pylist() == [2, 3]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"smiles\n" + b"C\n" * 100)))
    with pytest.raises(LimitError):
        store.create(toys.length, "-", limits=Limits(max_file_bytes=50))


def test_bytes_are_kept_with_the_run(toys, store):
    run = store.create(toys.length, b"smiles\nCC\n", filename="sent.csv")
    assert run.asked.input_name == "sent.csv"
    execute(run.folder)
    assert run.answer().n_ok == 1


def test_damaged_folders_are_errors(toys, store):
    run = store.create(toys.length, ["C"])
    description = run.folder / "run.json"
    good = description.read_text()
    description.write_text(good[:50])
    with pytest.raises(RunError, match="damaged"):
        execute(run.folder)
    assert store.list() == []
    description.write_text(good.replace('"seed"', '"sead"'))
    with pytest.raises(RunError, match="another version"):
        execute(run.folder)
    description.unlink()
    with pytest.raises(RunError, match="missing"):
        execute(run.folder)


def test_a_folder_with_other_files_is_left_alone(toys, store, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("important")
    with pytest.raises(RunError, match="not empty"):
        store.create(toys.length, ["C"], folder=folder)
    assert (folder / "thesis.txt").read_text() == "important"
    empty = tmp_path / "empty"
    empty.mkdir()
    run = store.create(toys.length, ["C"], folder=empty)
    execute(run.folder)
    assert re.search(r"<html", (empty / "report.html").read_text())


def test_an_input_that_is_gone_is_an_error(toys, store, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("smiles\nC\n")
    run = store.create(toys.length, path)
    path.unlink()
    with pytest.raises(RunError, match="no longer there"):
        execute(run.folder)


def test_strict_jobs_fail_on_what_they_set_aside(toys, store):
    run = store.create(toys.total, ["CC", "reject"], strict=True)
    with pytest.raises(InputError, match="set aside"):
        execute(run.folder)


def test_a_run_can_be_followed(toys, store):
    run = store.create(toys.length, ["C"] * 200, {"seconds": 0.05})
    run.start()
    with pytest.raises(RunError, match="already"):
        run.start()
    states = [event["state"] for event in run.events(poll=0.05)]
    assert states[-1] == "finished"
    assert states[0] == "running"
    run.resume()
    assert run.state == "finished"
    with pytest.raises(RunError, match="nothing to cancel"):
        run.cancel()


def test_a_result_that_is_not_there_yet_cannot_be_asked(toys, store):
    run = store.create(toys.length, ["C"])
    with pytest.raises(RunError, match="no result yet"):
        run.query()
    with pytest.raises(RunError, match="no result yet"):
        run.answer()
