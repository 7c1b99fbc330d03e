"""Programs in a terminal that a test holds the other end of, and may let go of."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.screen import Screen

DEADLINE = 60.0
"""Seconds that a test waits for anything, on however busy a machine."""

TAKE_THE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Makes the standard input the terminal of the session, which is then told when that goes."""


def until(test: Callable[[], Any], seconds: float = DEADLINE) -> Any:
    """Wait until a test is true; return what it found."""
    deadline = time.monotonic() + seconds
    while not (found := test()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


class Pty:
    """A program in a pseudo terminal, whose output is read all the time.

    Attributes:
        process: the program.
        before: the modes of the terminal before the program began.
        screen: what the terminal shows.
    """

    def __init__(self, *command: str, told: bool = True, **environment: str) -> None:
        """Start a program.

        Args:
            command: the program and its arguments.
            told: whether the program hears from the system when the terminal is closed.
            environment: on top of ours.
        """
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.screen = Screen(30, 100)
        self.before = self.modes()
        bootstrap = [sys.executable, "-c", TAKE_THE_TERMINAL] if told else []
        inherited = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS")}
        self.process = subprocess.Popen(
            [*bootstrap, *command],
            stdin=self._slave, stdout=self._slave, stderr=self._slave,
            start_new_session=True, env={**inherited, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        self._read = bytearray()
        self._reading, self._open = threading.Event(), True
        self._reading.set()
        self._reader = threading.Thread(target=self._read_on, daemon=True)
        self._reader.start()

    def _read_on(self) -> None:
        while self._open:
            if self._reading.wait(0.02) and select.select([self._master], [], [], 0.02)[0]:
                data = os.read(self._master, 65536)
                self._read += data
                self.screen.feed(data)

    @property
    def output(self) -> bytes:
        """All that the program has written."""
        return bytes(self._read)

    def wait_for(self, words: bytes, start: int = 0) -> None:
        """Wait until the program has written some words, or shows them, after so many bytes."""
        until(lambda: self._came(words, start) or self.process.poll() is not None)
        assert self._came(words, start), self.output[-2000:].decode(errors="replace")

    def _came(self, words: bytes, start: int) -> bool:
        return self.screen.shows(words.decode(), start) or words in self._read[start:]

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def press_and_wait(self, keys: str, words: bytes) -> None:
        """Type, and wait until the program has written some words since."""
        written = len(self._read)
        self.press(keys)
        self.wait_for(words, written)

    def modes(self) -> list[Any]:
        """Return the modes of the terminal, as termios tells them."""
        return termios.tcgetattr(self._slave)

    def stop_reading(self) -> None:
        """Let the terminal read nothing any more, so that what is written to it waits."""
        self._reading.clear()

    def read_on(self) -> None:
        """Read again."""
        self._reading.set()

    def exit_code(self, seconds: float = DEADLINE) -> int:
        """Wait for the end of the program."""
        return self.process.wait(seconds)

    def close(self) -> None:
        """Let the terminal go away."""
        if self._open:
            self._open = False
            self._reader.join()
            os.close(self._slave)
            os.close(self._master)

    def end(self) -> None:
        """Leave nothing behind, whatever became of the test."""
        self.process.kill()
        self.process.wait()
        self.close()
