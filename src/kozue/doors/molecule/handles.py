"""Short-lived names for structures, so that no address has to hold one.

Addresses end up in browser histories, proxies' logs and screen shots; a structure that is not published
yet must not. The page gives the structure to the server once, in the body of a request, and goes on under
a random name. Names live in the server's memory only: they are gone after a day, or when it stops.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from kozue.core.errors import UnknownNameError

SECONDS = 24 * 3600.0
MOST = 5000


@dataclass(frozen=True, slots=True)
class Held:
    """A structure that is held for a while."""

    smiles: str
    name: str
    since: float


class Handles:
    """Structures by random names.

    Parameters
    ----------
    most : int
        How many are held; the longest unused one goes first.
    seconds : float
        How long after the last use.
    clock : callable
        Returns seconds; for tests.
    """

    def __init__(
        self, most: int = MOST, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most, self.seconds, self.clock = most, seconds, clock
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def keep(self, smiles: str, name: str = "") -> str:
        """Hold a structure and return its name, 22 random letters."""
        identifier = secrets.token_urlsafe(16)
        with self._lock:
            self._forget()
            self._held[identifier] = Held(smiles, name, self.clock())
            while len(self._held) > self.most:
                self._held.popitem(last=False)
        return identifier

    def get(self, identifier: str) -> Held:
        """Return a structure by its name.

        Raises
        ------
        UnknownNameError
            If it is not held, or not any more.
        """
        with self._lock:
            self._forget()
            found = self._held.pop(identifier, None)
            if found is not None:
                fresh = Held(found.smiles, found.name, self.clock())
                self._held[identifier] = fresh
                return fresh
        raise UnknownNameError(
            "This address of a molecule is not known any more.",
            "Structures are held in memory for a day, until the server stops; give the structure again.",
        )

    def _forget(self) -> None:
        oldest = self.clock() - self.seconds
        while self._held:
            identifier, first = next(iter(self._held.items()))
            if first.since >= oldest:
                return
            del self._held[identifier]
