"""Time that leaves out what is no training."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds since the start, less those in which it stood still."""

    def __init__(self, elapsed: float = 0.0) -> None:
        """Start, as if `elapsed` seconds had gone by already."""
        self._start = time.perf_counter() - elapsed
        self._since: float | None = None

    def elapsed(self) -> float:
        """Return the seconds so far."""
        return (time.perf_counter() if self._since is None else self._since) - self._start

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Stand still inside the block."""
        self._since = time.perf_counter()
        yield
        self._start += time.perf_counter() - self._since
        self._since = None
