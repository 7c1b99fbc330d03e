"""A text that was drawn, in lines: coloured by the bits of what each character was drawn from.

The colours and the digits are those of surprise: there the bits are those of a text that was read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from rich.style import Style
from rich.text import Text

from tui_charrnn.engine.lenses.play import Drawing
from tui_charrnn.widgets.lenses import surprise_lines as lines

PROMPT: Final = Style(italic=True, dim=True)
"""What was not drawn, but read first."""

CHOSEN: Final = Style(bold=True, underline=True)
"""What a person put there."""


def bits_of(drawing: Drawing) -> list[float]:
    """Return what each character of prompt and text cost: -log2 of its probability.

    Those of the prompt cost nothing that could be told: nan.
    """
    costs = [_bits(drawn.probability) for drawn in drawing.drawn]
    return [math.nan] * len(drawing.prompt) + costs


def _bits(probability: float) -> float:
    return -math.log2(probability) if probability > 0 else math.inf


def text_line(
    drawing: Drawing,
    cells: Sequence[str],
    bits: Sequence[float],
    line: lines.Line,
    *,
    dark: bool,
    cursor: int = -1,
) -> Text:
    """Return a line of prompt and text.

    Args:
        drawing: whose they are.
        cells: what is shown for each character, and the end.
        bits: what each character cost.
        line: which of them.
        dark: whether the theme is.
        cursor: the place that is marked, -1 for none.
    """
    row, at = lines.text_line(cells, bits, line, dark, cursor), 0
    for place in line:
        style = _style(drawing, place)
        if style is not None and place != cursor:
            row.stylize(style, at, at + len(cells[place]))
        at += len(cells[place])
    return row


def _style(drawing: Drawing, place: int) -> Style | None:
    number = place - len(drawing.prompt)
    if number < 0:
        return PROMPT
    is_chosen = number < len(drawing.drawn) and drawing.drawn[number].chosen
    return CHOSEN if is_chosen else None
