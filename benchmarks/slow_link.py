"""The app at the far end of a slow connection: so many bytes a second, each of them late.

Like a secure shell, the connection takes far more than it can deliver, and keeps it in order.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from typing import Final

from benchmarks.app_in_terminal import AppInTerminal

ROOM: Final = 2**21
"""Bytes that the connection takes before whoever writes has to wait."""

PIECE: Final = 64
"""Bytes that arrive together."""

TICK: Final = 0.002
"""Seconds between two looks at what is due."""


class Link:
    """A connection to a terminal of this machine.

    Attributes:
        rate: bytes a second that it delivers from there.
        delay: seconds that each way takes on top, either way.
        most_waiting: the most bytes that have ever waited in it to be delivered.
    """

    def __init__(self, terminal: int, rate: float, delay: float) -> None:
        """Begin to carry."""
        self.rate, self.delay = rate, delay
        self.most_waiting = 0
        self._terminal = terminal
        self._down: deque[tuple[float, bytes]] = deque()
        self._up: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0
        self._open = True
        self._moved = threading.Condition()
        threading.Thread(target=self._carry, name="link", daemon=True).start()

    @property
    def waiting(self) -> int:
        """Bytes that were written and have not left yet; those on their way do not count."""
        return round(max(0.0, self._free_at - time.perf_counter()) * self.rate)

    def send(self, data: bytes) -> None:
        """Send to the app."""
        with self._moved:
            self._up.append((time.perf_counter() + self.delay, data))

    def receive(self, seconds: float) -> bytes:
        """Return what has arrived from the app within some seconds.

        Raises:
            OSError: if the app has ended, and all that it wrote has arrived.
        """
        end = time.perf_counter() + seconds
        with self._moved:
            while (now := time.perf_counter()) < end:
                if self._down and self._down[0][0] <= now:
                    return self._arrived(now)
                if not (self._down or self._open):
                    raise OSError("the terminal is closed")
                due = self._down[0][0] if self._down else end
                self._moved.wait(min(due, end) - now)
        return b""

    def _arrived(self, now: float) -> bytes:
        data = b""
        while self._down and self._down[0][0] <= now:
            data += self._down.popleft()[1]
        return data

    def _carry(self) -> None:
        try:
            while True:
                if self.waiting < ROOM and select.select([self._terminal], [], [], TICK)[0]:
                    self._take(os.read(self._terminal, 65536))
                self._deliver_keys()
        except OSError:  # the app has ended
            with self._moved:
                self._open = False
                self._moved.notify_all()

    def _take(self, data: bytes) -> None:
        """Put what the app wrote on its way, behind what is there."""
        with self._moved:
            self._free_at = max(self._free_at, time.perf_counter())
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                self._free_at += len(piece) / self.rate
                self._down.append((self._free_at + self.delay, piece))
            self.most_waiting = max(self.most_waiting, self.waiting)
            self._moved.notify_all()

    def _deliver_keys(self) -> None:
        with self._moved:
            while self._up and self._up[0][0] <= time.perf_counter():
                os.write(self._terminal, self._up.popleft()[1])


class AppOverLink(AppInTerminal):
    """The app as a child process, whose terminal is at the far end of a slow connection.

    Attributes:
        link: the connection.
    """

    def __init__(self, rate: float, delay: float, *arguments: str, **environment: str) -> None:
        """Start the app; see `Link` and `AppInTerminal`."""
        super().__init__(*arguments, screen=None, **environment)
        self.link = Link(self.terminal, rate, delay)

    def _receive(self, seconds: float) -> bytes:
        data = self.link.receive(seconds)
        self.arrived = time.perf_counter()
        return data

    def _send(self, data: bytes) -> None:
        self.link.send(data)
