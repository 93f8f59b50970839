"""Registry: finds every operation, ours by folder and other people's by entry point."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

from kozue.core.errors import PluginError, unknown_name
from kozue.core.operation import Operation, System
from kozue.core.records import Label

ENTRY_POINT_GROUP = "kozue.operations"


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """An entry point that could not be loaded.

    Parameters
    ----------
    name, package : str
        Entry point and the distribution that brings it.
    reason : str
        What its import raised.
    """

    name: str
    package: str
    reason: str


@dataclass
class Registry:
    """Operations and systems by name.

    Parameters
    ----------
    operations : dict of str to Operation
        By full name, sorted.
    systems : dict of str to System
        By name, sorted.
    broken : list of BrokenPlugin
        Plug-ins that failed to load; ``kozue doctor`` lists them.
    """

    operations: dict[str, Operation] = field(default_factory=dict)
    systems: dict[str, System] = field(default_factory=dict)
    broken: list[BrokenPlugin] = field(default_factory=list)

    def operation(self, name: str) -> Operation:
        """Return an operation by its full name.

        Raises
        ------
        PluginError
            If the name belongs to a plug-in that could not be loaded.
        UnknownNameError
            If nothing has this name; lists what exists.
        """
        found = self.operations.get(name)
        if found is not None:
            return found
        for plugin in self.broken:
            if plugin.name in (name, name.partition(".")[0]):
                raise PluginError(
                    f"The operations {plugin.name!r} of package {plugin.package} could not be loaded: "
                    f"{plugin.reason}",
                    f"Repair or uninstall {plugin.package}; 'kozue doctor' lists all plug-ins.",
                )
        raise unknown_name("operation", name, self.operations)

    def of_system(self, system: str) -> list[Operation]:
        """Return a system's operations in the order of their definition."""
        if system not in self.systems:
            raise unknown_name("system", system, self.systems)
        return [op for op in self.operations.values() if op.system == system]

    def add_module(self, module: ModuleType) -> None:
        """Add the operations that a module defines.

        Raises
        ------
        TypeError
            If a name is taken.
        """
        found = [thing for thing in vars(module).values() if isinstance(thing, Operation)]
        for op in found:
            if op.name in self.operations and self.operations[op.name] is not op:
                raise TypeError(f"Two operations are named {op.name!r}.")
            self.operations[op.name] = op
        for thing in vars(module).values():
            if isinstance(thing, System):
                self.systems[thing.name] = thing
        for op in found:
            self.systems.setdefault(
                op.system, System(op.system, Label(op.system, op.system), Label(op.summary, op.summary))
            )


def discover() -> Registry:
    """Walk ``kozue.systems.<group>.<system>.operations``, then the entry-point group.

    A failure in our own tree is a fault and is raised; a failing plug-in becomes a
    :class:`BrokenPlugin`.
    """
    registry = Registry()
    systems = importlib.import_module("kozue.systems")
    for group in pkgutil.iter_modules(systems.__path__, "kozue.systems."):
        package = importlib.import_module(group.name)
        for system in pkgutil.iter_modules(getattr(package, "__path__", []), group.name + "."):
            inner = importlib.import_module(system.name)
            names = {module.name for module in pkgutil.iter_modules(getattr(inner, "__path__", []))}
            if "operations" in names:
                registry.add_module(importlib.import_module(f"{system.name}.operations"))
    for entry in sorted(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda e: e.name):
        try:
            registry.add_module(entry.load())
        except Exception as error:  # noqa: BLE001 - other people's code may raise anything
            package_name = entry.dist.name if entry.dist else "unknown"
            registry.broken.append(BrokenPlugin(entry.name, package_name, f"{type(error).__name__}: {error}"))
    return registry


@cache
def get_registry() -> Registry:
    """Return the process's registry; discovery runs once."""
    return discover()
