"""The app as a benchmark drives it: a child process whose terminal is read and written here."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence

from benchmarks.screen import Screen
from tui_charrnn.engine.config import FIELDS, SPECS

ROWS, COLUMNS = 40, 120
PROGRAM = (sys.executable, "-m", "tui_charrnn")
WHOLE = 0.0005
"""Seconds without anything after which what has come is looked at: a frame comes in pieces."""

PATIENCE = 10.0
"""Seconds after which an effect counts as missing."""


class AppInTerminal:
    """The app as a child process whose terminal is read and written here.

    Attributes:
        screen: what the terminal shows of what was read.
        arrived: when the last of it came; to find out what it shows is no time of the app's.
    """

    def __init__(
        self,
        *arguments: str,
        program: Sequence[str] = PROGRAM,
        screen: Screen | None = None,
        **environment: str,
    ) -> None:
        """Start the app, which does not know that nobody looks.

        Args:
            arguments: of `charrnn-tui`.
            program: in place of it.
            screen: what the terminal shows things on, of 120x40; by default any.
            environment: on top of ours.
        """
        self.screen = screen or Screen(ROWS, COLUMNS)
        self.arrived = 0.0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
            command = [*program, *arguments]
            os.execvpe(command[0], command, {**os.environ, **size, **environment})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    @property
    def written(self) -> int:
        """Bytes that the app has written."""
        return self.screen.written

    def press(self, keys: str) -> None:
        """Send keys as a terminal does."""
        self._send(keys.encode())

    def fill_in(self, values: Mapping[str, str]) -> None:
        """Type values into the form; each field tells its name when the cursor has come to it.

        Args:
            values: by field; the cell is not among them.
        """
        groups = list(dict.fromkeys(spec.group for spec in FIELDS))
        specs = sorted(FIELDS, key=lambda spec: groups.index(spec.group))
        self.press("e")
        for spec in specs[specs.index(SPECS["hidden_size"]) :]:
            if not spec.is_looked_at(lambda name: SPECS[name].default):
                continue  # the form leaves it out
            self.read_until(f"{spec.label}: ".encode())
            self.press(f"{values.get(spec.name, '')}\t")
        self.read_until(b"Start")

    def read_until(self, words: bytes, patience: float = PATIENCE) -> float:
        """Return the seconds until the screen shows some words, on a line that has changed."""
        return self.read_until_all([words], patience)

    def read_until_all(self, phrases: Sequence[bytes], patience: float = PATIENCE) -> float:
        """Return the seconds until the screen has shown every phrase, in whatever order."""
        start, since, missing = time.perf_counter(), self.written, list(phrases)
        while missing := [words for words in missing if not self._shows(words, since)]:
            left = patience - (time.perf_counter() - start)
            if left <= 0:
                raise TimeoutError(f"{missing[0]!r} did not come within {patience} s")
            self._read(left)
        return max(0.0, self.arrived - start)

    def _shows(self, words: bytes, since: int) -> bool:
        return self.screen.shows(words.decode(), since)

    def drain(self, seconds: float) -> None:
        """Read whatever comes for some time, as a terminal does."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def read_some(self, seconds: float = 0.1) -> None:
        """Read what is there, or else what comes first within some time."""
        self._read(seconds)

    def count_bursts(self, seconds: float, gap: float) -> int:
        """Read whatever comes for some time; return how often something came after a gap."""
        end, last, bursts = time.perf_counter() + seconds, 0.0, 0
        while (left := end - time.perf_counter()) > 0:
            if self._read(left):
                now = time.perf_counter()
                bursts += now - last > gap
                last = now
        return bursts

    def _read(self, seconds: float) -> bytes:
        data = self._receive(seconds)
        if answers := self.screen.feed(data):
            self._send(answers)
        return data

    def _receive(self, seconds: float) -> bytes:
        """Return what has come within some seconds, nothing if nothing has."""
        data = b""
        while select.select([self.terminal], [], [], WHOLE if data else seconds)[0]:
            try:
                data += os.read(self.terminal, 65536)
            except OSError:  # the app has ended
                if data:
                    break
                raise
            self.arrived = time.perf_counter()
        return data

    def _send(self, data: bytes) -> None:
        os.write(self.terminal, data)

    def kill(self) -> None:
        """End the process at once."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def wait(self) -> int:
        """Read on until the process has ended; return its exit code."""
        try:
            while True:
                self._read(PATIENCE)
        except OSError:
            pass  # the terminal is closed
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
