"""A sweep without a screen: a line for every cell that begins or ends, a table at the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console

from tui_charrnn.runs import wording
from tui_charrnn.runs.exit_codes import FAILED, SIGNAL
from tui_charrnn.runs.interrupts import Signals
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.sweeps.cells import Plan
from tui_charrnn.runs.sweeps.rows import CellRow, CellState, SweepSnapshot
from tui_charrnn.runs.sweeps.summary import summary, table
from tui_charrnn.runs.sweeps.sweep import Sweep
from tui_charrnn.safe_text import safe_line

WIDE = 1000
"""Columns of a file or pipe: there, each setting has a line of its own."""


def run(sweep: Sweep, out: TextIO) -> int:
    """Run a sweep to its end, or until a signal to end; return the exit code.

    The first signal asks the workers to stop, a second one ends the process at once.

    Args:
        sweep: not yet started.
        out: gets the lines and the table.
    """
    lines = Lines(out)
    lines.begin(sweep.snapshot())
    sweep.listen(lines.take)
    with interrupts(sweep) as received:
        sweep.start()
        sweep.wait()
    lines.end(sweep.snapshot())
    if received:
        return SIGNAL + received[0]
    return FAILED if sweep.snapshot().counts()["failed"] else 0


def show_plan(plan: Plan, store: RunStore | None, out: TextIO) -> None:
    """Write which cells there are, and which of them are finished.

    Raises:
        StoreError: if the store cannot be read.
    """
    finished = {} if store is None else store.finished_cells(cell.key for cell in plan.cells)
    for cell in plan.cells:
        state = "finished" if cell.key in finished else "waiting"
        print(f"{cell.number:6,}  {cell.key[:12]}  {state:8}  {safe_line(cell.label)}", file=out)
    left = wording.count(len(plan.cells) - len(finished))
    cells = wording.counted(len(plan.cells), "cell")
    print(f"sweep {safe_line(plan.name)}: {cells}, {left} to be run", file=out)


@contextmanager
def interrupts(sweep: Sweep) -> Iterator[list[int]]:
    """While it is entered, the first signal to end cancels a sweep; yield what came."""
    received: list[int] = []

    def hear(number: int) -> None:
        if not received:
            received.append(number)
            sweep.cancel()
        elif number != signal.SIGHUP:  # which a closed terminal sends several times
            os._exit(SIGNAL + number)

    with Signals(hear):
        yield received


class Lines:
    """Writes a line whenever a cell begins or ends."""

    def __init__(self, out: TextIO) -> None:
        """Write to a stream."""
        self._out = out
        self._states: dict[int, tuple[CellState, int]] = {}
        self._cells = 0

    def begin(self, snapshot: SweepSnapshot) -> None:
        """Say what there is to do."""
        self._cells = len(snapshot.rows)
        self._print(_overview(snapshot))

    def take(self, row: CellRow) -> None:
        """Say what became of a cell, if it is news."""
        number, news = row.cell.number, (row.state, row.attempts)
        before = self._states.get(number)
        self._states[number] = news
        if before != news and row.state in ("running", "finished", "failed"):
            if before and before[0] == "paused" and row.state == "running":
                return
            self._print(self._line(row))
        elif row.state == "waiting":
            self._print(self._line(row))

    def end(self, snapshot: SweepSnapshot) -> None:
        """Write the table, and what went wrong."""
        console = Console(file=self._out, width=None if self._out.isatty() else WIDE)
        console.print()
        console.print(table(summary(snapshot.rows)))
        if snapshot.problem:
            self._print(safe_line(snapshot.problem))
        self._print(_overview(snapshot))

    def _line(self, row: CellRow) -> str:
        width = len(f"{self._cells:,}")
        label = safe_line(row.cell.label)
        return f"{row.cell.number:{width},}/{self._cells:,}  {_state(row):9} {label}{_facts(row)}"

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def _state(row: CellRow) -> str:
    if row.state == "waiting":
        return "again"
    if row.state == "running":
        return "begun" if row.attempts < 2 else "retried"
    return row.state


def _facts(row: CellRow) -> str:
    if row.state == "failed":
        return f": {safe_line(row.message)}"
    if row.state == "waiting":
        return ": its worker died"
    if row.state != "finished":
        return ""
    facts = [f"smooth {wording.bits(row.smooth_bits)}"] if row.smooth_bits is not None else []
    if row.best_bits is not None:
        facts.append(f"best {wording.bits(row.best_bits)}")
    return f": {', '.join([*facts, wording.duration(row.elapsed)])}"


def _overview(snapshot: SweepSnapshot) -> str:
    counts = snapshot.counts()
    parts = [f"{wording.count(counts[state])} {state}" for state in counts]
    name = safe_line(snapshot.name)
    return f"sweep {name}: {wording.counted(len(snapshot.rows), 'cell')} ({', '.join(parts)})"
