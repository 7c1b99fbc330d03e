"""How wide the columns of the sweep table are on a screen of some width."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from tui_charrnn.widgets.sweep_columns import LONGEST_NOTE, SweepColumn

GAP = 2
"""Columns of the screen between two columns of the table."""

MOST_BAR = 40
"""Columns that the bar of a cell may grow by where there is room."""

LEAST_NAME = 10
"""Columns that a name keeps where room is short."""

LEAST_NOTE = 10
"""Columns below which notes are left to the pane below the table."""


def widths_for(columns: Sequence[SweepColumn], room: int, longest_note: int) -> list[int]:
    """Share out the room: names give way, bars grow, notes get what is left, or nothing.

    Args:
        columns: of the table; the last is that of the notes.
        room: columns of the screen.
        longest_note: columns that the longest note would take.
    """
    widths = [column.width for column in columns]
    used = sum(widths) + GAP * (len(widths) - 2)
    _shorten_names(columns, widths, used - room)
    spare = max(0, room - used - GAP)
    notes = min(longest_note, LONGEST_NOTE)
    grown = min(max(0, spare - notes), MOST_BAR)
    widths[[column.key for column in columns].index("progress")] += grown
    if spare - grown >= LEAST_NOTE:
        widths[-1] = spare - grown
    return widths


def _shorten_names(columns: Sequence[SweepColumn], widths: list[int], by: int) -> None:
    """Let names be cut where that is enough to bring all columns into sight."""
    names = [n for n, column in enumerate(columns) if column.key in ("variant", "text")]
    if by > sum(max(0, widths[n] - LEAST_NAME) for n in names):
        return
    for n in names:
        part = min(max(0, by), max(0, widths[n] - LEAST_NAME))
        widths[n] -= part
        by -= part


def fitted(text: str, width: int, right: bool) -> str:
    """Return a text that takes just `width` columns of the screen; one that is cut says so."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    return " " * (width - length) + text if right else set_cell_size(text, width)
