"""Two plain optimisers to compare with: REINVENT-style fine-tuning of our prior, and the graph GA of ``mol-ga``.

``python benchmarks/design_baselines.py reinvent|mol-ga TASK OUT [--calls N] [--seed S] [--prior NAME] [--peer PYTHON]``

REINVENT (Olivecrona et al., J. Cheminform. 2017, 9, 48): 64 molecules a step, sigma 500, Adam at 5e-4 as in PMO, but
without experience replay. mol-ga (Tripp and Hernandez-Lobato, arXiv 2310.09267) starts from random molecules of
ZINC250k, a tenth of the budget, which count; its population keeps 10,000; it runs in its own environment's Python and
asks here for scores. It sets molecules no limit in size and asks for one in the objective, without which some tasks
grow them until nothing goes on. Both: every different canonical SMILES is one call; an unreadable one, or one of more
heavy atoms than a search of ours would score, is none and scores 0.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from rdkit import Chem, RDLogger

from design_runs import write
from kozue.systems.molecules.design.oracle import LARGEST
from kozue.systems.molecules.design.tasks import scores

BATCH, SIGMA, RATE = 64, 500.0, 5e-4
FRUITLESS = 200  # steps without a new molecule that end a run
OFFSPRING = 25
MOL_GA = """
import json, random, sys
import numpy as np
from mol_ga import mol_libraries, default_ga
start, offspring, seed = map(int, sys.argv[1:])
random.seed(seed); np.random.seed(seed)
rng = random.Random(seed)

def score(smiles):
    print(json.dumps(smiles), flush=True)
    return [float(value) for value in json.loads(sys.stdin.readline())]

class Asking:
    def __init__(self):
        self.cache, self.fruitless = {}, 0
    def eval_batch(self, smiles):
        fresh = [text for text in dict.fromkeys(smiles) if text not in self.cache]
        self.fruitless = 0 if fresh else self.fruitless + 1
        if self.fruitless >= 200:
            sys.exit(0)
        if fresh:
            self.cache.update(zip(fresh, score(fresh)))
        return [self.cache[text] for text in smiles]

import mol_ga.general_ga as general
general.CachedBatchFunction = Asking
begin = sorted(set(mol_libraries.random_zinc(start, rng)))
default_ga(starting_population_smiles=begin, scoring_function=Asking(), max_generations=10**9,
           offspring_size=offspring, rng=rng)
"""


class Oracle:
    """Scores by canonical SMILES, each once, until the budget is gone."""

    def __init__(self, task, budget):
        self.task, self.budget, self.known = task, budget, {}

    def __call__(self, texts):
        """Return scores, shape (n,); 0 for what cannot be read or comes after the budget."""
        names = [canonical(text) for text in texts]
        fresh = [name for name in dict.fromkeys(names) if name and name not in self.known]
        fresh = fresh[: self.budget - len(self.known)]
        if fresh:
            found = scores(self.task, [Chem.MolFromSmiles(name) for name in fresh])
            self.known.update(zip(fresh, found.tolist(), strict=True))
        return np.array([self.known.get(name, 0.0) for name in names])

    @property
    def spent(self):
        """Whether the budget is gone."""
        return len(self.known) >= self.budget


def canonical(text):
    mol = Chem.MolFromSmiles(text) if text else None
    return Chem.MolToSmiles(mol) if mol is not None and 0 < mol.GetNumAtoms() <= LARGEST else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=("reinvent", "mol-ga"))
    parser.add_argument("task")
    parser.add_argument("out", type=Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--peer", default="")
    given = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    oracle = Oracle(given.task, given.calls)
    if given.method == "reinvent":
        reinvent(oracle, given.prior, given.seed)
    else:
        mol_ga(oracle, given.peer, given.seed)
    write(given.out, {"smiles": list(oracle.known), "scores": list(oracle.known.values())})


def reinvent(oracle, prior_name, seed):
    import torch

    from kozue.systems.molecules.design.prior import load_prior, padded
    from kozue.systems.molecules.design.tokens import CANONICAL, END
    from kozue.systems.molecules.design.writing import Free, completed

    prior, rng = load_prior(prior_name), np.random.default_rng(seed)
    agent = prior.copy()
    optimiser = torch.optim.Adam(agent.network.parameters(), lr=RATE)
    fruitless = 0
    while not oracle.spent and fruitless < FRUITLESS:
        before = len(oracle.known)
        with torch.no_grad():
            texts, numbers = completed(Free.begin(agent, BATCH, CANONICAL), rng)
        worth = torch.tensor(oracle(texts), dtype=torch.float32)
        fruitless = 0 if len(oracle.known) > before else fruitless + 1
        rows = [[number for number in row if number != END] for row in numbers]
        written = torch.from_numpy(padded(rows, [CANONICAL] * len(rows)))
        with torch.no_grad():
            wanted = prior.logarithm(written) + SIGMA * worth
        loss = ((wanted - agent.logarithm(written)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def mol_ga(oracle, python, seed):
    start = max(oracle.budget // 10, 10)
    command = [python, "-c", MOL_GA, str(start), str(OFFSPRING), str(seed)]
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    fruitless = 0
    for line in peer.stdout:
        before = len(oracle.known)
        found = oracle(json.loads(line))
        fruitless = 0 if len(oracle.known) > before else fruitless + 1
        if oracle.spent or fruitless >= FRUITLESS:
            peer.kill()
            peer.wait()
            return
        peer.stdin.write(json.dumps(found.tolist()) + "\n")
        peer.stdin.flush()
    if peer.wait():
        sys.exit(f"mol-ga ended with {peer.returncode} after {len(oracle.known)} calls.")


if __name__ == "__main__":
    main()
