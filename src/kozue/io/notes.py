"""Warnings of one reading: what was found at opening, and what is counted while records pass."""

from __future__ import annotations

from dataclasses import dataclass, field

from kozue.core.context import Warned


@dataclass(slots=True)
class Notes:
    """Collects warnings; those that repeat from line to line are counted and told once.

    Parameters
    ----------
    name : str
        File name for the sentences.
    opened : list of Warned
        Found when the source was opened.
    passing : dict
        Code -> (count, first place, sentence with ``{count}`` and ``{first}``) of the present pass.
    """

    name: str
    opened: list[Warned] = field(default_factory=list)
    passing: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    def say(self, code: str, message: str) -> None:
        """Keep a warning about the whole source."""
        warned = Warned(code, message)
        if warned not in self.opened:
            self.opened.append(warned)

    def count(self, code: str, place: str, sentence: str, times: int = 1) -> None:
        """Count something that happens to single records; the first place is kept."""
        count, first, _ = self.passing.get(code, (0, place, sentence))
        self.passing[code] = (count + times, first, sentence)

    def start_pass(self) -> None:
        """Forget what an earlier pass over the records counted."""
        self.passing.clear()

    def all(self) -> list[Warned]:
        """Return every warning so far."""
        counted = [
            Warned(code, f"{self.name}: " + sentence.replace("{first}", first), count)
            for code, (count, first, sentence) in self.passing.items()
        ]
        return self.opened + counted
