"""A pseudo-terminal that keeps every byte written to it, and tells what a real one would obey."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from unicodedata import category

from tests.hostile.strangers import INVISIBLE

ROWS, COLUMNS = 40, 120

SEQUENCE = re.compile(
    r"\x1b\[[\d;]*m"  # colours
    r"|\x1b\[\d+;\d+H|\x1b\[\d*[AC]|\x1b\[2K"  # places, and a line that is drawn again
    r"|\x1b\[\?\d+(?:[hl]|\$p)|\x1b\[[<>]\d*u"  # modes of screen, mouse and keys
    r"|\x1b\]22;[a-z-]+\x07|\x1b\[5n"  # the shape of the pointer, and whether it is there yet
)
"""What the program itself sends; none of it is among the payloads."""


def plain(raw: bytes) -> str:
    """Return what was written, without the sequences that the program itself sends."""
    return SEQUENCE.sub("", raw.decode("utf-8", "surrogateescape"))


def obeyed(raw: bytes) -> set[str]:
    """Return what a terminal would have obeyed or hidden, but for the program's own sequences.

    To be asked when the program has ended: its last sequence may not be whole before.
    """
    return {char for char in plain(raw) if category(char) in INVISIBLE} - {"\r", "\n"}


class Terminal:
    """A program whose terminal is read and written here."""

    def __init__(
        self, *arguments: str | bytes, folder: Path | None = None, **environment: str
    ) -> None:
        """Start `charrnn-tui` with these arguments, which may hold anything a shell can pass."""
        self.raw = b""
        self._closed = False
        self.terminal, inner = pty.openpty()
        size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "tui_charrnn", *arguments]
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, start_new_session=True, cwd=folder,
            env={**os.environ, **size, "PYTHONPATH": os.getcwd(), **environment},
        )  # fmt: skip
        os.close(inner)

    def end(self, seconds: float = 60) -> int:
        """Read until the program has ended; return its exit code."""
        deadline = time.monotonic() + seconds
        while not self._closed:
            left = deadline - time.monotonic()
            assert left > 0, f"waited in vain for the end of\n{self.written()[-3000:]}"
            self._read(left)
        return self.process.wait()

    def _read(self, seconds: float) -> None:
        if not select.select([self.terminal], [], [], seconds)[0]:
            return
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            data = b""
        self._closed = not data
        self.raw += data

    def written(self) -> str:
        """Return what was written; see `plain`."""
        return plain(self.raw)

    def close(self) -> None:
        """End the program, however it stands."""
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)
