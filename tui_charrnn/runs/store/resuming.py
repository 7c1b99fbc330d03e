"""A run that goes on: its record becomes again what it was at a checkpoint.

What came after the checkpoint was learned by weights that are gone; it will come again, the same.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, Step, event_from_json
from tui_charrnn.runs.store import points, rows
from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.runs.store.processes import Process
from tui_charrnn.runs.store.records import RunRecord
from tui_charrnn.runs.store.rows import Standing
from tui_charrnn.runs.store.writing import RunWriter, Written


def go_on(
    connection: sqlite3.Connection, run: RunRecord, config: TrainConfig, checkpoint: Checkpoint
) -> RunWriter:
    """Cut a run back to a checkpoint and make it one that this process records.

    Args:
        connection: in the midst of a transaction; its rows have names.
        run: as it stands.
        config: the hyperparameters from now on. With others than before, it is no cell any more.
        checkpoint: of the run.

    Raises:
        StoreError: if the checkpoint is not of this record.
        ValueError: if the record cannot be read.
    """
    _check_fits(connection, run, checkpoint)
    standing = _cut_back(connection, run.id, checkpoint)
    cell_key = run.origin.cell_key if config == run.config else ""
    process = Process.current()
    columns = {
        **standing.columns(),
        **rows.columns_of_config(config),
        "cell_key": cell_key,
        **rows.columns_of_process(process),
    }
    rows.update_run(connection, run.id, columns)
    written = Written(run.id, checkpoint.events, checkpoint.iteration, standing, process)
    return RunWriter(replace(run.origin, config=config, cell_key=cell_key), written=written)


def _check_fits(connection: sqlite3.Connection, run: RunRecord, checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint of another run, and one that is ahead of the record."""
    if checkpoint.sha256 != run.origin.text.sha256:
        raise StoreError(f"The checkpoint of run {run.id} belongs to a run on another text.")
    updates = updates_among(connection, run.id, checkpoint.events)
    query = "SELECT coalesce(sum(count), 0) FROM points WHERE run_id = ?"
    held = connection.execute(query, (run.id,)).fetchone()[0]
    if updates != checkpoint.iteration or held < updates:
        raise StoreError(
            f"The record of run {run.id} does not hold the {checkpoint.events:,} events that its "
            f"checkpoint comes after; nothing was changed."
        )


def updates_among(connection: sqlite3.Connection, run_id: int, events: int) -> int:
    """Return how many of the first events of a run are updates, if there are so many events."""
    query = "SELECT count(*) FROM events WHERE run_id = ? AND place < ?"
    others: int = connection.execute(query, (run_id, events)).fetchone()[0]
    return events - others


def _cut_back(connection: sqlite3.Connection, run_id: int, checkpoint: Checkpoint) -> Standing:
    """Delete what came after a checkpoint; return how the run stands without it."""
    query = "DELETE FROM events WHERE run_id = ? AND place >= ?"
    connection.execute(query, (run_id, checkpoint.events))
    standing = Standing()
    steps = _cut_points(connection, run_id, checkpoint.iteration)
    standing.apply(steps, _others(connection, run_id))
    return standing


def _cut_points(connection: sqlite3.Connection, run_id: int, updates: int) -> list[Step]:
    """Keep so many updates of a run; return the last of them, if any."""
    query = "DELETE FROM points WHERE run_id = ? AND first >= ?"
    connection.execute(query, (run_id, updates))
    query = "SELECT first, data FROM points WHERE run_id = ? ORDER BY first DESC LIMIT 1"
    chunk = connection.execute(query, (run_id,)).fetchone()
    if chunk is None:
        return []
    count = updates - chunk["first"]
    data = chunk["data"][: count * points.POINT.itemsize]
    query = "UPDATE points SET count = ?, data = ? WHERE run_id = ? AND first = ?"
    connection.execute(query, (count, data, run_id, chunk["first"]))
    return list(points.unpack(data[-points.POINT.itemsize :]))


def _others(connection: sqlite3.Connection, run_id: int) -> list[Event]:
    """Return the events beside updates that say how a run stands."""
    query = (
        "SELECT body FROM events WHERE run_id = ? AND kind IN ('Started', 'Validation') "
        "ORDER BY place"
    )
    found = connection.execute(query, (run_id,)).fetchall()
    return [event_from_json(json.loads(row["body"])) for row in found]
