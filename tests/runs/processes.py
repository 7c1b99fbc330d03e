"""What Linux tells of a process."""

from __future__ import annotations

import os
import time
from pathlib import Path


def is_gone(pid: int, within: float) -> bool:
    """Whether a process ends in time (in seconds); one that only waits to be reaped is gone."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def used_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
