"""What can go wrong with the store, each in one plain sentence."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from tui_charrnn.safe_text import safe_line


class StoreError(Exception):
    """The store cannot do what was asked; the text is one plain sentence with a full stop."""


class NoStore(StoreError):
    """There is no store at this path yet."""


class RunDeleted(StoreError):
    """A run was deleted while it was recorded."""


REASONS: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_LOCKED: "is locked by another program",
    sqlite3.SQLITE_READONLY: "is read-only",
    sqlite3.SQLITE_PERM: "cannot be opened: permission denied",
    sqlite3.SQLITE_AUTH: "cannot be opened: permission denied",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened, or files beside it cannot be made",
    sqlite3.SQLITE_FULL: "cannot be written: the disk is full",
    sqlite3.SQLITE_CORRUPT: "is damaged; it was left as it is",
    sqlite3.SQLITE_NOTADB: "is not a run store, or damaged; it was left as it is",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
}
"""What SQLite's primary result codes mean to a user."""

IOERR_SHMSIZE: Final = sqlite3.SQLITE_IOERR | 19 << 8
"""SQLite's word for no room left to share memory in: the disk is full (sqlite.org/rescode.html)."""


def about(path: Path, reason: str) -> StoreError:
    """Return an error about the store at `path`; `reason` goes on with the sentence."""
    return StoreError(f"The run store {safe_line(str(path))} {reason}.")


def explained(path: Path, error: Exception) -> StoreError:
    """Return what an error of SQLite or the system means for the store at `path`."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, OSError):
        return about(path, f"cannot be opened: {(error.strerror or str(error)).lower()}")
    code = getattr(error, "sqlite_errorcode", 0)
    if code == IOERR_SHMSIZE:
        code = sqlite3.SQLITE_FULL
    return about(path, REASONS.get(code & 0xFF, f"cannot be used: {safe_line(str(error))}"))
