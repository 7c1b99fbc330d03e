"""A text that several nets have read, above each other, with one cursor for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.reactive import reactive

from tui_charrnn.engine.lenses.surprise import Reading
from tui_charrnn.widgets.lenses import surprise_lines as lines
from tui_charrnn.widgets.lenses.cursor_text import CursorText
from tui_charrnn.widgets.lenses.surprise_picture import gutters

MUCH: Final = 4.0
"""Bits from which on a character is a surprise."""


class SurpriseText(CursorText):
    """Each line of the text as often as there are nets, in the colours of what it cost them.

    Attributes:
        results: what the nets have read, the same text, by their names.
        digits: whether the bits of each character stand below it.
    """

    digits = reactive(False)

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id)
        self.results: Sequence[tuple[str, Reading]] = ()
        self._bits: list[list[float]] = []
        self._names: list[str] = []

    def show(self, results: Sequence[tuple[str, Reading]]) -> None:
        """Show what nets made of a text; the cursor stays where it is if the text does."""
        before, self.text = self.text, results[0][1].text
        self.results = results
        self._bits = [reading.surprise.bits.tolist() for _, reading in results]
        self._names = gutters([name for name, _ in results])
        self.lay_out()
        if self.text != before:
            self.cursor = min(1, len(self.text))
            self.scroll_to(y=0, animate=False)
        self.post_message(self.Moved())

    def watch_digits(self) -> None:
        """Make room for the lines of digits, or take it back."""
        self.lay_out()

    @property
    def cells_before(self) -> int:
        """Return the cells of the names."""
        return cell_len(self._names[0]) if self._names else 0

    @property
    def height_of_line(self) -> int:
        """Return the rows of a line: of each net, with its digits; and a blank one behind many."""
        rows = max(1, len(self.results)) * self._rows_of_net
        return rows + 1 if rows > 1 else 1

    @property
    def _rows_of_net(self) -> int:
        return 2 if self.digits else 1

    def row(self, line: lines.Line, number: int) -> Text:
        """Return a net's line of text, or of digits; or a blank row."""
        net, is_below = divmod(number, self._rows_of_net)
        if net >= len(self.results):
            return Text(end="")
        drawn = Text(end="", no_wrap=True)
        if is_below:
            drawn.append(" " * self.cells_before, "bold")
            below = lines.digits_line(self.cells, self._bits[net], line, self.cursor)
            return drawn.append_text(below)
        drawn.append(self._names[net], "bold")
        dark = self.app.current_theme.dark
        return drawn.append_text(
            lines.text_line(self.cells, self._bits[net], line, dark, self.cursor)
        )

    def to_surprise(self, step: int) -> bool:
        """Go to the next character (1) or the last one (-1) that surprised any net, if any did."""
        end = len(self.text) if step > 0 else 0
        for place in range(self.cursor + step, end, step):
            if any(bits[place] >= MUCH for bits in self._bits):
                self.cursor = place
                return True
        return False
