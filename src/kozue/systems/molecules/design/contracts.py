"""What a generator, a reward and the oracle tell each other.

A new generator (a graph policy, a latent-space search) fulfils :class:`Generator` and is named in
``generators.py``; it then shares the budget, the cache, the filters and the audit log of all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from rdkit import Chem

    from kozue.core.context import Context

Status = Literal["scored", "known", "invalid", "filtered", "crowded", "unspent"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A structure that a generator would like to have judged.

    Parameters
    ----------
    smiles : str
        As written by the generator; may be unreadable.
    parents : tuple of str
        Canonical SMILES of the structures it was made from.
    """

    smiles: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the oracle answers to one proposal.

    Parameters
    ----------
    smiles : str
        Canonical SMILES; the text as proposed if it is unreadable.
    status : str
        ``scored``: new, one call was spent; ``known``: scored before, the score is that one; ``invalid``:
        unreadable, or without the core; ``filtered``: a filter removed it; ``crowded``: the diversity filter did;
        ``unspent``: no call was spent on it,
        because the budget was gone or others promised more.
    score : float
        Combined objective, 0 to 1 for desirabilities, any number for a plain sum; ``-inf`` where nothing was scored.
    reason : str
        Which filter removed it, or why it is invalid.
    call : int
        Number of the oracle call, from 1; 0 where none was spent.
    values : mapping
        Reward name to raw value.
    """

    smiles: str
    status: Status
    score: float = float("-inf")
    reason: str = ""
    call: int = 0
    values: Mapping[str, float] = field(default_factory=dict)


class Generator(Protocol):
    """Something that proposes structures and learns from their scores."""

    name: str

    def propose(self, count: int) -> Sequence[Proposal]:
        """Return up to about ``count`` proposals; fewer only where it has nothing more to offer."""
        ...

    def learn(self, judged: Sequence[Judged], mine: bool) -> None:
        """Take in the answers to a batch of proposals.

        Parameters
        ----------
        judged : sequence of Judged
            In the order of the proposals.
        mine : bool
            Whether this generator had proposed them; batches of the others come too.
        """
        ...


class Reward(Protocol):
    """One number, or several, that tell how good a structure is."""

    name: str

    def columns(self) -> tuple[str, ...]:
        """Return the names of its values; the first is the one that the objective uses."""
        ...

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return each column's raw values, shape (n,), float; NaN where it has none.

        Raises
        ------
        RewardError
            If it cannot be computed at all; the search then stops and keeps what it has.
        """
        ...
