"""How long a sweep still takes, from the speeds measured so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.runs.sweeps.cells import Cell


class Measured(Protocol):
    """A cell and how far it has come, `elapsed` in seconds of training."""

    @property
    def cell(self) -> Cell:
        """Which one."""

    @property
    def state(self) -> str:
        """How it stands."""

    @property
    def iteration(self) -> int:
        """Updates made."""

    @property
    def elapsed(self) -> float:
        """Seconds that they took."""

    @property
    def left(self) -> float | None:
        """Seconds that it still takes by its own speed."""


def work(cell: Cell) -> float:
    """Return the products of a run: one for each trained value and character read."""
    config = cell.config
    characters = config.iterations * config.seq_length * config.batch_size
    return float(characters) * parameter_count(config, cell.text.vocab_size)


def seconds_left(rows: Sequence[Measured], capacity: int) -> float | None:
    """Return the seconds until the last cell is done, None before anything was measured.

    A cell that waits is taken to need as long for its work as those with the same kind of net.

    Args:
        rows: all cells of a sweep.
        capacity: how many of them are run at the same time.
    """
    active = [row for row in rows if row.state in ("running", "paused")]
    waiting = [row for row in rows if row.state == "waiting"]
    if not active and not waiting:
        return 0.0
    paces = _paces(rows)
    times = [_time_left(row, paces) for row in (*active, *waiting)]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return None
    return max(sum(known) / max(capacity, 1), *known)


def _paces(rows: Iterable[Measured]) -> dict[str, float]:
    """Return seconds a unit of work by kind of net; under the empty name, those of all."""
    seconds: dict[str, float] = {}
    done: dict[str, float] = {}
    for row in rows:
        if row.iteration and row.elapsed and row.state in ("running", "paused", "finished"):
            config = row.cell.config
            for kind in (config.cell, ""):
                seconds[kind] = seconds.get(kind, 0.0) + row.elapsed
                part = row.iteration / config.iterations
                done[kind] = done.get(kind, 0.0) + part * work(row.cell)
    return {kind: seconds[kind] / done[kind] for kind in seconds}


def _time_left(row: Measured, paces: dict[str, float]) -> float | None:
    if row.left is not None:
        return row.left
    config = row.cell.config
    pace = paces.get(config.cell, paces.get(""))
    if pace is None:
        return config.time_limit or None
    time = pace * work(row.cell) * (1 - row.iteration / config.iterations)
    return min(time, config.time_limit) if config.time_limit else time
