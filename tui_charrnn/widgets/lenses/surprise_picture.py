"""The picture of surprise: nets above each other over the same text, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from tui_charrnn.engine.lenses.surprise import Reading
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses import surprise_lines as lines
from tui_charrnn.widgets.lenses.fitting import fitting

GUTTER: Final = 12
"""Cells that the name of a net may take before its lines."""

ELLIPSIS: Final = "…"


def picture(results: Sequence[tuple[str, Reading]], width: int) -> list[Text]:
    """Return the lines of a picture: a head, the texts, a legend.

    Args:
        results: by the names of the runs, above each other for as long as the text is the same.
        width: in cells; no line is wider.
    """
    drawn = [_head(name, reading) for name, reading in results]
    for _, group in groupby(results, lambda result: result[1].text):
        drawn += [Text(), *_block(list(group), width)]
    drawn += [Text(), lines.legend(dark=True), Text(DIGITS)]
    return [fitting(line, width) for line in drawn]


DIGITS: Final = "below each line: whole bits, · under 1, + from 10 on"


def _head(name: str, reading: Reading) -> Text:
    surprise = reading.surprise
    told = wording.counted(max(0, len(surprise.bits) - 1), "character")
    mean = f"{surprise.mean_bits:.3f} bits per character over {told}"
    return Text.assemble((safe_line(name), "bold"), f"  {mean}")


def _block(results: Sequence[tuple[str, Reading]], width: int) -> list[Text]:
    text = results[0][1].text
    cells = lines.cells_of(text)
    names = gutters([name for name, _ in results])
    room = max(2, width - cell_len(names[0]))
    drawn = list[Text]()
    for line in lines.lines_of(text, cells, room):
        for name, (_, reading) in zip(names, results, strict=True):
            bits = reading.surprise.bits.tolist()
            row = lines.text_line(cells, bits, line, dark=True)
            below = lines.digits_line(cells, bits, line)
            drawn += [Text(name) + row, Text(" " * cell_len(name)) + below]
        drawn.append(Text())
    return drawn[:-1]


def gutters(names: Sequence[str]) -> list[str]:
    """Return what stands before the lines of each net: nothing where there is only one."""
    if len(names) < 2:
        return [""] * len(names)
    short = [shortened(safe_line(name), GUTTER) for name in names]
    width = max(map(cell_len, short))
    return [f"{name}{' ' * (width - cell_len(name))} " for name in short]


def shortened(name: str, width: int) -> str:
    """Return a name in at most `width` cells, without its middle if it must be."""
    if cell_len(name) <= width:
        return name
    head, tail = name, name
    while cell_len(head) > width // 2:
        head = head[:-1]
    while cell_len(tail) > width - 1 - cell_len(head):
        tail = tail[1:]
    return head + ELLIPSIS + tail
