"""Rebuild the shipped priors: ``python -m kozue.systems.molecules.design.pretraining zinc`` (or ``moses``).

``zinc`` learns ZINC250k, canonical and in random atom order; searches start from it. ``moses`` learns a quarter of
the MOSES training set, canonical only; it is there to be judged by that benchmark. About 1.5 hours of processor time
each on one core.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rdkit import Chem

from kozue.chem import parse
from kozue.data import get
from kozue.ml.store import save_model
from kozue.ml.torchloop import Cycle, train
from kozue.systems.molecules.design.corpus import Corpus, encoded, learned_tokens
from kozue.systems.molecules.design.prior import Prior, SmilesNetwork

WEIGHTS = Path(__file__).parent / "weights"
SEED = 7
HELD_OUT = 4000  # molecules that only tell how well the network has learned
REFERENCE = 2000  # molecules it learned that are kept with it, to compare designed ones with


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a prior is made.

    Parameters
    ----------
    dataset, file, column : str
        Where its molecules are in the data catalogue.
    hidden, embedding, pieces : int
        Size of network and vocabulary.
    writings : int
        Random atom orders of each molecule that are learned beside the canonical one.
    epochs : int
        Passes.
    """

    dataset: str
    file: str
    column: str
    hidden: int
    embedding: int
    pieces: int
    writings: int
    epochs: int


RECIPES = {
    "zinc": Recipe("zinc250k", "zinc250k.csv.gz", "smiles", 320, 128, 256, 3, 8),
    "moses": Recipe("moses", "train_quarter.csv.gz", "SMILES", 384, 128, 256, 0, 6),
}


def say(line: str) -> None:
    """Tell what was done."""
    print(line, file=sys.stderr, flush=True)


def build(name: str, recipe: Recipe, seed: int, weights: Path) -> None:
    """Train one prior and write its folder."""
    table = pd.read_csv(get(recipe.dataset)[recipe.file])
    smiles = [_canonical(text) for text in table[recipe.column]]
    tokens = learned_tokens(smiles, recipe.pieces, recipe.writings > 0, seed).with_atoms(smiles)
    corpus, kept = encoded(tokens, smiles, recipe.writings, 0.5, seed)
    say(
        f"{len(kept)} of {len(smiles)} molecules, {len(tokens)} tokens, {corpus.lengths.mean():.2f} a molecule"
    )
    order = np.random.default_rng(seed).permutation(len(corpus))
    cycle = Cycle(epochs=recipe.epochs, batch=192, rate=2e-3, decay=0.01, rise=0.1, seed=seed)
    steps = 0

    def loss(network: SmilesNetwork, rows: np.ndarray, generator: np.random.Generator) -> torch.Tensor:
        nonlocal steps
        steps += 1
        value = corpus.loss(network, rows, generator)
        if steps % 500 == 0:
            say(f"step {steps}: {float(value.detach()):.4f}")
        return value

    network = train(
        lambda: SmilesNetwork(tokens, recipe.embedding, recipe.hidden),
        loss,
        np.sort(order[HELD_OUT:]),
        cycle,
        lambda epoch, value: say(f"pass {epoch + 1}: {value:.4f}"),
        corpus.cut,
    )
    reference = [smiles[kept[place]] for place in np.sort(order[-REFERENCE:])]
    prior = Prior.from_arrays(Prior(tokens, network, reference).stored())
    held = held_out_loss(prior, corpus, order[:HELD_OUT])
    say(f"held out, as stored: {held:.4f} nats a token")
    save_model(weights / name, {"prior": prior.stored()}, _card(name, recipe, len(kept), held, seed))


@torch.no_grad()
def held_out_loss(prior: Prior, corpus: Corpus, rows: np.ndarray) -> float:
    """Return the mean cross-entropy a token of canonical SMILES."""
    canonical = Corpus(corpus.flat, corpus.begins[:1], corpus.lengths[:1], 1.0)
    generator = np.random.default_rng(0)
    parts = [
        float(canonical.loss(prior.network, rows[start : start + 500], generator))
        for start in range(0, len(rows), 500)
    ]
    return float(np.mean(parts))


def _canonical(smiles: str) -> str:
    return Chem.MolToSmiles(parse(smiles))


def _card(name: str, recipe: Recipe, count: int, held: float, seed: int) -> dict[str, object]:
    writings = "canonical SMILES" + (" and random atom orders" if recipe.writings else "")
    return {
        "name": f"design/{name}",
        "title": f"SMILES prior of {recipe.dataset}",
        "kind": "prior",
        "data": f"{recipe.dataset}: molecules of {recipe.file}, {count} in all, as {writings}",
        "licence": "Apache-2.0 (weights)",
        "split": f"{HELD_OUT} molecules drawn at random were held out",
        "metrics": {"held_out_nats_a_token": round(held, 4)},
        "use": "To propose drug-like molecules in molecule design.",
        "limits": "Knows only the elements and sizes of its training set; its molecules are not known to be makeable.",
        "model": {"hidden": recipe.hidden, "pieces": recipe.pieces, "epochs": recipe.epochs, "seed": seed},
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild a shipped prior.")
    parser.add_argument("name", choices=sorted(RECIPES))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder to write")
    chosen = parser.parse_args()
    build(chosen.name, RECIPES[chosen.name], chosen.seed, chosen.weights)


if __name__ == "__main__":
    main()
