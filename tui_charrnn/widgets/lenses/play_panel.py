"""What stands beside a text that is drawn: bars for the character at the cursor, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from tui_charrnn.engine.control import SampleRequest
from tui_charrnn.engine.lenses.play import MOST_DRAWN, SHOWN, Chance, Drawing
from tui_charrnn.runs import wording
from tui_charrnn.widgets.lenses.fitting import fitting
from tui_charrnn.widgets.lenses.play_picture import numbers_text
from tui_charrnn.widgets.lenses.surprise_bars import bar, shown

BARS: Final = SHOWN + 1
"""Lines of bars: one more for what was drawn and is not among the likeliest."""

INSTEAD: Final = "» "
"""Stands before the bar of what is to be put at the cursor."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that keys change."""

    name: str
    value: str
    keys: str


def chances_at(drawing: Drawing, place: int, request: SampleRequest) -> tuple[Chance, ...]:
    """Return what could come, or could have come, at a place of prompt and text.

    Args:
        drawing: the text.
        place: from 0; in the prompt, nothing could.
        request: how the next character would be drawn.
    """
    number = place - len(drawing.prompt)
    if number < 0:
        return ()
    is_drawn = number < len(drawing.drawn)
    return drawing.drawn[number].likeliest if is_drawn else drawing.likeliest(request)


def bars(
    drawing: Drawing, place: int, request: SampleRequest, instead: int | None, width: int
) -> list[Text]:
    """Return two lines in words, and `BARS` lines of bars.

    Args:
        drawing: the text.
        place: of prompt and text, or their end.
        request: how the next character would be drawn.
        instead: which of the chances is to be put there, None for none.
        width: in cells.
    """
    number = place - len(drawing.prompt)
    chances = chances_at(drawing, place, request)
    came = drawing.drawn[number] if 0 <= number < len(drawing.drawn) else None
    rows = [*chances]
    if came is not None and came.char not in dict(chances):
        rows.append(Chance(came.char, came.probability))
    drawn = _told(drawing, number, request)
    for row, (char, chance) in enumerate(rows):
        is_it = came is not None and char == came.char
        mark = INSTEAD if row == instead else " " * len(INSTEAD)
        drawn.append(Text.assemble((mark, "bold"), bar(char, chance, is_it, width - len(mark))))
    drawn += [Text()] * (2 + BARS - len(drawn))
    return [fitting(row, width) for row in drawn]


def _told(drawing: Drawing, number: int, request: SampleRequest) -> list[Text]:
    """Return in words what the bars are."""
    if number < 0:
        return [Text("the prompt", "bold"), Text("it was read, not drawn")]
    if number >= len(drawing.drawn):
        return [Text("what comes next", "bold"), Text(numbers_text(request))]
    came = drawing.drawn[number]
    how = "chosen" if came.chosen else "drawn"
    return [
        Text.assemble((shown(came.char), "bold"), f" was {how}"),
        Text(numbers_text(came.request)),
    ]


def settings(found: Sequence[Setting], width: int) -> list[Text]:
    """Return the numbers with the keys that change them."""
    names = max(len(each.name) for each in found) + 2
    keys = max(len(each.keys) for each in found)
    rows = []
    for each in found:
        value = each.value.ljust(max(0, width - names - keys))
        rows.append(Text.assemble(each.name.ljust(names), value, (each.keys.rjust(keys), "bold")))
    return [fitting(row, width) for row in rows]


def standing(drawing: Drawing, is_drawing: bool, width: int) -> list[Text]:
    """Return how far the text has come, and whether it goes on."""
    state = "full" if drawing.is_full else "drawing" if is_drawing else "held"
    drawn = f"{wording.count(len(drawing.drawn))} of {wording.count(MOST_DRAWN)} drawn"
    return [fitting(Text.assemble((state, "bold"), f", {drawn}"), width)]
