from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.chem.fingerprints import BitLibrary
from kozue.ml.domain import nearest
from kozue.systems.molecules.admet.around import Around


def endpoint(rng, library, with_kernel):
    size = int(rng.integers(1, library + 1))
    return SimpleNamespace(
        members=np.sort(rng.choice(library, size, replace=False)),
        kernel=rng.normal(size=size),
        kernel_offset=float(rng.normal()),
        uses=lambda learner, mode: with_kernel,
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 900), st.integers(0, 10), st.integers(2, 40))
def test_finds_what_a_plain_search_finds(seed, library, neighbours, size):
    """Short fingerprints make many ties; empty ones are similar to nothing."""
    rng = np.random.default_rng(seed)
    index = BitLibrary((rng.random((library, size)) < 0.3).astype(np.uint8))
    models = {str(number): endpoint(rng, library, number % 2 == 0) for number in range(4)}
    bits = (rng.random((3, size)) < 0.3).astype(np.uint8)
    bits[1] = 0
    found = Around(index, models, "fast").look(bits, neighbours)
    assert list(found) == list(models)
    similarity = index.similarity(bits)
    for key, model in models.items():
        near = similarity[:, model.members]
        places, values = nearest(near, max(neighbours, 1))
        np.testing.assert_array_equal(found[key].similarities, values)
        if neighbours:
            np.testing.assert_array_equal(found[key].places, places)
        kernel = (near.astype(float) * model.kernel).sum(axis=1) + model.kernel_offset
        np.testing.assert_allclose(
            found[key].kernel, kernel if model.uses("kernel", "fast") else 0, atol=1e-9
        )


def test_of_no_molecules():
    index = BitLibrary(np.ones((5, 8), np.uint8))
    found = Around(index, {"a": endpoint(np.random.default_rng(0), 5, True)}, "fast").look(
        np.zeros((0, 8), np.uint8), 3
    )
    assert found["a"].places.shape[0] == found["a"].kernel.shape[0] == 0
