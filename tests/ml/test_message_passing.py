from __future__ import annotations

import numpy as np
import pytest

from kozue.chem import parse
from kozue.chem.graphs import ATOM_CODES, BOND_CODES, graphs
from kozue.core.errors import Cancelled, TrainingError
from kozue.ml import message_passing as mp

CHAINS = ["C" * n + end for n in range(1, 13) for end in ("", "O", "N", "Cl", "F", "C=O", "C#N")]


def learned(seed=1, epochs=40, **plan):
    mols = [parse(text) for text in CHAINS]
    data = mp.Molecules(graphs(mols), np.zeros((len(mols), 1), np.float32))
    size = np.array([mol.GetNumAtoms() for mol in mols], float)
    targets = np.stack(
        [(size - size.mean()) / size.std(), [float("O" in text) for text in CHAINS]], axis=1
    ).astype(np.float32)
    targets[::5, 0] = np.nan
    shape = mp.Shape(ATOM_CODES, BOND_CODES, 1, 2, width=24, readout=32, dropout=0.0)
    chosen = mp.Plan(epochs=epochs, batch=16, rate=5e-3, seed=seed, **plan)
    return mp.train(shape, data, targets, np.array([False, True]), chosen), data, targets


def test_learns_size_and_oxygen_and_repeats():
    network, data, targets = learned()
    again, _, _ = learned()
    found = mp.predict(network, data)
    assert (found == mp.predict(again, data)).all()
    unknown = np.isnan(targets[:, 0])
    truth = np.array([parse(text).GetNumAtoms() for text in CHAINS], float)
    assert np.corrcoef(found[unknown, 0], truth[unknown])[0, 1] > 0.95
    assert ((found[:, 1] > 0) == targets[:, 1].astype(bool)).mean() > 0.95


def test_stored_network_predicts_nearly_the_same():
    network, data, _ = learned(epochs=10)
    stored = mp.from_arrays(mp.to_arrays(network))
    assert np.abs(mp.predict(network, data) - mp.predict(stored, data)).max() < 0.1


def test_a_row_does_not_depend_on_its_batch_when_asked_alone():
    network, data, _ = learned(epochs=2)
    whole = mp.predict(network, data, batch=1)
    mols = [parse(text) for text in CHAINS[5:9]]
    few = mp.Molecules(graphs(mols), np.zeros((4, 1), np.float32))
    assert (mp.predict(network, few, batch=1) == whole[5:9]).all()


def test_nothing_to_learn_and_cancel():
    mols = graphs([parse("CC"), parse("CO")])
    data, shape = mp.Molecules(mols, np.zeros((2, 1), np.float32)), mp.Shape(ATOM_CODES, BOND_CODES, 1, 1)
    nothing = np.full((2, 1), np.nan, np.float32)
    with pytest.raises(TrainingError, match="no values"):
        mp.train(shape, data, nothing, np.array([False]))

    def stop(epoch, loss):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        mp.train(shape, data, np.ones((2, 1), np.float32), np.array([False]), tick=stop)
