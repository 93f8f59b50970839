from __future__ import annotations

import numpy as np
import pytest

from kozue.core.errors import Cancelled, TrainingError

torch = pytest.importorskip("torch")

from kozue.ml.torchloop import Schedule, masked, train  # noqa: E402 - after the check that torch is there


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 2)
    )


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)).astype(np.float32)
    y = np.stack([x[:, 0] + x[:, 1], x[:, 2] * 2], axis=1).astype(np.float32)
    y[rng.random(y.shape) < 0.3] = np.nan
    return (x[:200], y[:200]), (x[200:], y[200:])


def squared(predicted, truth):
    return (predicted - truth) ** 2


def test_learns_with_missing_targets_and_repeats(data):
    plan = Schedule(epochs=60, rate=5e-3, seed=3)
    first, history = train(network, masked(squared), *data, plan)
    again, _ = train(network, masked(squared), *data, plan)
    x = torch.from_numpy(data[1][0])
    assert torch.equal(first(x), again(x))
    assert history.held_out[history.best] == min(history.held_out) < 0.3
    assert not first.training


def test_stops_when_it_gets_no_better(data):
    noise = np.random.default_rng(1).normal(size=(200, 2)).astype(np.float32)
    _, history = train(
        network, masked(squared), (data[0][0], noise), data[1], Schedule(epochs=500, patience=3)
    )
    assert len(history.held_out) < 500
    assert len(history.held_out) - 1 - history.best == 3


def test_leaves_the_callers_random_numbers_alone(data):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(network, masked(squared), *data, Schedule(epochs=1))
    assert torch.equal(torch.rand(3), expected)


def test_refuses_what_cannot_be_trained(data):
    empty = (np.zeros((0, 4), np.float32), np.zeros((0, 2), np.float32))
    with pytest.raises(TrainingError, match="no records"):
        train(network, masked(squared), empty, data[1])
    wild = (data[0][0], np.full((200, 2), np.inf, np.float32))
    with pytest.raises(TrainingError, match="loss became"):
        train(network, masked(squared), wild, wild, Schedule(epochs=2))


def test_can_be_cancelled(data):
    def stop(epoch, value):
        raise Cancelled("The run was cancelled.")

    with pytest.raises(Cancelled):
        train(network, masked(squared), *data, tick=stop)
