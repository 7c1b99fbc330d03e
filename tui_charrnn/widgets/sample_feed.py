"""SampleFeed: lets samples come onto the screen no faster than anybody looks."""

from __future__ import annotations

from collections import deque
from typing import Final

from textual.timer import Timer

from tui_charrnn.engine.events import Drawn, Sample
from tui_charrnn.widgets.pace import Pace
from tui_charrnn.widgets.samples import KEPT, SamplesPane

SHARE: Final = 0.002
"""How much of the time writing may take; to draw what is written takes several times as long."""


class SampleFeed:
    """What stands between a run and its pane of samples.

    A small net draws many samples a second. They wait for one another and are shown together, at
    most two seconds late; what somebody has asked for, and what is shown while it is drawn, does
    not wait. No more wait than the pane keeps.
    """

    def __init__(self, pane: SamplesPane) -> None:
        """Lead to a pane."""
        self._pane, self._pace = pane, Pace(SHARE)
        self._waiting: deque[tuple[Drawn, int]] = deque(maxlen=KEPT)
        self._due: Timer | None = None

    def add(self, drawn: Drawn, seq_length: int) -> None:
        """Show one more sample, or more of one, of windows of `seq_length` characters."""
        self._waiting.append((drawn, seq_length))
        rolling = isinstance(drawn, Sample) and not (drawn.requested or drawn.final)
        wait = self._pace.wait() if rolling and not self._pane.is_growing else 0.0
        if not wait:
            self.flush()
        elif self._due is None:
            self._due = self._pane.set_timer(wait, self.flush)

    def flush(self) -> None:
        """Show all that waits."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        if self._waiting:
            with self._pace.drawing():
                self._show()
            self._waiting.clear()

    def _show(self) -> None:
        """Show what waits; of more samples than are seen at once, only the last are written."""
        first, room = len(self._waiting), self._pane.size.height
        while first and room >= 0:
            first -= 1
            room -= self._pane.least_lines(self._waiting[first][0])
        for index, (drawn, seq_length) in enumerate(self._waiting):
            if index < first and isinstance(drawn, Sample) and not drawn.requested:
                self._pane.remember(drawn, seq_length)
            else:
                self._pane.add(drawn, seq_length)

    def forget(self) -> None:
        """Drop all samples: a new run begins."""
        self._waiting.clear()
        self._pane.forget()
