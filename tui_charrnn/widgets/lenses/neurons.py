"""One net through the lens Neurons: a text coloured by one unit, beside a list of all units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from tui_charrnn.engine.lenses.neurons import Neurons, Reaction
from tui_charrnn.engine.lenses.reactions import FEATURES, title_of
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses.neurons_picture import (
    coloured,
    reaction_text,
    unit_name,
    view_name,
)

NO_R: Final = "–"
"""In place of a correlation that a unit does not have."""


class UnitList(ScrollView, can_focus=True):
    """All units of a net, the one that reacts most strongly first; only lines in sight are made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"units--cursor", "units--cursor-blurred"}

    class Moved(Message):
        """Another unit is under the cursor."""

        def __init__(self, units: UnitList) -> None:
            """Tell in which list."""
            super().__init__()
            self.units = units

        @property
        def control(self) -> UnitList:
            """The list."""
            return self.units

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._reactions: Sequence[Reaction] = ()
        self._layers = 1
        self._cursor = 0

    @property
    def current(self) -> Reaction | None:
        """The unit under the cursor; None before there is one."""
        return self._reactions[self._cursor] if self._reactions else None

    def show(self, reactions: Sequence[Reaction], layers: int, cursor: int) -> None:
        """Show these units, in their order.

        Args:
            reactions: one a unit.
            layers: of the net.
            cursor: the place of the one that is looked at.
        """
        self._reactions, self._layers, self._cursor = reactions, layers, cursor
        self.virtual_size = Size(self.scrollable_content_region.width, len(reactions))
        self._reveal()
        self.refresh()

    def action_move(self, by: int) -> None:
        """Go some units up or down."""
        self.go(self._cursor + by)

    def action_page(self, direction: int) -> None:
        """Go as many units up or down as are in sight."""
        self.go(self._cursor + direction * max(1, self._height - 1))

    def action_first(self) -> None:
        """Go to the first unit."""
        self.go(0)

    def action_last(self) -> None:
        """Go to the last unit."""
        self.go(len(self._reactions) - 1)

    def go(self, place: int) -> None:
        """Go to a place in the list, or to the nearest there is."""
        if self._reactions:
            self._cursor = min(max(place, 0), len(self._reactions) - 1)
            self._reveal()
            self.refresh()
            self.post_message(self.Moved(self))

    def on_click(self, event: events.Click) -> None:
        """Go to the unit that was clicked."""
        spot = event.get_content_offset(self)
        if spot is not None and spot.y + self.scroll_offset.y < len(self._reactions):
            self.go(spot.y + self.scroll_offset.y)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def _reveal(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + self._height > top:
            self.scroll_to(y=self._cursor - self._height + 1, animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        """Return one line of what is in sight."""
        place, width = y + self.scroll_offset.y, self.size.width
        if place >= len(self._reactions):
            return Strip.blank(width, self.rich_style)
        style = Style()
        if place == self._cursor:
            name = "cursor" if self.has_focus else "cursor-blurred"
            style = self.get_component_rich_style(f"units--{name}")
        line = Text(self._line(self._reactions[place]), no_wrap=True)
        line.truncate(width, overflow="ellipsis", pad=True)
        return Strip([Segment(line.plain, style)]).apply_style(self.rich_style)

    def _line(self, reaction: Reaction) -> str:
        """Return unit, correlation and what it is with: `  2:17 +0.71 quotes`."""
        name = f"{reaction.layer}:{reaction.unit}" if self._layers > 1 else f"{reaction.unit}"
        if math.isnan(reaction.r):
            return f"{name:>6} {NO_R:>5}"
        what = reaction.to if reaction.to in FEATURES else title_of(reaction.to)
        return f"{name:>6} {reaction.r:+.2f} {safe_line(what)}"


class NeuronsPane(Horizontal):
    """A text, by the unit of a net that is looked at, and the list of its units.

    Attributes:
        found: what is shown; None before there is anything.
    """

    def __init__(self, *, focused: bool) -> None:
        """Start empty.

        Args:
            focused: whether the cursor is in the list from the beginning.
        """
        super().__init__()
        self._focused = focused
        self.found: Neurons | None = None
        self.units = UnitList()
        self._text = Static()
        self._scroll = VerticalScroll(self._text)
        self._title, self._marks, self._chosen = "", True, False

    def compose(self) -> ComposeResult:
        """Lay out the text and the list."""
        yield self._scroll
        yield self.units

    def on_mount(self) -> None:
        """Put the cursor into the list."""
        if self._focused:
            self.units.focus()

    def show(self, name: str, found: Neurons, *, marks: bool, best: bool) -> None:
        """Show what was found.

        Args:
            name: of the net, which may hold anything.
            found: all of its units.
            marks: whether marks come below the text.
            best: whether to go to the best unit, and not to stay with one that was chosen.
        """
        before = None if best or not self._chosen else self.current
        self._title, self._marks, self.found = name, marks, found
        self._chosen = before is not None
        place = 0 if before is None else self._place(before.layer, before.unit)
        self.units.show(found.reactions, len(found.activations), place)
        self._draw()

    def show_marks(self, marks: bool) -> None:
        """Draw marks below the text, or none."""
        self._marks = marks
        self._draw()

    @property
    def current(self) -> Reaction | None:
        """The unit that is looked at."""
        return self.units.current

    def choose(self, layer: int, unit: int) -> None:
        """Look at a unit of the net."""
        self.units.go(self._place(layer, unit))

    def _place(self, layer: int, unit: int) -> int:
        """Return where a unit stands in the list; the first place if the net does not have it."""
        reactions = self.found.reactions if self.found else ()
        at = (i for i, each in enumerate(reactions) if (each.layer, each.unit) == (layer, unit))
        return next(at, 0)

    @on(UnitList.Moved)
    def _moved(self, message: UnitList.Moved) -> None:
        message.stop()
        self._chosen = True
        self._draw()

    def on_resize(self) -> None:
        """Wrap the text anew."""
        self._draw()

    def _draw(self) -> None:
        """Draw the text by the unit under the cursor, and say which it is."""
        found, unit = self.found, self.current
        width = self._scroll.scrollable_content_region.width
        if found is None or unit is None or not width:
            return
        lines = coloured(
            found.text,
            found.activation(unit.layer, unit.unit),
            width,
            marks=self._marks,
            dark=self.app.current_theme.dark,
        )
        self._text.update(Text("\n").join(lines))
        name = unit_name(found, unit.layer, unit.unit)
        words = (safe_line(self._title), name, view_name(found.view), reaction_text(unit))
        self.border_title = Content(" · ".join(words))
