"""Rewards that the structure alone decides: properties, similarity, substructures, tasks of the literature."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import QED, rdFingerprintGenerator, rdMolDescriptors
from rdkit.DataStructs import BulkTanimotoSimilarity

from kozue.chem import parse
from kozue.chem.accessibility import synthetic_accessibility
from kozue.chem.crippen import contributions
from kozue.core.context import Context
from kozue.core.errors import InputError, SettingsError, unknown_name
from kozue.systems.molecules.design.rewards.quantities import Shape
from kozue.systems.molecules.design.rewards.settings import (
    Fingerprint,
    PropertyReward,
    SimilarityReward,
    SubstructureReward,
    TaskReward,
)

_HALOGENS = frozenset({9, 17, 35, 53, 85})


def _halogens(mol: Chem.Mol) -> float:
    return sum(atom.GetAtomicNum() in _HALOGENS for atom in mol.GetAtoms())


def _largest_ring(mol: Chem.Mol) -> float:
    return max(map(len, mol.GetRingInfo().AtomRings()), default=0)


FUNCTIONS: dict[str, Callable[[Chem.Mol], float]] = {
    "mw": rdMolDescriptors._CalcMolWt,
    "logp": lambda mol: contributions(mol).total_logp,
    "tpsa": rdMolDescriptors.CalcTPSA,
    "hbd": rdMolDescriptors.CalcNumHBD,
    "hba": rdMolDescriptors.CalcNumHBA,
    "rotatable": rdMolDescriptors.CalcNumRotatableBonds,
    "rings": rdMolDescriptors.CalcNumRings,
    "aromatic_rings": rdMolDescriptors.CalcNumAromaticRings,
    "heavy_atoms": lambda mol: mol.GetNumHeavyAtoms(),
    "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms,
    "halogens": _halogens,
    "fsp3": rdMolDescriptors.CalcFractionCSP3,
    "charge": Chem.GetFormalCharge,
    "stereocentres": rdMolDescriptors.CalcNumAtomStereoCenters,
    "largest_ring": _largest_ring,
    "refractivity": lambda mol: contributions(mol).total_refractivity,
    "qed": QED.qed,
    "sa": lambda mol: float(synthetic_accessibility([mol])[0]),
}
"""A function of a molecule for each property of ``quantities.toml``."""


def property_of(name: str, mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return a property by name, shape (n,)."""
    if name == "sa":  # computed for many at once
        return np.asarray(synthetic_accessibility(mols), float)
    function = FUNCTIONS[name]
    return np.fromiter((function(mol) for mol in mols), float, len(mols))


class _Single:
    """A reward of one column.

    Parameters
    ----------
    name : str
        Its column.
    shape : Shape
        What is wanted.
    """

    def __init__(self, name: str, shape: Shape) -> None:
        self.name = name
        self.shape = shape

    def columns(self) -> tuple[str, ...]:
        """Return its only column."""
        return (self.name,)

    def close(self) -> None:
        """Nothing to give back."""


class Property(_Single):
    """A property of the structure."""

    def __init__(self, name: str, settings: PropertyReward, shape: Shape) -> None:
        super().__init__(name, shape)
        self._property = settings.property

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the property, shape (n,)."""
        return {self.name: property_of(self._property, mols)}


class Similarity(_Single):
    """Tanimoto similarity to a molecule, by counts.

    Raises
    ------
    SettingsError
        If the molecule cannot be read.
    """

    def __init__(self, name: str, settings: SimilarityReward, shape: Shape) -> None:
        super().__init__(name, shape)
        self._generator = fingerprints(settings.fingerprint)
        try:
            reference = parse(settings.smiles)
        except InputError as error:
            raise SettingsError(
                f"The molecule of the reward {name!r} cannot be read: {error.message}", error.hint
            ) from error
        self._reference = self._generator.GetSparseCountFingerprint(reference)

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the similarity, shape (n,), 0 to 1."""
        prints = [self._generator.GetSparseCountFingerprint(mol) for mol in mols]
        return {self.name: np.array(BulkTanimotoSimilarity(self._reference, prints), float)}


class Substructure(_Single):
    """How often a substructure occurs."""

    def __init__(self, name: str, settings: SubstructureReward, shape: Shape) -> None:
        super().__init__(name, shape)
        self._query = read_smarts(settings.smarts, f"the reward {name!r}")

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the number of occurrences, shape (n,)."""
        counts = (len(mol.GetSubstructMatches(self._query, uniquify=True)) for mol in mols)
        return {self.name: np.fromiter(counts, float, len(mols))}


class Task(_Single):
    """A task of the literature."""

    def __init__(self, name: str, settings: TaskReward, shape: Shape) -> None:
        super().__init__(name, shape)
        from kozue.systems.molecules.design.tasks import TASKS, scores

        if settings.task not in TASKS:
            raise unknown_name("task", settings.task, TASKS)
        self._task = settings.task
        self._scores = scores

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the task's score, shape (n,)."""
        return {self.name: np.asarray(self._scores(self._task, mols), float)}


def fingerprints(kind: Fingerprint) -> rdFingerprintGenerator.FingerprintGenerator64:
    """Return RDKit's generator for a kind of fingerprint."""
    if kind == "atom_pairs":
        return rdFingerprintGenerator.GetAtomPairGenerator()
    if kind == "fcfp4":
        features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
        return rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=features)
    return rdFingerprintGenerator.GetMorganGenerator(radius=2)


def read_smarts(text: str, where: str) -> Chem.Mol:
    """Read a substructure.

    Raises
    ------
    SettingsError
        If it is not SMARTS.
    """
    with rdBase.BlockLogs():
        # RDKit takes what follows a space for a name, and "no such group" for the SMARTS "no".
        query = Chem.MolFromSmarts(text.strip()) if len(text.split()) == 1 else None
    if query is None or not query.GetNumAtoms():
        raise SettingsError(
            f"{text[:200]!r} of {where} cannot be read as SMARTS.", "Check brackets, rings and symbols."
        )
    # Matching needs the rings of a query that asks for them.
    Chem.GetSSSR(query)
    return query
