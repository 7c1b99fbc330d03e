"""PacedCanvas: figures that follow every change, over a drawing that follows as it can."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from textual.geometry import Size
from textual.timer import Timer

from tui_charrnn.engine.events import (
    Event,
    LearningRateChanged,
    Paused,
    Resumed,
    Started,
    Stopped,
    Validation,
)
from tui_charrnn.widgets.line_canvas import LineCanvas
from tui_charrnn.widgets.pace import Pace

if TYPE_CHECKING:
    from tui_charrnn.widgets.plot import Line

AT_ONCE: Final = (Started, Paused, Resumed, LearningRateChanged, Stopped)
"""What somebody waits to see, or is not followed by more."""


class PacedCanvas(LineCanvas):
    """A canvas whose first lines hold figures, and are cheap.

    Attributes:
        pace: how often the rest is drawn.
    """

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self.pace = Pace()
        self._due: Timer | None = None

    def figures(self, size: Size) -> list[Line] | None:
        """Return the first lines with the newest figures; None if all has to be drawn for that."""
        return None

    def follow(self, news: Iterable[Event] = ()) -> None:
        """Show what has come: the figures now, the drawing when it may be drawn again.

        What came last is always drawn in the end.

        Args:
            news: what has come besides updates; for some of it the drawing does not wait.
        """
        size = self.content_size
        if not size:
            return  # it is hidden, and drawn when it is shown
        wait = 0.0 if self._is_urgent(news) else self.pace.wait(self._sparing)
        figures = self.figures(size) if wait else None
        if figures is None:
            self.redraw()
            return
        self.show_lines([*figures, *self._lines[len(figures) :]])
        if self._due is None:
            self._due = self.set_timer(wait, self.redraw)

    @property
    def _sparing(self) -> bool:
        return getattr(self.app, "low_bandwidth", False)

    def _is_urgent(self, news: Iterable[Event]) -> bool:
        return any(
            isinstance(event, AT_ONCE)
            or (isinstance(event, Validation) and not self._sparing and self.pace.may_hurry())
            for event in news
        )

    def redraw(self) -> None:
        """Draw anew, now."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        with self.pace.drawing():
            super().redraw()

    def on_show(self) -> None:
        """Show what came in the meantime."""
        self.redraw()
