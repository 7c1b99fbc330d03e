"""A text while it is drawn: the cursor stays behind its end until somebody moves it."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from tui_charrnn.engine.lenses.play import Drawing
from tui_charrnn.widgets.lenses import surprise_lines as lines
from tui_charrnn.widgets.lenses.cursor_text import CursorText
from tui_charrnn.widgets.lenses.play_lines import bits_of, text_line


class PlayText(CursorText):
    """Prompt and text in colours.

    Attributes:
        drawing: what is shown, None before there is anything.
        digits: whether the bits of each character stand below it.
    """

    digits = reactive(False)

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id)
        self.drawing: Drawing | None = None
        self._bits: list[float] = []

    @property
    def height_of_line(self) -> int:
        """Return the rows of a line: with its digits, if these are shown."""
        return 2 if self.digits else 1

    def show(self, drawing: Drawing) -> None:
        """Show a text as it is now; another one from its end."""
        follow = drawing is not self.drawing or self.cursor >= len(self.text)
        self.drawing, self.text = drawing, drawing.prompt + drawing.text
        self._bits = bits_of(drawing)
        self.lay_out()
        if follow:
            self.cursor = len(self.text)
        self.post_message(self.Moved())

    def watch_digits(self) -> None:
        """Make room for the lines of digits, or take it back."""
        self.lay_out()

    def row(self, line: lines.Line, number: int) -> Text:
        """Return a line of text, or of digits."""
        if self.drawing is None or number:
            return lines.digits_line(self.cells, self._bits, line, self.cursor)
        dark = self.app.current_theme.dark
        return text_line(self.drawing, self.cells, self._bits, line, dark=dark, cursor=self.cursor)
