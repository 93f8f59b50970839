"""Monte Carlo tree search over the tokens of SMILES, many leaves at once.

ChemTS: Yang et al., Sci. Technol. Adv. Mater. 2017, 18, 972. Selection by UCT (Kocsis and Szepesvari, ECML 2006) or
PUCT (Silver et al., Nature 2017, 550, 354). All sequences of a batch go down the tree in step with the network, which
is asked once a token for all of them; each leaves a virtual loss (Chaslot et al., CG 2008) behind, so that they spread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch

from kozue.systems.molecules.design.contracts import Judged, Proposal
from kozue.systems.molecules.design.tokens import END
from kozue.systems.molecules.design.writing import Writing, drawn

Rule = Literal["uct", "puct"]
Whereabouts = Literal["inside", "outside", "lost"]
COVERED = 0.995  # probability that the children of a node stand for
MOST_CHILDREN = 64
_TRIES = 4  # descents a batch, where many lead to what has been written before
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

    __slots__ = (
        "best",
        "children",
        "gains",
        "open",
        "passed",
        "scale",
        "scored",
        "shares",
        "sums",
        "tokens",
        "total",
    )

    def __init__(self, tokens: np.ndarray, shares: np.ndarray) -> None:
        count = len(tokens)
        self.tokens: list[int] = tokens.tolist()
        self.shares = shares
        self.passed = np.ones(count)  # one more than the visits, those under way among them
        self.total = 0
        self.scored = [0] * count
        self.sums = [0.0] * count
        self.best = [-np.inf] * count
        self.gains = np.zeros(count)  # value of each child on the present scale; -inf once it is closed
        self.scale: Scale | None = None
        self.open = count
        self.children: list[Node | None] = [None] * count


@dataclass(frozen=True, slots=True)
class Scale:
    """From scores to values of 0 to about 1.

    Parameters
    ----------
    low, span : float
        Score that counts as nothing gained, and what lies between it and the best one.
    """

    low: float = 0.0
    span: float = 1.0

    def gain(self, node: Node, child: int) -> float:
        """Return a child's value: between the mean of its visits and its best; visits without score count as low."""
        count = node.scored[child]
        if not count:
            return 0.0
        mean = (node.sums[child] - self.low * count) / max(node.passed[child] - 1, 1)
        return float(((1 - BEST_SHARE) * mean + BEST_SHARE * (node.best[child] - self.low)) / self.span)


Step = tuple[Node, int]


@dataclass(slots=True)
class _Sequence:
    """One text under way: its steps in the tree, where it is, and along which known text it is led, if any."""

    along: list[int] = field(default_factory=list)
    path: list[Step] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    text: str = ""
    state: Whereabouts = "inside"


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
        self._numbers: list[list[int]] = []
        self._known: list[list[int]] = []
        self._written: set[str] = set()
        self._scores: list[float] = []
        self._scale = Scale()

    def propose(self, count: int) -> list[Proposal]:
        """See the contract."""
        self._paths, self._numbers = [], []
        texts: list[str] = []
        for _ in range(_TRIES):
            if len(texts) >= count or (self._root is not None and not self._root.open):
                break
            texts += self._descend(min(self._leaves, count - len(texts)))
        return [Proposal(text) for text in texts]

    def learn(self, judged: Sequence[Judged], mine: bool) -> None:
        """See the contract."""
        self._scores += [one.score for one in judged if one.status == "scored" and np.isfinite(one.score)]
        if self._scores:
            low, top = float(np.quantile(self._scores, LOW)), max(self._scores)
            self._scale = Scale(low, max(top - low, 1e-9))
        if not mine:
            return
        for path, numbers, one in zip(self._paths, self._numbers, judged, strict=True):
            if one.status == "known":
                self._known.append(numbers)
            # What is known already brings nothing new: the visit counts, its score does not.
            if one.status != "scored" or not np.isfinite(one.score):
                continue
            for node, at in path:
                node.scored[at] += 1
                node.sums[at] += one.score
                node.best[at] = max(node.best[at], one.score)
                self._revalue(node, at)

    def _descend(self, count: int) -> list[str]:
        """Write ``count`` sequences, first along the tree, then as the prior has it.

        Texts that turned out to be known are written along with them once more, to enter the tree whole and be
        closed: so the same text is not proposed again.
        """
        known, self._known = self._known[:count], self._known[count:]
        going = [_Sequence() for _ in range(count)]
        led = [_Sequence(along=numbers) for numbers in known]
        left = [*going, *led]
        writing = self._begin(len(left))
        while left:
            logits = writing.logits()
            chosen = drawn(logits, self._rng)
            for at, one in enumerate(left):
                if one.along:
                    self._follow(one, logits[at], chosen, at)
                elif one.state == "inside":
                    one.state = self._step(one.path, logits[at], chosen, at)
            writing.push(chosen)
            done = writing.finished
            for at in np.flatnonzero(done).tolist():
                self._finish(left[at], writing, at)
            if done.any():
                places = np.flatnonzero(~done)
                left = [left[at] for at in places]
                if left:
                    writing = writing.take(places)
        return self._new_texts(going)

    def _finish(self, one: _Sequence, writing: Writing, at: int) -> None:
        one.text, one.numbers = writing.text(at), list(writing.steps(at))
        if len(one.path) == len(one.numbers):
            self._close(one.path)

    def _new_texts(self, finished: list[_Sequence]) -> list[str]:
        """Return the texts that were never written before, and remember how they were reached."""
        texts = []
        for one in finished:
            if one.text in self._written:
                self._known.append(one.numbers)
            elif one.state != "lost":
                self._written.add(one.text)
                self._paths.append(one.path)
                self._numbers.append(one.numbers)
                texts.append(one.text)
        return texts

    def _step(self, path: list[Step], logits: torch.Tensor, chosen: np.ndarray, at: int) -> Whereabouts:
        """Choose the token of one sequence in the tree, and tell whether it is still there."""
        node = self._node(path)
        fresh = node is None
        if node is None:
            node = self._grown(path, logits)
        if not node.open:  # others of this batch have taken all that can follow
            return "lost"
        child = self._chosen(node)
        node.passed[child] += 1
        node.total += 1
        self._revalue(node, child)
        path.append((node, child))
        chosen[at] = node.tokens[child]
        if chosen[at] == END:  # at once: those that come after it in this batch must not end here too
            self._close(path)
        return "outside" if fresh else "inside"

    def _follow(self, one: _Sequence, logits: torch.Tensor, chosen: np.ndarray, at: int) -> None:
        """Lead one sequence along a text that is known, as far as the tree has or can have a place for it."""
        place = len(one.path)
        if place < len(one.along):
            node = self._node(one.path) or self._grown(one.path, logits)
            if one.along[place] in node.tokens:
                one.path.append((node, node.tokens.index(one.along[place])))
                chosen[at] = one.along[place]

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
        """Return the child that promises most; of equals the likeliest, which stands first."""
        if node.scale is not self._scale:
            node.scale = self._scale
            for child in range(len(node.tokens)):
                if node.scored[child]:
                    self._revalue(node, child)
        if self._rule == "puct":
            unknown = node.shares * (self._exploration * math.sqrt(node.total + 1)) / node.passed
        else:
            unknown = self._exploration * np.sqrt(
                2 * math.log(node.total + 1) / np.maximum(node.passed - 1, 1)
            )
        return int((node.gains + unknown).argmax())

    def _revalue(self, node: Node, child: int) -> None:
        if node.gains[child] != -np.inf:
            node.gains[child] = self._scale.gain(node, child)

    def _close(self, path: list[Step]) -> None:
        """Never write this sequence again, nor any prefix that leads to nothing else."""
        for node, at in reversed(path):
            if node.gains[at] != -np.inf:
                node.gains[at] = -np.inf
                node.open -= 1
            if node.open:
                return
