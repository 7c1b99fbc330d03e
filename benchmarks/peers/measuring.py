"""All contenders of a task, timed in turn."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from benchmarks.peers.agreement import check
from benchmarks.peers.task import Task
from benchmarks.peers.worker import LIBRARIES, Worker
from benchmarks.timing import LEAST_ROUNDS, STRETCH

Key = tuple[str, str]
"""Library and form."""

Measured = dict[Key, np.ndarray]
"""Seconds an update, one value a round."""

ENGINE: Final = ("engine", "engine")


def measure(task: Task, budget: float) -> Measured:
    """Check that all contenders agree, then time them in alternating rounds.

    Args:
        task: what they do.
        budget: seconds; `LEAST_ROUNDS` are made whatever it is.

    Raises:
        SystemExit: if one of them computes something else, or its process died.
    """
    workers: dict[str, Worker] = {}
    try:
        known = {}
        for library in LIBRARIES:  # one after the other: what they compile needs all processors
            workers[library] = Worker(library, task)
            for form, beginning in workers[library].beginnings().items():
                known[library, form] = beginning
        check(known, task.weights())
        calls = {key: max(1, round(STRETCH / each.seconds)) for key, each in known.items()}
        return _rounds(workers, calls, budget)
    finally:
        for worker in workers.values():
            worker.close()


def _rounds(workers: dict[str, Worker], calls: dict[Key, int], budget: float) -> Measured:
    rounds: dict[Key, list[float]] = {key: [] for key in calls}
    stop, made = time.perf_counter() + budget, 0
    while made < LEAST_ROUNDS or time.perf_counter() < stop:
        for (library, form), times in rounds.items():
            times.append(workers[library].seconds(form, calls[library, form]))
        made += 1
    return {key: np.array(times) for key, times in rounds.items()}
