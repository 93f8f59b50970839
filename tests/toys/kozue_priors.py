"""Priors whose every text is a molecule, so that searches can be tested without a trained network."""

from __future__ import annotations

import torch

from kozue.ml.store import own_model_folder, save_model
from kozue.systems.molecules.design.prior import Prior, SmilesNetwork
from kozue.systems.molecules.design.tokens import Tokens


def chains(seed: int = 0) -> Prior:
    """Chains of carbon, nitrogen and oxygen of some ten atoms: an untrained network whose texts always end."""
    torch.manual_seed(seed)
    tokens = Tokens(["C", "N", "O", "CC", "CN"])
    network = SmilesNetwork(tokens, 8, 16)
    with torch.no_grad():
        network.output.weight.mul_(0.3)
        network.output.bias[1] = 0.6
    return Prior(tokens, network)


def keep_chains(name: str = "chains", seed: int = 0) -> str:
    """Store the chains among the user's own models and return their name."""
    card = {
        "name": name,
        "title": name,
        "kind": "prior",
        "data": "none",
        "licence": "none",
        "split": "none",
        "metrics": {},
        "use": "tests",
        "limits": "chains",
    }
    prior = chains(seed)
    prior.reference = ("CCO", "CCN", "CCCC", "OCCO", "CNCC")
    save_model(own_model_folder(name), {"prior": prior.stored()}, card)
    return name
