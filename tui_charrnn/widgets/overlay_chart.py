"""OverlayChart: what charts of several runs share, looks and layout."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.geometry import Size

from tui_charrnn.widgets.chart_names import AXIS
from tui_charrnn.widgets.paced_canvas import PacedCanvas
from tui_charrnn.widgets.plot import GUTTER, Drawing, Line, render
from tui_charrnn.widgets.run_legend import Entry, legend
from tui_charrnn.widgets.run_marks import COLOURS, part_of

LEAST = Size(30, 8)
"""With less room there is the legend alone."""

LINES_A_LEGEND_LINE = 6
"""The legend takes at most one line in so many."""


class OverlayChart(PacedCanvas):
    """A legend over curves of several runs; without any, a sentence that says what to do."""

    DEFAULT_CSS = """
    OverlayChart {
        border: round $foreground 30%;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $foreground 70%;
        background: $background;
    }
    OverlayChart:focus {
        border: round $accent;
        border-title-color: $accent;
    }
    OverlayChart .overlay--run-1 { color: $text-warning; text-style: bold; }
    OverlayChart .overlay--run-2 { color: $text-primary; }
    OverlayChart .overlay--run-3 { color: $text-success; }
    OverlayChart .overlay--run-4 { color: $text-error; }
    OverlayChart .overlay--run-5 { color: $foreground; }
    OverlayChart .overlay--run-6 { color: $text-secondary; }
    OverlayChart .overlay--run-7 { color: $accent-darken-2; }
    OverlayChart .overlay--run-8 { color: $foreground 60%; }
    OverlayChart .overlay--raw { color: $foreground 40%; }
    OverlayChart .overlay--floor { color: $foreground 60%; }
    OverlayChart .overlay--axis { color: $foreground 60%; }
    """

    PREFIX = "overlay"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"overlay--{part}"
        for part in ("raw", "floor", AXIS, *(part_of(index) for index in range(COLOURS)))
    }

    def __init__(self, empty: str = "Nothing to compare yet.", id: str | None = None) -> None:
        """Start empty.

        Args:
            empty: what is shown in place of a chart without runs: a sentence that says what to do.
            id: of the widget.
        """
        super().__init__(id=id)
        self.empty = empty

    def columns(self, size: Size) -> int:
        """Return how many points across are worth drawing: the finest are half a cell wide."""
        return 2 * max(1, size.width - GUTTER)

    def nothing(self, sentence: str, size: Size) -> list[Line]:
        """Return a sentence in place of a chart."""
        lines = wrap(sentence, max(1, size.width - 4))
        return [[], *([("", f"  {line}")] for line in lines)]

    def legend_of(self, entries: Sequence[Entry], extra: Line, size: Size) -> list[Line]:
        """Return the legend of a chart of that size, with `extra` behind it where there is room."""
        return legend(entries, size.width, max(1, size.height // LINES_A_LEGEND_LINE), extra)

    def laid_out(
        self, entries: Sequence[Entry], extra: Line, drawing: Drawing, size: Size
    ) -> list[Line]:
        """Return the legend, with `extra` behind it where there is room, over the drawing."""
        lines = self.legend_of(entries, extra, size)
        if size.width < LEAST.width or size.height < LEAST.height:
            return lines
        return [*lines, *render(drawing, Size(size.width, size.height - len(lines)))]
