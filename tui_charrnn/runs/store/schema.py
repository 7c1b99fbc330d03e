"""The tables of the store, and how those of older versions become those of this one.

A store says in its header what it is (`application_id`) and of which version (`user_version`).
Version n is what the first n migrations make of an empty file. Whatever changes what a store may
hold, be it a column, a kind of event, a hyperparameter or a cell, is a new migration at the end of
the list (one without statements, where no table changes): a program that does not know it then
says so rather than read half of it. Migrations that were released are never changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Final

APPLICATION_ID: Final = 0x63525354
"""The letters cRST: tells a run store from other SQLite files."""

Migration = Sequence[str]
"""SQL statements, one a string."""

_RUNS = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- a number is never given twice
    name TEXT COLLATE NOCASE UNIQUE,
    created TEXT NOT NULL,                       -- ISO 8601, UTC
    state TEXT NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'finished', 'stopped', 'failed', 'interrupted')),
    message TEXT NOT NULL DEFAULT '',
    cell TEXT NOT NULL,
    hidden_size INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    iterations INTEGER NOT NULL,                 -- to be made
    corpus TEXT NOT NULL,                        -- name of the text
    collection TEXT NOT NULL,                    -- what the run belongs with
    cell_key TEXT NOT NULL,
    config TEXT NOT NULL,                        -- JSON, as is `text` (its identity)
    text TEXT NOT NULL,
    parameter_count INTEGER NOT NULL DEFAULT 0,
    train_characters INTEGER NOT NULL DEFAULT 0,
    validation_characters INTEGER NOT NULL DEFAULT 0,
    iteration INTEGER NOT NULL DEFAULT 0,        -- updates made
    characters INTEGER NOT NULL DEFAULT 0,
    elapsed REAL NOT NULL DEFAULT 0,             -- seconds
    smooth_loss REAL,                            -- nats a sequence; the text 'nan' for no number
    validation_bits REAL,                        -- bits per character
    best_bits REAL,
    best_iteration INTEGER,
    versions TEXT NOT NULL DEFAULT '{}',         -- JSON, as is `machine`
    machine TEXT NOT NULL DEFAULT '{}',
    host TEXT NOT NULL,                          -- which process records it
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL
)"""

_POINTS = """
CREATE TABLE points (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first INTEGER NOT NULL,                      -- number of the first update in it, from 0
    count INTEGER NOT NULL,
    data BLOB NOT NULL,                          -- `points.POINT`
    PRIMARY KEY (run_id, first)
)"""

_EVENTS = """
CREATE TABLE events (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,                      -- in the run, updates counted too, from 0
    kind TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    body TEXT NOT NULL,                          -- JSON, as in `train --jsonl`
    PRIMARY KEY (run_id, place)
)"""

_ONE_FINISHED_RUN_A_CELL = """
CREATE UNIQUE INDEX one_finished_run_a_cell ON runs (cell_key)
    WHERE cell_key <> '' AND state = 'finished'"""

MIGRATIONS: Final[Sequence[Migration]] = (
    (_RUNS, _POINTS, _EVENTS, _ONE_FINISHED_RUN_A_CELL),
    (),  # checkpoints: a kind of event, two hyperparameters, and runs that start several times
    (),  # a cell, layers, optimizers, schedules and more hyperparameters; health, a kind of event
)

VERSION: Final = len(MIGRATIONS)
"""Of the stores that this program writes."""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make all that is written inside one whole: there after it, or not at all.

    Raises:
        sqlite3.Error: if it cannot begin or be kept.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends some that failed by itself
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a store, 0 of an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] | None = None) -> None:
    """Bring a store, or an empty file, to the version of this program in one transaction.

    It waits for others that write, even where nothing is to be done, and so tells whether the
    store can be written at all.

    Raises:
        sqlite3.Error: if it cannot; the store is then as it was.
    """
    migrations = MIGRATIONS if migrations is None else migrations
    with transaction(connection):
        version = version_of(connection)
        if version == len(migrations):
            # where only reading is possible, SQLite says so at the first statement that might write
            connection.execute("DELETE FROM runs WHERE 0")
            return
        for statement in chain.from_iterable(migrations[version:]):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
