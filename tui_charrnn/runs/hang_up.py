"""Streams that lead nowhere any more: the terminal is gone, or whoever read has left."""

from __future__ import annotations

import errno
import os
import stat
from typing import IO, Any


def hung_up(stream: IO[Any], error: OSError) -> bool:
    """Whether a stream could not be written since its terminal is gone, and not for a bad disk."""
    if error.errno != errno.EIO:
        return False
    try:
        return stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False  # it is no file at all


def let_go(stream: IO[Any]) -> None:
    """Write nowhere from now on: what waits in the buffer would fail again when Python exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
