"""Writing to a terminal that may stop reading or go away: nobody waits for it."""

from __future__ import annotations

import os
import select
import termios
import threading
import time
from contextlib import suppress
from typing import Final

from tui_charrnn.terminal.flow import ASK, NORMAL, Flow, Pace
from tui_charrnn.terminal.picture import Picture

MOST_WORDS: Final = 2**16
"""Characters that are no picture and may wait for a terminal; what comes then is left out."""

LOOK: Final = 0.2
"""Seconds between two looks at what is asked for, while a terminal does not read."""


class Output:
    """Writes to a terminal what an app draws, as far and as fast as that can take it.

    What can be written at once is, by whoever calls; the rest in a thread. While the terminal does
    not read, or has not told that it has seen the last frame, what is drawn comes together in a
    picture, and the next frame brings all of it. What is written to one that is gone goes nowhere.
    """

    def __init__(self, fd: int, pace: Pace = NORMAL) -> None:
        """Start the thread.

        Args:
            fd: of the terminal.
            pace: of what nobody asked for.
        """
        self._fd, self._own = _not_waiting(fd)
        self._picture, self._flow = Picture(), Flow(pace)
        self._words, self._rest = "", memoryview(b"")
        self._busy = self._gone = self._closing = self._finished = False
        lock = threading.RLock()
        self._work_to_do, self._progress = threading.Condition(lock), threading.Condition(lock)
        self._thread = threading.Thread(target=self._work, name="terminal", daemon=True)
        self._thread.start()

    # called in any thread

    def write(self, text: str) -> None:
        """Draw, and write it soon; what is no picture, as soon as the terminal reads."""
        with self._progress:
            words = self._picture.draw(text)
            if len(self._words) < MOST_WORDS and not self._gone:
                self._words += words
            self._go()

    def hurry(self) -> None:
        """Know that a person has done something, and waits for the effect."""
        with self._progress:
            self._flow.hurry(time.monotonic())
            self._go()

    def answer(self) -> None:
        """Know that the terminal has answered."""
        with self._progress:
            self._flow.answer()
            self._go()

    @property
    def due(self) -> bool:
        """Whether the terminal may still answer."""
        with self._progress:
            return not self._gone and self._flow.is_due(time.monotonic())

    def resize(self, width: int, height: int) -> None:
        """Know that the terminal has another size, and has to be given all of it again."""
        with self._progress:
            self._picture.resize(width, height)
            self._go()

    def drain(self, seconds: float) -> bool:
        """Wait until all is written that waits for nothing else; return whether it is."""
        with self._progress:
            return self._progress.wait_for(lambda: not (self._words or self._rest), seconds)

    def finish(self, seconds: float) -> None:
        """Draw no more; wait until the terminal has told all that it was asked for."""
        end = time.monotonic() + seconds
        with self._progress:
            self._finished = True
            while self.due and (left := end - time.monotonic()) > 0:
                self._progress.wait(min(left, LOOK))

    def discard(self) -> None:
        """Make room for what comes: forget what waits, here and in the system."""
        with self._progress:
            self._words, self._rest = "", memoryview(b"")
            self._picture.forget()
        with suppress(termios.error):
            termios.tcflush(self._fd, termios.TCOFLUSH)

    def let_go(self) -> None:
        """Write nowhere from now on."""
        with self._progress:
            self._gone = True
            self._words, self._rest = "", memoryview(b"")
            self._tell()

    def close(self) -> None:
        """End the thread when all is written; do not wait for it."""
        with self._progress:
            self._closing = True
            self._tell()

    # with the lock

    def _go(self) -> None:
        """Write what can be written at once, and leave the rest to the thread."""
        try:
            while self._own and not self._busy and self._prepare():
                self._rest = self._rest[os.write(self._fd, self._rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self.let_go()
        self._tell()

    def _tell(self) -> None:
        """Let the thread look whether there is something for it to do, and others what is done."""
        self._progress.notify_all()
        if self._rest or self._words or self._picture.changed or self._closing:
            self._work_to_do.notify_all()

    def _prepare(self) -> bool:
        """Take up what is to be written next; return whether there is something."""
        if self._gone:
            return False
        if not self._rest and self._words:
            self._rest, self._words = _encoded(self._words), ""
        if not self._rest and self._wait() == 0:
            self._rest = self._frame()
        return bool(self._rest)

    def _wait(self) -> float | None:
        """Return the seconds until the next frame may go, None if there is none."""
        if self._finished or self._gone or not self._picture.changed:
            return None
        return self._flow.wait(time.monotonic())

    def _frame(self) -> memoryview:
        """Return what brings the terminal up to date, and asks it whether it is."""
        frame = self._picture.frame()
        data = _encoded(frame)
        if data and self._flow.send(len(data), time.monotonic()):
            data = _encoded(frame + ASK)
        return data

    # in a thread of its own

    def _work(self) -> None:
        room = select.poll()
        room.register(self._fd, select.POLLOUT)
        while (data := self._next()) is not None:
            written = 0
            try:
                written = os.write(self._fd, data)
            except BlockingIOError:
                pass  # until there is room
            except OSError:
                self.let_go()
            self._took(data, written)
            if not written:
                room.poll(LOOK * 1000)
        if self._own:
            os.close(self._fd)

    def _next(self) -> memoryview | None:
        """Wait for something to write; return it, or None at the end."""
        with self._progress:
            while not self._prepare():
                if self._closing:
                    return None
                self._work_to_do.wait(self._wait())
            self._busy = True
            return self._rest

    def _took(self, data: memoryview, written: int) -> None:
        """Note how much was written of some data, which may have been discarded meanwhile."""
        with self._progress:
            self._busy = False
            if self._rest is data:
                self._rest = data[written:]
            self._progress.notify_all()


def _encoded(text: str) -> memoryview:
    return memoryview(text.encode("utf-8", "replace"))


def _not_waiting(fd: int) -> tuple[int, bool]:
    """Return a descriptor of the same terminal that never waits, and whether it is our own.

    The terminal is opened once more, since others who share the given descriptor expect to wait.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK), True
    except OSError:
        return fd, False
