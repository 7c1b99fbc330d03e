"""A process that has the program loaded, and forks one that runs it for each line of arguments.

A fork takes some milliseconds where a new interpreter with NumPy takes half a second.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

NEEDED = (
    "tui_charrnn.cli", "tui_charrnn.runs.headless", "tui_charrnn.runs.settings",
    "tui_charrnn.runs.going_on", "tui_charrnn.runs.detached",
)  # fmt: skip
"""What the commands import when they are called."""


class Nursery:
    """The side of a test."""

    def __init__(self, said: Path) -> None:
        """Start the process; `said` is the file that all commands write their words to."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery", str(said)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str) -> int:
        """Run the program; return its process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def main(said: Path) -> None:
    for module in NEEDED:
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for line in sys.stdin.buffer:
        pid = os.fork()
        if not pid:
            run(json.loads(line), said)
        print(pid, flush=True)


def run(arguments: list[str], said: Path) -> None:
    from tui_charrnn.cli import main as program

    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        code = program(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
