"""LineCanvas: a widget that is made of lines, and sends only the changed ones to the terminal."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui_charrnn.widgets.plot import Line


class LineCanvas(Widget, can_focus=True):
    """Shows what `draw_lines` returns; a part `smooth` has the style of `<PREFIX>--smooth`."""

    DEFAULT_CSS = """
    LineCanvas {
        text-wrap: nowrap;
        text-overflow: clip;
    }
    """

    PREFIX: ClassVar[str] = ""
    """Of the component classes of the parts."""

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self._lines: list[Line] = []

    def draw_lines(self, size: Size) -> list[Line]:
        """Return what there is to see, at most as large as `size`."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew, and send to the terminal only the lines that have changed."""
        size = self.content_size
        before, self._lines = self._lines, self.draw_lines(size) if size else []
        if len(before) != len(self._lines):
            self.refresh()
            return
        changed = [y for y, line in enumerate(self._lines) if line != before[y]]
        if changed:
            self.refresh(*(Region(0, y, self.content_size.width, 1) for y in changed))

    def on_resize(self) -> None:
        """Fill the new room."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Return a line in the styles of the theme."""
        if y >= len(self._lines):
            return Strip([])
        return Strip([Segment(text, self._style(part)) for part, text in self._lines[y]])

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"{self.PREFIX}--{part}") if part else self.rich_style
