"""Events as JSON lines, in a file or on standard output."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import BinaryIO, Protocol

from tui_charrnn.engine.events import Event, Step
from tui_charrnn.runs.hang_up import hung_up
from tui_charrnn.runs.progress import RunProgress

STDOUT = "-"
"""The name that stands for standard output."""

FLUSH_INTERVAL = 0.5
"""Seconds after which the next event takes along all updates that wait to be written."""


class OutputError(Exception):
    """Something could not be written; the text says what and why, without a full stop.

    `gone` is true if nobody reads standard output any more: no reason to complain.
    """

    def __init__(self, name: str, error: OSError) -> None:
        """Name what could not be written.

        Args:
            name: a path, or `-` for standard output.
            error: what the system said.
        """
        shown = "standard output" if name == STDOUT else name
        super().__init__(f"Cannot write {shown}: {error.strerror or error}")
        self.gone = name == STDOUT and isinstance(error, BrokenPipeError)


class Sink(Protocol):
    """Something that takes in the events of a run as they come."""

    def take(self, event: Event, progress: RunProgress) -> None:
        """Take in one event, and where the run stands after it.

        Raises:
            OutputError: if it could not be written.
        """

    def close(self) -> None:
        """Let go of what is held, whether or not the run came to its end; never raises."""


class JsonLines:
    """Writes every event as one line of JSON.

    Updates are gathered and written about twice a second, so that the training is not held up.
    All other events (the start, samples, validations, the end) are written at once. A file that
    could not be written to its end keeps whole lines only. Where the lines scroll by on a terminal
    that is then hung up, the run goes on without it.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Write to a binary file that has no buffer of its own, or to a stream with one."""
        self._file, self._name = file, name
        self._lines: list[str] = []
        self._size = 0  # bytes written, all of them in whole lines
        self._last_write = time.monotonic()

    @classmethod
    def open(cls, name: str) -> JsonLines:
        """Write to a file, or to standard output (`-`).

        What a file held before stays until the first event.

        Raises:
            OutputError: if it cannot be opened.
        """
        if name == STDOUT:
            return cls(sys.stdout.buffer, name)
        try:
            return cls(open(name, "wb", buffering=0, opener=_as_it_is), name)
        except OSError as error:
            raise OutputError(name, error) from None

    def take(self, event: Event, progress: RunProgress) -> None:
        """Write one event, soon or at once.

        Raises:
            OutputError: if it could not be written.
        """
        self._lines.append(json.dumps(event.as_json(), allow_nan=False) + "\n")
        now = time.monotonic()
        if not isinstance(event, Step) or now - self._last_write >= FLUSH_INTERVAL:
            self._last_write = now
            self._write()

    def _write(self) -> None:
        data = "".join(self._lines).encode("ascii")
        self._lines.clear()
        rest = memoryview(data)
        if data and not self._size:
            self._cut_off(0)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            self._file.flush()
        except OSError as error:
            if hung_up(self._file, error):
                return
            whole = data[: len(data) - len(rest)].rfind(b"\n") + 1
            self._cut_off(self._size + whole)
            raise OutputError(self._name, error) from None
        self._size += len(data)

    def _cut_off(self, size: int) -> None:
        """Shorten a file to so many bytes; what is no regular file stays as it is."""
        if self._name != STDOUT:
            with contextlib.suppress(OSError):
                self._file.truncate(size)

    def close(self) -> None:
        """Write what waits, and close a file."""
        with contextlib.suppress(OutputError):
            self._write()
        if self._name != STDOUT:
            self._file.close()


def _as_it_is(name: str, flags: int) -> int:
    """Open a file for writing, with what it holds."""
    return os.open(name, flags & ~os.O_TRUNC, 0o666)
