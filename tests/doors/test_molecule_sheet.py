"""The sheet of a molecule from Python and the command line."""

from __future__ import annotations

import csv
import sys

import pytest

import kozue
from kozue.doors.cli import main


@pytest.fixture(autouse=True)
def mock_system(kozue_home, monkeypatch):
    """Let a small mock be the only system."""
    import kozue_profiles

    from kozue.core import registry

    alone = registry.Registry()
    alone.add_module(kozue_profiles)
    monkeypatch.setattr(registry, "get_registry", lambda: alone)


def run(*arguments):
    """Run the command line and return its exit code."""
    try:
        main(["molecule", *map(str, arguments)])
    except SystemExit as ended:
        return ended.code or 0
    return 0


def rows(path):
    """Read a CSV sheet."""
    with path.open(encoding="utf-8-sig") as opened:
        return list(csv.DictReader(opened))


def test_python_writes_what_the_name_asks_for(tmp_path):
    made = kozue.molecule_sheet("CCO ethanol", tmp_path / "a.csv", mode="careful", language="ja")
    assert (rows(made)[0]["label"], rows(made)[0]["value"], rows(made)[0]["mode"]) == (
        "大きさ",
        "3.5",
        "careful",
    )
    made = kozue.molecule_sheet(["CCO", "CC"], tmp_path / "b.sdf")
    assert made.read_text().count("$$$$") == 2
    plain = kozue.molecule_sheet("CCO", tmp_path / "c.pdf", kinetics=False).read_bytes()
    full = kozue.molecule_sheet("CCO", tmp_path / "d.pdf", kinetics={"rat_cl": 20.0}, explain=["size"])
    assert plain.startswith(b"%PDF") and len(full.read_bytes()) > len(plain)


def test_what_has_no_profile_is_said(tmp_path):
    with pytest.warns(kozue.KozueWarning, match="Mercury is refused"):
        kozue.molecule_sheet("[Hg] mercury", tmp_path / "a.pdf", kinetics=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"out": "a.docx"}, "sheet format named 'docx'"),
        ({"out": "nowhere/a.pdf"}, "no folder"),
        ({"mode": "magic"}, "prediction mode named 'magic'"),
        ({"explain": ["beauty"]}, "explained endpoint named 'beauty'"),
        ({"kinetics": {"cat_cl": 1.0}}, "measured value named 'cat_cl'"),
        ({"language": "fr"}, "language 'fr'"),
        ({"structures": "C1CC"}, "cannot be read"),
        ({"structures": ["C"] * 7}, "7 were given"),
        ({"structures": []}, "0 were given"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_reason(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kozue.KozueError, match=said):
        kozue.molecule_sheet(**{"structures": "CC", "out": "a.pdf", **arguments})
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_writes_a_sheet(tmp_path, capsys):
    assert run("CCO ethanol", "CC", "-o", tmp_path / "a.csv", "--mode", "careful") == 0
    assert "1 ethanol value" in rows(tmp_path / "a.csv")[0]
    assert "a.csv" in capsys.readouterr().out
    assert run("CCO", "-o", tmp_path / "a.pdf", "--explain", "size", "rings", "--no-kinetics") == 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_the_command_line_says_what_is_missing(tmp_path, capsys):
    assert run() == 2
    assert "kozue molecule" in capsys.readouterr().err
    assert run("nonsense", "-o", tmp_path / "a.pdf") == 2
    assert "'nonsense' cannot be read" in capsys.readouterr().err


def test_help_of_the_sheet_loads_nothing_heavy():
    import subprocess

    code = "import sys\nfrom kozue.doors.cli import main\ntry: main(['molecule', '--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in ('numpy', 'rdkit', 'matplotlib', 'fastapi') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
