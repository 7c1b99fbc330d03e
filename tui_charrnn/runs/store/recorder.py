"""Recorder: keeps a run in the store while it is trained, from a thread of its own.

Taking an event is appending it to a list. About once a second the thread packs what came and writes
it in one transaction, so the training pays a microsecond an update; the waiting for the disk is
done outside of the interpreter's lock. What cannot be written stays in memory and is tried again.

A checkpoint is the exception: whoever brings one waits until all events before it are safe on the
disk, and then the checkpoint as well. So it is never ahead of the store, even after a power cut.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, Snapshot, Started, Stopped
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.store import checkpoints, opening
from tui_charrnn.runs.store.errors import RunDeleted, explained
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
        saved: updates before the newest checkpoint that is safe on the disk, None before the first.
        problem: why what came last is not in the store yet, in one sentence; empty while all is
            well. After `close` it says whether the record is complete.
    """

    def __init__(self, path: Path, writer: RunWriter, saved: int | None = None) -> None:
        """Begin to record; `RunStore.record` and `RunStore.resume` are the ways to get one."""
        self.problem = ""
        self.saved = saved
        self._path = path
        self._writer = writer
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[Event] = []
        self._asked: Checkpoint | None = None  # somebody waits for it
        self._unsaved: Checkpoint | None = None  # the newest that could not be saved yet
        self._ended = False
        self._closing = False
        self._over = False
        self._settled = threading.Condition()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def run_id(self) -> int | None:
        """The run's number in the store."""
        return self._writer.run_id

    @property
    def ended(self) -> bool:
        """Whether the last event of the run has come, be it written or not."""
        return self._ended or _has_end(self._waiting[-1:])

    @property
    def complete(self) -> bool:
        """Whether the last event of the run has been written."""
        return self._ended

    def take(self, event: Event, progress: RunProgress | None = None) -> None:
        """Take in one event of the run, in order; never raises.

        It waits for nothing but a checkpoint that comes with the event: until that is safe, or it
        is known (see `problem`) why not. What a store is locked for, it waits for as `close` does.
        """
        checkpoint = event.checkpoint if isinstance(event, Snapshot) else None
        if isinstance(event, Snapshot):
            event = replace(event, checkpoint=None)
        self._waiting.append(event)
        if checkpoint is not None:
            self._await_saving_of(checkpoint)
        elif isinstance(event, (Started, Stopped)):
            self._wake.set()

    def _await_saving_of(self, checkpoint: Checkpoint) -> None:
        with self._settled:
            if self._over:
                return
            self._asked = checkpoint
            self._wake.set()
            self._settled.wait_for(lambda: self._asked is not checkpoint)

    def close(self) -> None:
        """Write what waits, and end; never raises.

        A store that is locked is waited for `opening.PATIENCE` seconds. A run that has not said
        that it stopped is marked as interrupted.
        """
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._write_until_closed()
        finally:  # nobody waits for a thread that is no more
            with self._settled:
                self._over = True
            self._settle(self._asked)

    def _write_until_closed(self) -> None:
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
        asked = self._asked  # looked at first: what came before it is among the events then
        self._unsaved = asked or self._unsaved
        events = self._waiting[:]  # more may be appended meanwhile
        abandoned = self._closing and not self._ended and not _has_end(events)
        begun = self.run_id is not None or bool(events)
        if events or self._unsaved or (abandoned and begun):
            try:
                self._put(events, abandoned)
                self._save()
            except Exception as error:  # whatever it is, the training goes on
                self.problem = str(explained(self._path, error))
            else:
                self.problem = ""
        self._settle(asked)

    def _put(self, events: list[Event], abandoned: bool) -> None:
        """Write events to the store, and look after the checkpoints of what becomes of the run."""
        before, connection = self.run_id, self._connected()
        try:
            with opening.durably(connection) if self._unsaved else nullcontext():
                self._writer.write(connection, events, abandoned=abandoned)
        except RunDeleted:
            self._leave_no_checkpoint(before)
            raise
        self._ended = self._ended or _has_end(events)
        del self._waiting[: len(events)]
        if self._writer.gave_way:
            self._leave_no_checkpoint(before if before != self.run_id else None)
        elif before is None:  # a store that was here before may have had a run of this number
            self._leave_no_checkpoint(self.run_id)

    def _leave_no_checkpoint(self, run_id: int | None) -> None:
        if run_id is not None:
            checkpoints.remove(self._path, run_id)

    def _save(self) -> None:
        """Save the newest checkpoint, after the events before it."""
        checkpoint, run_id = self._unsaved, self.run_id
        if checkpoint is not None and run_id is not None and not self._writer.gave_way:
            checkpoints.save(self._path, run_id, checkpoint)
            self.saved = checkpoint.iteration
        self._unsaved = None

    def _settle(self, asked: Checkpoint | None) -> None:
        """Let go whoever waits for a checkpoint."""
        with self._settled:
            if self._asked is asked:
                self._asked = None
            self._settled.notify_all()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = opening.reconnect(self._path)
        return self._connection


def _has_end(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], Stopped)
