"""What is told of the measurements: verdicts on the targets, and every form that was tried."""

from __future__ import annotations

from typing import Final

import numpy as np
from rich.table import Table

from benchmarks.peers.agreement import OTHER_MODELS, PRODUCTS
from benchmarks.peers.measuring import ENGINE, Key, Measured
from benchmarks.peers.task import Task
from benchmarks.tables import columns
from benchmarks.timing import median, with_spread

BY_HAND: Final = "by hand"
"""The form whose derivatives are written out, and not found by the library."""

FLOOR: Final = ("engine", PRODUCTS)

SHAPE: Final = (200, 121)
"""T and V that the targets are for."""

TARGETS: Final = {("rnn", 1): (4.0, 1.8), ("gru", 1): (4.0, 4.0)}
"""Least ratio of torch's time to the engine's, and of jax's, by cell and B."""

BATCH_TARGET: Final = (32, 1.5)
"""B, and the least ratio of the better of torch and jax there."""


def verdict_table() -> Table:
    """Return the empty table of the targets."""
    return columns(
        "cell", "H", "B", "threads", "engine ms", "torch ms", "jax ms", "torch form", "jax form",
        "torch/engine", "jax/engine", "at most", "target", "reached",
        left=("target", "reached"),
    )  # fmt: skip


def form_table() -> Table:
    """Return the empty table of all forms."""
    return columns("cell", "H", "B", "library", "form", "ms", "ratio to engine", "rounds")


def best(measured: Measured, library: str, *, by_hand: bool) -> Key:
    """Return the fastest form of a library that computes this model.

    Args:
        measured: what was measured.
        library: whose.
        by_hand: whether the form is to be that with derivatives written out.
    """
    keys = [
        (owner, form)
        for owner, form in measured
        if owner == library and form not in OTHER_MODELS and (form == BY_HAND) == by_hand
    ]
    return min(keys, key=lambda key: median(measured[key]))


def verdict(task: Task, torch: float, jax: float) -> tuple[str, str]:
    """Return the target in words, and what was reached of it.

    Args:
        task: what was measured; at other lengths and vocabularies there is no target.
        torch: the time of torch over the engine's.
        jax: likewise.
    """
    size = task.size
    if (size.seq_length, size.vocab) != SHAPE:
        return "", ""
    if task.batch == BATCH_TARGET[0]:
        least = BATCH_TARGET[1]
        return f"better >= {least:g}", _word(min(torch, jax) >= least)
    if (size.cell, task.batch) not in TARGETS:
        return "", ""
    wanted = TARGETS[size.cell, task.batch]
    reached = [ratio >= least for ratio, least in zip((torch, jax), wanted, strict=True)]
    words = ", ".join(f"{name} {_word(good)}" for name, good in zip(PEERS, reached, strict=True))
    told = "yes" if all(reached) else "no" if not any(reached) else words
    return ", ".join(f"{n} >= {least:g}" for n, least in zip(PEERS, wanted, strict=True)), told


PEERS: Final = ("torch", "jax")


def _word(is_reached: bool) -> str:
    return "yes" if is_reached else "no"


def add_verdict(table: Table, task: Task, measured: Measured, *, by_hand: bool) -> None:
    """Add the row of a task, with the best form of each peer.

    `at most` are the ratios that would be reached if nothing but the products took time.
    """
    engine = measured[ENGINE]
    keys = [best(measured, library, by_hand=by_hand) for library in PEERS]
    ratios = [measured[key] / engine for key in keys]
    torch, jax = map(median, ratios)
    at_most = (f"{median(measured[key] / measured[FLOOR]):.1f}" for key in keys)
    table.add_row(
        *_of(task), f"{task.threads}", _ms(engine), *(_ms(measured[key]) for key in keys),
        *(form for _, form in keys), *map(with_spread, ratios), ", ".join(at_most),
        *verdict(task, torch, jax),
    )  # fmt: skip


def add_forms(table: Table, task: Task, measured: Measured) -> None:
    """Add a row for every form that was measured."""
    for (library, form), times in measured.items():
        name = f"{form} (another model)" if form in OTHER_MODELS else form
        ratio = with_spread(times / measured[ENGINE])
        table.add_row(*_of(task), library, name, _ms(times), ratio, f"{len(times)}")


def _of(task: Task) -> tuple[str, str, str]:
    return task.size.cell, f"{task.size.hidden}", f"{task.batch}"


def _ms(times: np.ndarray) -> str:
    return f"{median(times) * 1e3:.2f}"
