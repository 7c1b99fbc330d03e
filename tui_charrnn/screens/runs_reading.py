"""Reading the list of runs in the background, never twice at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from tui_charrnn.runs.store import RunRecord, RunStore, StoreError
from tui_charrnn.screens.background import Background


class RunsReading:
    """Knows all runs of the store as they were when it was last read.

    Attributes:
        records: by their ids, the newest first.
        done: whether they have been read once.
    """

    def __init__(
        self,
        store: RunStore,
        background: Background,
        arrived: Callable[[], object],
        failed: Callable[[str], object],
    ) -> None:
        """Begin with none.

        Args:
            store: of the runs.
            background: reads them.
            arrived: called whenever they have been read.
            failed: called with a sentence if they cannot be.
        """
        self.records: Mapping[int, RunRecord] = {}
        self.done = False
        self._store, self._background = store, background
        self._arrived, self._failed = arrived, failed
        self._reading = self._again = False
        self._ahead: list[RunRecord] | None = None

    @property
    def any_running(self) -> bool:
        """Whether some run was going on."""
        return any(run.state == "running" for run in self.records.values())

    def read_ahead(self, patience: float) -> None:
        """Read them before the screen is there, so that its first frame shows them.

        Args:
            patience: seconds to wait for them; if they take longer, the screen appears without.
        """
        found: list[list[RunRecord]] = []

        def read() -> None:
            with suppress(StoreError):  # which `begin` meets again, and tells
                found.append(self._store.runs())

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        thread.join(patience)
        self._ahead = found[0] if found else None

    def begin(self) -> None:
        """Show them if they were read ahead, or else read them."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            self.read()
        else:
            self._show(ahead)

    def read(self) -> None:
        """Read them, or read them again if they are being read: a change may have come since."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        self._background.do(self._store.runs, self._show, self._fail)

    def look(self) -> None:
        """Read them unless they are being read."""
        if not self._reading:
            self.read()

    def _show(self, records: list[RunRecord]) -> None:
        self.records = {run.id: run for run in records}
        self.done = True
        self._go_on()
        self._arrived()

    def _fail(self, problem: str) -> None:
        self._go_on()
        self._failed(problem)

    def _go_on(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.read()
