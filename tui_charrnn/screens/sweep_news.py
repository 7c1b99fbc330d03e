"""What a sweep does, brought to a screen: gathered in its threads, taken when the screen likes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.sweeps.cells import Plan
from tui_charrnn.runs.sweeps.rows import CellRow, SweepSnapshot

REST: Final = 20.0
"""Times as long as a look at the sweep takes, the next one waits: large sweeps take a while."""


class SteeredSweep(Protocol):
    """What the screen needs of a sweep; runs/sweeps/sweep.py says what each method means."""

    plan: Plan
    store: RunStore

    def start(self) -> None:
        """Begin."""

    def pause(self) -> None:
        """Ask all cells to wait."""

    def resume(self) -> None:
        """Ask them to go on."""

    def cancel(self) -> None:
        """Give up what is under way."""

    def close(self) -> None:
        """Cancel, and let the workers go."""

    def listen(self, callback: Callable[[CellRow], object]) -> None:
        """Call back with each row that changes."""

    def snapshot(self) -> SweepSnapshot:
        """Return where all cells stand."""


class SweepNews:
    """Gathers the rows that change, the last of each cell; nobody waits for anybody."""

    def __init__(self, sweep: SteeredSweep) -> None:
        """Listen to a sweep."""
        self._rows: dict[int, CellRow] = {}
        self._lock = threading.Lock()
        sweep.listen(self._hear)

    def _hear(self, row: CellRow) -> None:
        """Called in the coordinator's thread."""
        with self._lock:
            self._rows[row.cell.number - 1] = row

    def take(self) -> dict[int, CellRow]:
        """Return the rows that have changed since the last call, by their places."""
        with self._lock:
            rows, self._rows = self._rows, {}
        return rows


class Lookout:
    """Looks at the whole sweep in a thread's time, and not more often than that bears."""

    def __init__(self, sweep: SteeredSweep) -> None:
        """Prepare to look at a sweep."""
        self._sweep = sweep
        self._next = 0.0
        self.looking = False

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next look, and none is under way."""
        return not self.looking and time.monotonic() >= self._next

    def look(self) -> SweepSnapshot:
        """Return where the sweep stands; called in a thread."""
        begun = time.monotonic()
        snapshot = self._sweep.snapshot()
        now = time.monotonic()
        self._next = now + REST * (now - begun)
        return snapshot


def let_go(sweep: SteeredSweep, patience: float) -> None:
    """End a sweep; wait some seconds for it, and let a thread that holds up no exit do the rest."""
    thread = threading.Thread(target=sweep.close, name="end of sweep", daemon=True)
    thread.start()
    thread.join(patience)
