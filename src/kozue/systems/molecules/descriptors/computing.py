"""Molecules to arrays, block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from rdkit import Chem, DataStructs, rdBase
from rdkit.Avalon import pyAvalonTools
from rdkit.Chem import MACCSkeys, rdFingerprintGenerator, rdMHFPFingerprint, rdMolDescriptors
from rdkit.Chem.EState import Fingerprinter
from rdkit.Chem.Pharm2D import Generate, Gobbi_Pharm2D

from kozue.chem import descriptors, embedding, fingerprints, rdkit2d, shape
from kozue.systems.molecules.descriptors.catalogue import BLOCKS, numbers

if TYPE_CHECKING:
    from kozue.systems.molecules.descriptors.settings import ComputeSettings


@dataclass(frozen=True, slots=True)
class Computed:
    """One block of n molecules.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n, d), int32 or float64; NaN or infinite where a number is undefined.
    problems : dict of int to str
        Why a molecule has no values at all.
    notes : dict of str to int
        Warnings by code, with the number of molecules.
    """

    values: np.ndarray
    problems: dict[int, str]
    notes: dict[str, int]


def compute(key: str, mols: Sequence[Chem.Mol], settings: ComputeSettings) -> Computed:
    """Compute one block.

    Parameters
    ----------
    key : str
        Block.
    mols : sequence of rdkit.Chem.Mol
        Shape (n,).
    settings : ComputeSettings
        Size, radius, counts, chirality, seed.

    Raises
    ------
    MissingExtraError
        If the block needs a package that is not installed.
    """
    block = BLOCKS[key]
    if block.dimension == "learned":
        return _embedded(mols)
    kind = np.int32 if block.whole else np.float64
    width = len(numbers(block, settings.size))
    out = np.zeros((len(mols), width), kind)
    problems: dict[int, str] = {}
    notes: dict[str, int] = {}
    single = (
        (lambda mol: _of_conformer(key, mol, settings, notes))
        if block.dimension == "3D"
        else _flat(key, settings)
    )
    with rdBase.BlockLogs():
        for row, mol in enumerate(mols):
            try:
                out[row] = single(mol)
            except shape.NoConformerError as error:
                problems[row] = f"No conformer could be made for {block.label.en}: {error}."
            except (ValueError, RuntimeError, OverflowError) as error:
                if not block.whole:  # for example charges of a metal: undefined, which empty cells tell
                    out[row] = np.nan
                    continue
                problems[row] = f"{block.label.en} cannot be computed: {str(error).splitlines()[0][:200]}."
    return Computed(out, problems, notes)


def _flat(key: str, settings: ComputeSettings) -> Callable[[Chem.Mol], Any]:
    """Return what computes a 2D block of one molecule."""
    if key in _FOLDED:
        maker = _generator(key, settings.size, settings.radius, settings.chirality)
        return maker.GetCountFingerprintAsNumPy if settings.counts else maker.GetFingerprintAsNumPy
    single = _SINGLE[key]
    return lambda mol: single(mol, settings)


_FOLDED = ("ecfp", "fcfp", "atom_pairs", "torsions", "topological")


@cache
def _generator(
    key: str, size: int, radius: int, chirality: bool
) -> rdFingerprintGenerator.FingerprintGenerator64:
    if key in ("ecfp", "fcfp"):
        features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen() if key == "fcfp" else None
        return rdFingerprintGenerator.GetMorganGenerator(
            radius=radius, fpSize=size, includeChirality=chirality, atomInvariantsGenerator=features
        )
    if key == "atom_pairs":
        return rdFingerprintGenerator.GetAtomPairGenerator(fpSize=size, includeChirality=chirality)
    if key == "torsions":
        return rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=size, includeChirality=chirality)
    return rdFingerprintGenerator.GetRDKitFPGenerator(fpSize=size)


@cache
def _smiles_circles() -> rdMHFPFingerprint.MHFPEncoder:
    return rdMHFPFingerprint.MHFPEncoder()


def _bits(vector: DataStructs.ExplicitBitVect) -> np.ndarray:
    out = np.zeros(len(vector), np.int32)
    DataStructs.ConvertToNumpyArray(vector, out)
    return out


def _avalon(mol: Chem.Mol, settings: ComputeSettings) -> np.ndarray:
    counted = fingerprints.avalon_counts([mol], settings.size)[0]
    return counted if settings.counts else _bits(pyAvalonTools.GetAvalonFP(mol, nBits=settings.size))


def _circles_as_smiles(mol: Chem.Mol, settings: ComputeSettings) -> np.ndarray:
    """RDKit writes the circles in the order of the atoms: take the canonical one."""
    canonical = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    return _bits(
        _smiles_circles().EncodeSECFPMol(
            canonical if canonical is not None else mol,
            radius=settings.radius,
            isomeric=settings.chirality,
            length=settings.size,
        )
    )


def _pharmacophore(mol: Chem.Mol, settings: ComputeSettings) -> np.ndarray:
    """Fold RDKit's 39,972 places onto the size by their remainder."""
    out = np.zeros(settings.size, np.int32)
    found = Generate.Gen2DFingerprint(mol, Gobbi_Pharm2D.factory)
    out[[place % settings.size for place in found.GetOnBits()]] = 1
    return out


def _estate(mol: Chem.Mol, settings: ComputeSettings) -> np.ndarray:
    return np.concatenate(Fingerprinter.FingerprintMol(mol))


@cache
def _names_2d() -> tuple[str, ...]:
    return tuple(number.name for number in numbers(BLOCKS["rdkit2d"], 0))


_SINGLE: dict[str, Callable[[Chem.Mol, Any], Any]] = {
    "secfp": _circles_as_smiles,
    "layered": lambda mol, settings: _bits(Chem.LayeredFingerprint(mol, fpSize=settings.size)),
    "pattern": lambda mol, settings: _bits(Chem.PatternFingerprint(mol, fpSize=settings.size)),
    "avalon": _avalon,
    "pharmacophore2d": _pharmacophore,
    "maccs": lambda mol, settings: _bits(MACCSkeys.GenMACCSKeys(mol))[1:],
    "erg": lambda mol, settings: fingerprints.reduced_graph([mol])[0],
    "estate": _estate,
    "rdkit2d": lambda mol, settings: rdkit2d.descriptors([mol], _names_2d())[0],
    "properties": lambda mol, settings: descriptors.properties([mol])[0],
    "groups": lambda mol, settings: descriptors.fragments([mol])[0],
    "mqn": lambda mol, settings: rdMolDescriptors.MQNs_(mol),
    "autocorrelation2d": lambda mol, settings: rdMolDescriptors.CalcAUTOCORR2D(mol),
    "bcut": lambda mol, settings: rdMolDescriptors.BCUT2D(mol),
}


def _of_conformer(key: str, mol: Chem.Mol, settings: ComputeSettings, notes: dict[str, int]) -> Any:
    made = _conformer(Chem.MolToSmiles(mol), settings.conformer_seed)
    if isinstance(made, shape.NoConformerError):
        raise made
    if not made.relaxed:
        notes["no_force_field"] = notes.get("no_force_field", 0) + 1
    try:
        return shape.VECTORS[key](made.mol)
    except ValueError:  # fewer atoms than the method needs: undefined, as told by the empty cells
        return np.nan


_CONFORMERS: dict[tuple[str, int], shape.Conformer | shape.NoConformerError] = {}
_CONFORMERS_KEPT = 512  # enough for all 3D blocks of one batch


def _conformer(smiles: str, seed: int) -> shape.Conformer | shape.NoConformerError:
    """Make a conformer once for all blocks that need it."""
    if (smiles, seed) not in _CONFORMERS:
        while len(_CONFORMERS) >= _CONFORMERS_KEPT:
            _CONFORMERS.pop(next(iter(_CONFORMERS)))
        try:
            _CONFORMERS[smiles, seed] = shape.conformer(Chem.MolFromSmiles(smiles), seed)
        except shape.NoConformerError as error:
            _CONFORMERS[smiles, seed] = error
    return _CONFORMERS[smiles, seed]


def _embedded(mols: Sequence[Chem.Mol]) -> Computed:
    """Ask the optional package for its embedding."""
    out = embedding.embed(mols).astype(np.float64)
    problems = {
        int(row): "MiniMol cannot embed this molecule." for row in np.flatnonzero(np.isnan(out).any(axis=1))
    }
    out[list(problems)] = 0.0
    return Computed(out, problems, {})
