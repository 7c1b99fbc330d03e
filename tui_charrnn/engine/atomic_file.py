"""Files that are whole or not there: written beside the old one, which they replace in one step.

What is written goes to a temporary file in the same folder. Whoever writes holds a lock on it,
which the system drops with the process: a temporary file without a lock is what a killed process
left, and the next one to write to the same path removes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that becomes `path` when the block ends, and is removed if it fails.

    When this returns, content and name are on the disk. Nobody but the user may read the file
    (mode 0600), nor look into the folder if it had to be made (0700). A symbolic link at `path` is
    itself replaced, not what it points to.

    Raises:
        OSError: if it cannot be written; what was at `path` is still there.
    """
    _make_folder(path.parent)
    _remove_leftovers(path)
    temporary, file = _temporary_file(path)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        with suppress(OSError):  # it has failed, and would once more; else nothing is left to write
            file.close()
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary_file(path: Path) -> tuple[Path, BinaryIO]:
    """Make a locked file beside `path`."""
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with suppress(OSError):  # a file system without locks: leftovers stay there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return temporary, os.fdopen(descriptor, "r+b")
        os.close(descriptor)  # it was taken for a leftover before the lock was on it


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of processes that are no more."""
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.tmp")
    for name in filter(pattern.fullmatch, os.listdir(path.parent)):
        with suppress(OSError):  # somebody writes it, or has just removed it
            _remove_unlocked(path.with_name(name))


def _remove_unlocked(leftover: Path) -> None:
    descriptor = os.open(leftover, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink()
    finally:
        os.close(descriptor)
