"""A process for each library, which computes when it is asked to and is at rest otherwise.

Thread pools go on spinning for a while after their work, and would take the processor from whoever
is measured next. So a worker answers only when all of its threads are asleep.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Protocol

from threadpoolctl import threadpool_limits

from benchmarks.peers.task import Named, Task
from benchmarks.timing import seconds

LIBRARIES: Final = ("engine", "torch", "jax")
"""What is compared, each in the module `<name>_model`."""

CHECKED: Final = 3
"""Updates that are compared before anything is timed."""

LOOK: Final = 0.02
"""Seconds between two looks at whether a process is at rest."""

BUSY: Final = 0.1
"""Share of a processor from which on it is not."""

PATIENCE: Final = 10.0
"""Seconds after which a process that does not come to rest is an error."""


class Contender(Protocol):
    """A model that is trained, update by update."""

    def update(self) -> float:
        """Make the next update; return its loss in nats, summed over T and B."""

    def parameters(self) -> Named:
        """Return the parameters under their canonical names."""


@dataclass(frozen=True)
class Beginning:
    """What came of the first updates: losses, parameters after them, seconds of the last one."""

    losses: list[float]
    parameters: Named
    seconds: float


def begin(contender: Contender) -> Beginning:
    """Make the first updates."""
    losses, taken = [], 0.0
    for _ in range(CHECKED):
        start = time.perf_counter()
        losses.append(contender.update())
        taken = time.perf_counter() - start
    return Beginning(losses, contender.parameters(), taken)


def rest() -> None:
    """Wait until no other thread of this process computes, or waits for a processor to do so.

    Raises:
        RuntimeError: if one goes on for `PATIENCE`.
    """
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline:
        used, start = time.process_time(), time.perf_counter()
        time.sleep(LOOK)
        is_busy = time.process_time() - used > BUSY * (time.perf_counter() - start)
        if not is_busy and not _has_runnable_thread():
            return
    raise RuntimeError(f"A worker was still computing {PATIENCE:g} s after its work.")


def _has_runnable_thread() -> bool:
    """Whether Linux lists another thread as running; elsewhere processor time alone has to do."""
    own = threading.get_native_id()
    for thread in Path("/proc/self/task").glob("*"):
        if int(thread.name) == own:
            continue
        with contextlib.suppress(OSError):  # it has just ended
            state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
            if state == "R":
                return True
    return False


def hold_to(threads: int) -> None:
    """Hold this process to some processors, before the libraries count them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["NPROC"] = os.environ["OMP_NUM_THREADS"] = f"{threads}"
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.environ["JAX_PLATFORMS"] = "cpu"


def serve(pipe: Connection, library: str, task: Task) -> None:
    """Answer with the first updates by form, then with seconds a call of what is asked for."""
    hold_to(task.threads)
    module = importlib.import_module(f"benchmarks.peers.{library}_model")
    forms: dict[str, Callable[[Task], Contender]] = module.FORMS[task.size.cell]
    with threadpool_limits(limits=1 if library == "engine" else task.threads):  # it has processes
        contenders = {name: make(task) for name, make in forms.items()}
        answer: object = {name: begin(each) for name, each in contenders.items()}
        while True:
            rest()
            pipe.send(answer)
            asked = pipe.recv()
            if asked is None:
                return
            form, calls = asked
            answer = seconds(contenders[form].update, calls)


class Worker:
    """The process of one library, seen from outside."""

    def __init__(self, library: str, task: Task) -> None:
        """Start it; it makes the first updates of all its forms."""
        spawning = multiprocessing.get_context("spawn")
        self._library = library
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=serve, args=(theirs, library, task), daemon=True)
        self._process.start()
        theirs.close()  # so that its end is seen as the end of what it sends

    def beginnings(self) -> dict[str, Beginning]:
        """Return the first updates by form; asked for once, and first of all."""
        answer: dict[str, Beginning] = self._answer()
        return answer

    def seconds(self, form: str, calls: int) -> float:
        """Return the mean time of some updates made in a row."""
        self._pipe.send((form, calls))
        return float(self._answer())

    def _answer(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            raise SystemExit(
                f"The worker of {self._library} ended with exit code {self._process.exitcode}."
            ) from None

    def close(self) -> None:
        """End it."""
        if self._process.is_alive():
            self._pipe.send(None)
        self._process.join()
