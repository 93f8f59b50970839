"""Every example in the README and the docs runs, and generated pages are up to date."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """Return (language, file or None, text) of every fenced block."""
    for language, rest, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        named = re.search(r"file=(\S+)", rest)
        yield language, named and named.group(1), text


def script(name):
    """Load one of the scripts that make pages."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def registry_kept():
    """Forget the operations that an example adds."""
    from kozue.core.registry import get_registry
    from kozue.doors.python import namespace

    registry = get_registry()
    before = dict(registry.operations), dict(registry.systems)
    yield registry
    registry.operations, registry.systems = before
    namespace.cache_clear()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
@pytest.mark.filterwarnings("ignore::kozue.doors.python.KozueWarning")
def test_examples_run(page, tmp_path, monkeypatch, registry_kept):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    names: dict = {"__name__": "example"}
    for language, file, text in blocks(page):
        if file:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if path.name == "operations.py":
                module = ".".join(Path(file).with_suffix("").parts)
                registry_kept.add_module(importlib.import_module(module))
        elif language == "python":
            exec(compile(text, str(page), "exec"), names)
        elif language == "console":
            run_console(text, tmp_path)


def run_console(text, folder):
    """Run the commands of a console block; each must end well."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                shlex.split(line[2:], comments=True),
                cwd=folder,
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_the_table_of_systems_is_that_of_the_registry():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert script("systems_table").updated(text) == text, "run: python docs/systems_table.py"


def test_nothing_gpl_in_the_core():
    licences = script("licences")
    for name, distribution in licences.core_distributions().items():
        found = licences.licence(distribution.metadata)
        weaker = found.replace("LGPL", "").replace("Lesser General Public License", "")
        assert "GPL" not in weaker and "General Public License" not in weaker, f"{name}: {found}"


def test_every_core_dependency_is_listed():
    text = (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8")
    missing = [
        distribution.metadata["Name"]
        for name, distribution in script("licences").core_distributions().items()
        if name != "kozue" and f"| {distribution.metadata['Name']} |" not in text
    ]
    assert missing == [], "run: make licences"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target
