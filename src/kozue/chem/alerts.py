"""Structural alerts: substructures that medicinal chemists have learned to distrust.

RDKit's filter catalogues: PAINS (Baell and Holloway, J. Med. Chem. 2010, 53, 2719), BRENK (Brenk et
al., ChemMedChem 2008, 3, 435) and NIH (Jadhav et al., J. Med. Chem. 2010, 53, 37; Doveston et al.,
Org. Biomol. Chem. 2015, 13, 859); and, where they are asked for, the sets of several companies and screening centres
that ChEMBL collects. An alert is a reason to look, not a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem import FilterCatalog

from kozue.chem.screen import Screen
from kozue.core.errors import unknown_name

CATALOGUES = ("PAINS", "BRENK", "NIH")
CHEMBL_CATALOGUES = (
    "CHEMBL_BMS",
    "CHEMBL_Dundee",
    "CHEMBL_Glaxo",
    "CHEMBL_Inpharmatica",
    "CHEMBL_LINT",
    "CHEMBL_MLSMR",
    "CHEMBL_SureChEMBL",
)
_MOLECULE_START = b"\xef\xbe\xad\xde\x00\x00\x00\x00\x10\x00\x00\x00"


class Alerts:
    """The alerts of some catalogues.

    Parameters
    ----------
    catalogues : sequence of str
        Of ``PAINS``, ``BRENK``, ``NIH`` and :data:`CHEMBL_CATALOGUES`.
    """

    def __init__(self, catalogues: Sequence[str] = CATALOGUES) -> None:
        self._entries: list[FilterCatalog.FilterCatalogEntry] = []
        self._names: list[str] = []
        for catalogue in catalogues:
            if catalogue not in (*CATALOGUES, *CHEMBL_CATALOGUES):
                raise unknown_name("alert catalogue", catalogue, (*CATALOGUES, *CHEMBL_CATALOGUES))
            chosen = FilterCatalog.FilterCatalogParams()
            chosen.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, catalogue))
            loaded = FilterCatalog.FilterCatalog(chosen)
            for position in range(loaded.GetNumEntries()):
                entry = loaded.GetEntryWithIdx(position)
                self._entries.append(entry)
                self._names.append(f"{catalogue}: {_readable(entry.GetDescription())}")
        self._screen = Screen([_query(entry) for entry in self._entries])

    def __len__(self) -> int:
        return len(self._entries)

    def match(self, mol: Chem.Mol) -> list[str]:
        """Return the names of the alerts in a molecule, in the catalogues' order."""
        return [
            self._names[position]
            for position in self._screen.candidates(mol)
            if self._entries[position].HasFilterMatch(mol)
        ]

    def first(self, mol: Chem.Mol) -> str:
        """Return the first alert in a molecule, empty if it has none: quicker than all of them."""
        for position in self._screen.candidates(mol):
            if self._entries[position].HasFilterMatch(mol):
                return self._names[position]
        return ""

    def match_atoms(self, mol: Chem.Mol) -> list[tuple[str, tuple[int, ...]]]:
        """Return the alerts in a molecule with all atoms that take part, 0-based and sorted."""
        found = []
        for position in self._screen.candidates(mol):
            entry = self._entries[position]
            if entry.HasFilterMatch(mol):
                pairs = [pair for match in entry.GetFilterMatches(mol) for pair in match.atomPairs]
                atoms = sorted({int(pair.target) for pair in pairs})
                found.append((self._names[position], tuple(atoms)))
        return found


def _readable(description: str) -> str:
    """``anil_di_alk_E(186)`` -> ``anil di alk E``: the number is a count in the original paper."""
    return re.sub(r"\(\d+\)$", "", description).replace("_", " ")


def _query(entry: FilterCatalog.FilterCatalogEntry) -> Chem.Mol | None:
    """Dig the substructure out of an entry; None if it holds not exactly one.

    RDKit has no accessor for it. The serialised entry carries the pickled query, whose length is
    written before it.
    """
    stored = entry.Serialize()
    found = re.search(rb" (\d+) " + re.escape(_MOLECULE_START[:4]), stored)
    if not stored.split(b" ", 6)[5:6] or found is None:
        return None
    start, size = found.end() - 4, int(found.group(1))
    if re.search(rb" (\d+) " + re.escape(_MOLECULE_START[:4]), stored[start + size :]):
        return None
    with rdBase.BlockLogs():
        try:
            return Chem.Mol(stored[start : start + size])
        except RuntimeError:
            return None


@cache
def _all() -> Alerts:
    return Alerts()


def structural_alerts(mol: Chem.Mol) -> list[str]:
    """Return the PAINS, BRENK and NIH alerts of a molecule.

    Examples
    --------
    >>> from kozue.chem import parse, structural_alerts
    >>> structural_alerts(parse("O=Cc1ccccc1"))
    ['BRENK: aldehyde', 'NIH: aldehyde']
    """
    return _all().match(mol)


def alert_atoms(mol: Chem.Mol) -> list[tuple[str, tuple[int, ...]]]:
    """Return the structural alerts of a molecule, each with the atoms that raise it.

    Examples
    --------
    >>> from kozue.chem import parse
    >>> from kozue.chem.alerts import alert_atoms
    >>> alert_atoms(parse("O=Cc1ccccc1"))[0]
    ('BRENK: aldehyde', (0, 1))
    """
    return _all().match_atoms(mol)
