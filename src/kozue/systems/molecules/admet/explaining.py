"""Which atoms drive a prediction: hide atoms from the full model and see what the prediction loses.

Each atom is hidden alone, and all atoms of its kind (Morgan environment of radius 1) are hidden together, which
they share: where two like groups both suffice for a prediction, hiding one of them changes nothing. An atom's
weight is the mean of the two. All parts of the model take part, so the weights speak about the prediction that
was given, not about a simpler stand-in. Hiding bits of one atom follows Riniker and Landrum, J. Cheminform.
2013, 5, 43; the mean over the smallest and a larger set of hidden atoms is a two-point estimate of Shapley's
value (Lundberg and Lee, NIPS 2017). See :mod:`kozue.systems.molecules.admet.hiding` for what hiding means.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem

from kozue.chem import atomwise, parse
from kozue.core.context import Context
from kozue.core.records import Batch, RecordError, result_batch
from kozue.systems.molecules.admet import hiding
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.features import GIVEN_INDEX, Prepared, features, prepare
from kozue.systems.molecules.admet.hiding import hide
from kozue.systems.molecules.admet.matched_pairs_suggesting import suggest
from kozue.systems.molecules.admet.model import EndpointModel
from kozue.systems.molecules.admet.outputs import explanation_schema

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import ExplainSettings

MAX_ATOMS = 150
TOP = 3


def explain_batches(batches: Iterator[Batch], settings: ExplainSettings, context: Context) -> Iterator[Batch]:
    """Explain every molecule of every batch for one endpoint."""
    ensemble = Ensemble.load((settings.endpoint,), settings.mode)
    model = ensemble.models[settings.endpoint]
    endpoint = ENDPOINTS[settings.endpoint]
    columns = list(explanation_schema(settings.endpoint, settings.suggestions > 0))
    base = base_value(model)
    for batch in batches:
        texts = batch.column("smiles").to_pylist()
        prepared = prepare(texts, track=True)
        errors, rows = dict(prepared.errors), {}
        for row, mol in zip(prepared.rows, prepared.mols, strict=True):
            context.check_cancelled()
            if mol.GetNumHeavyAtoms() > MAX_ATOMS:
                errors[row] = RecordError(
                    "molecule_too_large",
                    f"The molecule has {mol.GetNumHeavyAtoms()} heavy atoms; explanations go up to {MAX_ATOMS}.",
                )
                continue
            value = predicted(mol, settings.endpoint, ensemble)
            weights = atom_weights(mol, settings.endpoint, ensemble)
            top = [f"{text}: {weight:+.2f}" for text, weight in fragments(mol, weights)[:TOP]]
            rows[row] = [value, base, _in_given_order(mol, weights, texts[row]), top]
            if settings.suggestions:
                found = suggest(mol, endpoint, value, ensemble, settings.suggestions)
                rows[row].append([dataclasses.asdict(suggestion) for suggestion in found])
        without = sum(len(row) > 4 and not row[4] for row in rows.values())
        if without:
            context.warn(
                "no_suggestions",
                "For {count} {molecule|molecules} no exchange is known that improves this endpoint.",
                without,
            )
        nothing = (None,) * len(columns)
        values = zip(*(rows.get(row, nothing) for row in range(len(texts))), strict=True)
        if prepared.stripped:
            context.warn(
                "salts_removed",
                "Some structures are salts or mixtures: explanations are for their largest part, uncharged.",
            )
        if endpoint.floor is not None:
            context.warn(
                "log_weights",
                "Atom weights and suggested changes of this endpoint are on the log10 scale it is predicted on.",
            )
        yield result_batch(dict(zip(columns, map(list, values), strict=True)), errors, len(texts))


def _in_given_order(mol: Chem.Mol, weights: np.ndarray, given: str) -> list[float]:
    """Return the weights in the atom order of the structure as given; removed counter-ions have 0."""
    ordered = np.zeros(parse(given).GetNumAtoms())
    for atom, weight in zip(mol.GetAtoms(), weights, strict=True):
        ordered[atom.GetIntProp(GIVEN_INDEX)] = weight
    return ordered.tolist()


def predicted(mol: Chem.Mol, key: str, ensemble: Ensemble) -> float:
    """Return the prediction as ``admet.predict`` gives it: measured unit, or calibrated probability."""
    answers = dataclasses.replace(ensemble, models={key: ensemble.models[key]}).answers(
        Prepared([0], [mol], {}, 0), 0.9, 0
    )
    return float(answers[key].value[0])


def base_value(model: EndpointModel) -> float:
    """Return the middle of the training molecules: share of positives, or median measured value."""
    return float(model.values.mean() if model.is_class else np.median(model.values))


def atom_weights(mol: Chem.Mol, key: str, ensemble: Ensemble) -> np.ndarray:
    """Return what each atom adds to a prediction, shape (atoms,).

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Standardised.
    key : str
        Endpoint.
    ensemble : Ensemble
        Holds the endpoint's model.

    Returns
    -------
    numpy.ndarray
        Model scale; log odds for classes.
    """
    alone = alike(Chem.CanonicalRankAtoms(mol, breakTies=False))
    together = alike(atomwise.kinds(mol))
    single = np.eye(len(alone), dtype=bool)
    # Symmetric atoms have the same weight: one of them is asked for.
    asked = np.unique(np.concatenate([single[alone.argmax(axis=1)], together]), axis=0)
    lost = dict(zip(map(bytes, asked), losses(mol, key, ensemble, asked), strict=True))
    of_atom = np.array([lost[bytes(single[first])] for first in alone.argmax(axis=1)])
    of_kind = np.array([lost[bytes(mask)] / mask.sum() for mask in together])
    return (of_atom + of_kind) / 2


def alike(labels: Sequence[int]) -> np.ndarray:
    """Return which atoms have the same label as each atom, shape (atoms, atoms), bool."""
    labels = np.asarray(labels)
    return np.asarray(labels[:, None] == labels[None, :])


def losses(mol: Chem.Mol, key: str, ensemble: Ensemble, masks: np.ndarray) -> np.ndarray:
    """Return what the prediction loses when atoms are hidden, shape (k,), on the scale of the weights.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Standardised.
    key : str
        Endpoint.
    ensemble : Ensemble
        Holds the endpoint's model.
    masks : numpy.ndarray
        Shape (k, atoms), bool: which atoms are hidden.
    """
    mol = hide(mol, ())  # a copy without remembered values
    copies = [hide(mol, np.flatnonzero(mask)) for mask in masks]
    own = features([mol])
    table = np.concatenate([own, hiding.features(mol, masks, copies, own[0])])
    raw = ensemble.raw(key, [mol, *copies], table)
    if ensemble.models[key].is_class:
        raw = np.clip(raw, 1e-4, 1 - 1e-4)
        raw = np.log(raw / (1 - raw))
    return np.asarray(raw[0] - raw[1:])


def fragments(mol: Chem.Mol, weights: Sequence[float]) -> list[tuple[str, float]]:
    """Return ring systems and the chains between them with their summed weights, strongest first."""
    found = []
    for atoms in pieces(mol):
        text = Chem.MolFragmentToSmiles(mol, atomsToUse=sorted(atoms))
        found.append((text, float(sum(weights[atom] for atom in atoms))))
    return sorted(found, key=lambda item: (-abs(item[1]), item[0]))


def pieces(mol: Chem.Mol) -> list[tuple[int, ...]]:
    """Cut a molecule between rings and chains; a doubly bound or single atom stays with its neighbour."""
    cuts = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if not bond.IsInRing()
        and bond.GetBondType() == Chem.BondType.SINGLE
        and (bond.GetBeginAtom().IsInRing() or bond.GetEndAtom().IsInRing())
        and min(bond.GetBeginAtom().GetDegree(), bond.GetEndAtom().GetDegree()) > 1
    ]
    if not cuts:
        return [tuple(range(mol.GetNumAtoms()))]
    parts = Chem.FragmentOnBonds(mol, cuts, addDummies=False)
    return [tuple(atoms) for atoms in Chem.GetMolFrags(parts)]
