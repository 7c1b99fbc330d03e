"""RunStore: every run that was recorded, found, read back, named and deleted."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, Step, event_from_json
from tui_charrnn.runs.history import MARKS, LossHistory
from tui_charrnn.runs.store import checkpoints, filters, naming, opening, points, resuming, rows
from tui_charrnn.runs.store.errors import StoreError, about, explained
from tui_charrnn.runs.store.points import Points
from tui_charrnn.runs.store.recorder import Recorder
from tui_charrnn.runs.store.records import Origin, RunRecord
from tui_charrnn.runs.store.schema import transaction
from tui_charrnn.runs.store.writing import FINISHED_RUNS, RunWriter, finished_run
from tui_charrnn.safe_text import safe_line


class RunStore:
    """An open store; every method may be called from any thread, and raises StoreError.

    Attributes:
        path: of its file.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Take over a connection; `open` is the way to get a store."""
        self.path = path
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls, path: Path | None = None, *, create: bool = True, read_only: bool = False
    ) -> RunStore:
        """Open a store, or make a new one.

        Args:
            path: of its file; None for the default one.
            create: whether to make a store, and its folder, where there is none.
            read_only: whether reading is enough; nothing can then be recorded or changed.

        Raises:
            NoStore: if there is none and none is to be made.
            StoreError: if it cannot be opened; the file is then untouched.
        """
        path = opening.default_path() if path is None else path
        mode: opening.Mode = "ro" if read_only else "rwc" if create else "rw"
        return cls(path, opening.connect(path, mode))

    def __enter__(self) -> RunStore:
        """Use it in a block."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it after the block."""
        self.close()

    def close(self) -> None:
        """Let go of the file; recorders go on."""
        with self._lock:
            self._connection.close()

    def record(self, origin: Origin, name: str = "") -> Recorder:
        """Begin to record a run; it is in the store soon after its first event.

        Args:
            origin: what is known of it.
            name: what it is called; if another run has that name by then, a number is added.

        Raises:
            StoreError: if it cannot be called so.
        """
        return Recorder(self.path, RunWriter(origin, self.free_name(name) if name else ""))

    def resume(self, run_id: int, config: TrainConfig, checkpoint: Checkpoint) -> Recorder:
        """Go on with a run: what came after its checkpoint is deleted, and will come again.

        Args:
            run_id: its number.
            config: the hyperparameters from now on.
            checkpoint: what `checkpoint` has returned.

        Raises:
            StoreError: if the run cannot go on from there, since it is not there, is still being
                recorded, or has gone on from it meanwhile; nothing is changed then.
        """
        with self._asked() as connection, transaction(connection):
            self._check_is_over(connection, run_id)
            newest = checkpoints.load(self.path, run_id)
            if (newest.events, newest.elapsed) != (checkpoint.events, checkpoint.elapsed):
                raise StoreError(
                    f"Run {run_id} has another checkpoint now than the one it was to go on from."
                )
            with self._reading(run_id):
                run = self.record_of(run_id)
                writer = resuming.go_on(connection, run, config, checkpoint)
        return Recorder(self.path, writer, checkpoint.iteration)

    def checkpoint(self, run_id: int) -> Checkpoint:
        """Return the newest checkpoint of a run.

        Raises:
            StoreError: if there is no such run, or no checkpoint of it that can be read.
        """
        self.record_of(run_id)
        return checkpoints.load(self.path, run_id)

    def has_checkpoint(self, run_id: int) -> bool:
        """Whether a run has a checkpoint, be it sound or not."""
        return checkpoints.exists(self.path, run_id)

    def free_name(self, name: str) -> str:
        """Return a name that a new run may have.

        Raises:
            StoreError: if it is no name, or that of another run.
        """
        name = naming.checked(name)
        with self._asked() as connection:
            if naming.taken(connection, name):
                raise StoreError(f"There is a run named {name} already.")
        return name

    def keep(self, origin: Origin, events: Iterable[Event]) -> int:
        """Put a whole run into the store at once; return its number.

        Failed runs of the same `cell_key` give way to it. Where a finished one is there, nothing
        is added, and the number is that run's. Checkpoints that events bring are not kept.
        """
        whole, writer = list(events), RunWriter(origin)
        with self._asked() as connection:
            run_id = writer.keep(connection, whole)
        if writer.run_id is not None:  # it is a new one
            checkpoints.remove(self.path, run_id)
        return run_id

    def runs(self, text: str = "") -> list[RunRecord]:
        """Return the runs that match a text as `filters.parse` takes it, the newest first."""
        wanted = filters.parse(text)
        return [run for run in self._records("ORDER BY id DESC") if wanted(run)]

    def record_of(self, run_id: int) -> RunRecord:
        """Return one run by its number.

        Raises:
            StoreError: if there is none.
        """
        found = self._records("WHERE id = ?", run_id)
        if not found:
            raise StoreError(f"There is no run {run_id} in {self.path}.")
        return found[0]

    def find(self, reference: str) -> RunRecord:
        """Return one run by its number or name; capitals make no difference.

        Raises:
            StoreError: if there is none, naming the nearest.
        """
        reference = reference.strip()
        if reference.isdecimal() and len(reference) <= 18:  # as large as SQLite's integers
            return self.record_of(int(reference))
        found = self._records("WHERE name = ?", rows.bindable(reference))
        if not found:
            near = naming.nearest([run.name for run in self._records("")], reference)
            shown = safe_line(reference) or "''"
            raise StoreError(f"There is no run named {shown} in {self.path}{near}.")
        return found[0]

    def finished_cell(self, cell_key: str) -> RunRecord | None:
        """Return the finished run of a cell, None if there is none."""
        with self._asked() as connection:
            run_id = finished_run(connection, cell_key)
        return None if run_id is None else self.record_of(run_id)

    def finished_cells(self, cell_keys: Iterable[str]) -> dict[str, RunRecord]:
        """Return the finished runs of some cells by their keys, as far as there are any."""
        found = self._records(FINISHED_RUNS, json.dumps(list(cell_keys)))
        return {run.origin.cell_key: run for run in found}

    def events(self, run_id: int) -> Iterator[Event]:
        """Yield the events of a run as they came, in order, to the last digit; without weights.

        Raises:
            StoreError: if there is no such run, or while it is read.
        """
        self.record_of(run_id)
        with self._asked() as connection, _one_view(connection):
            chunks = [row[0] for row in _chunk_numbers(connection, run_id)]
            others = _other_events(connection, run_id)
        return self._replayed(run_id, chunks, others)

    def _replayed(
        self, run_id: int, chunks: Sequence[int], others: Sequence[tuple[int, str]]
    ) -> Iterator[Event]:
        steps, place = self._steps(run_id, chunks), 0
        for stands_at, body in others:
            yield from islice(steps, stands_at - place)
            yield self._event(run_id, body)
            place = stands_at + 1
        yield from steps

    def _steps(self, run_id: int, chunks: Sequence[int]) -> Iterator[Step]:
        """Yield all updates; one chunk after the other is read, so that they may be many."""
        query = "SELECT data FROM points WHERE run_id = ? AND first = ?"
        for first in chunks:
            with self._asked() as connection:
                row = connection.execute(query, (run_id, first)).fetchone()
            if row is None:
                raise StoreError(f"Run {run_id} was deleted or cut back while it was read.")
            yield from points.unpack(row[0])

    def _event(self, run_id: int, body: str) -> Event:
        with self._reading(run_id):
            return event_from_json(json.loads(body))

    def points(self, run_id: int, first: int | None = None) -> Points:
        """Return the updates of a run, rising: (n,) records of `points.POINT`.

        Args:
            run_id: which run.
            first: only those among so many first events of the run; None for all.
        """
        self.record_of(run_id)
        query = "SELECT data FROM points WHERE run_id = ? ORDER BY first"
        with self._asked() as connection, _one_view(connection):
            count = None if first is None else resuming.updates_among(connection, run_id, first)
            return points.joined(row[0] for row in connection.execute(query, (run_id,)))[:count]

    def history(self, run_id: int) -> LossHistory:
        """Return the loss of a run as a chart takes it."""
        run = self.record_of(run_id)
        others = self.events_of(run_id, *MARKS)
        entropy = run.origin.text.entropy
        return LossHistory.from_points(run.config.seq_length, self.points(run_id), others, entropy)

    def events_of(self, run_id: int, *kinds: type[Event], first: int | None = None) -> list[Event]:
        """Return the events of some kinds, updates excepted, in order.

        Args:
            run_id: which run.
            kinds: of what is wanted.
            first: only those among so many first events of the run; None for all.
        """
        names = [kind.__name__ for kind in kinds]
        query = (
            f"SELECT body FROM events WHERE run_id = ? AND kind IN ({', '.join('?' * len(names))}) "
            "AND (? IS NULL OR place < ?) ORDER BY place"
        )
        with self._asked() as connection:
            bodies = connection.execute(query, (run_id, *names, first, first)).fetchall()
        return [self._event(run_id, row[0]) for row in bodies]

    def rename(self, run_id: int, name: str) -> None:
        """Call a run something else.

        Raises:
            StoreError: if it is no name, that of another run, or there is no such run.
        """
        name = naming.checked(name)
        with self._asked() as connection, transaction(connection):
            if naming.taken(connection, name, run_id):
                raise StoreError(f"There is another run named {name} already.")
            if not rows.update_run(connection, run_id, {"name": name}):
                raise StoreError(f"There is no run {run_id} in {self.path}.")

    def delete(self, run_ids: Iterable[int]) -> None:
        """Delete runs with all that is known of them; all, or none if it raises.

        A checkpoint that cannot be deleted stays behind and means nothing.

        Raises:
            StoreError: if one of them is not there, or still being recorded.
        """
        deleted = list(run_ids)
        with self._asked() as connection, transaction(connection):
            for run_id in deleted:
                self._check_is_over(connection, run_id)
                connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        for run_id in deleted:
            checkpoints.remove(self.path, run_id)

    def _check_is_over(self, connection: sqlite3.Connection, run_id: int) -> None:
        """Refuse what cannot be done with a run that is being recorded, or not there."""
        row = rows.row_of(connection, run_id)
        if row is None:
            raise StoreError(f"There is no run {run_id} in {self.path}.")
        if rows.is_live(row):
            raise StoreError(f"Run {run_id} is still running; stop it first.")

    def _records(self, clause: str, *values: Any) -> list[RunRecord]:
        query = f"SELECT {rows.COLUMNS} FROM runs {clause}"
        with self._asked() as connection:
            found = connection.execute(query, values).fetchall()
        return [self._record(row) for row in found]

    def _record(self, row: sqlite3.Row) -> RunRecord:
        with self._reading(row["id"]):
            return rows.record(row)

    @contextmanager
    def _reading(self, run_id: int) -> Iterator[None]:
        """Say in a sentence what is wrong with a run that cannot be read."""
        try:
            yield
        except (ValueError, TypeError) as error:
            raise about(self.path, f"holds what cannot be read in run {run_id}: {error}") from None

    @contextmanager
    def _asked(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection; what goes wrong with it is said in a sentence."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise explained(self.path, error) from None


@contextmanager
def _one_view(connection: sqlite3.Connection) -> Iterator[None]:
    """Let several queries see the same state of a run that is being recorded."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _chunk_numbers(connection: sqlite3.Connection, run_id: int) -> list[sqlite3.Row]:
    query = "SELECT first FROM points WHERE run_id = ? ORDER BY first"
    return connection.execute(query, (run_id,)).fetchall()


def _other_events(connection: sqlite3.Connection, run_id: int) -> list[tuple[int, str]]:
    query = "SELECT place, body FROM events WHERE run_id = ? ORDER BY place"
    return [(row[0], row[1]) for row in connection.execute(query, (run_id,))]
