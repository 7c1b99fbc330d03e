"""The legend of a chart of several runs: it drops what does not fit, and never half a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.plot import Line
from tui_charrnn.widgets.run_marks import mark_of, part_of

LONGEST_LABELS = (32, 16)
"""Cells that a label may take: where there is room, and where there is not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run in the legend.

    Attributes:
        index: its place in the list.
        label: its name, of unknown origin.
        figures: what is known of it, the chief one first.
    """

    index: int
    label: str
    figures: tuple[str, ...]

    def text(self, figures: int, longest: int) -> str:
        """Return the first figures behind the label, which is cut if need be, not they."""
        label = _cut(safe_line(self.label), longest)
        return " ".join([f" {mark_of(self.index)}", label, *self.figures[:figures]]) + " "


def _cut(label: str, longest: int) -> str:
    return label if cell_len(label) <= longest else set_cell_size(label, longest - 1) + "…"


def legend(entries: Sequence[Entry], width: int, most_lines: int, extra: Line) -> list[Line]:
    """Return the entries in up to `most_lines` lines: all of them, or how many are left out.

    To make room, `extra` goes first, then figures behind an entry's first one, then labels are
    cut, then whole entries go.
    """
    most = max((len(entry.figures) for entry in entries), default=0)
    ways = [(figures, longest) for longest in LONGEST_LABELS for figures in (most, min(1, most))]
    for way in ways:
        texts = [(part_of(entry.index), entry.text(*way)) for entry in entries]
        for shown in ([*texts, *extra], texts):
            if (lines := _laid_out(shown, width, most_lines)) is not None:
                return lines
    return _as_many_as_fit(texts, width, most_lines)


def _as_many_as_fit(texts: Line, width: int, most_lines: int) -> list[Line]:
    """Return the first texts, and in place of the others how many they are."""
    for kept in range(len(texts) - 1, -1, -1):
        others = ("", f" and {len(texts) - kept} more ")
        if (lines := _laid_out([*texts[:kept], others], width, most_lines)) is not None:
            return lines
    return []


def _laid_out(texts: Line, width: int, most_lines: int) -> list[Line] | None:
    """Return texts in one line, or else in columns of the same width; None if they do not fit."""
    if sum(cell_len(text) for _, text in texts) <= width:
        return [texts]
    column = max(cell_len(text) for _, text in texts)
    across = width // column
    if across * most_lines < len(texts):
        return None
    padded = [(part, set_cell_size(text, column)) for part, text in texts]
    return [padded[first : first + across] for first in range(0, len(padded), across)]
