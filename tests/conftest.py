"""What all tests share: a Kozue folder of their own, the toy system, the mirror of the data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TOYS = Path(__file__).parent / "toys"
# Spawned workers import the toy operations by name.
sys.path.insert(0, str(TOYS))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TOYS), os.environ.get("PYTHONPATH", "")]))
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def kozue_home(tmp_path_factory, monkeypatch):
    """Keep every test away from the user's own runs and models."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("KOZUE_HOME", str(home))
    return home


@pytest.fixture
def toys():
    """Return the toy system's module, its operations being in the process's registry."""
    import kozue_toys

    from kozue.core.registry import get_registry

    registry = get_registry()
    before = dict(registry.operations), dict(registry.systems)
    registry.add_module(kozue_toys)
    yield kozue_toys
    registry.operations, registry.systems = before


@pytest.fixture(scope="session")
def mirror():
    """Return the folder with the staged data sets, or skip."""
    folder = os.environ.get("KOZUE_MIRROR")
    if not folder or not Path(folder).is_dir():
        pytest.skip("KOZUE_MIRROR names no folder with data sets")
    return Path(folder)
