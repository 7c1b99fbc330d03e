"""Bars: what a net expected at a place, what came, and what that cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from tui_charrnn.engine.lenses.surprise import EXPECTED, Reading
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses.surprise_lines import cells_of
from tui_charrnn.widgets.lenses.surprise_picture import shortened

HEIGHT: Final = EXPECTED + 2
"""Lines: a head, the bars, and what came if it is not among them."""

LABEL, FIGURE = 9, 7
"""Cells of what stands before a bar: the character, its probability."""

NARROW: Final = 30
"""Cells below which the head of a column says no more than the bits."""

LEAST_NAME: Final = 3
"""Cells of a name that stay in any case."""

EIGHTHS: Final = " ▏▎▍▌▋▊▉"

NAMES: Final = {" ": "space", "\n": "newline", "\t": "tab"}
"""Characters that nobody sees."""

LEAST: Final = 0.0005
"""Probability below which one place of per cent is too few."""

BOLD: Final = Style(bold=True)

CAME: Final = "▸"
"""Stands before what came."""


def columns(results: Sequence[tuple[str, Reading]], place: int, width: int) -> list[Text]:
    """Return the bars of all nets beside each other, `HEIGHT` lines of at most `width` cells.

    Args:
        results: what each net has read, the same text, by their names.
        place: of a character, or the end of the text.
        width: in cells.
    """
    each = max(1, (width - 2 * (len(results) - 1)) // len(results))
    blocks = [bars(name, reading, place, each) for name, reading in results]
    return [_beside(row, each) for row in zip(*blocks, strict=True)]


def _beside(row: Sequence[Text], width: int) -> Text:
    joined = Text(end="", no_wrap=True)
    for number, part in enumerate(row):
        part.truncate(width, overflow="ellipsis", pad=number < len(row) - 1)
        joined.append("  " if number else "").append_text(part)
    return joined


def bars(name: str, reading: Reading, place: int, width: int) -> list[Text]:
    """Return the bars of one net."""
    came = reading.text[place] if place < len(reading.text) else ""
    drawn = [_head(name, reading, place, came, width)]
    expected = reading.expected(place)
    drawn += [bar(char, chance, char == came, width) for char, chance in expected]
    if came and expected and came not in dict(expected):
        bits = float(reading.surprise.bits[place])
        drawn.append(bar(came, 2.0**-bits, True, width))
    return drawn + [Text() for _ in range(HEIGHT - len(drawn))]


def _head(name: str, reading: Reading, place: int, came: str, width: int) -> Text:
    """Return the name and what is to be said; where room is short, the name gives way."""
    told = _told(reading, place, came, width < NARROW)
    room = max(LEAST_NAME, width - 2 - cell_len(told))
    return Text.assemble((shortened(safe_line(name), room), "bold"), f"  {told}")


def _told(reading: Reading, place: int, came: str, briefly: bool) -> str:
    if place == 0:
        return "first" if briefly else f"{shown(came)} comes first: nothing was expected"
    if not came:
        return "next" if briefly else "what it expects after the end"
    bits, rank = reading.surprise.bits[place], int(reading.surprise.ranks[place])
    if briefly:
        return f"{bits:.2f} bits"
    return f"{shown(came)} cost {bits:.2f} bits, rank {wording.count(rank)}"


def bar(char: str, chance: float, is_it: bool, width: int) -> Text:
    """Return a character, its probability, and a bar as long as that."""
    mark, label = CAME if is_it else " ", shown(char)
    label = mark + label + " " * (LABEL - 1 - cell_len(label))
    drawn = _drawn(chance, width - LABEL - FIGURE)
    return Text(f"{label}{_percent(chance):>{FIGURE - 1}} {drawn}", BOLD if is_it else Style())


def _percent(chance: float) -> str:
    """Write a probability, to as many places as a small one needs."""
    if 0 < chance < LEAST:
        return f"{chance:.2%}" if chance >= LEAST / 10 else "<0.01%"
    return f"{chance:.1%}"


def _drawn(chance: float, width: int) -> str:
    """Return a bar, to an eighth of a cell; where the probability is 1, it fills the width."""
    whole, part = divmod(round(chance * 8 * max(0, width)), 8)
    return "█" * whole + (EIGHTHS[part] if part else "")


def shown(char: str) -> str:
    """Return a character as it is told of."""
    return NAMES.get(char) or cells_of(char)[0]
