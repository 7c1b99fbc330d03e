"""Recorder: keeps a run in the store while it is trained, from a thread of its own.

Taking an event is appending it to a list. About once a second the thread packs what came and writes
it in one transaction, so the training pays a microsecond an update; the waiting for the disk is
done outside of the interpreter's lock. What cannot be written stays in memory and is tried again.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Final

from tui_charrnn.engine.events import Event, Started, Stopped
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.store import opening
from tui_charrnn.runs.store.errors import explained
from tui_charrnn.runs.store.records import Origin
from tui_charrnn.runs.store.writing import RunWriter

INTERVAL: Final = 1.0
"""Seconds between two transactions of a run."""

LONGEST_INTERVAL: Final = 30.0
"""Seconds between two attempts where the store cannot be written."""


class Recorder:
    """A sink that writes one run to the store.

    The run is in the store soon after its first event, at once after its last, and about once a
    second in between.

    Attributes:
        run_id: the run's number in the store, None before it is there. Where another run has
            finished the same cell meanwhile, it is that one's, and this run leaves nothing.
        problem: why what came last is not in the store yet, in one sentence; empty while all is
            well. After `close` it says whether the record is complete.
    """

    def __init__(self, path: Path, origin: Origin, name: str = "") -> None:
        """Begin to record; `RunStore.record` is the way to get one."""
        self.problem = ""
        self._path = path
        self._writer = RunWriter(origin, name)
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[Event] = []
        self._ended = False
        self._closing = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def run_id(self) -> int | None:
        """The run's number in the store."""
        return self._writer.run_id

    @property
    def complete(self) -> bool:
        """Whether the last event of the run has been written."""
        return self._ended

    def take(self, event: Event, progress: RunProgress | None = None) -> None:
        """Take in one event of the run, in order; never waits, never raises."""
        self._waiting.append(event)
        if isinstance(event, (Started, Stopped)):
            self._wake.set()

    def close(self) -> None:
        """Write what waits, and end; never raises.

        A store that is locked is waited for `opening.PATIENCE` seconds. A run that has not said
        that it stopped is marked as interrupted.
        """
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        pause = INTERVAL
        while not self._closing:
            self._wake.wait(pause)
            self._wake.clear()
            self._write()
            pause = min(pause * 2, LONGEST_INTERVAL) if self.problem else INTERVAL
        self._write()
        if self._connection is not None:
            self._connection.close()

    def _write(self) -> None:
        """Write what came so far, or say why that is not possible."""
        events = self._waiting[:]  # more may be appended meanwhile
        abandoned = self._closing and not self._ended and not _has_end(events)
        begun = self.run_id is not None or bool(events)
        if not events and not (abandoned and begun):
            return
        try:
            self._writer.write(self._connected(), events, abandoned=abandoned)
        except Exception as error:  # whatever it is, the training goes on
            self.problem = str(explained(self._path, error))
        else:
            self.problem = ""
            self._ended = self._ended or _has_end(events)
            del self._waiting[: len(events)]

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = opening.reconnect(self._path)
        return self._connection


def _has_end(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], Stopped)
