"""Molecules without learning: read, standardise, name, describe, flag and draw them.

Data model
----------
A molecule is an RDKit ``Mol`` (kekulised bonds are not stored, hydrogens are implicit). Text goes in
through :mod:`kozue.chem.parsing`, which never raises for a single bad record in a list but says in
words why it cannot be read. Numbers come out of one :class:`~kozue.chem.featurise.Featuriser`,
shape (n, d), float32, one named and versioned block beside the other. Count fingerprints are
int32 inside: eight bits overflow for repetitive molecules.

Public names load RDKit only when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "parse": "parsing",
    "parse_many": "parsing",
    "UnreadableMoleculeError": "parsing",
    "standardise": "standard",
    "canonical_smiles": "identity",
    "inchikey": "identity",
    "first_block": "identity",
    "scaffold": "identity",
    "Featuriser": "featurise",
    "structural_alerts": "alerts",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kozue.chem' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kozue.chem.{_HOME[name]}"), name)
