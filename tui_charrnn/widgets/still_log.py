"""StillLog: a log that moves nothing but itself when it grows."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import RichLog


class StillLog(RichLog):
    """A log whose place on the screen does not depend on what is written.

    Textual lays out the whole screen whenever a log has become longer, which takes as long as
    drawing it ten times; here, only its scroll bar is told.
    """

    virtual_size = Reactive(Size(0, 0), layout=False)

    def watch_virtual_size(self, size: Size) -> None:
        """Let the scroll bar follow."""
        self._scroll_update(size)
