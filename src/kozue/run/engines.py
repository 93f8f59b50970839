"""Engines: where parts are worked on. All give the same bytes; they differ only in how many hands."""

from __future__ import annotations

import concurrent.futures as futures
import importlib
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal, Protocol

from kozue.core.errors import RunError, missing_extra, unknown_name

EngineName = Literal["inline", "pool", "ray"]
ENGINES: tuple[EngineName, ...] = ("inline", "pool", "ray")
MAX_TRIES = 3
POLL_SECONDS = 0.1


class Engine(Protocol):
    """Applies a function to items, in order of completion, with back-pressure."""

    def submit_all(
        self, function: Callable[[Any], Any], items: Iterable[Any], tick: Callable[[], None]
    ) -> Iterator[Any]:
        """Yield results as they come; ``tick`` is called often and may raise to stop."""
        ...

    def close(self) -> None:
        """Stop all workers at once."""
        ...


class Inline:
    """Work in this very process."""

    def submit_all(
        self, function: Callable[[Any], Any], items: Iterable[Any], tick: Callable[[], None]
    ) -> Iterator[Any]:
        """Yield the results one after the other."""
        for item in items:
            tick()
            yield function(item)

    def close(self) -> None:
        """Nothing to stop."""


def _start_worker(parent: int, stop: Any, environment: dict[str, str]) -> None:
    """Prepare a pool worker: one thread a library, and an end when the parent ends."""
    os.environ.update(environment)

    def watch() -> None:
        # A worker outlives a killed parent and burns a core unless it looks for itself.
        while os.getppid() == parent and not stop.is_set():
            time.sleep(POLL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Pool:
    """Work in spawned processes; a worker that dies is replaced and its items are tried again.

    Parameters
    ----------
    workers : int, optional
        Processes; as many as there are cores by default.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = max(1, workers or os.cpu_count() or 1)
        self._spawn = multiprocessing.get_context("spawn")
        self._stop: Any = None
        self._executor: futures.ProcessPoolExecutor | None = None

    def _open(self) -> futures.ProcessPoolExecutor:
        self._stop = self._spawn.Event()
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        self._executor = futures.ProcessPoolExecutor(
            self.workers, self._spawn, _start_worker, (os.getpid(), self._stop, threads)
        )
        return self._executor

    def submit_all(
        self, function: Callable[[Any], Any], items: Iterable[Any], tick: Callable[[], None]
    ) -> Iterator[Any]:
        """Yield results as they are finished, with at most two items a worker under way."""
        executor = self._executor or self._open()
        source = iter(items)
        waiting: deque[tuple[Any, int]] = deque()
        running: dict[futures.Future[Any], tuple[Any, int]] = {}
        exhausted = False
        while True:
            while not exhausted and len(running) + len(waiting) < 2 * self.workers:
                tick()
                item = next(source, self)
                if item is self:
                    exhausted = True
                else:
                    waiting.append((item, 1))
            try:
                while waiting:
                    item, tries = waiting[0]
                    running[executor.submit(function, item)] = (item, tries)
                    waiting.popleft()
                if not running:
                    return
                done, _ = futures.wait(running, timeout=POLL_SECONDS, return_when=futures.FIRST_COMPLETED)
                tick()
                for future in done:
                    result = future.result()
                    del running[future]
                    yield result
            except BrokenProcessPool:
                # Nobody knows which item killed the worker: all that were under way are tried again.
                for again, tries in running.values():
                    if tries >= MAX_TRIES:
                        raise RunError(
                            f"A worker process died {MAX_TRIES} times on the same part.",
                            "It may need more memory: use fewer workers (--workers 1).",
                        ) from None
                    waiting.append((again, tries + 1))
                running.clear()
                self.close()
                executor = self._open()

    def close(self) -> None:
        """End all workers at once."""
        if self._executor is not None:
            self._stop.set()
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None


class RayCluster:
    """Work as Ray Core tasks, on this machine or on the cluster that ``RAY_ADDRESS`` names.

    Parameters
    ----------
    workers : int, optional
        CPUs of a local Ray; a given cluster decides for itself.

    Notes
    -----
    The run folder must be on a file system that all nodes share. Parts are plain tasks: with Ray
    Data, one killed node was seen to lose the whole job.
    """

    def __init__(self, workers: int | None = None) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            self.ray: Any = importlib.import_module("ray")
        except ImportError:
            raise missing_extra("cluster", "ray") from None
        self._mine = not self.ray.is_initialized()
        if self._mine:
            local = (
                {}
                if os.environ.get("RAY_ADDRESS")
                else {
                    "num_cpus": workers or os.cpu_count() or 1,
                    "include_dashboard": False,
                    "object_store_memory": 256 * 1024 * 1024,
                }
            )
            self.ray.init(log_to_driver=False, logging_level="ERROR", **local)

    def submit_all(
        self, function: Callable[[Any], Any], items: Iterable[Any], tick: Callable[[], None]
    ) -> Iterator[Any]:
        """Yield results as they are finished, with at most two items a CPU under way."""
        remote = self.ray.remote(max_retries=MAX_TRIES, num_cpus=1)(function)
        limit = max(2, 2 * int(self.ray.cluster_resources().get("CPU", 1)))
        source = iter(items)
        running: list[Any] = []
        exhausted = False
        try:
            while True:
                while not exhausted and len(running) < limit:
                    tick()
                    item = next(source, self)
                    if item is self:
                        exhausted = True
                    else:
                        running.append(remote.remote(item))
                if not running:
                    return
                done, running = self.ray.wait(running, num_returns=1, timeout=POLL_SECONDS)
                tick()
                for reference in done:
                    yield self._get(reference)
        finally:
            for reference in running:
                self.ray.cancel(reference, force=True)

    def _get(self, reference: Any) -> Any:
        try:
            return self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            cause = error.as_instanceof_cause()
            original = getattr(cause, "cause", None)
            raise (original if isinstance(original, Exception) else cause) from None

    def close(self) -> None:
        """Leave the cluster; a local Ray is shut down."""
        if self._mine and self.ray.is_initialized():
            self.ray.shutdown()


def make_engine(name: str, workers: int | None = None) -> Engine:
    """Return an engine by name.

    Raises
    ------
    UnknownNameError
        If there is no such engine.
    MissingExtraError
        If Ray is asked for and not installed.
    """
    if name == "inline":
        return Inline()
    if name == "pool":
        return Pool(workers)
    if name == "ray":
        return RayCluster(workers)
    raise unknown_name("engine", name, ENGINES)
