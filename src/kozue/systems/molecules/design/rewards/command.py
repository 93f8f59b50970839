"""An external program as a reward: started once, asked by one JSON line a batch."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from kozue.core.context import Context
from kozue.core.errors import KozueError
from kozue.systems.molecules.design.rewards.errors import RewardError
from kozue.systems.molecules.design.rewards.functions import LOOK_SECONDS, as_numbers
from kozue.systems.molecules.design.rewards.quantities import Shape
from kozue.systems.molecules.design.rewards.settings import CommandReward

if TYPE_CHECKING:
    from rdkit import Chem

KEPT_LINES = 20  # of its standard error, shown if it fails
LONGEST_LINE = 64_000_000  # bytes


class _UnansweredError(Exception):
    """It died or took too long: worth another try."""


class Scorer:
    """The running program with the threads that read what it writes.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : str
        Where it runs.

    Raises
    ------
    RewardError
        If it cannot be started.
    """

    def __init__(self, command: Sequence[str], folder: str) -> None:
        try:
            # A group of its own: whatever it starts ends with it.
            self.process = subprocess.Popen(
                list(command),
                cwd=folder or None,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise RewardError(
                f"The command {command[0]!r} could not be started in {folder or 'the current folder'}: "
                f"{error.strerror or error}.",
                "Check the program's name and that it may be executed.",
            ) from error
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        self.said: deque[str] = deque(maxlen=KEPT_LINES)
        self._readers = [
            threading.Thread(target=_read_lines, args=(self.process.stdout, self.lines), daemon=True),
            threading.Thread(target=_read_words, args=(self.process.stderr, self.said), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self._finalizer = weakref.finalize(self, _end, self.process)

    def close(self) -> None:
        """End it and whatever it started."""
        self._finalizer()

    def words(self) -> str:
        """Return the last lines it wrote to standard error, as the end of a sentence."""
        if self.process.poll() is not None:
            self._readers[1].join(1.0)
        said = "\n".join(self.said).strip()
        return f" It wrote: {said}" if said else " It wrote nothing to standard error."


class FromCommand:
    """An external program as a reward.

    Parameters
    ----------
    name : str
        Column of its values.
    settings : CommandReward
        Program, time and retries.
    shape : Shape
        What is wanted.
    """

    def __init__(self, name: str, settings: CommandReward, shape: Shape) -> None:
        self.name = name
        self.shape = shape
        self._settings = settings
        self._title = " ".join(settings.command)[:200]
        self._scorer: Scorer | None = None
        self._asked = 0

    def columns(self) -> tuple[str, ...]:
        """Return its only column."""
        return (self.name,)

    def values(
        self, smiles: Sequence[str], mols: Sequence[Chem.Mol], context: Context
    ) -> Mapping[str, np.ndarray]:
        """Return the program's numbers, shape (n,); null becomes NaN.

        Raises
        ------
        RewardError
            If it cannot be started, or dies or takes too long more often than it may; at once if what it writes is
            no answer.
        """
        for attempt in range(self._settings.retries + 1):
            try:
                answer = self._ask(smiles, context)
            except _UnansweredError as error:
                words = self._scorer.words() if self._scorer is not None else ""
                self.close()
                if attempt == self._settings.retries:
                    tries = "" if attempt == 0 else f" (tried {attempt + 1} times)"
                    raise RewardError(
                        f"The command {self._title!r} {error}{tries}.{words}",
                        "Run it by hand on a line such as {\"smiles\": [\"CCO\"]}; allow more 'seconds' or 'retries'.",
                    ) from error
            else:
                return {self.name: self._numbers(answer, len(smiles))}
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the program."""
        if self._scorer is not None:
            self._scorer.close()
            self._scorer = None

    def _ask(self, smiles: Sequence[str], context: Context) -> bytes:
        """Send a batch and wait for the line that answers it."""
        if self._scorer is None:
            self._scorer = Scorer(self._settings.command, self._settings.folder)
        scorer, deadline = self._scorer, time.monotonic() + self._settings.seconds
        if not scorer.lines.empty():
            early = scorer.lines.get()
            if early is None:  # it died already; the end of its output is told only once
                raise _ended(scorer)
            # Answers would be taken for those to the next question.
            self._refuse(early, "before it was asked")
        self._asked += 1
        question = json.dumps({"id": self._asked, "smiles": list(smiles)}).encode() + b"\n"
        # A program that does not read would block us once the pipe is full.
        threading.Thread(target=_send, args=(scorer.process.stdin, question), daemon=True).start()
        while True:
            try:
                line = scorer.lines.get(timeout=min(LOOK_SECONDS, max(deadline - time.monotonic(), 0.01)))
            except queue.Empty:
                self._look(context)
                if time.monotonic() >= deadline:
                    raise _UnansweredError(f"did not answer within {self._settings.seconds:g} s") from None
                continue
            if line is None:
                raise _ended(scorer)
            if line.strip():
                return line

    def _look(self, context: Context) -> None:
        """End the program if the person wants to stop: its late answer must not be taken for another."""
        try:
            context.check_cancelled()
        except KozueError:
            self.close()
            raise

    def _numbers(self, line: bytes, count: int) -> np.ndarray:
        """Read the answer; anything else than numbers stops the search, for it would come again."""
        answer: Any = None
        with contextlib.suppress(ValueError):
            answer = json.loads(line)
        if not isinstance(answer, dict) or not ({"values", "error"} & set(answer)):
            self._refuse(line, 'where a line such as {"values": [0.5, …]} was expected')
        if answer.get("id", self._asked) != self._asked:
            self._refuse(line, f"in answer to question {self._asked}")
        if "error" in answer:
            self.close()
            raise RewardError(f"The command {self._title!r} says: {str(answer['error'])[:2000]}")
        return as_numbers(answer["values"], count, self._title)

    def _refuse(self, line: bytes, where: str) -> NoReturn:
        words = self._scorer.words() if self._scorer is not None else ""
        self.close()
        raise RewardError(
            f"The command {self._title!r} wrote {line[:200].decode(errors='replace').strip()!r} {where}.{words}",
            "Write one line a question to standard output and nothing else; messages belong on standard error.",
        )


def _ended(scorer: Scorer) -> _UnansweredError:
    code = scorer.process.wait()
    how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
    return _UnansweredError(f"ended {how} without an answer")


def _read_lines(stream: Any, lines: queue.Queue[bytes | None]) -> None:
    with contextlib.suppress(ValueError, OSError):  # closed while reading
        while line := stream.readline(LONGEST_LINE):
            lines.put(line)
    lines.put(None)


def _read_words(stream: Any, said: deque[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in stream:
            said.append(line[:1000].decode(errors="replace").rstrip())


def _send(stream: Any, question: bytes) -> None:
    with contextlib.suppress(ValueError, OSError):  # it died: its end of output says so
        stream.write(question)
        stream.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and its group; runs also when this process ends."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
