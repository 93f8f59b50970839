"""What a search costs beside a scorer that takes 1 ms of CPU a molecule: network, chemistry, model, bookkeeping.

``python benchmarks/design_overhead.py [--calls 2000] [--scorer-ms 1] [--prior design/zinc] [--seed 0]``

CPU seconds between reading the settings and writing tables and pictures (libraries and the prior are loaded before),
each counted once, for what is innermost: *network* is the language model, its sampling and fine-tuning; *chemistry* is
parsing, canonical SMILES, filters, crossover and mutation of graphs and random atom orders; *model* is the one of the
scores so far, which chooses among several candidates for each call; *bookkeeping* is all the rest: oracle, cache, tree,
shares, journal, desirabilities, progress, the clock of this script itself.
"""

from __future__ import annotations

import argparse
import functools
import time

import harness

SEARCHES = {  # generators, and candidates for each call
    "as it comes": (["tree", "policy", "genetic"], 4),
    "genetic, four candidates": (["genetic"], 4),
    "policy": (["policy"], 1),
    "tree": (["tree"], 1),
    "genetic": (["genetic"], 1),
}
PARTS = ("network", "chemistry", "model", "bookkeeping")
MOST = 0.10
WARM = 20


class Clock:
    """CPU seconds by part, each moment given to the part that was entered last."""

    def __init__(self):
        self.seconds = dict.fromkeys(("scorer", *PARTS), 0.0)
        self._parts = ["bookkeeping"]
        self._since = time.process_time()

    def switch(self):
        """Give the time since the last switch to the part that ends or is interrupted."""
        now = time.process_time()
        self.seconds[self._parts[-1]] += now - self._since
        self._since = now

    def enter(self, part):
        """Begin a part inside another."""
        self.switch()
        self._parts.append(part)

    def leave(self):
        """Go back to the part around it."""
        self.switch()
        self._parts.pop()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--scorer-ms", type=float, default=1.0)
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    row("as it comes", argparse.Namespace(**{**vars(given), "calls": WARM}))  # loads what is slow to load
    rows = [row(name, given) for name in SEARCHES]
    goal = (
        f"search beside a scorer of {given.scorer_ms:g} ms: <= {MOST:.0%} of CPU time "
        f"(as it comes: {rows[0]['all beside the scorer']:.0%}; "
        f"bookkeeping alone: {rows[0]['bookkeeping']:.1%})"
    )
    figure = harness.bars(
        "Share of CPU time beside the scorer",
        [f"{one['search']}: {part}" for one in rows for part in PARTS],
        [one[part] for one in rows for part in PARTS],
        "of CPU time",
        MOST,
    )
    harness.write("design_overhead", rows, figure, goal, rows[0]["all beside the scorer"] <= MOST)


def row(name, given):
    from kozue.core.registry import get_registry
    from kozue.run import answer
    from kozue.systems.molecules.design import search

    clock = Clock()
    ends = {}
    assemble = search.assemble

    def assembled(*arguments):
        """Stop the clock before tables and pictures are made."""
        clock.switch()
        ends.update(clock.seconds)
        return assemble(*arguments)

    def score(smiles):
        """Keep the processor busy for as long as a scorer would."""
        clock.enter("scorer")
        until = time.process_time() + given.scorer_ms * len(smiles) / 1000
        while time.process_time() < until:
            pass
        clock.leave()
        return [0.001 * (sum(text.encode()) % 1000) for text in smiles]

    search.assemble = assembled
    undo = [attributed(clock, *place) for place in places()]
    generators, candidates = SEARCHES[name]
    settings = {"rewards": [score], "combine": "sum", "calls": given.calls, "prior": given.prior}
    settings |= {"generators": generators, "candidates": candidates}
    op = get_registry().operation("design.search")
    try:
        answer(op, None, settings, seed=given.seed)
    finally:
        search.assemble = assemble
        for owner, attribute, before in undo:
            setattr(owner, attribute, before)
    total = sum(ends.values())
    return {
        "search": name,
        "calls": given.calls,
        "CPU s": total,
        "scorer": ends["scorer"] / total,
        "all beside the scorer": 1 - ends["scorer"] / total,
        **{part: ends[part] / total for part in PARTS},
        "bookkeeping, ms a call": 1000 * ends["bookkeeping"] / given.calls,
        "all, ms a call": 1000 * (total - ends["scorer"]) / given.calls,
    }


def places():
    """Where a part begins: (part, object, attribute)."""
    from kozue.systems.molecules.design import oracle, prior, starting, surrogate, writing
    from kozue.systems.molecules.design.generators import genetic, policy, tree

    return [
        ("network", prior.Prior, "begin"),
        ("network", prior.Prior, "advance"),
        ("network", writing.Free, "logits"),
        ("network", writing, "drawn"),
        ("network", tree, "drawn"),
        ("network", policy.Policy, "_step"),
        ("chemistry", policy.Policy, "_tokens"),
        ("chemistry", oracle.Oracle, "_met"),
        ("chemistry", oracle.Oracle, "_refused"),
        ("chemistry", genetic.Genetic, "propose"),
        ("chemistry", starting, "founders"),
        ("model", surrogate.Surrogate, "choose"),
        ("model", surrogate.Surrogate, "learn"),
    ]


def attributed(clock, part, owner, attribute):
    """Let a function's time count for a part; return what undoes it."""
    before = getattr(owner, attribute)

    @functools.wraps(before)
    def timed(*arguments, **options):
        clock.enter(part)
        try:
            return before(*arguments, **options)
        finally:
            clock.leave()

    setattr(owner, attribute, timed)
    return owner, attribute, before


if __name__ == "__main__":
    main()
