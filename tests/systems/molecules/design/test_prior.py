from __future__ import annotations

import numpy as np
import pytest
import torch
from kozue_priors import chains

from kozue.systems.molecules.design.prior import Prior, SmilesNetwork, padded
from kozue.systems.molecules.design.tokens import CANONICAL, END, PAD, RANDOM
from kozue.systems.molecules.design.writing import Free, completed, drawn, sample


def test_stepping_gives_what_the_whole_sequence_gives():
    prior = chains()
    numbers = np.array([[CANONICAL, 4, 5, 6], [CANONICAL, 7, 8, 4]])
    whole = prior.network(torch.from_numpy(numbers))
    state = prior.begin(2, CANONICAL)
    for place in range(1, 4):
        assert torch.allclose(state.logits, whole[:, place - 1], atol=1e-5)
        state = prior.advance(state, numbers[:, place])


def test_a_stored_prior_is_the_same():
    prior = chains()
    prior.reference = ("CCO", "CC")
    again = Prior.from_arrays(prior.stored())
    assert again.reference == ("CCO", "CC")
    numbers = torch.tensor([[CANONICAL, 4, 5, END]])
    assert torch.allclose(prior.logarithm(numbers), again.logarithm(numbers), atol=0.02)
    assert again.tokens.pieces == prior.tokens.pieces


def test_a_prior_that_is_not_told_what_is_unfinished_stays_so():
    tokens = chains().tokens
    prior = Prior(tokens, SmilesNetwork(tokens, 8, 16, told=False))
    numbers = torch.tensor([[CANONICAL, 4, 5, END]])
    again = Prior.from_arrays(prior.stored())
    for other in (again, prior.copy()):
        assert other.network.unfinished is None
        assert torch.allclose(prior.logarithm(numbers), other.logarithm(numbers), atol=0.02)


def test_padding_does_not_count():
    prior = chains()
    short, long = padded([[4, 5]], [CANONICAL]), padded([[4, 5], [4, 5, 6, 7, 8]], [CANONICAL, RANDOM])
    assert long[0].tolist() == [CANONICAL, 4, 5, END, PAD, PAD, PAD]
    one = prior.logarithm(torch.from_numpy(short))[0]
    assert torch.isclose(one, prior.logarithm(torch.from_numpy(long))[0])


def test_a_copy_learns_alone():
    prior = chains()
    copy = prior.copy()
    with torch.no_grad():
        copy.network.output.bias.add_(1)
    assert not torch.equal(copy.network.output.bias, prior.network.output.bias)


def test_sampling_is_seeded_and_in_proportion():
    prior = chains()
    first, again = (sample(prior, 300, np.random.default_rng(3)) for _ in range(2))
    assert first == again
    assert first != sample(prior, 300, np.random.default_rng(4))
    assert all(first)


def test_tokens_are_drawn_by_their_probability():
    logits = torch.log(torch.tensor([[0.7, 0.2, 0.1]])).repeat(20_000, 1)
    found = drawn(logits, np.random.default_rng(0))
    assert np.bincount(found, minlength=3) / len(found) == pytest.approx([0.7, 0.2, 0.1], abs=0.015)
    sharp = drawn(logits, np.random.default_rng(0), temperature=0.2)
    assert (sharp == 0).mean() > 0.98


def test_sequences_are_continued_independently_of_their_neighbours():
    prior = chains()
    writing = Free.begin(prior, 3, CANONICAL)
    writing.push(np.array([4, 5, 6]))
    part = writing.take([2, 2, 0])
    assert part.numbers == [[6], [6], [4]]
    assert torch.allclose(part.logits()[0], writing.logits()[2])
    texts, numbers = completed(part, np.random.default_rng(0))
    assert [text[0] for text in texts] == ["O", "O", "C"]
    assert all(tokens[-1] == END for tokens in numbers)
    assert writing.numbers == [[4], [5], [6]]
