"""One net through the lens Gates: a heat map that is scrolled under the characters of the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_charrnn.engine.lenses.gates import Gates
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses.gates_picture import (
    HEADING,
    PINNED,
    Columns,
    layer_text,
    length_text,
    row_start,
)

TOP = 1
"""Lines above the rows: the text."""

CellsOf = Callable[[int, int], str]
"""Returns what is seen in the columns from one to before another."""


class GatesMap(ScrollView, can_focus=True):
    """One row a unit, the one that remembers longest first; one column a character.

    Attributes:
        found: what is shown; None before there is anything.
        gate: the name of the gate that is shown.
        of_layer: the one that is shown, from 1.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left", "move(0, -1)", "Left", show=False),
        Binding("right", "move(0, 1)", "Right", show=False),
        Binding("pageup", "page(-1, 0)", "Page up", show=False),
        Binding("pagedown", "page(1, 0)", "Page down", show=False),
        Binding("shift+left,ctrl+left", "page(0, -1)", "Page left", show=False),
        Binding("shift+right,ctrl+right", "page(0, 1)", "Page right", show=False),
        Binding("home", "ends(-1)", "Start of the text", show=False),
        Binding("end", "ends(1)", "End of the text", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "gates--heading", "gates--text", "gates--heat", "gates--cursor", "gates--row",
    }  # fmt: skip

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.found: Gates | None = None
        self.gate, self.of_layer = "", 1
        self._title, self._columns = "", Columns.of("")
        self._order, self._means = list[int](), list[float]()
        self._row = self._column = 0

    def show(self, name: str, found: Gates, gate: int, layer: int) -> None:
        """Show one gate of one layer; the cursor stays at its unit and its character.

        Args:
            name: of the net, which may hold anything.
            found: its gates.
            gate: which of them, from 0; numbers that it does not have begin again with the first.
            layer: which one, from 1; its last one if it has not so many.
        """
        unit, before = self.unit, self.found
        self._title, self.found = name, found
        self.gate = list(found.gates)[gate % len(found.gates)]
        self.of_layer = min(layer, len(found.lengths))
        self._order = found.order(self.of_layer).tolist()
        self._means = found.means(self.gate)[self.of_layer - 1].tolist()
        if before is None or before.text != found.text:
            self._columns = Columns.of(found.text)
            self._column = 0
        stays = unit is not None and self._row > 0 and unit < len(self._order)
        self._row = self._order.index(unit) if stays and unit is not None else 0
        self.virtual_size = Size(PINNED + self._columns.width, TOP + len(self._order))
        self._go(self._row, self._column)
        which = f"{layer_text(found, self.of_layer)}{wording.counted(len(self._order), 'unit')}"
        self.border_title = Content(f"{safe_line(self._title)} · {self.gate} gate · {which}")

    @property
    def unit(self) -> int | None:
        """The unit under the cursor, from 0; None before there is one."""
        return self._order[self._row] if self._order else None

    def action_move(self, rows: int, columns: int) -> None:
        """Go some units down and some characters to the right."""
        self._go(self._row + rows, self._column + columns)

    def action_page(self, rows: int, columns: int) -> None:
        """Go as many units or characters on as are in sight."""
        self.action_move(rows * max(1, self._height - 1), columns * max(1, self._width - 1))

    def action_ends(self, direction: int) -> None:
        """Go to the first character or to the last."""
        self.action_move(0, direction * len(self._columns.heads))

    def on_click(self, event: events.Click) -> None:
        """Go to the cell that was clicked."""
        spot = event.get_content_offset(self)
        if spot is not None and self._order and spot.y >= TOP:
            cell = spot.x - PINNED + self.scroll_offset.x
            column = self._columns.at(cell) if spot.x >= PINNED else self._column
            self._go(spot.y - TOP + self.scroll_offset.y, column)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    # where the cursor is

    def _go(self, row: int, column: int) -> None:
        self._row = min(max(row, 0), max(0, len(self._order) - 1))
        self._column = min(max(column, 0), max(0, len(self._columns.heads) - 1))
        self._reveal()
        self.border_subtitle = Content(self._described())
        self.refresh()

    @property
    def _height(self) -> int:
        return max(0, self.scrollable_content_region.height - TOP)

    @property
    def _width(self) -> int:
        return max(0, self.scrollable_content_region.width - PINNED)

    def _reveal(self) -> None:
        """Scroll until the cell under the cursor is in sight."""
        if not self._order or not self._height or self._width < 2:
            return
        x, y = self.scroll_offset
        y = min(max(y, self._row - self._height + 1), self._row)
        start, end = self._columns.start(self._column), int(self._columns.ends[self._column])
        self.scroll_to(min(max(x, end - self._width), start), y, animate=False, immediate=True)

    def _described(self) -> str:
        """Say in numbers what is under the cursor."""
        found, unit = self.found, self.unit
        if found is None or unit is None:
            return ""
        values = [
            f"{name} {gate[self.of_layer - 1, self._column, unit]:.2f}"
            for name, gate in found.gates.items()
        ]
        place = f"unit {unit} at {self._columns.heads[self._column]!r} {self._column + 1:,}"
        length = length_text(found, self.of_layer, unit)
        return " · ".join((place, *values, f"memory {length}"))

    # how it is drawn

    def render_line(self, y: int) -> Strip:
        """Return one line of what is in sight; the text stays above the rows."""
        row = y - TOP + self.scroll_offset.y
        if self.found is None or row >= len(self._order):
            return Strip.blank(self.size.width, self.rich_style)
        if y < TOP:
            start = Segment(HEADING, self._component("heading"))
            return self._line(start, self._columns.head, "text", under_cursor=True)
        unit = self._order[row]
        words = row_start(self.found, self.of_layer, unit, self._means[unit])
        start = Segment(words, self._component("row") if row == self._row else None)
        values = self.found.gates[self.gate][self.of_layer - 1, :, unit]

        def cells(first: int, last: int) -> str:
            return self._columns.row(values, first, last)

        return self._line(start, cells, "heat", under_cursor=row == self._row)

    def _line(self, start: Segment, cells: CellsOf, component: str, *, under_cursor: bool) -> Strip:
        """Return what stands before the map, and those of the cells that are in sight."""
        left, room = self.scroll_offset.x, self._width
        if not room:
            return Strip([start]).crop(0, self.size.width)
        first, last = self._columns.at(left), self._columns.at(left + room - 1) + 1
        rest = Strip(self._cells(cells, first, last, component, under_cursor))
        left -= self._columns.start(first)
        rest = rest.adjust_cell_length(max(rest.cell_length, left + room))
        return Strip.join([Strip([start]), rest.crop(left, left + room)]).apply_style(
            self.rich_style
        )

    def _cells(
        self, cells: CellsOf, first: int, last: int, component: str, under_cursor: bool
    ) -> Iterator[Segment]:
        style, here = self._component(component), self._column
        if not under_cursor or not first <= here < last:
            yield Segment(cells(first, last), style)
            return
        yield Segment(cells(first, here), style)
        yield Segment(cells(here, here + 1), style + self._component("cursor"))
        yield Segment(cells(here + 1, last), style)

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(f"gates--{name}")
