"""Which process records a run, and whether it still lives.

A process is known by its host, number and the time it began, since numbers are given again. Where
that time cannot be told (not on Linux, and without the command ps), a run counts as alive.
"""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LINUX: Final = Path("/proc/self/stat").exists()
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
GONE: Final = ""
DEAD_STATES: Final = frozenset("ZX")
"""Of a process that has ended, though its parent has not asked how."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process on some machine; `start` is comparable, not readable."""

    host: str
    pid: int
    start: str

    @classmethod
    def current(cls) -> Process:
        """Return the one that asks."""
        return cls(platform.node(), os.getpid(), _start(os.getpid()) or "")

    @property
    def here(self) -> bool:
        """Whether it is, or was, on this machine."""
        return self.host == platform.node()

    @property
    def gone(self) -> bool:
        """Whether it was on this machine and has ended."""
        if not self.here:
            return False
        start = _start(self.pid)
        return start is not None and start != self.start


def _start(pid: int) -> str | None:
    """Return when a process began, nothing if it has ended, None if there is no telling."""
    return _start_on_linux(pid) if LINUX else _start_by_ps(pid)


def _start_on_linux(pid: int) -> str | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return GONE
    except OSError:
        return None
    state, *fields = line.rpartition(")")[2].split()  # a name may hold spaces and parentheses
    return GONE if state in DEAD_STATES else f"{_boot()} {fields[18]}"


def _boot() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _start_by_ps(pid: int) -> str | None:
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    try:
        answer = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
