"""The third-party files of the pages: pinned, complete, with their licences, and nobody else's address."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from kozue.doors.web.pages import folder

ROOT = Path(__file__).parents[2]
VENDOR = folder() / "static" / "vendor"


@pytest.fixture(scope="module")
def hook():
    """Return the build hook's module; hatchling is only there while Kozue is built."""
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_pins_every_package_by_hash_and_names_no_host():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]
    for name, entry in lock["packages"].items():
        assert not name or entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_every_vendor_file_that_a_page_asks_for_is_there():
    asked: set[str] = set()
    for path in [*(folder() / "static").glob("js/*.js"), *(folder() / "static").glob("css/*.css")]:
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"/ui/static/vendor/([\w./-]+\.\w+)", text))
    asked |= {"openchemlib/openchemlib.js", "openchemlib/resources.json"}
    assert len(asked) >= 5
    for name in asked:
        assert (VENDOR / name).is_file(), f"{name} is missing; install Kozue again"
    assert {"openchemlib.txt", "3dmol.txt", "inter.txt"} <= {
        path.name for path in (VENDOR / "licences").iterdir()
    }


def test_our_own_scripts_and_styles_name_no_other_host():
    for path in [*(folder() / "static").glob("js/*.js"), *(folder() / "static").glob("css/*.css")]:
        found = re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org"}, path.name


def test_files_of_the_same_lock_are_used_again(hook, tmp_path):
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    target = tmp_path / "vendor"
    wanted = hook.lock_hash(tmp_path)
    assert not hook.is_current(target, wanted)
    for name in hook.FILES.values():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).touch()
    (target / hook.STAMP).write_text(wanted)
    assert hook.is_current(target, wanted)
    (tmp_path / "package.json").write_text("{}")
    assert hook.lock_hash(tmp_path) != wanted
    next(iter(target.glob("*/*.js"))).unlink()
    assert not hook.is_current(target, wanted)
