"""Benchmark tasks that optimisers of structures are compared by.

The 23 oracles of the practical molecular optimisation benchmark (PMO: Gao et al., NeurIPS 2022), defined as
Therapeutics Data Commons (TDC) defines them, and two forms of penalised logP: that of the literature and the
``J score`` of ChemTS. The names load nothing heavy; ``TASKS`` and ``scores`` load RDKit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kozue.systems.molecules.design.tasks.listing import LISTING, NAMES, PMO, QUICK

if TYPE_CHECKING:
    from kozue.systems.molecules.design.tasks.registry import TASKS, Task, scores

__all__ = ["LISTING", "NAMES", "PMO", "QUICK", "TASKS", "Task", "scores"]


def __getattr__(name: str) -> Any:
    if name in ("TASKS", "Task", "scores"):
        from kozue.systems.molecules.design.tasks import registry

        return getattr(registry, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
