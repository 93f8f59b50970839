"""From settings to the generators of a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kozue.core.errors import SettingsError
from kozue.systems.molecules.design.contracts import Generator
from kozue.systems.molecules.design.core.decorating import Decorated, grammars
from kozue.systems.molecules.design.core.decorating import sample as decorate
from kozue.systems.molecules.design.core.grammar import Grammar
from kozue.systems.molecules.design.core.reading import read_core
from kozue.systems.molecules.design.core.scaffold import Core
from kozue.systems.molecules.design.generators.genetic import Genetic
from kozue.systems.molecules.design.generators.policy import Policy
from kozue.systems.molecules.design.generators.tree import Tree
from kozue.systems.molecules.design.prior import Prior
from kozue.systems.molecules.design.sampling import novel_start
from kozue.systems.molecules.design.tokens import CANONICAL, RANDOM
from kozue.systems.molecules.design.writing import Free, Writing

if TYPE_CHECKING:
    from kozue.systems.molecules.design.settings import SearchSettings

_FOUNDERS = 200  # molecules of the prior that a genetic algorithm begins with when none are given
_EMPTY = 0.3  # probability that a site stays empty, where that is allowed


def core_of(settings: SearchSettings, given: Sequence[str]) -> Core | None:
    """Return the core that the settings ask for, or None.

    Raises
    ------
    SettingsError
        If it cannot be read, the molecules given do not hold it, or a linker is wanted between fewer than two parts.
    """
    core = _read(settings, given)
    if settings.link and core is not None and not core.is_linked:
        raise SettingsError(
            f"link is set, but the core {core.smiles} is one part.",
            "Give two parts with one attachment point each, joined by a dot, or leave link out.",
        )
    return core


def _read(settings: SearchSettings, given: Sequence[str]) -> Core | None:
    if settings.core_from == "mcs":
        return read_core(examples=given)
    if not settings.core:
        return None
    if settings.core_from == "atoms":
        return read_core(settings.core, atoms=settings.core_sites)
    marked = "*" in settings.core or "[R" in settings.core
    lead = given[0] if given and (settings.core_from == "smarts" or not marked) else ""
    return read_core(settings.core, lead=lead)


@dataclass(slots=True)
class Beginning:
    """How sequences begin: empty, or with a core whose gaps are to be filled.

    Parameters
    ----------
    core : Core or None
        What stays.
    ways : dict of tuple of int to tuple of Grammar
        By the sites that stay empty: ways of writing the core.
    may_stay_empty : bool
        Whether a site may keep its hydrogen.
    rng : numpy.random.Generator
        Chooses among the ways.
    """

    core: Core | None
    ways: dict[tuple[int, ...], tuple[Grammar, ...]]
    may_stay_empty: bool
    rng: np.random.Generator

    @property
    def style(self) -> int:
        """Start token."""
        return CANONICAL if self.core is None else RANDOM

    def one_way(self, prior: Prior, count: int) -> Writing:
        """Begin always the same way, as a tree needs it."""
        if self.core is None:
            return Free.begin(prior, count, CANONICAL)
        return Decorated.begin(prior, self._grammars(prior, ())[0], count, RANDOM)

    def any_way(self, prior: Prior, count: int) -> Writing:
        """Begin in a way drawn anew."""
        if self.core is None:
            return Free.begin(prior, count, CANONICAL)
        ways = self._grammars(prior, self._empty())
        return Decorated.begin(prior, ways[int(self.rng.integers(len(ways)))], count, RANDOM)

    def _empty(self) -> tuple[int, ...]:
        labels = () if self.core is None else self.core.labels
        if not self.may_stay_empty or len(labels) < 2 or (self.core is not None and self.core.is_linked):
            return ()
        stay = self.rng.random(len(labels)) < _EMPTY
        return () if stay.all() else tuple(label for label, keeps in zip(labels, stay, strict=True) if keeps)

    def _grammars(self, prior: Prior, empty: tuple[int, ...]) -> tuple[Grammar, ...]:
        if empty not in self.ways and self.core is not None:
            self.ways[empty] = grammars(prior.tokens, self.core.leaving_empty(empty))
        return self.ways[empty]


def founders(prior: Prior, core: Core | None, given: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return molecules for a population to begin with: those given, else the prior's."""
    if core is None:
        return list(given) if len(given) >= 2 else [*given, *novel_start(prior, _FOUNDERS, rng)]
    held = [smiles for smiles in given if core.accepted(smiles)]
    if len(held) >= 2:
        return held
    return [*held, *dict.fromkeys(decorate(prior, core, _FOUNDERS, rng))]


def make_generators(
    settings: SearchSettings,
    prior: Prior,
    policy: Prior | None,
    core: Core | None,
    given: Sequence[str],
    rngs: Mapping[str, np.random.Generator],
) -> dict[str, Generator]:
    """Return the generators of a stage by name.

    Parameters
    ----------
    settings : SearchSettings
        Of the stage.
    prior : Prior
        What the search began with.
    policy : Prior or None
        What the policy of the stage before has learned.
    core : Core or None
        What stays.
    given : sequence of str
        Molecules to begin with.
    rngs : mapping
        Random numbers by generator.
    """
    made: dict[str, Generator] = {}
    for name in settings.generators:
        rng = rngs[name]
        beginning = Beginning(core, {}, settings.keep_hydrogen_sites, rng)
        if name == "tree":
            guide = policy or prior

            def begin(count: int, guide: Prior = guide, beginning: Beginning = beginning) -> Writing:
                return beginning.one_way(guide, count)

            made[name] = Tree(begin, rng, settings.rule, settings.exploration, settings.batch)
        elif name == "policy":
            made[name] = Policy(
                policy or prior, beginning.any_way, rng, style=beginning.style, whole=core is None
            )
        else:
            made[name] = Genetic(rng, founders(prior, core, given, rng), core)
    return made
