"""Panels: several charts in one pane, drawn as lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.geometry import Size

from tui_charrnn.widgets.overlay_chart import OverlayChart
from tui_charrnn.widgets.plot import Line


class Panels(OverlayChart):
    """Shows what `draw` makes of some results; without any, nothing but its frame."""

    DEFAULT_CSS = """
    Panels .overlay--title { color: $foreground; text-style: bold; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"overlay--title"}

    def __init__(
        self, draw: Callable[[Any, Size], list[Line]], title: str, id: str | None = None
    ) -> None:
        """Start empty.

        Args:
            draw: returns charts of results as lines, for the room that there is.
            title: of the pane.
            id: of the widget.
        """
        super().__init__(id=id)
        self._draw, self._results = draw, None
        self.border_title = title

    def show(self, results: Any) -> None:
        """Draw these from now on."""
        self._results = results
        self.redraw()

    def draw_lines(self, size: Size) -> list[Line]:
        """Return the charts."""
        return [] if self._results is None else self._draw(self._results, size)
