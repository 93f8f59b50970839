"""What removes a molecule before a call is spent on it: cheap tests first, the first that fails is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from kozue.chem.alerts import CHEMBL_CATALOGUES, Alerts
from kozue.systems.molecules.design.filters.settings import FilterSettings
from kozue.systems.molecules.design.filters.windows import Window, read_window
from kozue.systems.molecules.design.rewards.structures import FUNCTIONS, read_smarts

#: Properties by their cost, cheap ones first.
_BY_COST = (
    "heavy_atoms", "charge", "rings", "aromatic_rings", "heteroatoms", "halogens", "largest_ring", "mw", "fsp3",
    "stereocentres", "hbd", "hba", "rotatable", "tpsa", "logp", "refractivity", "sa", "qed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """One test.

    Parameters
    ----------
    name : str
        By which the report counts what it removed.
    failing : callable
        The name under which a molecule is removed, empty if it passes.
    kind : str
        ``window``, ``ring``, ``count``, ``forbid``, ``require`` or ``alert``.
    window : Window, optional
        For ``window``.
    query : rdkit.Chem.Mol, optional
        For ``forbid`` and ``require``.
    alerts : Alerts, optional
        For ``alert``.
    """

    name: str
    failing: Callable[[Chem.Mol], str]
    kind: str
    window: Window | None = None
    query: Chem.Mol | None = None
    alerts: Alerts | None = None

    def every(self, mol: Chem.Mol) -> list[str]:
        """Return all names under which a molecule is removed."""
        if self.alerts is not None:
            return self.alerts.match(mol)
        name = self.failing(mol)
        return [name] if name else []


class Filters:
    """All filters of a search.

    Parameters
    ----------
    settings : FilterSettings
        Which ones.

    Raises
    ------
    SettingsError
        If a substructure cannot be read.
    """

    def __init__(self, settings: FilterSettings) -> None:
        self.filters = list(_made(settings))
        self.counts: Counter[str] = Counter()

    def first_failing(self, mol: Chem.Mol) -> str:
        """Return the name of the first filter that removes a molecule, empty if all let it pass; counts it."""
        for each in self.filters:
            name = each.failing(mol)
            if name:
                self.counts[name] += 1
                return name
        return ""

    def contradiction(self, core: Chem.Mol | None = None) -> str | None:
        """Return which filter no molecule can pass, in a sentence; None if none is known to block everything.

        Parameters
        ----------
        core : rdkit.Chem.Mol, optional
            What every molecule keeps; dummy atoms stand for its attachment points.
        """
        from kozue.systems.molecules.design.filters.contradictions import contradiction

        return contradiction(self.filters, core)


def _made(settings: FilterSettings) -> Iterator[Filter]:
    if settings.charge is not None:
        yield _at_most("charge", settings.charge, lambda mol: abs(Chem.GetFormalCharge(mol)))
    windows = [read_window(text) for text in settings.windows]
    yield from (_window(window) for window in sorted(windows, key=lambda each: _BY_COST.index(each.property)))
    yield from _rings(settings)
    if settings.stereocentres is not None:
        yield _at_most("stereocentres", settings.stereocentres, rdMolDescriptors.CalcNumAtomStereoCenters)
    for smarts in settings.forbid:
        query = read_smarts(smarts, "the forbidden substructures")
        yield Filter(f"forbidden {smarts}", _has(query, f"forbidden {smarts}"), "forbid", query=query)
    for smarts in settings.require:
        query = read_smarts(smarts, "the required substructures")
        yield Filter(f"without {smarts}", _lacks(query, f"without {smarts}"), "require", query=query)
    if settings.alerts:
        alerts = Alerts(catalogues(settings))
        yield Filter("alerts", alerts.first, "alert", alerts=alerts)


def catalogues(settings: FilterSettings) -> list[str]:
    """Return the alert catalogues that were asked for, each once."""
    by_name = {name.lower(): (name,) for name in ("PAINS", "BRENK", "NIH", *CHEMBL_CATALOGUES)}
    by_name["chembl"] = CHEMBL_CATALOGUES
    return list(dict.fromkeys(name for alert in settings.alerts for name in by_name[alert]))


def _window(window: Window) -> Filter:
    function = FUNCTIONS[window.property]
    return Filter(
        window.text, lambda mol: "" if window.admits(function(mol)) else window.text, "window", window=window
    )


def _at_most(name: str, most: int, function: Callable[[Chem.Mol], int]) -> Filter:
    shown = f"{name} above {most}"
    return Filter(shown, lambda mol: shown if function(mol) > most else "", "count")


def _rings(settings: FilterSettings) -> Iterator[Filter]:
    largest, smallest = settings.largest_ring, settings.smallest_ring
    if largest is not None:
        shown = f"ring larger than {largest}" if largest else "ring"
        yield Filter(shown, lambda mol: shown if max(_sizes(mol), default=0) > largest else "", "ring")
    if smallest is not None:
        small = f"ring smaller than {smallest}"
        yield Filter(
            small, lambda mol: small if min(_sizes(mol), default=smallest) < smallest else "", "ring"
        )


def _sizes(mol: Chem.Mol) -> list[int]:
    return [len(ring) for ring in mol.GetRingInfo().AtomRings()]


def _has(query: Chem.Mol, name: str) -> Callable[[Chem.Mol], str]:
    return lambda mol: name if mol.HasSubstructMatch(query) else ""


def _lacks(query: Chem.Mol, name: str) -> Callable[[Chem.Mol], str]:
    return lambda mol: "" if mol.HasSubstructMatch(query) else name
