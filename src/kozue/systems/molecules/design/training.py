"""The work behind ``design.train``: a prior of a user's own library, from nothing or from a shipped one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import torch

from kozue.core.context import Context
from kozue.core.errors import ModelError, TrainingError
from kozue.core.operation import JobResult
from kozue.core.records import Batch
from kozue.ml.store import find_model, own_model_folder, save_model
from kozue.ml.torchloop import Cycle, train
from kozue.systems.molecules.design.corpus import Corpus, encoded, learned_tokens
from kozue.systems.molecules.design.molecules import Given, read_molecules
from kozue.systems.molecules.design.outputs import TRAINING_SCHEMA
from kozue.systems.molecules.design.pretraining import REFERENCE, held_out_loss
from kozue.systems.molecules.design.prior import Prior, SmilesNetwork, read_prior
from kozue.systems.molecules.design.sampling import readable
from kozue.systems.molecules.design.tokens import CANONICAL, Tokens
from kozue.systems.molecules.design.writing import sample

if TYPE_CHECKING:
    from kozue.systems.molecules.design.prior_settings import TrainSettings

LEAST = 20  # molecules
PIECES, EMBEDDING, WRITINGS = 256, 128, 3
_SEEN = 2_000_000  # molecules shown in all, when the number of passes is left to us
_MOST_PASSES = 60
_CHECKED = 500


def train_prior(batches: Iterator[Batch], settings: TrainSettings, context: Context) -> JobResult:
    """Learn the given molecules and keep the prior under its name."""
    folder = own_model_folder(settings.name)
    if folder.exists() and not settings.replace:
        raise ModelError(
            f"You already have a model named {settings.name!r}.", "Give another name, or set replace to true."
        )
    given = read_molecules(batches, context)
    if len(given.smiles) < LEAST:
        raise TrainingError(
            f"There are {len(given.smiles)} different molecules, too few to learn from.",
            f"Bring at least {LEAST}, better thousands.",
        )
    _warn_about(given, context)
    start = read_prior(find_model(settings.start).folder) if settings.start else None
    tokens = (start.tokens if start else _vocabulary(given, context)).with_atoms(given.smiles)
    count = len(given.smiles)
    corpus, kept = encoded(
        tokens,
        given.smiles,
        WRITINGS,
        0.5,
        context.seed,
        lambda done: context.progress(done, 2 * count, "writing in tokens"),
    )
    if len(kept) < count:
        context.warn(
            "too_long",
            "{count} {molecule has|molecules have} too many tokens and {is|are} left out.",
            count - len(kept),
        )
    order = np.random.default_rng(context.seed).permutation(len(kept))
    held = order[: max(1, min(2000, len(kept) // 10))]
    network, epochs = _taught(corpus, np.sort(order[len(held) :]), start, tokens, settings, context)
    reference = [given.smiles[kept[place]] for place in np.sort(order[-REFERENCE:])]
    prior = Prior.from_arrays(Prior(tokens, network, reference).stored())
    facts = {
        "molecules": len(kept),
        "epochs": epochs,
        "held_out_nats_a_token": round(held_out_loss(prior, corpus, held), 4),
        **_judged(prior, set(given.smiles), context),
    }
    save_model(folder, {"prior": prior.stored()}, _card(settings, facts))
    table = pa.table({key: [value] for key, value in facts.items()}, schema=TRAINING_SCHEMA.to_arrow())
    return JobResult(tables={"training": table}, summary={"name": settings.name, **facts})


def _warn_about(given: Given, context: Context) -> None:
    if given.repeated:
        context.warn(
            "repeated",
            "{count} {row is a structure|rows are structures} that came before; each is learned once.",
            given.repeated,
        )
    if given.stripped:
        context.warn(
            "salts_removed",
            "{count} {structure is a salt or mixture|structures are salts or mixtures}: only the largest part, "
            "uncharged, is learned.",
            given.stripped,
        )


def _vocabulary(given: Given, context: Context) -> Tokens:
    return learned_tokens(given.smiles, PIECES, random_orders=True, seed=context.seed)


def _taught(
    corpus: Corpus,
    rows: np.ndarray,
    start: Prior | None,
    tokens: Tokens,
    settings: TrainSettings,
    context: Context,
) -> tuple[SmilesNetwork, int]:
    """Return the trained network and how many passes it took."""
    epochs = settings.epochs or int(np.clip(_SEEN // (len(rows) * (4 if start else 1)), 2, _MOST_PASSES))
    rate = settings.rate or (5e-4 if start else 2e-3)
    batch = int(np.clip(len(rows) // 20, 8, 192))
    steps = -(-len(rows) // batch) * epochs
    done = 0

    def loss(network: SmilesNetwork, places: np.ndarray, generator: np.random.Generator) -> torch.Tensor:
        nonlocal done
        done += 1
        context.progress(
            steps + done, 2 * steps, f"learning, pass {1 + done * epochs // (steps + 1)} of {epochs}"
        )
        return corpus.loss(network, places, generator)

    network = train(
        lambda: _widened(start, tokens) if start else SmilesNetwork(tokens, EMBEDDING, settings.hidden),
        loss,
        rows,
        Cycle(epochs, batch, rate, 0.01, 0.1, context.seed),
        cut=corpus.cut,
    )
    return network, epochs


def _widened(start: Prior, tokens: Tokens) -> SmilesNetwork:
    """Return a copy of a network with room for new tokens: they begin as an average token, and unlikely."""
    old = start.network
    network = SmilesNetwork(
        tokens, old.embedding.embedding_dim, old.recurrent.hidden_size, old.unfinished is not None
    )
    if network.unfinished is not None and old.unfinished is not None:
        network.unfinished.load_state_dict(old.unfinished.state_dict())
    network.recurrent.load_state_dict(old.recurrent.state_dict())
    known = len(start.tokens)
    with torch.no_grad():
        network.embedding.weight[:known] = old.embedding.weight
        network.output.weight[:known] = old.output.weight
        network.output.bias[:known] = old.output.bias
        network.embedding.weight[known:] = old.embedding.weight.mean(0)
        network.output.weight[known:] = old.output.weight.mean(0)
        network.output.bias[known:] = old.output.bias.min()
    return network


def _judged(prior: Prior, library: set[str], context: Context) -> dict[str, float]:
    """Return how much of what the prior writes is readable, different and not in the library."""
    found = [text for text in readable(sample(prior, _CHECKED, context.rng, style=CANONICAL)) if text]
    different = set(found)
    return {
        "valid": round(len(found) / _CHECKED, 4),
        "unique": round(len(different) / max(len(found), 1), 4),
        "novel": round(len(different - library) / max(len(different), 1), 4),
    }


def _card(settings: TrainSettings, facts: dict[str, float]) -> dict[str, object]:
    return {
        "name": settings.name,
        "title": settings.name,
        "kind": "prior",
        "data": {"molecules": facts["molecules"], "licence": "yours"},
        "licence": "yours",
        "split": "a tenth of the molecules, 2,000 at most, drawn at random were held out",
        "metrics": {key: facts[key] for key in ("held_out_nats_a_token", "valid", "unique", "novel")},
        "use": "design.search and design.sample",
        "limits": "Knows the chemistry of these molecules; its own are not known to be makeable.",
        "model": {"start": settings.start, "epochs": facts["epochs"]},
    }
