"""Writing one run to the store, some events at a time, each time in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from tui_charrnn.engine.events import Event, Step
from tui_charrnn.runs.store import naming, points, rows
from tui_charrnn.runs.store.errors import RunDeleted, StoreError
from tui_charrnn.runs.store.processes import Process
from tui_charrnn.runs.store.records import Origin
from tui_charrnn.runs.store.rows import Standing
from tui_charrnn.runs.store.schema import transaction

IS_FINISHED_CELL: Final = "cell_key <> '' AND state = 'finished'"
"""The condition of the index of finished cells: it serves only queries that repeat it."""

FINISHED_RUN: Final = f"SELECT id FROM runs WHERE cell_key = ? AND {IS_FINISHED_CELL}"

FINISHED_RUNS: Final = f"WHERE cell_key IN (SELECT value FROM json_each(?)) AND {IS_FINISHED_CELL}"
"""Chooses the finished runs of many cells: their keys are one JSON list, however many."""


@dataclass(slots=True)
class Written:
    """How far a run is in the file; it moves on when a transaction has been kept."""

    run_id: int = 0  # 0 before it is there
    events: int = 0  # updates counted too
    points: int = 0
    standing: Standing = field(default_factory=Standing)
    process: Process | None = None  # which records it
    gave_way: bool = False


class RunWriter:
    """Puts the events of one run into the file; belongs to one thread."""

    def __init__(self, origin: Origin, name: str = "", written: Written | None = None) -> None:
        """Prepare; a new run is there after the first `write`.

        Args:
            origin: what is known of it.
            name: of the run; if another has it, a number is added. Without one it is called by
                its cell and id.
            written: how far the run is, if it goes on.
        """
        self._origin, self._name = origin, name
        self._written = written or Written()

    @property
    def run_id(self) -> int | None:
        """The run's number, None before it is in the file.

        A run whose cell had been finished by another meanwhile gives way to that one, and has its
        number then.
        """
        return self._written.run_id or None

    @property
    def gave_way(self) -> bool:
        """Whether another run has finished the cell, and this one has left nothing."""
        return self._written.gave_way

    def write(
        self, connection: sqlite3.Connection, events: Sequence[Event], *, abandoned: bool = False
    ) -> int:
        """Add events to the run; all of them, or none if it raises. Return the run's number.

        Args:
            connection: to the store, with no transaction open.
            events: what came after those written before.
            abandoned: whether no more will come, though the run has not said that it stopped.

        Raises:
            sqlite3.Error: if it cannot be written.
            RunDeleted: if the run was deleted meanwhile.
            StoreError: if another process goes on with it.
        """
        with transaction(connection):
            written = self._add(connection, events, abandoned)
        self._written = written
        return written.run_id

    def keep(self, connection: sqlite3.Connection, events: Sequence[Event]) -> int:
        """Add a whole run in place of those of its cell that failed; return its number.

        Where a finished run of the cell is there, nothing changes, and the number is that run's.

        Raises:
            sqlite3.Error: if it cannot be written.
        """
        key = self._origin.cell_key
        with transaction(connection):
            finished = finished_run(connection, key)
            if finished is not None:
                return finished
            if key:
                query = "DELETE FROM runs WHERE cell_key = ? AND state = 'failed'"
                connection.execute(query, (key,))
            self._written = self._add(connection, events, abandoned=True)
        return self._written.run_id

    def _add(
        self, connection: sqlite3.Connection, events: Sequence[Event], abandoned: bool
    ) -> Written:
        """Add events; return how far the run is once the transaction is kept."""
        new = copy(self._written)
        new.standing = copy(new.standing)
        if not new.run_id:
            new.process = Process.current()
            new.run_id = self._begin(connection, new.process)
        run_id = new.run_id
        steps = [event for event in events if type(event) is Step]
        others = [event for event in events if type(event) is not Step]
        new.standing.apply(steps, others)
        if abandoned and new.standing.state == "running":
            new.standing.state = "interrupted"
        if (finished := self._finished_by_another(connection, new)) is not None:
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
            new.run_id, new.gave_way = finished, True
            return new
        if not rows.update_run(connection, run_id, new.standing.columns(), new.process):
            raise _lost(connection, run_id)
        self._add_points(connection, new, steps)
        self._add_events(connection, new, events)
        return new

    def _begin(self, connection: sqlite3.Connection, process: Process) -> int:
        run_id = rows.insert(connection, "runs", rows.first_columns(self._origin, process))
        wanted = self._name or f"{self._origin.config.cell}-{run_id}"
        rows.update_run(connection, run_id, {"name": naming.free(connection, wanted)})
        return run_id

    def _finished_by_another(self, connection: sqlite3.Connection, new: Written) -> int | None:
        if new.standing.state != "finished":
            return None
        other = finished_run(connection, self._origin.cell_key)
        return None if other == new.run_id else other

    @staticmethod
    def _add_points(connection: sqlite3.Connection, new: Written, steps: Sequence[Step]) -> None:
        statement = "INSERT INTO points (run_id, first, count, data) VALUES (?, ?, ?, ?)"
        for chunk in points.chunked(steps):
            row = (new.run_id, new.points, len(chunk), points.pack(chunk))
            connection.execute(statement, row)
            new.points += len(chunk)

    @staticmethod
    def _add_events(connection: sqlite3.Connection, new: Written, events: Sequence[Event]) -> None:
        statement = "INSERT INTO events (run_id, place, kind, iteration, body) VALUES (?,?,?,?,?)"
        for place, event in enumerate(events, new.events):
            if type(event) is not Step:
                body = json.dumps(event.as_json(), allow_nan=False)
                kind = type(event).__name__
                connection.execute(statement, (new.run_id, place, kind, event.iteration, body))
        new.events += len(events)


def _lost(connection: sqlite3.Connection, run_id: int) -> StoreError:
    """Return why a run cannot be recorded by us any more."""
    found = connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone()
    if found is None:
        return RunDeleted(f"Run {run_id} was deleted while it was recorded.")
    return StoreError(f"Run {run_id} is recorded by another process now.")


def finished_run(connection: sqlite3.Connection, cell_key: str) -> int | None:
    """Return the number of the finished run of a cell, None if there is none."""
    if not cell_key:
        return None
    found = connection.execute(FINISHED_RUN, (cell_key,)).fetchone()
    return None if found is None else int(found[0])
