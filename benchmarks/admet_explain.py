"""Do atom weights point at what a model has learned? Models of planted groups, and of Crippen's logP."""

from __future__ import annotations

import dataclasses

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from harness import bars, write
from kozue.chem.fingerprints import BitLibrary
from kozue.ml.metrics import auroc
from kozue.ml.splits import random_folds
from kozue.systems.molecules.admet import explaining, features, fitting
from kozue.systems.molecules.admet.ensemble import Ensemble, _library
from kozue.systems.molecules.admet.library import Library
from kozue.systems.molecules.admet.model import Scale

GROUPS = {
    "amide": "[CX3](=O)[NX3]",
    "sulfonyl": "S(=O)(=O)",
    "aryl chloride": "cCl",
    "carboxyl": "C(=O)[OX2H1]",
    "basic nitrogen": "[NX3;H0,H1,H2;!$(NC=[O,S,N]);!$(Nc);!$(NS)]",
}
TRAIN, ASKED = 800, 25
GOAL = 0.90


def main():
    rng = np.random.default_rng(5)
    smiles = [text for text in _library().smiles if 15 < len(text) < 70]
    ready = features.prepare([smiles[place] for place in rng.choice(len(smiles), 1100, replace=False)])
    tables = ready.features(), ready.bits()
    rows = [task(name, ready.mols, *tables) for name in ["Crippen logP", *GROUPS]]
    scores = [row["AUROC of the atoms"] for row in rows]
    figure = bars("Atoms that matter, ranked by weight", [row["task"] for row in rows], scores, "AUROC", GOAL)
    write(
        "admet_explain", rows, figure, f"AUROC of planted atoms >= {GOAL:g} on each task", min(scores) >= GOAL
    )


def task(name, mols, table, bits):
    """Train on a question with a known answer, and ask for the atoms of molecules that were not trained on."""
    if name in GROUPS:
        query = Chem.MolFromSmarts(GROUPS[name])
        truth = np.array([float(mol.HasSubstructMatch(query)) for mol in mols])
    else:
        query, truth = None, np.array([rdMolDescriptors.CalcCrippenDescriptors(mol)[0] for mol in mols])
    sample = fitting.Sample(table[:TRAIN], bits[:TRAIN], truth[:TRAIN], random_folds(TRAIN, 3, 0))
    recipe = fitting.Recipe(trees=300, leaves=10, rate=0.05, columns=0.1)
    fitted = fitting.fit(sample, query is not None, Scale(), recipe)
    model = dataclasses.replace(fitted.model, members=np.arange(TRAIN))
    ensemble = Ensemble(Library([""] * TRAIN, BitLibrary(bits[:TRAIN])), {})
    scores = []
    for mol, value in zip(mols[TRAIN:], truth[TRAIN:], strict=True):
        known = atoms(mol, query)
        if len(scores) == ASKED or (query is not None and not value) or known.all() or not known.any():
            continue
        scores.append(auroc(known.astype(float), explaining.atom_weights(mol, model, ensemble)[0]))
    return {"task": name, "molecules asked": len(scores), "AUROC of the atoms": float(np.mean(scores))}


def atoms(mol, query):
    """Return which atoms are the answer: those of the group, or those that raise Crippen's logP."""
    if query is None:
        return np.array([share > 0 for share, _ in rdMolDescriptors._CalcCrippenContribs(mol)])
    known = np.zeros(mol.GetNumAtoms(), bool)
    known[[atom for match in mol.GetSubstructMatches(query) for atom in match]] = True
    return known


if __name__ == "__main__":
    main()
