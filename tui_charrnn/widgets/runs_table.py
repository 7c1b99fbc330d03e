"""The table of the store's runs: sorted by any column, with the signs of those on the chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from tui_charrnn.runs.store import RunRecord
from tui_charrnn.widgets.runs_columns import COLUMNS, Sorting, texts

LONGEST = 24
"""Columns of the screen that a word takes at most; the line below the table has all of a name."""

PINNED = 3
"""Columns that stay when the table is scrolled to the right: mark, number, name."""

STATES = {"running": "running", "finished": "finished", "failed": "failed"}
"""What has a colour of its own."""


NO_MARK = Text(" ")


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is made of, and its cells; its mark is None where its colours are out of date."""

    run: RunRecord
    mark: Text | None
    cells: tuple[Text, ...]


class RunsTable(DataTable[Text]):
    """One row a run; keeps the run under the cursor there, whatever comes or goes around it."""

    HELP = """
    # Runs

    `up`, `down`, `pageup`, `pagedown`, `home` and `end` move from run to run, `left` and `right`
    scroll to more columns. Marked runs bear the sign of their curve on the chart; where none is
    marked, the run under the cursor is drawn. The sign before the cell tells how the run goes:
    ● running, ✓ finished, ■ stopped, ✗ failed, ╳ interrupted (its process died). **smooth** is the
    smooth loss, **best** the best validation, both in bits per character; **chars/s** is the mean
    over the whole run. The arrow stands at the column that the runs are sorted by; a click on a
    heading sorts too.

    A filter is made of words that occur in name, text, cell, state or group, and of conditions:
    `gru tales hidden_size>=128 seed=1`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs--running", "runs--finished", "runs--failed", "runs--quiet", "runs--figure",
    }  # fmt: skip

    def __init__(self, id: str | None = None) -> None:
        """Start empty, the newest run first."""
        super().__init__(id=id, cursor_type="row", fixed_columns=PINNED)
        self.sorting = Sorting()
        self.shown: list[RunRecord] = []
        self._marks: Mapping[int, Text] = {}
        self._rows: dict[int, Row] = {}  # of all runs ever shown: a filter takes rows away often
        self._present: set[int] = set()
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """Make the columns."""
        self.add_column(" ", key="mark")
        for index, column in enumerate(COLUMNS):
            self.add_column(self._heading(index), key=column.key)

    @property
    def current(self) -> RunRecord | None:
        """The run under the cursor."""
        row = self.cursor_row
        return self.shown[row] if 0 <= row < len(self.shown) else None

    def show(self, runs: Sequence[RunRecord], marks: Mapping[int, Text]) -> None:
        """Show these runs from now on.

        Args:
            runs: in any order.
            marks: what stands before each marked run, by its id: the sign of its curve.
        """
        self._marks = marks
        self._show(self.sorting.order(runs))

    def mark(self, marks: Mapping[int, Text]) -> None:
        """Change the marks and nothing else."""
        self._marks = marks
        self._paint()

    def repaint(self, marks: Mapping[int, Text]) -> None:
        """Use the colours of another theme."""
        self._styles.clear()
        self._rows = {key: replace(row, mark=None) for key, row in self._rows.items()}
        self.mark(marks)

    def sort_by(self, sorting: Sorting) -> None:
        """Sort by another column, or the other way round; the heading tells."""
        self.sorting = sorting
        for index, column in enumerate(self.ordered_columns[1:]):
            column.label = self._heading(index)
        self._show(sorting.order(self.shown))
        self._reveal(sorting.column + 1)

    def _show(self, runs: list[RunRecord]) -> None:
        rows = {run.id: index for index, run in enumerate(runs)}
        row, top = self._row_after(rows), self.scroll_offset.y
        if self._present - rows.keys():
            self._present.clear()
            self.clear()
        self.shown = runs
        self._paint()
        self.sort("id", key=lambda cell: rows[int(cell.plain)])
        self.scroll_to(y=top, animate=False)
        self.move_cursor(row=row)

    def _row_after(self, rows: Mapping[int, int]) -> int:
        """Return the new row of the cursor: that of its run, or of the nearest one that stays.

        Args:
            rows: of the runs that will be there, by their ids.
        """
        at = max(0, self.cursor_row)
        nearest = (*self.shown[at:], *reversed(self.shown[:at]))
        return next((rows[run.id] for run in nearest if run.id in rows), 0)

    def _paint(self) -> None:
        """Add the rows that are missing, and change the cells that say something else."""
        for run in self.shown:
            before, mark = self._rows.get(run.id), self._marks.get(run.id, NO_MARK)
            if before is None or before.run != run or _differ(before.mark, mark):
                self._rows[run.id] = Row(run, mark, self._cells(run, mark))
            row = self._rows[run.id]
            if run.id not in self._present:
                self.add_row(*row.cells, key=str(run.id))
                self._present.add(run.id)
            elif before is not None and row is not before:
                self._change(run.id, row.cells, before.cells)

    def _change(self, run_id: int, cells: Sequence[Text], before: Sequence[Text]) -> None:
        keys = ("mark", *(column.key for column in COLUMNS))
        for key, cell, old in zip(keys, cells, before, strict=True):
            if _differ(cell, old):
                self.update_cell(str(run_id), key, cell, update_width=len(cell) > len(old))

    def watch_virtual_size(self) -> None:
        """Say whether there are more columns than are seen."""
        self._say_more()

    def on_resize(self) -> None:
        """Say whether there are more columns than are seen."""
        self._say_more()

    def _say_more(self) -> None:
        more = self.virtual_size.width > self.scrollable_content_region.width > 0
        self.border_subtitle = "← → more columns" if more else ""

    def action_cursor_right(self) -> None:
        """Scroll by a whole column."""
        self._scroll_to_start(lambda start: start > self.scroll_x)

    def action_cursor_left(self) -> None:
        """Scroll back by a whole column."""
        starts = [start for start in self._starts() if start < self.scroll_x]
        self.scroll_to(x=max(starts, default=0), animate=False)

    def _reveal(self, index: int) -> None:
        """Scroll sideways until a column is seen, and none is cut at the left."""
        widths = [column.get_render_width(self) for column in self.ordered_columns]
        pinned, left = sum(widths[:PINNED]), sum(widths[:index])
        most = left - pinned
        least = left + widths[index] - self.scrollable_content_region.width
        if index >= PINNED and not least <= self.scroll_x <= most:
            self._scroll_to_start(lambda start: start >= least)

    def _scroll_to_start(self, fits: Callable[[int], bool]) -> None:
        """Scroll to the first column of which it holds, if there is one."""
        start = next(filter(fits, self._starts()), None)
        if start is not None:
            self.scroll_to(x=start, animate=False)

    def _starts(self) -> list[int]:
        """Return how far the table is scrolled where each of its columns comes first."""
        widths = [column.get_render_width(self) for column in self.ordered_columns[PINNED:]]
        return [0, *accumulate(widths)]

    def _heading(self, index: int) -> Text:
        """Return a heading, with an arrow at the one that the rows are sorted by."""
        column, arrow = COLUMNS[index], " "
        if index == self.sorting.column:
            arrow = "↓" if self.sorting.falling else "↑"
        words = f"{arrow}{column.heading}" if column.numeric else f"{column.heading}{arrow}"
        return Text(words, justify="right" if column.numeric else "left")

    def _cells(self, run: RunRecord, mark: Text) -> tuple[Text, ...]:
        written = texts(run)
        cells = (
            Text(
                _cut(written[column.key]),
                style=self._style(column.key, run),
                justify="right" if column.numeric else "left",
            )
            for column in COLUMNS
        )
        return (mark, *cells)

    def _style(self, key: str, run: RunRecord) -> Style:
        """Return what makes the losses and the state stand out from the rest."""
        if key == "state":
            return self._component(STATES.get(run.state, "quiet"))
        return self._component("figure" if key in ("name", "smooth", "best") else "quiet")

    def _component(self, name: str) -> Style:
        if name not in self._styles:
            style = self.get_component_rich_style(f"runs--{name}")
            # the row has the background
            self._styles[name] = Style(color=style.color, bold=style.bold)
        return self._styles[name]


def _differ(one: Text | None, other: Text) -> bool:
    """Compare the colours too, unlike Rich."""
    return one is None or (one.plain, one.style) != (other.plain, other.style)


def _cut(text: str) -> str:
    return text if cell_len(text) <= LONGEST else set_cell_size(text, LONGEST - 1) + "…"
