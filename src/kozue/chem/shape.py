"""One conformer of a molecule, and numbers that describe its shape.

The conformer is made by RDKit's ETKDG (Riniker and Landrum, J. Chem. Inf. Model. 2015, 55, 2562; version 3)
with a fixed seed and relaxed with MMFF94 (Halgren, J. Comput. Chem. 1996, 17, 490). Atoms are put into their
canonical order first, so that two spellings of a molecule get the same conformer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers, rdMolDescriptors

MAX_ATOMS = 200  # with hydrogens more than twice as many
ATTEMPTS = 20
SECONDS = 20
STEPS = 500


class NoConformerError(ValueError):
    """No three-dimensional structure could be made."""


@dataclass(frozen=True, slots=True)
class Conformer:
    """A molecule with hydrogens and coordinates.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        With one conformer, in Å.
    relaxed : bool
        Whether the force field knew all atoms; otherwise coordinates are ETKDG's.
    """

    mol: Chem.Mol
    relaxed: bool


def conformer(mol: Chem.Mol, seed: int) -> Conformer:
    """Make one conformer.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Hydrogens implicit; one part.
    seed : int
        Same seed, same coordinates.

    Raises
    ------
    NoConformerError
        With the reason.
    """
    if mol.GetNumHeavyAtoms() > MAX_ATOMS:
        raise NoConformerError(
            f"it has {mol.GetNumHeavyAtoms()} heavy atoms; conformers are made up to {MAX_ATOMS}"
        )
    canonical = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    if canonical is None:
        raise NoConformerError("its canonical SMILES cannot be read back")
    full = Chem.AddHs(canonical)
    with rdBase.BlockLogs():
        if not any(_embed(full, seed, from_random) for from_random in (False, True)):
            raise NoConformerError(
                f"distance geometry found no structure in {ATTEMPTS} attempts (strained, or impossible stereo)"
            )
        return Conformer(full, _relax(full))


def _embed(full: Chem.Mol, seed: int, from_random: bool) -> bool:
    options = rdDistGeom.ETKDGv3()
    options.randomSeed = seed
    options.useRandomCoords = from_random
    options.maxIterations = ATTEMPTS
    options.timeout = SECONDS
    try:
        return bool(rdDistGeom.EmbedMolecule(full, options) == 0)
    except (ValueError, RuntimeError):
        return False


def _relax(full: Chem.Mol) -> bool:
    if not rdForceFieldHelpers.MMFFHasAllMoleculeParams(full):
        return False
    rdForceFieldHelpers.MMFFOptimizeMolecule(full, maxIters=STEPS)
    return True


def moments(mol: Chem.Mol) -> list[float]:
    """Principal moments of inertia and what follows from them, shape (11,); see the column table.

    Sauer and Schwarz, J. Chem. Inf. Comput. Sci. 2003, 43, 987 (normalised ratios); Todeschini and Consonni,
    Descriptors from Molecular Geometry, 2003; Firth et al., J. Chem. Inf. Model. 2012, 52, 2516 (plane).
    """
    functions: tuple[Callable[[Chem.Mol], float], ...] = (
        rdMolDescriptors.CalcPMI1,
        rdMolDescriptors.CalcPMI2,
        rdMolDescriptors.CalcPMI3,
        rdMolDescriptors.CalcNPR1,
        rdMolDescriptors.CalcNPR2,
        rdMolDescriptors.CalcRadiusOfGyration,
        rdMolDescriptors.CalcInertialShapeFactor,
        rdMolDescriptors.CalcEccentricity,
        rdMolDescriptors.CalcAsphericity,
        rdMolDescriptors.CalcSpherocityIndex,
    )
    return [*(function(mol) for function in functions), _plane(mol)]


def _plane(mol: Chem.Mol) -> float:
    """Mean distance of the heavy atoms from their best plane, Å; three atoms or fewer lie in one."""
    heavy = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() > 1]
    points = mol.GetConformer().GetPositions()[heavy]
    if len(points) <= 3:
        return 0.0
    centred = points - points.mean(axis=0)
    normal = np.linalg.svd(centred)[2][2]
    return float(np.abs(centred @ normal).mean())


#: Vectors of a conformer, by name. WHIM: Todeschini and Gramatica 1997; GETAWAY: Consonni et al. 2002; RDF: Hemmer
#: et al. 1999; 3D-MoRSE: Schuur et al. 1996; autocorrelation: Moreau and Broto 1980; USR: Ballester and Richards 2007;
#: USRCAT: Schreyer and Blundell 2012.
VECTORS: dict[str, Callable[[Chem.Mol], list[float]]] = {
    "shape": moments,
    "usr": rdMolDescriptors.GetUSR,
    "usrcat": rdMolDescriptors.GetUSRCAT,
    "whim": rdMolDescriptors.CalcWHIM,
    "getaway": rdMolDescriptors.CalcGETAWAY,
    "rdf": rdMolDescriptors.CalcRDF,
    "morse": rdMolDescriptors.CalcMORSE,
    "autocorrelation3d": rdMolDescriptors.CalcAUTOCORR3D,
}
