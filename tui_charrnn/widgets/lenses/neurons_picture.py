"""A text coloured by what one hidden unit does, as lines of characters with marks below them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from tui_charrnn.engine.lenses.neurons import CELL, Neurons, Reaction
from tui_charrnn.engine.lenses.reactions import ANY, title_of
from tui_charrnn.engine.parameters import Array
from tui_charrnn.safe_text import safe_line, stands_on_another
from tui_charrnn.widgets.lenses.fitting import fitting

WEAK, STRONG = 0.2, 0.6
"""From which activations on a unit is somewhat active, and strongly."""

MARKS: Final = {2: "#", 1: "+", 0: " ", -1: "-", -2: "="}
"""What stands below a character: strongly and somewhat positive, near 0, the same negative."""

LEGEND: Final = f"# from {STRONG}  + from {WEAK}  - to -{WEAK}  = to -{STRONG}"

SHADES: Final = 4
"""Colours on each side of 0."""

_BLACK, _WHITE = "#000000", "#ffffff"

COLOURS: Final = {
    True: {
        1: (_WHITE, "#3b2610"), 2: (_WHITE, "#6e400c"), 3: (_WHITE, "#a85a00"),
        4: (_BLACK, "#f59321"), -1: (_WHITE, "#12283f"), -2: (_WHITE, "#124373"),
        -3: (_WHITE, "#1464b4"), -4: (_BLACK, "#5fb0ff"),
    },
    False: {
        1: (_BLACK, "#fdebd8"), 2: (_BLACK, "#fbd0a3"), 3: (_BLACK, "#f7ac5c"),
        4: (_BLACK, "#ee8208"), -1: (_BLACK, "#e0eefc"), -2: (_BLACK, "#b5d7f8"),
        -3: (_BLACK, "#7db9f2"), -4: (_WHITE, "#1464b4"),
    },
}  # fmt: skip
"""On dark ground, and on light: of the letters and behind them, from near 0 to 1 and to -1.

Orange and blue, which all eyes tell apart; the nearer to 0, the more like the ground.
"""

NEWLINE: Final = safe_line("\n")
"""What is seen of one."""

BEST: Final = 8
"""Units that a picture names besides the one that it shows."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What is seen of a character, and of those that stand on it, as accents do."""

    shown: str
    cells: int
    activation: float


def signs(text: str, activation: Array) -> list[Sign]:
    """Return the text as it is seen, one sign for each character that stands alone.

    Args:
        text: of T characters, which may be anything.
        activation: (T,) after each; that of a sign is the one after its last character.
    """
    found: list[Sign] = []
    for char, value in zip(safe_line(text), activation.tolist(), strict=True):
        if found and stands_on_another(char):
            shown = found[-1].shown + char
            found[-1] = Sign(shown, cell_len(shown), value)
        else:
            found.append(Sign(char, cell_len(char), value))
    return found


def wrapped(found: Sequence[Sign], width: int) -> Iterator[Sequence[Sign]]:
    """Cut a text into lines of at most `width` cells: at its own ends of lines and after spaces."""
    start = 0
    for end in _ends_of_lines(found):
        while start < end:
            fits = _that_fit(found[start:end], width)
            cut = start + fits if start + fits == end else start + _after_space(found, start, fits)
            yield found[start:cut]
            start = cut


def _ends_of_lines(found: Sequence[Sign]) -> Iterator[int]:
    yield from (place for place, sign in enumerate(found, 1) if sign.shown == NEWLINE)
    yield len(found)


def _that_fit(line: Sequence[Sign], width: int) -> int:
    """Return how many of the signs have room, one at the least."""
    ends = list(accumulate(sign.cells for sign in line))
    return max(1, bisect_left(ends, width + 1))


def _after_space(found: Sequence[Sign], start: int, fits: int) -> int:
    """Return how many of those that fit end with a space; all of them if there is none."""
    spaces = (count for count in range(fits, 0, -1) if found[start + count - 1].shown == " ")
    return next(spaces, fits)


def coloured(
    text: str, activation: Array, width: int, *, marks: bool = True, dark: bool = True
) -> list[Text]:
    """Return a text whose colours tell what a unit does after each character.

    Args:
        text: of T characters, which may be anything.
        activation: (T,) from -1 to 1.
        width: cells of a line at the most, two at the least.
        marks: whether a line of marks comes below each line, for where there is no colour.
        dark: whether the ground is.
    """
    lines = []
    for line in wrapped(signs(text, activation), width):
        row = Text(no_wrap=True)
        for sign in line:
            row.append(sign.shown, _style(sign.activation, dark))
        lines.append(row)
        if marks:
            lines.append(Text("".join(mark_of(each.activation) * each.cells for each in line)))
    return lines


def mark_of(activation: float) -> str:
    """Return the mark of an activation; a question mark for what is no number."""
    if math.isnan(activation):
        return "?"
    strength = (abs(activation) >= WEAK) + (abs(activation) >= STRONG)
    return MARKS[int(math.copysign(strength, activation))]


def _style(activation: float, dark: bool) -> Style:
    if math.isnan(activation):
        return Style(strike=True)
    shade = round(activation * SHADES)
    if not shade:
        return Style()
    ink, ground = COLOURS[dark][shade]
    return Style(color=ink, bgcolor=ground)


def unit_name(found: Neurons, layer: int, unit: int) -> str:
    """Return what a unit is called: `unit 17`, or `layer 2, unit 17` where there are several."""
    name = f"unit {unit}"
    return name if len(found.activations) == 1 else f"layer {layer}, {name}"


def reaction_text(reaction: Reaction) -> str:
    """Say what a unit reacts to: `r = +0.71 with inside quotes`; it is harmless."""
    if math.isnan(reaction.r):
        return "no correlation"
    return f"r = {reaction.r:+.2f} with {safe_line(title_of(reaction.to))}"


def view_name(view: str) -> str:
    """Return what is looked at."""
    return "tanh(c)" if view == CELL else "h"


def picture(results: Sequence[tuple[str, Neurons]], width: int) -> list[Text]:
    """Return the text by the chosen unit of each net, and which other units are best.

    Args:
        results: each with the name of its net, which may hold anything.
        width: cells of a line at the most.
    """
    lines = [fitting(Text(LEGEND, "dim"), width)]
    for name, found in results:
        lines += [Text(), *_pictured(name, found, width)]
    return lines


def _pictured(name: str, found: Neurons, width: int) -> Iterator[Text]:
    unit = unit_name(found, found.layer, found.unit)
    words = f"{unit}, {view_name(found.view)}, {reaction_text(_chosen(found))}"
    yield fitting(Text.assemble((safe_line(name), "bold"), f"  {words}"), width)
    yield from coloured(found.text, found.activation(found.layer, found.unit), width)
    best = [each for each in found.reactions if not math.isnan(each.r)][:BEST]
    if best:
        by = "all that is known" if found.reacts_to == ANY else safe_line(title_of(found.reacts_to))
        yield fitting(Text(f"best of {len(found.reactions):,} units by {by}:", "dim"), width)
    for each in best:
        line = f"{unit_name(found, each.layer, each.unit)}  {reaction_text(each)}"
        yield fitting(Text(f"  {line}"), width)


def _chosen(found: Neurons) -> Reaction:
    return found.reaction(found.layer, found.unit)
