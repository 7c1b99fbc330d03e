"""Where the sockets of detached runs lie: a folder of this user, which nobody else can enter.

It is in `/tmp` and not among the files of the login session, since those go when the last terminal
does. The folder is looked at before it is used, as anybody may make one of its name there first.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.safe_text import safe_line

VARIABLE: Final = "CHARRNN_SOCKETS"
"""The environment variable that names another folder."""

LONGEST_PATH: Final = 100
"""Bytes of the path of a socket: systems have room for 104 or 108."""

PATIENCE: Final = 2.0
"""Seconds that a process has to take a connection, before it counts as alive but busy."""

TRY_EVERY: Final = 0.02
"""Seconds between two attempts at one that is busy."""

WAITING: Final = 128
"""Connections that may wait to be taken."""


def folder() -> Path:
    """Return the folder of the sockets; it is made if it is not there.

    Raises:
        DetachError: if it cannot be made, or others made it or may enter it.
    """
    path = _named()
    try:
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(path, f"cannot be made or entered: {reason.lower()}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise _refused(path, "is not a folder")
    if found.st_uid != os.geteuid():
        raise _refused(path, "belongs to another user")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise _refused(path, f"may be entered by others: its mode is {mode:o}, not 700")
    return path


def _named() -> Path:
    if given := os.environ.get(VARIABLE):
        return Path(os.path.abspath(os.path.expanduser(given)))
    return Path("/tmp") / f"charrnn-tui-{os.geteuid()}"


def _refused(path: Path, reason: str) -> DetachError:
    return DetachError(
        f"The folder {safe_line(str(path))} for the sockets of detached runs {reason}; "
        f"{VARIABLE} names another one."
    )


def socket_of(store: Path, run_id: int) -> Path:
    """Return where the process that trains a run of a store listens.

    Raises:
        DetachError: if there is no folder for it, or its path would be too long.
    """
    path = folder() / f"{_sign(store)}-{run_id}.sock"
    size = len(os.fsencode(path))
    if size > LONGEST_PATH:
        raise DetachError(
            f"The socket {safe_line(str(path))} would have a path of {size} bytes, and systems "
            f"take {LONGEST_PATH}; {VARIABLE} names a folder with a shorter one."
        )
    return path


def _sign(store: Path) -> str:
    """Return what tells the runs of a store from those of others, by whatever path it is named."""
    return hashlib.sha256(os.fsencode(os.path.realpath(store))).hexdigest()[:12]


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at a path, which nobody else may use.

    It is bound under another name first: whoever finds it at its path finds it listening.

    Raises:
        OSError: if there can be none.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    hidden = path.with_suffix(f".{os.getpid() % 10_000_000}")
    mask = os.umask(0o177)
    try:
        hidden.unlink(missing_ok=True)
        listener.bind(os.fspath(hidden))
        hidden.chmod(0o600)
        listener.listen(WAITING)
        hidden.rename(path)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    return listener


def connect(path: Path) -> socket.socket:
    """Return a connection to the process that listens at a path.

    Raises:
        FileNotFoundError: if there is none.
        ConnectionRefusedError: if it has died.
        PermissionError: if it is that of another user.
        TimeoutError: if it takes no connection.
        OSError: if there can be none.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    try:
        while not _is_connected(connection, path):
            if time.monotonic() > deadline:
                raise TimeoutError("too many others wait for it")
            time.sleep(TRY_EVERY)
    except OSError:
        connection.close()
        raise
    return connection


def _is_connected(connection: socket.socket, path: Path) -> bool:
    """Connect, unless too many others wait to be taken: with a timeout, that is not waited for."""
    try:
        connection.connect(os.fspath(path))
    except BlockingIOError:
        return False
    return True


def live(store: Path) -> list[int]:
    """Return the numbers of the runs of a store that train detached now, rising.

    What dead processes left of their sockets is removed.

    Raises:
        DetachError: if others could have made the sockets.
    """
    name = re.compile(rf"{_sign(store)}-(\d+)\.sock")
    found = ((path, name.fullmatch(path.name)) for path in folder().iterdir())
    return sorted(int(match[1]) for path, match in found if match and _answers(path))


def _answers(path: Path) -> bool:
    try:
        before = path.stat().st_ino
        connect(path).close()
    except FileNotFoundError:
        return False
    except ConnectionRefusedError:
        with suppress(OSError):
            if path.stat().st_ino == before:  # not that of a new process meanwhile
                path.unlink()
        return False
    except TimeoutError:
        return True  # too many wait for it
    except OSError:
        return False
    return True
