"""A text in lines, with a cursor that moves by the keys of every editor."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_charrnn.widgets.lenses import surprise_lines as lines


class CursorText(ScrollView, can_focus=True):
    """A text, and the end behind it; a subclass draws the rows that each line has.

    Attributes:
        text: what is shown.
        cells: what is shown for each character, and the end.
        lines: the places of the characters of each line.
        cursor: the place that is looked at, from 0; behind the last character it is their number.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("up", "move_line(-1)", show=False),
        Binding("down", "move_line(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("home", "line_start", show=False),
        Binding("end", "line_end", show=False),
        Binding("ctrl+home", "text_start", show=False),
        Binding("ctrl+end", "text_end", show=False),
    ]

    cursor = reactive(0)

    class Moved(Message):
        """The cursor stands elsewhere."""

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self.text = ""
        self.cells: list[str] = []
        self.lines: list[lines.Line] = []

    # what a subclass says

    @property
    def height_of_line(self) -> int:
        """The rows that a line of the text has."""
        return 1

    @property
    def cells_before(self) -> int:
        """The cells at the beginning of each row that are not of the text."""
        return 0

    def row(self, line: lines.Line, number: int) -> Text:
        """Return a row of a line, from 0."""
        raise NotImplementedError

    # lines

    def lay_out(self) -> None:
        """Break the text into lines, and draw them."""
        width = self.scrollable_content_region.width
        self.cells = lines.cells_of(self.text)
        self.lines = lines.lines_of(self.text, self.cells, max(2, width - self.cells_before))
        self.virtual_size = Size(width, len(self.lines) * self.height_of_line)
        self.refresh()
        self.call_after_refresh(self._reveal)

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        self.lay_out()

    def render_line(self, y: int) -> Strip:
        """Return a row in the colours of the theme."""
        width, style = self.size.width, self.rich_style
        line, number = divmod(y + self.scroll_offset.y, self.height_of_line)
        if line >= len(self.lines):
            return Strip.blank(width, style)
        strip = Strip(self.row(self.lines[line], number).render(self.app.console))
        return strip.apply_style(style).adjust_cell_length(width, style)

    # the cursor

    def validate_cursor(self, place: int) -> int:
        """Keep it on the text, or just behind it."""
        return min(max(0, place), len(self.text))

    def watch_cursor(self, before: int, place: int) -> None:
        """Draw the lines that it left and came to."""
        if not self.lines:
            return
        height = self.height_of_line
        for each in {self._line_of(before), self._line_of(place)}:
            self.refresh(Region(0, each * height - self.scroll_offset.y, self.size.width, height))
        self._reveal()
        self.post_message(self.Moved())

    def _line_of(self, place: int) -> int:
        found = (number for number, line in enumerate(self.lines) if place in line)
        return next(found, len(self.lines) - 1)

    def _reveal(self) -> None:
        """Scroll until the line with the cursor is seen."""
        if self.lines:
            height = self.height_of_line
            top = self._line_of(self.cursor) * height
            region = Region(0, top, 1, min(height, max(1, self.size.height)))
            self.scroll_to_region(region, animate=False)

    def action_move(self, by: int) -> None:
        """Go to the next or last character."""
        self.cursor += by

    def action_move_line(self, by: int) -> None:
        """Go to the same column of another line."""
        if not self.lines:
            return
        line = self._line_of(self.cursor)
        other = min(max(0, line + by), len(self.lines) - 1)
        if other != line:
            self.cursor = self._place_at(other, self._column_of(self.cursor, line))

    def _column_of(self, place: int, line: int) -> int:
        return sum(map(cell_len, self.cells[self.lines[line].start : place]))

    def _place_at(self, line: int, column: int) -> int:
        """Return the character in a column of a line, or the last one before it."""
        places = self.lines[line]
        return [place for place in places if self._column_of(place, line) <= column][-1]

    def action_move_page(self, by: int) -> None:
        """Go up or down by what is seen."""
        self.action_move_line(by * max(1, self.size.height // self.height_of_line - 1))

    def action_line_start(self) -> None:
        """Go to the beginning of the line."""
        if self.lines:
            self.cursor = self.lines[self._line_of(self.cursor)].start

    def action_line_end(self) -> None:
        """Go to the end of the line."""
        if self.lines:
            self.cursor = self.lines[self._line_of(self.cursor)].stop - 1

    def action_text_start(self) -> None:
        """Go to the first character."""
        self.cursor = 0

    def action_text_end(self) -> None:
        """Go behind the last character."""
        self.cursor = len(self.text)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where one points."""
        spot = event.get_content_offset(self)
        if spot is not None:
            line = (spot.y + self.scroll_offset.y) // self.height_of_line
            if line < len(self.lines):
                self.cursor = self._place_at(line, max(0, spot.x - self.cells_before))
