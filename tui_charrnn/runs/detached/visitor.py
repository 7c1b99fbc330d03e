"""One visitor of a detached run, as the process sees it: a connection that never waits."""

from __future__ import annotations

import socket
from typing import Final

from tui_charrnn.runs.detached import messages
from tui_charrnn.runs.detached.messages import Lines, Malformed

MOST_WAITING: Final = 2**20
"""Bytes of answers that may wait for a visitor, who asks and does not read."""

ONE_READ: Final = 2**16
"""Bytes that are taken from one visitor, before it is the turn of the others."""


class Gone(Exception):
    """The visitor has left, or is shown out."""


class Visitor:
    """A connection, what waits to be sent on it, and how far the events of the run were sent.

    Attributes:
        place: number of the event that the visitor gets next.
        in_flight: whether a batch was sent and not acknowledged yet.
        sent: when the last batch was sent, in seconds of the monotonic clock.
        shown: what was sent of a sample that is being drawn: the number of its event to come, and
            characters.
    """

    def __init__(self, connection: socket.socket, place: int) -> None:
        """Take over a connection; the visitor gets the events from number `place` on."""
        connection.setblocking(False)
        self.place = place
        self.in_flight = False
        self.sent = 0.0
        self.shown = place, 0
        self._connection = connection
        self._lines = Lines(messages.LONGEST_COMMAND)
        self._outgoing = bytearray()
        self._answers = 0

    @property
    def waiting(self) -> bool:
        """Whether something could not be sent yet."""
        return bool(self._outgoing)

    def fileno(self) -> int:
        """Return what a selector wants to know."""
        return self._connection.fileno()

    def receive(self) -> list[bytes]:
        """Return the lines that came.

        Raises:
            Gone: if no more will come, or what came has no end.
        """
        try:
            data = self._connection.recv(ONE_READ)
        except BlockingIOError:
            return []
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        try:
            return self._lines.feed(data)
        except Malformed as error:
            raise Gone from error

    def answer(self, row: dict[str, object]) -> None:
        """Send a message that is not part of the events.

        Raises:
            Gone: if too many wait already.
        """
        line = messages.line(row)
        self._answers += len(line)
        if self._answers > MOST_WAITING:
            raise Gone
        self.send(line)

    def send(self, line: bytes) -> None:
        """Send a line, soon."""
        self._outgoing += line
        self.flush()

    def flush(self) -> None:
        """Send what the connection takes now.

        Of one that has left the last words may still be there to be read, which end with the news
        that it has.
        """
        try:
            while self._outgoing:
                del self._outgoing[: self._connection.send(self._outgoing)]
        except BlockingIOError:
            return
        except OSError:
            self._outgoing.clear()
        self._answers = 0

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
