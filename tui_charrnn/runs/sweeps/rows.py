"""Where a sweep stands, cell by cell: what a screen shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from tui_charrnn.runs.store.records import RunRecord
from tui_charrnn.runs.sweeps.cells import Cell

CellState = Literal["waiting", "running", "paused", "finished", "failed", "cancelled"]
SweepState = Literal["ready", "running", "paused", "cancelling", "finished", "cancelled"]
"""`finished` sweeps have no cell left to run, though some may have failed."""


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell and how it stands.

    Attributes:
        cell: which one.
        state: how it stands.
        iteration: updates made.
        smooth_bits: smooth loss in bits per character; None before there is one.
        validation_bits: the last validation in bits per character; None before there is one.
        best_bits: the best validation in bits per character; None before there is one.
        speed: characters a second; None where it is not known.
        elapsed: seconds of training.
        left: seconds that it still takes; None where it is not known.
        message: why it failed, or what it waits for; else empty.
        attempts: how often it was begun in this sweep.
        run_id: of its run in the store, None before it is there.
    """

    cell: Cell
    state: CellState = "waiting"
    iteration: int = 0
    smooth_bits: float | None = None
    validation_bits: float | None = None
    best_bits: float | None = None
    speed: float | None = None
    elapsed: float = 0.0
    left: float | None = None
    message: str = ""
    attempts: int = 0
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class SweepSnapshot:
    """A whole sweep at one moment.

    Attributes:
        name: of the sweep.
        state: how it stands.
        rows: all cells in their order.
        left: seconds until the last is done; None where it is not known.
        problem: what keeps the sweep from going on, in one sentence; else empty.
    """

    name: str
    state: SweepState
    rows: tuple[CellRow, ...]
    left: float | None
    problem: str

    def counts(self) -> Counter[CellState]:
        """Return how many cells there are in each state."""
        return Counter(row.state for row in self.rows)


def finished_row(cell: Cell, record: RunRecord, attempts: int = 0) -> CellRow:
    """Return the row of a cell whose finished run is in the store."""
    return CellRow(
        cell=cell,
        state="finished",
        iteration=record.iteration,
        smooth_bits=record.smooth_bits,
        validation_bits=record.validation_bits,
        best_bits=record.best_bits,
        speed=record.speed,
        elapsed=record.elapsed,
        attempts=attempts,
        run_id=record.id,
    )
