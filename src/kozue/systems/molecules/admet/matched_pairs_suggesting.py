"""Small changes that are expected to help: exchanges known from matched pairs, applied to a molecule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from kozue.chem import canonical_smiles, standardise, structural_alerts
from kozue.systems.molecules.admet.endpoints import Endpoint
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.matched_pairs import Cut, Exchange, Exchanges, cuts, hydrogens, joined

LOOKED_AT = 2  # times as many as asked for go to the model


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One changed molecule.

    Parameters
    ----------
    smiles : str
        Standardised.
    change : str
        Group before and after, for example ``"*Cl>>*F"``.
    delta, low, high : float
        Expected change from pairs with its 90 % interval: model scale, for classes the probability.
    pairs : int
        How many measured pairs say so.
    model : float
        Change that the endpoint's model itself predicts, same scale.
    """

    smiles: str
    change: str
    delta: float
    low: float
    high: float
    pairs: int
    model: float


def direction(endpoint: Endpoint, value: float) -> int:
    """Return 1 if a higher value would be better, -1 if a lower one, 0 if it is good as it is."""
    if endpoint.better == "middle":
        return 1 if value < endpoint.good else -1 if value > endpoint.poor else 0
    return 1 if endpoint.better == "higher" else -1


def suggest(
    mol: Chem.Mol, endpoint: Endpoint, value: float, ensemble: Ensemble, count: int
) -> list[Suggestion]:
    """Return the best changes for an endpoint, the surest first.

    A change is suggested if measured pairs speak for it, its molecule is valid, it brings no new structural
    alert, and at least 60 % of the heavy atoms stay. Changes whose direction the model confirms come first;
    among them those whose interval's less favourable end is best.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Standardised.
    endpoint : Endpoint
        Which one to improve.
    value : float
        Its prediction.
    ensemble : Ensemble
        Holds the endpoint's model.
    count : int
        How many at most.
    """
    sign = direction(endpoint, value)
    if not sign or not count:
        return []
    found = _candidates(mol, endpoint.key, sign)
    kept: dict[str, tuple[Exchange, Chem.Mol]] = {}
    own, alerts = canonical_smiles(mol), set(structural_alerts(mol))
    for cut, exchange in found:
        if len(kept) >= LOOKED_AT * count:
            break
        changed = _changed(cut, exchange)
        if changed is None or set(structural_alerts(changed)) - alerts:
            continue
        smiles = canonical_smiles(changed)
        if smiles != own:
            kept.setdefault(smiles, (exchange, changed))
    if not kept:
        return []
    raw = ensemble.raw(endpoint.key, [mol, *(changed for _, changed in kept.values())])
    made = [
        _suggestion(smiles, exchange, float(delta))
        for (smiles, (exchange, _)), delta in zip(kept.items(), raw[1:] - raw[0], strict=True)
    ]
    return sorted(made, key=lambda s: s.model * sign <= 0)[:count]


def _candidates(mol: Chem.Mol, key: str, sign: int) -> list[tuple[Cut, Exchange]]:
    """Return favourable exchanges with where to make them, the surest first."""
    known = Exchanges.load()
    found = [
        (cut, exchange)
        for cut in (*cuts(mol), *hydrogens(mol))
        for exchange in known.of(key, cut)
        if exchange.delta * sign > 0
    ]
    # A tie (one exchange at several places) is broken by the text, so that the order of atoms has no say.
    return sorted(
        found,
        key=lambda pair: (-(min(pair[1].low * sign, pair[1].high * sign)), pair[1].after, pair[0].constant),
    )


def _changed(cut: Cut, exchange: Exchange) -> Chem.Mol | None:
    mol = joined(cut.constant, exchange.after)
    if mol is None or len(Chem.GetMolFrags(mol)) > 1:
        return None
    try:
        return standardise(mol)
    except (ValueError, RuntimeError):
        return None


def _suggestion(smiles: str, exchange: Exchange, model: float) -> Suggestion:
    before, after = (shown(group) for group in (exchange.before, exchange.after))
    numbers = (float(np.round(number, 4)) for number in (exchange.delta, exchange.low, exchange.high))
    return Suggestion(smiles, f"{before}>>{after}", *numbers, exchange.pairs, round(model, 4))


def shown(group: str) -> str:
    """Write a group for people: ``[H][*:1]`` is ``*H``, ``Cl[*:1]`` is ``*Cl``."""
    if group == "[H][*:1]":
        return "*H"
    mol = Chem.MolFromSmiles(group)
    point = next(atom for atom in mol.GetAtoms() if atom.GetAtomMapNum())
    point.SetAtomMapNum(0)
    return str(Chem.MolToSmiles(mol, rootedAtAtom=point.GetIdx()))
