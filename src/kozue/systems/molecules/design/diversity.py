"""What counts as the same molecule, and how many of a kind are wanted.

Blaschke et al., J. Cheminform. 2020, 12, 68: a memory of scaffolds or of similar molecules turns away what there is
enough of, so that a search goes elsewhere.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.DataStructs import BulkTanimotoSimilarity, ExplicitBitVect

from kozue.chem.identity import canonical_smiles, scaffold

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings

MOST_TAUTOMERS = 100


class Diversity:
    """A memory of what has been scored.

    Parameters
    ----------
    settings : SearchSettings
        ``tautomers``, ``bucket``, ``bucket_size``, ``bucket_similarity`` and ``bucket_score``.
    """

    def __init__(self, settings: SearchSettings) -> None:
        self._settings = settings
        self._counts: Counter[str] = Counter()
        self._generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
        self._centres: list[ExplicitBitVect] = []
        self._last: tuple[Chem.Mol, str] | None = None
        self._tautomers: rdMolStandardize.TautomerEnumerator | None = None

    @property
    def buckets(self) -> dict[str, int]:
        """How many molecules each kind has, by scaffold or number of the kind's first molecule."""
        return dict(self._counts)

    def key(self, mol: Chem.Mol) -> str:
        """Return equal texts for what counts as the same molecule: the canonical SMILES, of a tautomer if asked."""
        if not self._settings.tautomers:
            return canonical_smiles(mol)
        if self._tautomers is None:
            self._tautomers = rdMolStandardize.TautomerEnumerator()
            self._tautomers.SetMaxTautomers(MOST_TAUTOMERS)
            self._tautomers.SetRemoveSp3Stereo(False)
            self._tautomers.SetRemoveBondStereo(False)
        with rdBase.BlockLogs():
            return canonical_smiles(self._tautomers.Canonicalize(mol))

    def admits(self, mol: Chem.Mol) -> bool:
        """Return whether there is room for one more of its kind."""
        if self._settings.bucket == "none":
            return True
        return self._counts[self._kind(mol)] < self._settings.bucket_size

    def add(self, mol: Chem.Mol, score: float) -> None:
        """Count a scored molecule, unless its score is too low to be remembered."""
        if self._settings.bucket == "none" or not score >= self._settings.bucket_score:
            return
        kind = self._kind(mol)
        if not kind and self._settings.bucket == "similarity":
            kind = str(len(self._centres))
            self._centres.append(self._generator.GetFingerprint(mol))
            self._last = None  # it is of this kind from now on
        self._counts[kind] += 1

    def admit(self, mol: Chem.Mol, score: float) -> bool:
        """Return whether there was room for a scored molecule; it is counted if so."""
        if not self.admits(mol):
            return False
        self.add(mol, score)
        return True

    def _kind(self, mol: Chem.Mol) -> str:
        """Return the kind of a molecule; for ``similarity`` empty if it is like none that is known."""
        if self._last is not None and self._last[0] is mol:
            return self._last[1]
        is_scaffold = self._settings.bucket == "scaffold"
        kind = (scaffold(mol) or "acyclic") if is_scaffold else self._nearest(mol)
        self._last = (mol, kind)
        return kind

    def _nearest(self, mol: Chem.Mol) -> str:
        if not self._centres:
            return ""
        found = np.array(BulkTanimotoSimilarity(self._generator.GetFingerprint(mol), self._centres))
        best = int(found.argmax())
        return str(best) if found[best] >= self._settings.bucket_similarity else ""
