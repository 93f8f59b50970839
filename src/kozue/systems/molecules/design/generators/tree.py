"""Monte Carlo tree search over the tokens of SMILES, many leaves at once.

ChemTS: Yang et al., Sci. Technol. Adv. Mater. 2017, 18, 972. Selection by UCT (Kocsis and Szepesvari, ECML 2006) or
PUCT (Silver et al., Nature 2017, 550, 354). All sequences of a batch go down the tree in step with the network, which
is asked once a token for all of them; each leaves a virtual loss (Chaslot et al., CG 2008) behind, so that they spread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch

from kozue.systems.molecules.design.contracts import Judged, Proposal
from kozue.systems.molecules.design.tokens import END
from kozue.systems.molecules.design.writing import Writing, drawn

Rule = Literal["uct", "puct"]
COVERED = 0.995  # probability that the children of a node stand for
MOST_CHILDREN = 64
LOW = 0.1  # quantile of all scores that counts as nothing gained
BEST_SHARE = 0.5  # of a node's value that is its best score; the rest is its mean


class Node:
    """One prefix: what its possible next tokens have brought.

    Parameters
    ----------
    tokens : numpy.ndarray
        Shape (k,), likeliest first.
    shares : numpy.ndarray
        Shape (k,), the prior's probabilities, summing to one.
    """

    __slots__ = ("best", "children", "closed", "passed", "scored", "shares", "sums", "tokens")

    def __init__(self, tokens: np.ndarray, shares: np.ndarray) -> None:
        self.tokens = tokens
        self.shares = shares
        self.passed = np.zeros(len(tokens))  # visits, those under way among them
        self.scored = np.zeros(len(tokens))
        self.sums = np.zeros(len(tokens))
        self.best = np.full(len(tokens), -np.inf)
        self.closed = np.zeros(len(tokens), bool)
        self.children: list[Node | None] = [None] * len(tokens)


Step = tuple[Node, int]


class Tree:
    """Tree search; fulfils :class:`~kozue.systems.molecules.design.contracts.Generator`.

    Parameters
    ----------
    begin : callable
        Number of sequences to a :class:`Writing` of them.
    rng : numpy.random.Generator
        For the tokens beyond the tree.
    rule : {"puct", "uct"}
        How children are chosen.
    exploration : float
        Weight of what is unknown against what is known to be good; scores count from 0 to 1.
    leaves : int
        Sequences that go down together.
    """

    name = "tree"

    def __init__(
        self,
        begin: Callable[[int], Writing],
        rng: np.random.Generator,
        rule: Rule = "puct",
        exploration: float = 1.0,
        leaves: int = 128,
    ) -> None:
        self._begin = begin
        self._rng = rng
        self._rule = rule
        self._exploration = exploration
        self._leaves = leaves
        self._root: Node | None = None
        self._paths: list[list[Step]] = []
        self._scores: list[float] = []
        self._low, self._span = 0.0, 1.0

    def propose(self, count: int) -> list[Proposal]:
        """See the contract."""
        self._paths = []
        texts: list[str] = []
        while len(texts) < count and not (self._root is not None and self._root.closed.all()):
            texts += self._descend(min(self._leaves, count - len(texts)))
        return [Proposal(text) for text in texts]

    def learn(self, judged: Sequence[Judged], mine: bool) -> None:
        """See the contract."""
        self._scores += [one.score for one in judged if one.status == "scored" and np.isfinite(one.score)]
        if self._scores:
            self._low, top = np.quantile(self._scores, LOW), max(self._scores)
            self._span = max(top - self._low, 1e-9)
        if not mine:
            return
        for path, one in zip(self._paths, judged, strict=True):
            for node, at in path:
                # What is known already brings nothing new: the visit counts, its score does not.
                if one.status == "scored" and np.isfinite(one.score):
                    node.scored[at] += 1
                    node.sums[at] += one.score
                    node.best[at] = max(node.best[at], one.score)

    def _descend(self, count: int) -> list[str]:
        """Write ``count`` sequences, first along the tree, then as the prior has it."""
        writing = self._begin(count)
        texts = [""] * count
        paths: list[list[Step]] = [[] for _ in range(count)]
        inside: list[bool] = [True] * count
        places = list(range(count))
        while places:
            logits = writing.logits()
            chosen = drawn(logits, self._rng)
            for at, place in enumerate(places):
                if inside[place]:
                    inside[place] = self._step(paths[place], logits[at], chosen, at)
            writing.push(chosen)
            done = writing.finished
            if done.any():
                for at in np.flatnonzero(done):
                    texts[places[at]] = writing.text(int(at))
                left = np.flatnonzero(~done)
                places = [places[at] for at in left]
                if places:
                    writing = writing.take(left)
        self._paths += paths
        return texts

    def _step(self, path: list[Step], logits: torch.Tensor, chosen: np.ndarray, at: int) -> bool:
        """Choose the token of one sequence in the tree; False once it has left it."""
        node = self._node(path)
        fresh = node is None
        if node is None:
            node = self._grown(path, logits)
        if node.closed.all():  # all that can follow is known; let the prior find a way
            return False
        child = self._chosen(node)
        node.passed[child] += 1
        path.append((node, child))
        chosen[at] = node.tokens[child]
        if chosen[at] == END:
            self._close(path)
            return False
        return not fresh

    def _node(self, path: list[Step]) -> Node | None:
        if not path:
            return self._root
        parent, at = path[-1]
        return parent.children[at]

    def _grown(self, path: list[Step], logits: torch.Tensor) -> Node:
        shares, order = torch.softmax(logits, dim=0).topk(min(MOST_CHILDREN, len(logits)))
        likely = shares.numpy().astype(float)
        kept = max(1, int(np.searchsorted(np.cumsum(likely), COVERED)) + 1)
        likely = likely[:kept] / likely[:kept].sum()
        node = Node(order.numpy()[:kept], likely)
        if path:
            parent, at = path[-1]
            parent.children[at] = node
        else:
            self._root = node
        return node

    def _chosen(self, node: Node) -> int:
        visits = node.passed
        total = visits.sum()
        seen = np.maximum(visits, 1)
        mean = (node.sums - self._low * node.scored) / self._span / seen
        best = np.where(node.scored > 0, (node.best - self._low) / self._span, 0)
        value = (1 - BEST_SHARE) * mean + BEST_SHARE * best
        if self._rule == "puct":
            unknown = node.shares * np.sqrt(total + 1) / (1 + visits)
        else:
            unknown = np.sqrt(2 * np.log(total + 1) / seen)  # of equals the likeliest, which stands first
        score = value + self._exploration * unknown
        score[node.closed] = -np.inf
        return int(np.argmax(score))

    def _close(self, path: list[Step]) -> None:
        """Never write this sequence again, nor any prefix that leads to nothing else."""
        for node, at in reversed(path):
            node.closed[at] = True
            if not node.closed.all():
                return
