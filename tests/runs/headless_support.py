"""What the tests of runs without a screen share: a small run, and commands as processes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tui_charrnn.engine import TrainConfig

COMMAND = [sys.executable, "-m", "tui_charrnn", "train"]
CONFIG = TrainConfig(
    hidden_size=6, seq_length=12, iterations=40, sample_every=20, sample_length=30, eval_every=15,
    learning_rate=0.1,
)  # fmt: skip
FLAGS = [
    f"--{name.replace('_', '-')}={value}"
    for name, value in CONFIG.as_dict().items()
    if value != TrainConfig().as_dict()[name]
]
ENDLESS = ["--iterations=1e9", "--sample-every=0", "--eval-every=0"]


def owl_text(folder: Path) -> Path:
    path = folder / "owl.txt"
    path.write_text("The owl saw the fox, \x1b[31mred\x1b[0m, and went home.\n" * 60)
    return path


def rows(lines: str | bytes) -> list[dict]:
    return [json.loads(line) for line in lines.splitlines()]


def child(
    *flags: str, limit: Callable[[], None] = lambda: None, **streams: int
) -> subprocess.Popen[bytes]:
    """Start the command in a process of its own, where SIGINT is not ignored."""

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        limit()

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen([*COMMAND, *flags], **pipes, preexec_fn=prepare)  # noqa: PLW1509


class Screen:
    """A command in a pseudo-terminal of its own, as a person sees it."""

    def __init__(self, *flags: str, **environment: str) -> None:
        self.shown = b""
        self.pid, self.ours = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            settings = {"TERM": "xterm-256color", "COLUMNS": "80", **environment}
            os.execvpe(COMMAND[0], [*COMMAND, *flags], {**os.environ, **settings})

    def wait_for(self, pattern: bytes, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.shown):
            ready, _, _ = select.select([self.ours], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"waited in vain for {pattern!r} in {self.shown!r}"
            self.shown += os.read(self.ours, 10_000)

    def press(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    def end(self) -> int:
        """Read all that is left; return the exit code."""
        try:
            while block := os.read(self.ours, 10_000):
                self.shown += block
        except OSError:  # the other side is closed
            pass
        os.close(self.ours)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
