"""What the prior writes, by the MOSES protocol on the staged quarters: valid, unique, novel, Frechet ChemNet distance.

``python benchmarks/design_prior.py [--prior design/moses] [--count 10000] [--seed 0]``

Polykovskiy et al., Front. Pharmacol. 2020, 11, 565644. The distance (FCD: Preuer et al., J. Chem. Inf. Model. 2018,
58, 1736) needs ``pip install fcd`` (the extra ``bench`` has it; its network lies in its wheel); without it that row is
left out. It is taken of as many samples and of as many real training molecules to the same reference, the test quarter,
in one run: the distance of the real ones is what the finite number alone costs, and the excess over it is the goal.
Novel means: not in the training quarter that the prior has seen. What is slow is kept in ``--runs``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import importlib.util
import json
import sys
import time
from pathlib import Path

import numpy as np
from rdkit import Chem, RDLogger

import harness
from design_runs import write
from kozue import data

VALID, UNIQUE, NOVEL, EXCESS = 0.985, 0.999, 0.85, 0.10
PUBLISHED = {"valid": 0.975, "unique": 0.999, "novel": 0.842, "FCD": 0.073}
AT_ONCE = 1000


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prior", default="design/moses")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-fcd", action="store_true")
    parser.add_argument("--runs", type=Path, default=harness.OUT / "design_prior_runs")
    given = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    files = data.get("moses")
    train, test = column(files["train_quarter.csv.gz"]), column(files["test_quarter.csv.gz"])
    texts, cpu = written(given)
    valid = [name for name in map(canonical, texts) if name]
    distinct = list(dict.fromkeys(valid))
    seen = {canonical(text) for text in train}
    novel = [name for name in distinct if name not in seen]
    found = {
        "valid": len(valid) / len(texts),
        "unique": len(distinct) / len(valid),
        "novel": len(novel) / len(distinct),
    }
    rows = [
        {"measure": name, "ours": found[name], "must": must, "CharRNN, published": PUBLISHED[name]}
        for name, must in (("valid", VALID), ("unique", UNIQUE), ("novel", NOVEL))
    ]
    met = found["valid"] >= VALID and found["unique"] >= UNIQUE and found["novel"] >= NOVEL
    if not given.no_fcd and importlib.util.find_spec("fcd"):
        real = np.random.default_rng(given.seed).permutation(len(train))[: len(valid)]
        ours, theirs = distances(valid, [train[place] for place in real], test, given.runs)
        rows += [
            {"measure": "FCD to the test quarter", "ours": ours, "CharRNN, published": PUBLISHED["FCD"]},
            {"measure": "FCD of real training molecules", "ours": theirs},
            {"measure": "excess", "ours": ours - theirs, "must": EXCESS},
        ]
        met &= ours - theirs <= EXCESS
    else:
        sys.stderr.write("FCD left out: pip install fcd\n")
        met = met and None
    rows.append({"measure": f"CPU s for {len(texts):,} samples", "ours": cpu})
    goal = (
        f"{given.prior}: valid >= {VALID}, unique >= {UNIQUE}, novel >= {NOVEL}, FCD over that of real molecules "
        f"<= {EXCESS}; {len(texts):,} samples (published: 30,000 by a prior of the whole set)"
    )
    harness.write("design_prior", rows, None, goal, met)


def written(given):
    """Return samples as the prior writes them, and their CPU seconds."""
    from kozue.systems.molecules.design.prior import load_prior
    from kozue.systems.molecules.design.tokens import CANONICAL
    from kozue.systems.molecules.design.writing import sample

    prior = load_prior(given.prior)
    began = time.process_time()
    texts = sample(prior, given.count, np.random.default_rng(given.seed), style=CANONICAL)
    return texts, time.process_time() - began


def column(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return [row["SMILES"] for row in csv.DictReader(stream)]


def canonical(text):
    mol = Chem.MolFromSmiles(text) if text else None
    return Chem.MolToSmiles(mol) if mol is not None and mol.GetNumAtoms() else ""


def distances(samples, real, test, folder):
    """Return the distances of samples and of real molecules to the test set."""
    import fcd

    network = fcd.load_ref_model()
    moments = [moments_of(molecules, network, folder) for molecules in (test, samples, real)]
    (mean, spread), *others = moments
    return [
        float(fcd.calculate_frechet_distance(mu1=mean, sigma1=spread, mu2=each[0], sigma2=each[1]))
        for each in others
    ]


def moments_of(molecules, network, folder):
    """Return mean and covariance of ChemNet's activations, kept by the hash of the molecules."""
    import fcd

    key = hashlib.sha256("\n".join(molecules).encode()).hexdigest()[:16]
    place = folder / f"chemnet-{key}.json"
    if place.is_file():
        kept = json.loads(place.read_text(encoding="utf-8"))
        return np.array(kept["mean"]), np.array(kept["covariance"])
    parts = [
        fcd.get_predictions(network, list(map(canonical, molecules[start : start + AT_ONCE])), n_jobs=0)
        for start in range(0, len(molecules), AT_ONCE)
    ]
    activations = np.concatenate(parts).astype(float)
    mean, covariance = activations.mean(axis=0), np.cov(activations.T)
    write(place, {"mean": mean.tolist(), "covariance": covariance.tolist()})
    return mean, covariance


if __name__ == "__main__":
    main()
