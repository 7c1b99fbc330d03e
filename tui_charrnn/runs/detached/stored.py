"""How many events of a run are in the store, told while it grows."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui_charrnn.runs.store import opening

UPDATES: Final = "SELECT first + count FROM points WHERE run_id = ? ORDER BY first DESC LIMIT 1"

OTHERS: Final = "SELECT count(*), max(place) FROM events WHERE run_id = ? AND place > ?"


class StoredEvents:
    """Counts the events of a run; each time only those that are new."""

    def __init__(self, store: Path, run_id: int) -> None:
        """Look at a run.

        Raises:
            sqlite3.Error: if the store cannot be opened.
        """
        self._connection = opening.reconnect(store)
        self._run_id = run_id
        self._count = self._others = 0
        self._last = -1  # place of the last event that is no update

    def __call__(self) -> int:
        """Return how many there are, or were when the store could last be read."""
        with suppress(sqlite3.Error):
            self._count = self._counted()
        return self._count

    def _counted(self) -> int:
        query = (self._run_id, self._last)
        others, last = self._connection.execute(OTHERS, query).fetchone()
        updates = self._connection.execute(UPDATES, (self._run_id,)).fetchone()
        if others:
            self._others, self._last = self._others + others, last
        return self._others + (updates[0] if updates else 0)
