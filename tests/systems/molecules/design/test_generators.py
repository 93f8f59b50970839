from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from kozue_priors import chains
from rdkit import Chem

from kozue.systems.molecules.design.contracts import Judged
from kozue.systems.molecules.design.generators.policy import Learning, Policy
from kozue.systems.molecules.design.generators.tree import Tree
from kozue.systems.molecules.design.portfolio import Portfolio
from kozue.systems.molecules.design.tokens import CANONICAL
from kozue.systems.molecules.design.writing import Free


def oxygen_share(smiles):
    return smiles.count("O") / len(smiles)


def answered(proposals, known):
    """Score by the share of oxygen; each structure once."""
    answers = []
    for proposal in proposals:
        smiles = Chem.MolToSmiles(Chem.MolFromSmiles(proposal.smiles))
        status = "known" if smiles in known else "scored"
        known[smiles] = oxygen_share(smiles)
        answers.append(Judged(smiles, status, known[smiles]))
    return answers


def searched(generator, rounds, size=48):
    known: dict[str, float] = {}
    means = []
    for _ in range(rounds):
        answers = answered(generator.propose(size), known)
        generator.learn(answers, mine=True)
        means.append(np.mean([one.score for one in answers]))
    return means, known


def a_tree(seed=0, rule="puct", **details):
    prior = chains()
    return Tree(lambda n: Free.begin(prior, n, CANONICAL), np.random.default_rng(seed), rule, **details)


def a_policy(seed=0, learning=None):
    prior = chains()
    learning = learning or Learning(replays=1, size=8)
    return Policy(prior, lambda p, n: Free.begin(p, n, CANONICAL), np.random.default_rng(seed), learning)


@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_a_tree_finds_better_molecules_than_the_prior(rule):
    means, _ = searched(a_tree(rule=rule, exploration=0.3), 12)
    assert np.mean(means[-3:]) > means[0] + 0.15


def test_a_tree_with_little_exploration_stays_with_what_is_good():
    greedy, _ = searched(a_tree(exploration=0.05), 8)
    curious, _ = searched(a_tree(exploration=20.0), 8)
    assert np.mean(greedy[-3:]) > np.mean(curious[-3:])


def test_a_tree_never_writes_a_finished_text_twice_along_its_branches():
    tree = a_tree(exploration=0.1)
    texts = Counter()
    for _ in range(10):
        proposals = tree.propose(64)
        texts.update(proposal.smiles for proposal in proposals)
        tree.learn(answered(proposals, {}), mine=True)
    assert max(texts.values()) < 64


def test_a_tree_ends_when_everything_is_known():
    class Two:
        """Writes C or O, nothing else."""

        def __init__(self, count):
            self.inner = Free.begin(chains(), count, CANONICAL)

        def __getattr__(self, name):
            return getattr(self.inner, name)

        def logits(self):
            logits = self.inner.logits()
            first = not self.inner.numbers[0]
            logits[:] = -1e9
            logits[:, [4, 6] if first else [1]] = 0.0
            return logits

        def take(self, places):
            other = Two(0)
            other.inner = self.inner.take(places)
            return other

    tree = Tree(Two, np.random.default_rng(0), leaves=4)
    found = set()
    for _ in range(20):
        proposals = tree.propose(4)
        if not proposals:
            break
        found.update(proposal.smiles for proposal in proposals)
        tree.learn(answered(proposals, {}), mine=True)
    assert found == {"C", "O"}
    assert not tree.propose(4)


@pytest.mark.parametrize("make", [a_tree, a_policy])
def test_the_same_seed_gives_the_same_search(make):
    assert searched(make(5), 2)[1] == searched(make(5), 2)[1]
    assert searched(make(5), 2)[1] != searched(make(6), 2)[1]


def test_a_policy_learns_what_scores():
    means, _ = searched(a_policy(learning=Learning(rate=5e-3, replays=3, size=24)), 12)
    assert np.mean(means[-3:]) > means[0] + 0.15


def test_a_policy_learns_from_others():
    policy = a_policy(learning=Learning(rate=5e-3, replays=3, size=24))
    best = [Judged("O" * n, "scored", 1.0) for n in range(2, 12)] + [
        Judged("C" * n, "scored", 0.0) for n in range(2, 12)
    ]
    for _ in range(15):
        policy.learn(best, mine=False)
        policy.propose(1)
    written = [proposal.smiles for proposal in policy.propose(100)]
    assert np.mean([oxygen_share(text) for text in written]) > 0.6


def test_a_policy_survives_molecules_it_cannot_write_and_calls_without_score():
    policy = a_policy()
    policy.learn([Judged("[SiH4]", "scored", 1.0), Judged("c1ccccc1", "scored", 0.5)], mine=False)
    policy.learn([Judged("CC", "scored", float("-inf")), Judged("x", "invalid")], mine=False)
    assert len(policy.propose(8)) == 8


def test_the_portfolio_lets_those_propose_most_who_earn_and_all_some():
    portfolio = Portfolio(["good", "bad", "worse"])
    rng = np.random.default_rng(0)
    level = {"good": 0.6, "bad": 0.2, "worse": 0.1}
    for number in range(60):
        judged = {
            name: [
                Judged("C", "scored", level[name] + number / 1000 + rng.random() * 0.1) for _ in range(count)
            ]
            for name, count in portfolio.shares(60).items()
        }
        portfolio.account(judged)
    shares = portfolio.shares(60)
    assert shares["good"] > shares["bad"] + shares["worse"]
    assert min(shares.values()) >= 6
    assert sum(shares.values()) == 60


def test_the_portfolio_leaves_a_generator_that_brings_nothing_new():
    portfolio = Portfolio(["alive", "dead"])
    for number in range(100):
        shares = portfolio.shares(20)
        portfolio.account(
            {
                "alive": [Judged("C", "scored", number / 100)] * shares["alive"],
                "dead": [Judged("C", "known", number / 100)] * shares["dead"],
            }
        )
    assert portfolio.spent["alive"] > 1000
    assert portfolio.spent["dead"] == 0
