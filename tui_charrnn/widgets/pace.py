"""Pace: how often a picture is drawn, so that drawing leaves the time to what it shows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

SHARE: Final = 0.005
"""How much of the time the drawing may take."""

LONGEST: Final = 2.0
"""Seconds after which a picture is drawn anew, however long that takes."""

SPARING: Final = 5.0
"""Seconds between two pictures where few bytes are to go to the terminal, or two in a hurry."""


class Pace:
    """Says when a picture may be drawn again: the longer it takes, the later.

    What counts is the processor time of the thread that draws. Of the last two drawings the quicker
    one counts: the first of all has to load what draws, and any may have been held up.
    """

    def __init__(
        self,
        share: float = SHARE,
        clock: Callable[[], float] = time.monotonic,
        work: Callable[[], float] = time.thread_time,
    ) -> None:
        """Prepare.

        Args:
            share: how much of the time the drawing may take, above 0.
            clock: tells the time in seconds.
            work: tells the seconds that the thread has worked.
        """
        self._share, self._clock, self._work = share, clock, work
        self._took, self._pause, self._at, self._hurried = 0.0, 0.0, -math.inf, -math.inf

    def may_hurry(self) -> bool:
        """Return whether what is seldom may be drawn at once: it is then, and not soon again."""
        now = self._clock()
        if now - self._hurried < SPARING:
            return False
        self._hurried = now
        return True

    def wait(self, sparing: bool = False) -> float:
        """Return the seconds until the picture may be drawn again, 0 if it may be now."""
        pause = SPARING if sparing else min(self._pause, LONGEST)
        return max(0.0, self._at + pause - self._clock())

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw inside the block."""
        start, before = self._work(), self._took
        yield
        self._took = self._work() - start
        self._pause = min(before, self._took) / self._share
        self._at = self._clock()
