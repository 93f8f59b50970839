from __future__ import annotations

import numpy as np
import pytest

from kozue.core.errors import Cancelled, TrainingError

torch = pytest.importorskip("torch")

from kozue.ml.torchloop import Cycle, train  # noqa: E402 - after the check that torch is there

X = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
Y = np.stack([X[:, 0] + X[:, 1], X[:, 2] * 2], axis=1)


def network():
    return torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))


def squared(made, places, _):
    return ((made(torch.from_numpy(X[places])) - torch.from_numpy(Y[places])) ** 2).mean()


def cycle(epochs=30, seed=3):
    return Cycle(epochs, batch=32, rate=1e-2, decay=1e-4, rise=0.1, seed=seed)


def test_learns_and_repeats():
    told = []
    first = train(network, squared, np.arange(200), cycle(), lambda epoch, loss: told.append((epoch, loss)))
    again = train(network, squared, np.arange(200), cycle())
    other = train(network, squared, np.arange(200), cycle(seed=4))
    x = torch.from_numpy(X[200:])
    assert torch.equal(first(x), again(x))
    assert not torch.equal(first(x), other(x))
    assert squared(first, np.arange(200, 300), None).item() < 0.1
    assert [epoch for epoch, _ in told] == list(range(30))
    assert told[-1][1] < told[0][1] / 10
    assert not first.training


def test_sees_the_records_asked_for_once_a_pass_and_no_others():
    seen = []

    def watched(made, places, generator):
        seen.extend(places.tolist())
        return squared(made, places, generator)

    train(network, watched, np.arange(5, 75), cycle(epochs=2))
    assert sorted(seen[:70]) == sorted(seen[70:]) == list(range(5, 75))
    assert seen[:70] != seen[70:]


def test_leaves_the_callers_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(network, squared, np.arange(50), cycle(epochs=1))
    assert torch.equal(torch.rand(3), expected)


def test_refuses_what_cannot_be_trained():
    with pytest.raises(TrainingError, match="no values"):
        train(network, squared, np.arange(0), cycle())
    with pytest.raises(TrainingError, match="loss became"):
        train(network, lambda *given: squared(*given) * float("inf"), np.arange(50), cycle())


def test_can_be_cancelled():
    def stop(epoch, loss):
        raise Cancelled("The run was cancelled.")

    with pytest.raises(Cancelled):
        train(network, squared, np.arange(50), cycle(), tick=stop)
