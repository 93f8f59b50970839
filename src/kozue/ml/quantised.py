"""Large weight matrices in one byte a number.

Each column keeps its own unit (its largest absolute value over 127), so that no number is off by more than half a
unit: Jacob et al., CVPR 2018, symmetric and without the activations' part.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

_SMALLEST = 4096  # elements; below this, half precision costs little
_HALF = 6e4  # half precision overflows above
_UNIT = "__unit"


def packed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return arrays as they are stored: large matrices as int8 with units, other floats in half precision."""
    out: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            out[name] = array
        elif array.ndim == 2 and array.size >= _SMALLEST:
            unit = np.maximum(np.abs(array).max(axis=0), 1e-12).astype(np.float32) / 127
            out[name] = np.round(array / unit).astype(np.int8)
            out[name + _UNIT] = unit
        elif np.abs(array).max(initial=0) < _HALF:
            out[name] = array.astype(np.float16)
        else:
            out[name] = array.astype(np.float32)
    return out


def unpacked(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays of :func:`packed` in single precision."""
    out: dict[str, np.ndarray] = {}
    for name, array in stored.items():
        if name.endswith(_UNIT):
            continue
        unit = stored.get(name + _UNIT)
        if unit is not None:
            out[name] = array.astype(np.float32) * unit
        else:
            out[name] = array.astype(np.float32) if array.dtype == np.float16 else array
    return out
