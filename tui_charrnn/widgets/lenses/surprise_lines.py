"""A text in lines of cells, one for each character, coloured by the bits that each cost.

Below a line of text there may be one of digits: the whole bits of each character. So nothing is
said by colour alone.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from tui_charrnn.safe_text import safe

BOUNDS: Final = (1, 2, 3, 4, 5, 7, 9)
"""Bits from which on the next colour is used; below the first there is none."""

DARK: Final = (
    Style(),
    Style(color="#e8e8e8", bgcolor="#2a2258"),
    Style(color="#e8e8e8", bgcolor="#4b2a78"),
    Style(color="#f0f0f0", bgcolor="#7a3288"),
    Style(color="#ffffff", bgcolor="#a93f82"),
    Style(color="#000000", bgcolor="#d8606c"),
    Style(color="#000000", bgcolor="#f28a4f", bold=True),
    Style(color="#000000", bgcolor="#fbd25a", bold=True),
)
"""On dark themes: the more bits, the brighter, so that shades of grey tell the same."""

LIGHT: Final = (
    Style(),
    Style(color="#000000", bgcolor="#f3e6c0"),
    Style(color="#000000", bgcolor="#f5cf8a"),
    Style(color="#000000", bgcolor="#f0a860"),
    Style(color="#000000", bgcolor="#df7d55"),
    Style(color="#ffffff", bgcolor="#b34a5c"),
    Style(color="#ffffff", bgcolor="#853468", bold=True),
    Style(color="#ffffff", bgcolor="#4e2a6e", bold=True),
)
"""On light themes: the more bits, the darker."""

MARKED: Final = Style(reverse=True, bold=True, underline=True)
"""Under the cursor, in place of the colour: so it is seen among all of them."""

MANY: Final = 10
"""Bits from which on a digit is not enough."""

LOOK_BACK: Final = 24
"""Cells at the end of a line in which a space is looked for to break it at."""

CARRIER: Final = "\N{DOTTED CIRCLE}"
"""Carries what would be drawn into the character before."""

Line = range
"""The places of the characters of a line."""


def cells_of(text: str) -> list[str]:
    """Return what is shown for each character, one or two cells wide, and for the end of them."""
    return [*map(_cell, safe(text)), " "]


def _cell(char: str) -> str:
    if char == "\n":
        return "↵"
    if char == "\t":
        return "⇥"
    return char if cell_len(char) else CARRIER + char


def lines_of(text: str, cells: Sequence[str], width: int) -> list[Line]:
    """Break a text, and the end behind it, into lines of at most `width` cells: at spaces."""
    lines, first, used = list[Line](), 0, 0
    for place, cell in enumerate(cells):
        used += cell_len(cell)
        if used > width and place > first:
            first = _broken(lines, text, first, place)
            used = sum(map(cell_len, cells[first : place + 1]))
        if place < len(text) and text[place] == "\n":
            lines.append(range(first, place + 1))
            first, used = place + 1, 0
    lines.append(range(first, len(cells)))
    return lines


def _broken(lines: list[Line], text: str, first: int, end: int) -> int:
    """Add the line before some place, up to its last space if there is one; return where it ends.

    What lies between that space and the place begins the next line.
    """
    space = text.rfind(" ", max(first, end - LOOK_BACK), end)
    end = end if space < 0 else space + 1
    lines.append(range(first, end))
    return end


def class_of(bits: float) -> int:
    """Return the number of the colour, from 0; nan, which cost nothing, has none either."""
    return 0 if math.isnan(bits) else bisect_right(BOUNDS, bits)


def digit_of(bits: float) -> str:
    """Return the whole bits in one character: a dot below 1, `+` from 10 on."""
    if math.isnan(bits):
        return " "
    return "·" if bits < 1 else "+" if bits >= MANY else str(int(bits))


def styles_of(dark: bool) -> Sequence[Style]:
    """Return the colours."""
    return DARK if dark else LIGHT


def text_line(
    cells: Sequence[str], bits: Sequence[float], line: Line, dark: bool, cursor: int = -1
) -> Text:
    """Return a line of text in its colours.

    Args:
        cells: what is shown for each character, and the end.
        bits: what each character cost; the end costs nothing.
        line: which of them.
        dark: whether the theme is.
        cursor: the place that is marked, -1 for none.
    """
    styles, drawn = styles_of(dark), Text(end="", no_wrap=True)
    for place in line:
        style = styles[class_of(bits[place])] if place < len(bits) else Style()
        drawn.append(cells[place], MARKED if place == cursor else style)
    return drawn


def digits_line(cells: Sequence[str], bits: Sequence[float], line: Line, cursor: int = -1) -> Text:
    """Return the line of digits that stands below a line of text."""
    drawn = Text(end="", no_wrap=True)
    for place in line:
        digit = digit_of(bits[place]) if place < len(bits) else " "
        drawn.append(digit.ljust(cell_len(cells[place])), MARKED if place == cursor else Style())
    return drawn


def legend(dark: bool) -> Text:
    """Return a line that says which colour means how many bits."""
    drawn = Text("bits ", end="", no_wrap=True)
    ends = (*BOUNDS[1:], math.inf)
    drawn.append(f" <{BOUNDS[0]} ", styles_of(dark)[0])
    for style, bound, end in zip(styles_of(dark)[1:], BOUNDS, ends, strict=True):
        name = (
            f"{bound}+"
            if math.isinf(end)
            else str(bound)
            if end == bound + 1
            else (f"{bound}-{int(end) - 1}")
        )
        drawn.append(f" {name} ", style)
    return drawn
