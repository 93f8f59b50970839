"""Molecules per CPU second of every descriptor block, one thread, beside RDKit and scikit-fingerprints.

scikit-fingerprints pins its own RDKit, so that it lives in an environment of its own: set SKFP_PYTHON to that
environment's Python to have its column. All get the same SMILES; reading them is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time

from rdkit import Chem
from rdkit.Chem import Descriptors

from harness import bars, write
from kozue.systems.molecules.admet.ensemble import _library
from kozue.systems.molecules.descriptors import caching
from kozue.systems.molecules.descriptors.catalogue import BLOCKS
from kozue.systems.molecules.descriptors.computing import _CONFORMERS, compute
from kozue.systems.molecules.descriptors.serving import cached
from kozue.systems.molecules.descriptors.settings import ComputeSettings

COUNT, OF_3D = 300, 60
GOAL = 1.3  # times RDKit's own list of 2D descriptors

PEERS = {
    "ecfp": "ECFPFingerprint(count=True)",
    "secfp": "SECFPFingerprint()",
    "atom_pairs": "AtomPairFingerprint(count=True)",
    "torsions": "TopologicalTorsionFingerprint(count=True)",
    "topological": "RDKitFingerprint(count=True)",
    "layered": "LayeredFingerprint()",
    "pattern": "PatternFingerprint()",
    "avalon": "AvalonFingerprint(count=True)",
    "maccs": "MACCSFingerprint()",
    "erg": "ERGFingerprint()",
    "estate": "EStateFingerprint()",
    "rdkit2d": "RDKit2DDescriptorsFingerprint()",
    "mqn": "MQNsFingerprint()",
    "autocorrelation2d": "AutocorrFingerprint()",
    "bcut": "BCUT2DFingerprint()",
    "pharmacophore2d": "PharmacophoreFingerprint(variant='folded')",
}
ASK = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
from rdkit import Chem, RDLogger
RDLogger.DisableLog("rdApp.*")
import skfp.fingerprints
smiles, peers = json.load(open(sys.argv[1]))
rates = {}
for key, text in peers.items():
    maker = eval("skfp.fingerprints." + text)
    maker.transform([Chem.MolFromSmiles("CCO")])
    mols = [Chem.MolFromSmiles(s) for s in smiles]
    began = time.process_time()
    maker.transform(mols)
    rates[key] = len(mols) / (time.process_time() - began)
print(json.dumps(rates))
"""


def main():
    smiles = [text for text in _library().smiles if 15 < len(text) < 70][:: len(_library().smiles) // COUNT]
    smiles = smiles[:COUNT]
    peers = ask_peer(smiles)
    rows = []
    for key, block in BLOCKS.items():
        if block.extra:
            continue
        row = {"block": key, "numbers": block.size or 2048, "molecules/s": rate(key, smiles)}
        if caching.worth_keeping(key):
            row["from disk"] = warm(key, smiles)
        row["scikit-fingerprints"] = peers.get(key)
        if key == "rdkit2d":
            row["RDKit"] = of_rdkit(smiles)
            ratio = row["molecules/s"] / row["RDKit"]
        rows.append(row)
    goal = f"RDKit's 217 2D descriptors >= {GOAL:g} times as fast as RDKit's own function, same run, same numbers"
    figure = bars(
        "Molecules per CPU second",
        [r["block"] for r in rows],
        [r["molecules/s"] for r in rows],
        "molecules/s",
    )
    figure.axes[0].set_xscale("log")
    write("descriptors_speed", rows, figure, goal, ratio >= GOAL)


def mols(smiles):
    return [Chem.MolFromSmiles(text) for text in smiles]


def rate(key, smiles):
    """Compute once for each molecule; 3D blocks include the conformer."""
    some = smiles[:OF_3D] if BLOCKS[key].dimension == "3D" else smiles
    settings = ComputeSettings()
    compute(key, mols(["CCO"]), settings)
    _CONFORMERS.clear()
    ready = mols(some)
    began = time.process_time()
    compute(key, ready, settings)
    return len(some) / (time.process_time() - began)


def warm(key, smiles):
    """Take everything from the disk."""
    some = smiles[:OF_3D] if BLOCKS[key].dimension == "3D" else smiles
    ready, settings = mols(some), ComputeSettings()
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("KOZUE_HOME")
        os.environ["KOZUE_HOME"] = folder
        try:
            cached(key, ready, some, settings)
            began = time.process_time()
            cached(key, ready, some, settings)
            return len(some) / (time.process_time() - began)
        finally:
            os.environ.pop("KOZUE_HOME")
            if before is not None:
                os.environ["KOZUE_HOME"] = before


def of_rdkit(smiles):
    """RDKit's own call for the whole list."""
    ready = mols(smiles)
    began = time.process_time()
    for mol in ready:
        Descriptors.CalcMolDescriptors(mol)
    return len(smiles) / (time.process_time() - began)


def ask_peer(smiles):
    """Return scikit-fingerprints' rates by block; none without its environment."""
    python = os.environ.get("SKFP_PYTHON")
    if not python:
        return {}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([smiles, PEERS], file)
        file.flush()
        done = subprocess.run([python, "-c", ASK, file.name], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
