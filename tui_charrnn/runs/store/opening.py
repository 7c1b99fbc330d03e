"""Opening the file of a store: looking first, so that a file that is none is left untouched."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import platformdirs

from tui_charrnn.runs import user_folders
from tui_charrnn.runs.store import schema
from tui_charrnn.runs.store.errors import NoStore, StoreError, about, explained

VARIABLE: Final = "CHARRNN_STORE"
"""The environment variable that names another default store."""

PATIENCE: Final = 2.0
"""Seconds to wait for a store that another program has locked."""

LARGEST_CHECKED: Final = 32 * 2**20
"""Bytes of a file that is checked as a whole for damage when it is opened."""

NO_FILES: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""What SQLite says where it may not make the files of the log beside a store."""

Mode = Literal["rwc", "rw", "ro"]
"""As in SQLite's URIs: may create the file, may write it, may only read it."""


def default_path() -> Path:
    """Return where the runs of this user are kept.

    Raises:
        StoreError: if the user has no home folder.
    """
    if given := os.environ.get(VARIABLE):
        return Path(os.path.expanduser(given))
    folder = user_folders.own(platformdirs.user_data_path)
    if folder is None:
        raise StoreError("There is no home folder to keep runs in; --store names another place.")
    return folder / "runs.sqlite3"


def is_the_store(file: str, store: Path | None) -> bool:
    """Whether a file is the store itself, by whatever name; None is the default one."""
    try:
        return os.path.samefile(file, default_path() if store is None else store)
    except (OSError, ValueError, StoreError):
        return False  # one of them is not there


def connect(path: Path, mode: Mode) -> sqlite3.Connection:
    """Open a store of this version, after it was made or brought to it.

    Raises:
        NoStore: if there is no file, and none is to be made.
        StoreError: if it cannot be opened; the file is then untouched.
    """
    try:
        _look(path, mode)
        connection = _connect(path, mode)
    except (sqlite3.Error, OSError, ValueError) as error:
        raise explained(path, error) from None
    try:
        if _prepare(connection, path, mode):
            return connection
    except (sqlite3.Error, StoreError) as error:
        connection.close()
        raise explained(path, error) from None
    connection.close()
    return connect(path, "rw")


def reconnect(path: Path) -> sqlite3.Connection:
    """Open a store that was opened before, to write to it.

    Raises:
        sqlite3.Error: if it cannot be opened any more.
    """
    return _settled(_open(path, "mode=rw"))


def _look(path: Path, mode: Mode) -> None:
    """Refuse what is no store, and make the folder of a new one."""
    try:
        found = path.stat()
        kind, size = found.st_mode, found.st_size
    except FileNotFoundError:
        if mode != "rwc":
            raise NoStore(f"There is no run store {path}.") from None
        path.parent.mkdir(parents=True, exist_ok=True)
        return
    if not stat.S_ISREG(kind):
        raise about(path, "is a folder" if stat.S_ISDIR(kind) else "is not a file")
    if size:
        _check_header(path)
    if mode != "ro" and not _may(path, os.W_OK):
        raise about(path, "is read-only")


def _may(path: Path, mode: int) -> bool:
    """Whether we have the right to: SQLite itself would silently open the file for reading."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _check_header(path: Path) -> None:
    """Check what a file says that it is; an empty one becomes a store.

    SQLite itself looks, in a way that takes no locks and writes nothing: a file that a program
    opens and closes on its own loses all locks that the program has on it, and other programs
    then delete the log that we still write to.
    """
    if not _may(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with closing(_open(path, "mode=ro&immutable=1")) as connection:
        try:
            # the file may be shorter than it says, where a full disk or a kill has broken off the
            # writing back of the log, which has it all: this lets SQLite look at it nevertheless
            connection.execute("PRAGMA writable_schema = ON")
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = schema.version_of(connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            application = version = 0
    if application != schema.APPLICATION_ID:
        raise about(path, "is not a run store; it was left as it is")
    _check_version(path, version)


def _check_version(path: Path, version: int) -> None:
    if version > schema.VERSION:
        raise about(
            path,
            f"is of version {version}, made by a newer charrnn-tui (this one knows "
            f"{schema.VERSION}); it was left as it is",
        )


def _connect(path: Path, mode: Mode) -> sqlite3.Connection:
    if mode != "ro":
        return _open(path, f"mode={mode}")
    # one that may write tidies up the log when it is closed, unlike SQLite's mode=ro
    connection = _open(path, "mode=rw")
    try:
        schema.version_of(connection)
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in NO_FILES or not _may_read_alone(path):
            raise
        return _open(path, "mode=ro&immutable=1")  # no files can be made beside it
    return connection


def _may_read_alone(path: Path) -> bool:
    """Whether all of a store is in its one file, with nothing in a log beside it."""
    try:
        return os.stat(f"{path}-wal").st_size == 0
    except FileNotFoundError:
        return True


def _open(path: Path, options: str) -> sqlite3.Connection:
    """Open the file itself; transactions begin where they are said to, and nowhere else."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )


def _settled(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Set what is not kept in the file: what is committed outlives the process at any rate."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


@contextmanager
def durably(connection: sqlite3.Connection) -> Iterator[None]:
    """Let what is committed meanwhile, and all before it, outlive a power cut as well."""
    connection.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = NORMAL")


def _prepare(connection: sqlite3.Connection, path: Path, mode: Mode) -> bool:
    """Make a connection ready; return whether it is: an older store cannot just be read."""
    version = schema.version_of(connection)
    _check_version(path, version)
    _check_sound(connection, path)
    if mode == "ro":
        connection.execute("PRAGMA query_only = ON")
        return version == schema.VERSION
    schema.migrate(_settled(connection))
    _write_ahead(connection)
    return True


def _check_sound(connection: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size <= LARGEST_CHECKED:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise about(path, "is damaged; it was left as it is")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, which lets others read meanwhile.

    SQLite does not wait for another program that does the same just now.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
