"""The table of a sweep: one row a cell, of which only those in sight are ever drawn.

A DataTable holds every cell of every row as an object of its own: with the 10,000 rows that a grid
may have, it took three seconds to fill. Here a row is written when it comes into sight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.widgets.sweep_columns import (
    BEST,
    UNDER_WAY,
    SweepColumn,
    SweepSorting,
    columns_of,
    fraction,
    note,
    percent,
)
from tui_charrnn.widgets.sweep_widths import GAP, fitted, widths_for

PINNED = 2
"""Columns that stay when the table is scrolled to the right: state and number."""

PERCENT = 5
"""Columns of a percentage, the space before it included."""

FULL, HALF, TRACK = "━", "╸", "─"
"""What the bar of a cell is made of."""

HEADING = 1
"""Lines above the rows."""


class SweepTable(ScrollView, can_focus=True):
    """One row a cell; the cell under the cursor stays there, however the rows are sorted."""

    HELP = """
    # Cells

    Each row is one run of the sweep; the columns name what differs between runs. Before the number
    stands how it goes: · waiting, ● running, ‖ paused, ✓ finished, ✗ failed, ■ cancelled.
    **best** and **valid** are the best and the last validation, **smooth** the smooth loss, all in
    bits per character; **◆** marks the best cell of each text. **left** and **chars/s** are of the
    last seconds, **time** is the time of training.

    `up`, `down`, `pageup`, `pagedown`, `home` and `end` move from cell to cell, `left` and `right`
    scroll to more columns. A click on a heading sorts by it, a second one turns the order round.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("left", "sideways(-1)", "Scroll left", show=False),
        Binding("right", "sideways(1)", "Scroll right", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sweep--heading", "sweep--running", "sweep--paused", "sweep--finished", "sweep--done",
        "sweep--failed", "sweep--quiet", "sweep--figure", "sweep--best", "sweep--track",
        "sweep--cursor", "sweep--cursor-blurred",
    }  # fmt: skip

    class Moved(Message):
        """Another cell is under the cursor."""

    def __init__(self, rows: Sequence[CellRow], id: str | None = None) -> None:
        """Show these rows, in their order.

        Args:
            rows: one a cell, in the order of the cells' numbers.
            id: of the widget.
        """
        super().__init__(id=id)
        self.columns = columns_of([row.cell for row in rows])
        self.sorting = SweepSorting()
        self._rows = rows
        self._best: Collection[int] = ()
        self._widths = [column.width for column in self.columns]
        self._order = list(range(len(rows)))
        self._ranks = list(self._order)
        self._cursor = 0
        self._longest_note = 0

    def on_mount(self) -> None:
        """Measure."""
        self._measure()

    # what is shown

    @property
    def current(self) -> CellRow | None:
        """The row under the cursor; None where there is none at all."""
        return self._rows[self._cursor] if self._rows else None

    def show(
        self, rows: Sequence[CellRow], changed: Collection[int], best: Collection[int]
    ) -> None:
        """Show how the cells stand now.

        Args:
            rows: all of them, as many as before.
            changed: the places of those that are not what they were.
            best: the places of those that are marked as the best of their text.
        """
        marks = set(best) ^ set(self._best)
        self._rows, self._best = rows, best
        longest = max((cell_len(note(rows[place])) for place in changed), default=0)
        if longest > self._longest_note:
            self._longest_note = longest
            self._measure()
        if not self._sort_again():
            for place in {*changed, *marks}:
                self._refresh_row(place)

    def sort_by(self, sorting: SweepSorting) -> None:
        """Sort by another column, or the other way round; the heading tells."""
        self.sorting = sorting
        self._sort_again()
        self._reveal_column(sorting.column)
        self._reveal_row()
        self.refresh()

    def _sort_again(self) -> bool:
        """Put the rows in order; return whether that moved any."""
        order = self.sorting.order(self._rows, self.columns)
        if order == self._order:
            return False
        seen = self._is_seen(self._ranks[self._cursor])
        self._order = order
        for rank, place in enumerate(order):
            self._ranks[place] = rank
        if seen:
            self._reveal_row()
        self.refresh()
        return True

    # where the cursor is

    def action_move(self, by: int) -> None:
        """Go some rows up or down."""
        self._go(self._ranks[self._cursor] + by)

    def action_page(self, direction: int) -> None:
        """Go as many rows up or down as are in sight."""
        self.action_move(direction * max(1, self._height - 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._go(len(self._rows) - 1)

    def action_sideways(self, direction: int) -> None:
        """Scroll by one column."""
        lefts = self._lefts()
        stops = [left - lefts[PINNED] for left in lefts[PINNED:]]
        here = self.scroll_offset.x
        beyond = [stop for stop in stops if (stop - here) * direction > 0]
        if beyond:
            self.scroll_to(x=beyond[0] if direction > 0 else beyond[-1], animate=False)

    def go_to_running(self) -> bool:
        """Go to the first cell under way, from one of them to the next; return if there is one."""
        ranks = [rank for rank, place in enumerate(self._order) if self._is_under_way(place)]
        here = self._ranks[self._cursor] if self._rows else 0
        if here in ranks:
            ranks = ranks[ranks.index(here) + 1 :] or ranks
        if ranks:
            self._go(ranks[0])
        return bool(ranks)

    def _is_under_way(self, place: int) -> bool:
        return self._rows[place].state in UNDER_WAY

    def _go(self, rank: int) -> None:
        if not self._rows:
            return
        before = self._cursor
        self._cursor = self._order[min(max(rank, 0), len(self._rows) - 1)]
        self._refresh_row(before)
        self._refresh_row(self._cursor)
        self._reveal_row()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked, or sort by the heading."""
        spot = event.get_content_offset(self)
        if spot is None:
            return
        if spot.y >= HEADING:
            rank = spot.y - HEADING + self.scroll_offset.y
            if rank < len(self._rows):
                self._go(rank)
        elif (column := self._column_at(spot.x)) is not None:
            again = column == self.sorting.column
            sorting = self.sorting.reverse() if again else self._sorting_by(column)
            self.sort_by(sorting)

    def _sorting_by(self, column: int) -> SweepSorting:
        return SweepSorting.by(column, self.columns)

    def _column_at(self, x: int) -> int | None:
        left = 0
        pinned = sum(self._widths[:PINNED]) + GAP * PINNED
        if x >= pinned:
            x += self.scroll_offset.x
        for index, width in enumerate(self._widths):
            if left <= x < left + width + GAP and width:
                return index
            left += width + GAP
        return None

    # where it is scrolled to

    @property
    def _height(self) -> int:
        """Rows that there is room for."""
        return max(0, self.scrollable_content_region.height - HEADING)

    def _is_seen(self, rank: int) -> bool:
        return self.scroll_offset.y <= rank < self.scroll_offset.y + self._height

    def _reveal_row(self) -> None:
        rank = self._ranks[self._cursor] if self._rows else 0
        if rank < self.scroll_offset.y:
            self.scroll_to(y=rank, animate=False, immediate=True)
        elif not self._is_seen(rank):
            self.scroll_to(y=rank - self._height + 1, animate=False, immediate=True)

    def _reveal_column(self, index: int) -> None:
        """Scroll sideways until a column is seen."""
        lefts = self._lefts()
        room, pinned = self.scrollable_content_region.width, lefts[PINNED]
        left, right = lefts[index], lefts[index] + self._widths[index]
        if index < PINNED or right <= room:
            self.scroll_to(x=0, animate=False)
        elif left - pinned < self.scroll_offset.x or right - room > self.scroll_offset.x:
            self.scroll_to(x=right - room, animate=False)

    def _lefts(self) -> list[int]:
        lefts, left = [], 0
        for width in self._widths:
            lefts.append(left)
            left += width + GAP
        return lefts

    def on_resize(self, event: events.Resize) -> None:
        """Give the room that is left to the bars and the notes."""
        self._measure()
        self._reveal_row()

    def _measure(self) -> None:
        """Settle the widths of the columns, and with them the size of what is scrolled."""
        room = self.scrollable_content_region.width
        self._widths = widths_for(self.columns, room, self._longest_note)
        width = sum(self._widths) + GAP * (sum(map(bool, self._widths)) - 1)
        self.virtual_size = Size(width, len(self._rows) + HEADING)
        self.refresh()

    # how it is drawn

    def _refresh_row(self, place: int) -> None:
        rank = self._ranks[place]
        if self._is_seen(rank):
            y = rank - self.scroll_offset.y + HEADING
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Return one line of what is in sight; the heading stays above the rows."""
        if y < HEADING:
            return self._line(list(self._headings()))
        rank = y - HEADING + self.scroll_offset.y
        if rank >= len(self._order):
            return Strip.blank(self.size.width, self.rich_style)
        place = self._order[rank]
        parts = list(self._parts(place))
        if place == self._cursor:
            cursor = self._component("cursor" if self.has_focus else "cursor-blurred")
            parts = [[Segment(text, (style or Style()) + cursor) for text, style, _ in each]
                     for each in parts]  # fmt: skip
            return self._line(parts, cursor)
        return self._line(parts)

    def _line(self, parts: Sequence[list[Segment]], style: Style | None = None) -> Strip:
        """Join the columns; those that are not pinned are scrolled."""
        gap = Segment(" " * GAP, style)
        joined = [[*part, gap] for part in parts]
        pinned = Strip([each for part in joined[:PINNED] for each in part])
        rest = Strip([each for part in joined[PINNED:] for each in part])
        room, left = max(0, self.size.width - pinned.cell_length), self.scroll_offset.x
        rest = rest.adjust_cell_length(max(rest.cell_length, left + room), style)
        return Strip.join([pinned, rest.crop(left, left + room)]).apply_style(self.rich_style)

    def _headings(self) -> Iterator[list[Segment]]:
        style = self._component("heading")
        for index, column in enumerate(self.columns):
            arrow = ("↓" if self.sorting.falling else "↑") if index == self.sorting.column else ""
            words = arrow + column.heading if column.numeric else column.heading + arrow
            yield [Segment(fitted(words, self._widths[index], column.numeric), style)]

    def _parts(self, place: int) -> Iterator[list[Segment]]:
        row, best = self._rows[place], place in self._best
        for column, width in zip(self.columns, self._widths, strict=True):
            if column.key == "progress":
                yield self._bar(row, width)
            else:
                text = column.text(row)
                if best and column.key == "best":
                    text = BEST + text
                style = self._style(column, row, best)
                yield [Segment(fitted(text, width, column.numeric), style)]

    def _bar(self, row: CellRow, width: int) -> list[Segment]:
        if not row.iteration and row.state not in UNDER_WAY:
            return [Segment(" " * width, Style())]
        part, room = fraction(row), width - PERCENT
        full, half = divmod(int(part * room * 2), 2)
        filled = FULL * full + HALF * half
        quiet = self._component("quiet")
        done = row.state == "finished"  # many of them beside each other would be loud
        return [
            Segment(filled, self._component("done") if done else self._state_style(row)),
            Segment(TRACK * (room - len(filled)), self._component("track")),
            Segment(percent(part).rjust(PERCENT), quiet),
        ]

    def _style(self, column: SweepColumn, row: CellRow, best: bool) -> Style:
        match column.key:
            case "state":
                return self._state_style(row)
            case "best":
                return self._component("best" if best else "figure")
            case "note":
                return self._component("failed" if row.message else "quiet")
            case "number" | "valid" | "smooth" | "speed" | "time" | "left":
                return self._component("quiet")
        waits = row.state in ("waiting", "cancelled")
        return self._component("quiet") if waits else Style()

    def _state_style(self, row: CellRow) -> Style:
        quiet = row.state in ("waiting", "cancelled")
        return self._component("quiet" if quiet else row.state)

    def _component(self, name: str) -> Style:
        style = self.get_component_rich_style(f"sweep--{name}")
        background = style.bgcolor if name.startswith("cursor") else None
        return Style(color=style.color, bold=style.bold, bgcolor=background)
