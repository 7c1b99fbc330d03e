"""A field to type into whose text is shown harmlessly, wherever it comes from."""

from __future__ import annotations

from typing import Any, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widgets import Input

from tui_charrnn.safe_text import safe_line

LONGEST: Final = 10_000
"""Characters that a field takes: with a million, every key would wait until all are drawn."""


class Harmless(Highlighter):
    """Shows the text of a field with stand-ins in place of what would act on the terminal."""

    def __call__(self, text: str | Text) -> Text:
        """Return the text to be shown, as many characters as there are."""
        shown = safe_line(text if isinstance(text, str) else text.plain)
        return Text(shown, no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Colour nothing."""


class Field(Input):
    """One line of text: `value` is what was typed or pasted, to the letter."""

    def __init__(self, value: str = "", **options: Any) -> None:
        """Show a value, which may be longer than what can be typed, with the options of `Input`."""
        super().__init__(value, compact=True, highlighter=Harmless(), **options)
        self.max_length = LONGEST
        self.cursor_blink = False  # each blink would be a frame, where nothing else changes
