"""The benchmark's own check of cores: what it must see, and that it agrees with the system's proof."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from rdkit import Chem

from kozue.systems.molecules.design.core.reading import read_core

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"
LINKER = "[*:1]c1ccccc1.[*:2]N1CCOCC1"


@pytest.fixture(scope="module")
def checks():
    spec = importlib.util.spec_from_file_location("design_checks", BENCHMARKS / "design_checks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("core", "smiles", "expected"),
    [
        ("c1ccccc1[*:1]", "c1ccccc1C", (True, True)),
        ("c1ccccc1[*:1]", "c1ccccc1", (True, True)),
        ("c1ccccc1[*:1]", "Cc1ccccc1C", (True, False)),
        ("c1ccccc1[*:1]", "c1ccc2c(c1)CC2", (True, False)),
        ("c1ccccc1[*:1]", "C1CCCCC1C", (False, False)),
        ("C[C@H](O)C(=O)N[*:1]", "C[C@H](O)C(=O)NC", (True, True)),
        ("C[C@H](O)C(=O)N[*:1]", "C[C@@H](O)C(=O)NC", (True, False)),
        ("C[C@H](O)C(=O)N[*:1]", "CC(O)C(=O)NC", (True, False)),
        ("CC/C=C/C(=O)N[*:1]", "CC/C=C\\C(=O)NC", (True, False)),
        ("OC(=O)C[*:1]", "[O-]C(=O)CC", (False, False)),
        ("C[N+](C)(C)CCO[*:1]", "C[N+](C)(C)CCOC", (True, True)),
        (LINKER, "c1ccccc1CN1CCOCC1", (True, True)),
        (LINKER, "c1ccccc1CCN1CCOCC1", (True, True)),
        (LINKER, "c1ccccc1N1CCOCC1", (True, False)),
        (LINKER, "Cc1ccccc1CN1CCOCC1", (True, False)),
    ],
)
def test_the_check_sees_what_is_wrong_and_agrees_with_the_proof(checks, core, smiles, expected):
    assert checks.keeps(checks.queries(core), smiles) == expected
    assert (read_core(core).mapping(Chem.MolFromSmiles(smiles)) is not None) == all(expected)
