"""When the next frame may go: hardly before the terminal has seen the last one.

A connection takes megabytes before a write has to wait, so only the far end can tell how far it
has come. After each frame it is asked for its status, which terminals tell as soon as they have
dealt with all that was written before. While an answer is due no other frame goes, but for what a
person is waiting for. A terminal that has never answered is asked no more, and is only given time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

ASK: Final = "\x1b[5n"
"""Asks a terminal for its status; it answers `ESC [ 0 n`. Source: ECMA-48, 8.3.35 (DSR)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is written that nobody asked for.

    Attributes:
        interval: least seconds from one frame to the next.
        rate: most bytes a second in the long run.
    """

    interval: float
    rate: float


NORMAL: Final = Pace(interval=0.08, rate=7_500)
"""Somewhat faster than batches come, so that none has to wait for the next."""

LOW: Final = Pace(interval=1.0, rate=1_800)
"""Where few bytes are wanted."""

BURST: Final = 16_000
"""Bytes that may go beyond that after a while of less: a whole screen, and what follows it."""

HURRY: Final = 0.5
"""Seconds after a key in which frames are taken for its effects."""

WINDOW: Final = 6_000
"""Bytes without an answer beyond which the effects of keys wait as well, and become one frame."""

LATE: Final = 3.0
"""Seconds without an answer after which another frame goes all the same."""

LOST: Final = 12.0
"""Seconds after which an answer is not waited for any more."""

FIRST: Final = 2.0
"""The same of the first one; if it comes later, the terminal is known to answer from then on."""


class Flow:
    """Keeps account of what is on its way; it is told the time, in seconds of any clock."""

    def __init__(self, pace: Pace = NORMAL) -> None:
        """Begin with a terminal of which nothing is known."""
        self._pace = pace
        self._answers = False
        self._asked: deque[tuple[float, int]] = deque()
        self._never_asked = True
        self._last = self._hurried = float("-inf")
        self._ahead = 0.0  # bytes beyond the rate, when the last frame went

    def wait(self, now: float) -> float:
        """Return the seconds until the next frame may go, 0 if it may go now."""
        hurried = now < self._hurried + HURRY
        on_its_way = self._on_its_way(now)
        if on_its_way and self._answers and not (hurried and on_its_way < WINDOW):
            return max(0.0, self._last + LATE - now)
        pause = max(self._pace.interval, (self._ahead - BURST) / self._pace.rate)
        return 0.0 if hurried else max(0.0, self._last + pause - now)

    def _on_its_way(self, now: float) -> int:
        """Return how many bytes have not been answered."""
        oldest = now - (LOST if self._answers else FIRST)
        while self._asked and self._asked[0][0] < oldest:
            self._asked.popleft()
        return sum(size for _, size in self._asked)

    def send(self, size: int, now: float) -> bool:
        """Note that a frame goes; return whether to ask for an answer behind it.

        Args:
            size: of the frame, in bytes.
            now: in seconds.
        """
        self._ahead = max(0.0, self._ahead - (now - self._last) * self._pace.rate) + size
        self._last = now
        ask = self._answers or self._never_asked
        if ask:
            self._never_asked = False
            self._asked.append((now, size))
        return ask

    def answer(self) -> None:
        """Note that the terminal has answered."""
        self._answers = True
        if self._asked:
            self._asked.popleft()

    def hurry(self, now: float) -> None:
        """Note that a person has done something, and waits for the effect."""
        self._hurried = now

    def is_due(self, now: float) -> bool:
        """Return whether an answer may still come."""
        return self._on_its_way(now) > 0
