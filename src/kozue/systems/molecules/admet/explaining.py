"""Which atoms drive a prediction: hide one atom after the other from the full model.

An atom is hidden by turning it into an atom of no element, in place: the graph keeps its shape, while every
fingerprint bit, fragment count, surface and property that the atom took part in changes. What the prediction
loses is the atom's weight. All parts of the model take part (trees and kernel), so the weights speak about
the prediction that was given, not about a simpler stand-in. After Riniker and Landrum, J. Cheminform.
2013, 5, 43, who hid fingerprint bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem, rdBase

from kozue.chem import parse
from kozue.chem.fingerprints import bits
from kozue.core.context import Context
from kozue.core.records import Batch, RecordError, result_batch
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.ensemble import Ensemble
from kozue.systems.molecules.admet.features import GIVEN_INDEX, features, featuriser, prepare
from kozue.systems.molecules.admet.library import BITS
from kozue.systems.molecules.admet.model import EndpointModel, look_around
from kozue.systems.molecules.admet.outputs import explanation_schema

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import ExplainSettings

MAX_ATOMS = 150
TOP = 3
# Charges cannot be computed with an atom of no element: these columns keep the molecule's own values.
_KEPT = ("charge_", "peoe_vsa")


def explain_batches(batches: Iterator[Batch], settings: ExplainSettings, context: Context) -> Iterator[Batch]:
    """Explain every molecule of every batch for one endpoint."""
    ensemble = Ensemble.load((settings.endpoint,))
    model = ensemble.models[settings.endpoint]
    endpoint = ENDPOINTS[settings.endpoint]
    columns = list(explanation_schema(settings.endpoint))
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
            weights, value = atom_weights(mol, model, ensemble)
            top = [f"{text}: {weight:+.2f}" for text, weight in fragments(mol, weights)[:TOP]]
            rows[row] = (value, base, _in_given_order(mol, weights, texts[row]), top)
        nothing = (None,) * len(columns)
        values = zip(*(rows.get(row, nothing) for row in range(len(texts))), strict=True)
        if prepared.stripped:
            context.warn(
                "salts_removed",
                "Some structures are salts or mixtures: explanations are for their largest part, uncharged.",
            )
        if endpoint.floor is not None:
            context.warn(
                "log_weights", "Atom weights of this endpoint are on the log10 scale it is predicted on."
            )
        yield result_batch(dict(zip(columns, map(list, values), strict=True)), errors, len(texts))


def _in_given_order(mol: Chem.Mol, weights: np.ndarray, given: str) -> list[float]:
    """Return the weights in the atom order of the structure as given; removed counter-ions have 0."""
    ordered = np.zeros(parse(given).GetNumAtoms())
    for atom, weight in zip(mol.GetAtoms(), weights, strict=True):
        ordered[atom.GetIntProp(GIVEN_INDEX)] = weight
    return ordered.tolist()


def base_value(model: EndpointModel) -> float:
    """Return the middle of the training molecules: share of positives, or median measured value."""
    return float(model.values.mean() if model.is_class else np.median(model.values))


def atom_weights(mol: Chem.Mol, model: EndpointModel, ensemble: Ensemble) -> tuple[np.ndarray, float]:
    """Return what each atom adds, shape (atoms,), and the prediction.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Standardised.
    model : EndpointModel
        Of the endpoint.
    ensemble : Ensemble
        Holds the library that the model's kernel needs.

    Returns
    -------
    weights : numpy.ndarray
        Model scale; log odds for classes.
    value : float
        Prediction in the measured unit, or probability.
    """
    mols = [mol, *hidden(mol)]
    table = features(mols)
    kept = [place for place, name in enumerate(featuriser().names) if name.startswith(_KEPT)]
    table[:, kept] = table[0, kept]
    around = look_around(ensemble.library.index, bits(mols, "morgan", BITS), {"": model}, 0)[""]
    value = model.answer(table, around, 0.9, 0).value[0]
    raw = model.raw(table, around.kernel)
    if model.is_class:
        raw = np.clip(raw, 1e-4, 1 - 1e-4)
        raw = np.log(raw / (1 - raw))
    return raw[0] - raw[1:], float(value)


def hidden(mol: Chem.Mol) -> list[Chem.Mol]:
    """Return one copy of the molecule for each atom, with that atom made an atom of no element."""
    copies = []
    with rdBase.BlockLogs():
        for place in range(mol.GetNumAtoms()):
            copy = Chem.RWMol(mol)
            atom = copy.GetAtomWithIdx(place)
            hydrogens = atom.GetTotalNumHs()
            atom.SetAtomicNum(0)
            atom.SetFormalCharge(0)
            atom.SetNoImplicit(True)
            atom.SetNumExplicitHs(hydrogens)
            single = copy.GetMol()
            single.UpdatePropertyCache(strict=False)
            copies.append(single)
    return copies


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
