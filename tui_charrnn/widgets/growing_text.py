"""A text that grows at its end, wrapped as it comes: only its last line is ever wrapped anew."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from rich.text import Text

from tui_charrnn.safe_text import last_start, safe

TAB: Final = 8
"""Columns between two tab stops."""

LONGEST_PILE: Final = 100
"""Marks on one character after which it is not known any more; they are stand-ins long before."""


class GrowingText:
    """What is to be written of a text from strangers that comes in pieces.

    A piece is shown as it would be in the whole text: an accent finds the letter before it, and a
    tab its column, though they came earlier.

    Attributes:
        drawn: characters that came.
        tail: what the last line shows, and all that follows it.
    """

    def __init__(self, prompt: Text) -> None:
        """Begin after a prompt, which is harmless already."""
        self.drawn = 0
        self.tail = prompt
        self._column = prompt.cell_len % TAB
        self._before = ""  # the last character that stands alone, and what stands on it

    def add(self, piece: str) -> None:
        """Take in what came."""
        self.drawn += len(piece)
        text = self._before + piece
        self.tail.append(self._with_spaces(safe(text)[len(self._before) :]))
        self._before = text[last_start(text) :][:LONGEST_PILE]

    def _with_spaces(self, text: str) -> str:
        """Return the text with spaces in place of tabs; the lines before it are known."""
        indent = self._column
        line = Text(" " * indent + text)
        line.expand_tabs(TAB)
        self._column = cell_len(line.plain.rpartition("\n")[2]) % TAB
        return line.plain[indent:]

    def keep(self, line: str) -> None:
        """Let go of all that stands in lines before the last one, which is `line`."""
        text = self.tail.plain
        start = text.rfind("\n") + 1
        if written := text[start:].rstrip():
            start += len(written) - len(line.rstrip())
        self.tail = self.tail[start:]
