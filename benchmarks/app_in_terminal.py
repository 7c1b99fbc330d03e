"""The app as a benchmark drives it: a child process whose terminal is read and written here."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

ROWS, COLUMNS = 40, 120
PATIENCE = 10.0
"""Seconds after which an effect counts as missing."""


class AppInTerminal:
    """The app as a child process whose terminal is read and written here."""

    def __init__(self, *arguments: str) -> None:
        """Start the app, which does not know that nobody looks."""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
            command = [sys.executable, "-m", "tui_charrnn", *arguments]
            os.execvpe(command[0], command, {**os.environ, **size})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.written = 0

    def press(self, keys: str) -> None:
        """Send keys as a terminal does."""
        os.write(self.terminal, keys.encode())

    def read_until(self, words: bytes, patience: float = PATIENCE) -> float:
        """Return the seconds until the words came; escape sequences between them do not count."""
        start, seen = time.perf_counter(), b""
        while words not in seen:
            left = patience - (time.perf_counter() - start)
            if left <= 0:
                raise TimeoutError(f"{words!r} did not come within {patience} s")
            seen = (seen + self._read(left))[-65536:]
        return time.perf_counter() - start

    def drain(self, seconds: float) -> None:
        """Read whatever comes for some time, as a terminal does."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def _read(self, seconds: float) -> bytes:
        if not select.select([self.terminal], [], [], seconds)[0]:
            return b""
        data = os.read(self.terminal, 65536)
        self.written += len(data)
        return data

    def wait(self) -> int:
        """Read on until the process has ended; return its exit code."""
        try:
            while True:
                self._read(PATIENCE)
        except OSError:
            pass  # the terminal is closed
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
