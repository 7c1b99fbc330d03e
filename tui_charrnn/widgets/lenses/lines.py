"""Lines of charts as text of its own, and charts beside each other in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.geometry import Size

from tui_charrnn.widgets.chart_names import AXIS
from tui_charrnn.widgets.plot import Line

GAP: Final = 2
"""Cells between two charts."""

STYLES: Final[Mapping[str, str]] = {
    "run-1": "bold yellow", "run-2": "bright_blue", "run-3": "green", "run-4": "red",
    "run-5": "default", "run-6": "magenta", "run-7": "cyan", "run-8": "bright_black",
    "floor": "bright_black", "title": "bold", AXIS: "bright_black",
}  # fmt: skip
"""How the parts of a chart look where no theme says so."""


def as_text(line: Line) -> Text:
    """Return a line with the looks of its parts."""
    return Text.assemble(*((text, STYLES.get(part, "")) for part, text in line))


def fitted(line: Line, width: int) -> Line:
    """Return a line that is exactly so many cells wide: cut, or with blanks behind."""
    result, left = Line(), width
    for part, text in line:
        if left > 0 and text:
            result.append((part, set_cell_size(text, min(left, cell_len(text)))))
            left -= cell_len(result[-1][1])
    return [*result, ("", " " * left)] if left else result


def shortened(text: str, width: int) -> str:
    """Return a text in at most so many cells, its end cut off if it must be."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def grid(count: int, room: Size, least_width: int) -> tuple[int, Size]:
    """Return how many of some equal panels stand in a row, and how large each is.

    Args:
        count: of the panels, at least one.
        room: for all of them.
        least_width: that a panel must have, if there is to be another one beside it.
    """
    rows = -(-count // max(1, (room.width + GAP) // (least_width + GAP)))
    across = -(-count // rows)
    return across, Size((room.width + GAP) // across - GAP, room.height // rows)


def side_by_side(panels: Sequence[Sequence[Line]], across: int, width: int) -> list[Line]:
    """Return panels of one width as lines: so many in a row, the rows below each other."""
    lines: list[Line] = []
    for first in range(0, len(panels), across):
        for row in zip_longest(*panels[first : first + across], fillvalue=Line()):
            lines.append(_joined([fitted(line, width) for line in row]))
    return lines


def _joined(parts: Sequence[Line]) -> Line:
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [("", " " * GAP), *part]
    return joined
