"""A field to type into whose text is shown harmlessly, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Input, Select

from tui_charrnn.safe_text import safe_line

LONGEST: Final = 10_000
"""Characters that a field takes: with a million, every key would wait until all are drawn."""

Value = TypeVar("Value")
"""What is chosen from a list."""

COMPACT: Final = "-textual-compact"
"""The class that `compact` sets, for which Textual works out the styles of a field twice more.

Here fields have it from the start, and `compact`, which is always so, sets none.
"""


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

    compact = reactive(True)

    def __init__(self, value: str = "", **options: Any) -> None:
        """Show a value, which may be longer than what can be typed, with the options of `Input`."""
        # a field that nothing checks is valid, which Textual finds out only when it is shown
        classes = f"{COMPACT} -valid {options.pop('classes', None) or ''}"
        super().__init__(value, compact=True, highlighter=Harmless(), classes=classes, **options)
        self.max_length = LONGEST
        self.cursor_blink = False  # each blink would be a frame, where nothing else changes


class Choice(Select[Value]):
    """One of some values, chosen from a list of texts."""

    compact = reactive(True)

    def __init__(self, texts: Iterable[tuple[str, Value]], value: Value, **options: Any) -> None:
        """Offer texts, each with its value, and begin with one; with the options of `Select`."""
        super().__init__(
            texts, value=value, allow_blank=False, compact=True, classes=COMPACT, **options
        )
