"""The newest events of a run: those that are not in the store yet, or not with every visitor."""

from __future__ import annotations

from collections.abc import Callable

from tui_charrnn.engine.events import Event, Step
from tui_charrnn.runs.detached.messages import encoded


class Tail:
    """Events of a run from some number on.

    One thread puts events in; all else belongs to another one. Appending to a list is a single
    step of the interpreter, so neither has to wait for the other.

    Attributes:
        base: the number of the first event that is still here.
        stored: events of the run that the store held when it was last looked at.
        problem: why it does not get any more, in one sentence; empty while all is well.
    """

    def __init__(self, base: int, look: Callable[[], tuple[int, str]]) -> None:
        """Begin empty.

        Args:
            base: the number of the event that comes next; all before it are in the store.
            look: returns how many events of the run are in the store, and why no more are.
        """
        self._look = look
        self.base = self.stored = base
        self.problem = ""
        self._rows: list[Event | bytes] = []

    @property
    def end(self) -> int:
        """The number of the event that comes next."""
        return self.base + len(self._rows)

    def put(self, event: Event) -> None:
        """Take in an event; those that bring weights are written down at once, without them."""
        self._rows.append(event if type(event) is Step else encoded(event))

    def rows(self, start: int, most: int) -> list[bytes]:
        """Return encoded events from number `start` on: about `most` bytes, at least one event."""
        found: list[bytes] = []
        size = 0
        for place in range(start - self.base, len(self._rows)):
            if size >= most:
                break
            row = self._rows[place]
            if not isinstance(row, bytes):
                self._rows[place] = row = encoded(row)  # once, for all visitors
            size += len(row)
            found.append(row)
        return found

    def forget(self, before: int) -> None:
        """Look at the store, and let go of events before a number that are in it."""
        if self._rows:
            self.stored, self.problem = self._look()
        kept = min(before, self.stored)
        if kept > self.base:
            del self._rows[: kept - self.base]
            self.base = kept
