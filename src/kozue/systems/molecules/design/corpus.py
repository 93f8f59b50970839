"""Molecules as token sequences to learn from: canonical SMILES, and the same molecules in random atom order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from rdkit import Chem

from kozue.systems.molecules.design.prior import LONGEST, SmilesNetwork, token_losses
from kozue.systems.molecules.design.tokens import CANONICAL, END, PAD, RANDOM, Tokens

_SORTED_TOGETHER = 64  # batches whose rows are sorted by length, so that little is computed for padding
_LEARN_TOKENS_FROM = 20_000  # molecules


@dataclass(frozen=True, slots=True)
class Corpus:
    """Token sequences of molecules, some writings each.

    Parameters
    ----------
    flat : numpy.ndarray
        All sequences joined, uint16.
    begins, lengths : numpy.ndarray
        Shape (writings, n): where a molecule's sequence lies; the first writing is canonical.
    canonical_share : float
        How often the canonical writing is shown.
    """

    flat: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray
    canonical_share: float

    def __len__(self) -> int:
        return self.begins.shape[1]

    def batch(self, rows: np.ndarray, writing: np.ndarray) -> torch.Tensor:
        """Return sequences with start token and END, padded, shape (n, longest + 2), int64."""
        lengths = self.lengths[writing, rows]
        out = np.full((len(rows), int(lengths.max(initial=0)) + 2), PAD, np.int64)
        out[:, 0] = np.where(writing == 0, CANONICAL, RANDOM)
        for place, (begin, length) in enumerate(zip(self.begins[writing, rows], lengths, strict=True)):
            out[place, 1 : length + 1] = self.flat[begin : begin + length]
            out[place, length + 1] = END
        return torch.from_numpy(out)

    def loss(self, network: SmilesNetwork, rows: np.ndarray, generator: np.random.Generator) -> torch.Tensor:
        """Return the mean cross-entropy a token, each molecule in a writing drawn anew."""
        writing = np.zeros(len(rows), np.int64)
        if len(self.begins) > 1:
            drawn = 1 + generator.integers(len(self.begins) - 1, size=len(rows))
            writing = np.where(generator.random(len(rows)) < self.canonical_share, 0, drawn)
        numbers = self.batch(rows, writing)
        return token_losses(network, numbers).sum() / (numbers[:, 1:] != PAD).sum()

    def cut(self, rows: np.ndarray, batch: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
        """Cut a pass into batches of sequences of like length, in random order."""
        order = generator.permutation(rows)
        batches: list[np.ndarray] = []
        for start in range(0, len(order), batch * _SORTED_TOGETHER):
            near = order[start : start + batch * _SORTED_TOGETHER]
            near = near[np.argsort(self.lengths[0, near], kind="stable")]
            batches += [near[place : place + batch] for place in range(0, len(near), batch)]
        for place in generator.permutation(len(batches)):
            yield batches[place]


def learned_tokens(smiles: Sequence[str], size: int, random_orders: bool, seed: int) -> Tokens:
    """Return a vocabulary learned from canonical SMILES, and from random atom orders if they will be read."""
    generator = np.random.default_rng(seed)
    some = generator.permutation(len(smiles))[:_LEARN_TOKENS_FROM]
    texts = [smiles[place] for place in some]
    if random_orders:
        texts += [random_order(text, generator) for text in texts[: len(texts) // 2]]
    return Tokens.learned(texts, size)


def random_order(smiles: str, generator: np.random.Generator) -> str:
    """Write a molecule in a random atom order."""
    mol = Chem.MolFromSmiles(smiles)
    order = generator.permutation(mol.GetNumAtoms()).tolist()
    return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)


def encoded(
    tokens: Tokens,
    smiles: Sequence[str],
    writings: int,
    canonical_share: float,
    seed: int,
    tick: Callable[[int], None] = lambda done: None,
) -> tuple[Corpus, list[int]]:
    """Write every molecule in tokens.

    Parameters
    ----------
    tokens : Tokens
        Vocabulary.
    smiles : sequence of str
        Canonical.
    writings : int
        Random atom orders beside the canonical one.
    canonical_share : float
        See :class:`Corpus`.
    seed : int
        Of the atom orders.
    tick : callable
        Receives how many molecules are done.

    Returns
    -------
    Corpus
        Of the molecules that have tokens for all their atoms and are not too long.
    list of int
        Their positions in ``smiles``.
    """
    generator = np.random.default_rng(seed)
    kept: list[int] = []
    rows: list[list[list[int]]] = [[] for _ in range(writings + 1)]
    for place, text in enumerate(smiles):
        texts = [text, *(random_order(text, generator) for _ in range(writings))]
        found = [numbers for numbers in map(tokens.encode, texts) if numbers is not None]
        if len(found) == len(texts) and max(map(len, found)) <= LONGEST:
            kept.append(place)
            for column, numbers in zip(rows, found, strict=True):
                column.append(numbers)
        tick(place + 1)
    lengths = np.array([[len(numbers) for numbers in column] for column in rows], np.int64)
    ends = np.cumsum(lengths).reshape(lengths.shape) if lengths.size else lengths
    flat = np.array([n for column in rows for numbers in column for n in numbers], np.uint16)
    return Corpus(flat, ends - lengths, lengths, canonical_share), kept
