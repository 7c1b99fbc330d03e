"""Lines of a picture that are no wider than there is room for."""

from __future__ import annotations

from rich.text import Text


def fitting(line: Text, width: int) -> Text:
    """Cut a line off at a width, in cells, with a sign where something is left out; return it."""
    line.truncate(width, overflow="ellipsis")
    return line
