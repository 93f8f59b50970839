"""Whether atom weights point at what a model has learned, and tell what the model does.

Known answers: models are trained on questions whose answer is known for each atom. Either a molecule has a
group (class; the atoms of all its matches are the answer), or the value is Crippen's logP (the answer are the
atoms that raise it: those whose contribution together with their hydrogens', which is what adds up to the
value, is above 0; beside it the contribution of the heavy atom alone). Three times 1,000 training molecules
are drawn; the molecules asked are others. Per molecule: AUROC of the answer by weight; a molecule in which all
atoms or none are the answer is left out. The interval is a bootstrap over molecules. Crippen's logP and counts of many
of the groups are among the models' inputs, whose terms by atom the explanation uses: for properties that are not
among them, expect less.

Fidelity, on shipped models: does the summed weight of a ring system or chain agree with what the prediction
loses when that piece is hidden as a whole, and does hiding the fifth of the atoms with the highest weights
lower the prediction more than hiding a random fifth?
"""

from __future__ import annotations

import dataclasses
import time

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from harness import bars, write
from kozue.chem import atomwise
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
    "nitro": "[NX3+](=O)[O-]",
    "ester": "[CX3](=O)[OX2H0][#6]",
    "nitrile": "C#N",
    "phenol": "c[OX2H1]",
    "aryl fluoride": "cF",
}
SEEDS, TRAIN, ASKED = (5, 6, 7), 1000, 70  # asked: of each seed and task
SHIPPED = ("lipophilicity", "solubility", "cyp3a4_inhibitor", "herg", "vdss")
GOAL = 0.90


def main():
    scores, seconds, asked = {}, 0.0, 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        smiles = [text for text in _library().smiles if 15 < len(text) < 70]
        order = [smiles[place] for place in rng.permutation(len(smiles))]
        ready = features.prepare(order[:TRAIN])
        tables = ready.features(), ready.bits()
        for name in ("Crippen logP", *GROUPS):
            ensemble = taught(name, ready.mols, *tables)
            began = time.process_time()
            for mol in strangers(order[TRAIN:], name):
                weights = explaining.atom_weights(mol, "task", ensemble)
                asked += 1
                for task, known in answers(mol, name).items():
                    if known.any() and not known.all():
                        scores.setdefault(task, []).append(auroc(known.astype(float), weights))
            seconds += time.process_time() - began
    rows = [summary(task, np.array(values)) for task, values in scores.items()]
    rows += [fidelity(key) for key in SHIPPED]
    rows.append({"task": "cost", "molecules": asked, "CPU s a molecule": seconds / asked})
    means = {row["task"]: row["AUROC of the atoms"] for row in rows if "AUROC of the atoms" in row}
    figure = bars("Atoms that matter, ranked by weight", list(means), list(means.values()), "AUROC", GOAL)
    goal = f"AUROC of planted atoms >= {GOAL:g} on each task"
    write("admet_explain", rows, figure, goal, min(means.values()) >= GOAL)


def taught(name, mols, table, bits):
    """Train on a question with a known answer, as the shipped models are trained."""
    if name in GROUPS:
        query = Chem.MolFromSmarts(GROUPS[name])
        truth = np.array([float(mol.HasSubstructMatch(query)) for mol in mols])
    else:
        truth = np.array([rdMolDescriptors.CalcCrippenDescriptors(mol)[0] for mol in mols])
    sample = fitting.Sample(table, bits, truth, random_folds(len(mols), 3, 0))
    recipe = fitting.Recipe(trees=300, leaves=10, rate=0.05, columns=0.1)
    fitted = fitting.fit(sample, name in GROUPS, Scale(), recipe)
    model = dataclasses.replace(fitted.model, members=np.arange(len(mols)))
    return Ensemble(Library([""] * len(mols), BitLibrary(bits)), {"task": model})


def strangers(smiles, name):
    """Return molecules that were not trained on; for a group those that have it."""
    query = Chem.MolFromSmarts(GROUPS[name]) if name in GROUPS else None
    found = []
    for text in smiles:
        mol = Chem.MolFromSmiles(text)
        if query is None or mol.HasSubstructMatch(query):
            found.append(mol)
        if len(found) == ASKED:
            break
    return found


def answers(mol, name):
    """Return which atoms are the answer, by task."""
    if name in GROUPS:
        known = np.zeros(mol.GetNumAtoms(), bool)
        known[
            [atom for match in mol.GetSubstructMatches(Chem.MolFromSmarts(GROUPS[name])) for atom in match]
        ] = True
        return {name: known}
    heavy = np.array([share for share, _ in rdMolDescriptors._CalcCrippenContribs(mol)])
    return {
        "Crippen logP": atomwise.terms(mol)["CrippenClogP"] > 0,
        "Crippen logP, heavy atoms alone": heavy > 0,
    }


def summary(task, scores):
    """Return the mean with its bootstrap interval."""
    rng = np.random.default_rng(0)
    means = [rng.choice(scores, len(scores)).mean() for _ in range(1000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "task": task,
        "molecules": len(scores),
        "AUROC of the atoms": float(scores.mean()),
        "low": low,
        "high": high,
    }


def fidelity(key, asked=60):
    """Compare weights with what a shipped model's prediction loses, on the scale of the weights."""
    ensemble, rng = Ensemble.load((key,)), np.random.default_rng(1)
    smiles = [text for text in ensemble.library.smiles if 15 < len(text) < 70]
    summed, lost, drops = [], [], []
    for text in rng.choice(smiles, asked, replace=False):
        mol = Chem.MolFromSmiles(text)
        weights = explaining.atom_weights(mol, key, ensemble)
        parts = [list(atoms) for atoms in explaining.pieces(mol)]
        fifth = max(1, len(weights) // 5)
        order = np.argsort(-weights)
        some = [
            order[:fifth],
            order[-fifth:],
            *(rng.choice(len(weights), fifth, replace=False) for _ in range(5)),
        ]
        masks = np.array([np.isin(np.arange(len(weights)), atoms) for atoms in (*parts, *some)])
        loss = explaining.losses(mol, key, ensemble, masks)
        summed += [weights[atoms].sum() for atoms in parts]
        lost += list(loss[: len(parts)])
        top, bottom, *others = loss[len(parts) :]
        drops.append((top, bottom, np.mean(others)))
    top, bottom, other = np.mean(drops, axis=0)
    return {
        "task": f"fidelity, {key}",
        "molecules": asked,
        "correlation of pieces": float(np.corrcoef(summed, lost)[0, 1]),
        "fall without the top fifth": top,
        "a random fifth": other,
        "the bottom fifth": bottom,
        "top falls more than random": float(np.mean([fall[0] > fall[2] for fall in drops])),
    }


if __name__ == "__main__":
    main()
