"""The way to the process of a detached run: one connection, as a visitor sees it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tui_charrnn.runs.detached import folder, messages
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.messages import Hello, Malformed

GREETING: Final = 10.0
"""Seconds that a process has to say hello."""


class Dead(Exception):
    """There is no process that trains the run detached."""


class Way:
    """A connection; one thread reads, any may send.

    Attributes:
        hello: what the process said at its start.
    """

    def __init__(self, connection: socket.socket) -> None:
        """Wait for the hello.

        Raises:
            OSError: if nothing comes.
            EOFError: if nothing will come.
            Malformed: if it is something else.
            DetachError: if the process takes no more visitors.
        """
        self._socket = connection
        self._reader = connection.makefile("rb")
        self._writing = threading.Lock()
        try:
            connection.settimeout(GREETING)
            self.hello = self._greeting()
            connection.settimeout(None)
        except BaseException:
            self.close()
            raise

    def _greeting(self) -> Hello:
        line = self._reader.readline(messages.LONGEST_MESSAGE)
        if not line:
            raise EOFError
        row = messages.parse(line)
        if row.keys() == {"problem"}:
            raise DetachError(str(row["problem"]))
        return messages.hello_from(row)

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what comes, until there comes no more."""
        with contextlib.suppress(OSError, ValueError, Malformed):  # it is gone, or we are
            while line := self._reader.readline(messages.LONGEST_MESSAGE):
                yield messages.parse(line)

    def acknowledge(self) -> None:
        """Say that a batch was dealt with."""
        with contextlib.suppress(OSError):  # what became of the process, `messages` tells
            self.send(messages.line({"do": "acknowledge"}))

    def send(self, line: bytes) -> None:
        """Send a line, from any thread.

        Raises:
            OSError: if the process is gone, or the way closed.
        """
        with self._writing:
            self._socket.sendall(line)

    def close(self) -> None:
        """Leave, from any thread; whoever waits for a message, or sends one, hears of it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with self._writing:
            self._reader.close()
            self._socket.close()


def way_to(store: Path, run_id: int) -> Way:
    """Go to the process that trains a run of a store detached.

    Raises:
        Dead: if there is none.
        DetachError: if it is that of another user, does not answer, or takes no more visitors.
    """
    foreign = DetachError(f"Run {run_id} belongs to another user.")
    try:
        connection = folder.connect(folder.socket_of(store, run_id))
        if not messages.is_ours(connection):
            connection.close()
            raise foreign
        return Way(connection)
    except (FileNotFoundError, ConnectionError, EOFError):
        raise Dead from None
    except PermissionError:
        raise foreign from None
    except OSError as error:
        reason = error.strerror or error
        raise DetachError(f"The process of run {run_id} does not answer: {reason}.") from None
    except Malformed:
        raise DetachError(
            f"The process of run {run_id} is of another version of charrnn-tui."
        ) from None
