"""What a terminal shows and what it is to show, cell by cell, and how little makes one the other.

All that an app draws goes into a grid. When there is room on the line, the cells that differ from
those on the screen are written: however much was drawn since, that is one picture, so nothing that
is out of date is ever on its way, and nothing has to be drawn twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from rich.cells import split_graphemes

from tui_charrnn.terminal.styles import PLAIN, change, joined, of_blank

TOKEN: Final = re.compile(
    r"([^\x00-\x1f\x7f]+)"  # text
    r"|\x1b\[([\d;]*)m"  # a style
    r"|\x1b\[(\d+);(\d+)H"  # a place
    r"|(\n)"
    r"|(\x1b\[\?2026[hl])"  # the begin or the end of what is shown at once
    r"|(\x1b\[[\d;?<=>$!\x20]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|.)",  # no picture
    re.DOTALL,
)

ENTER: Final = "\x1b[?1049h"
LEAVE: Final = "\x1b[?1049l"
"""What takes a terminal to the screen of programs, and back."""

BEGIN: Final = "\x1b[?2026h"
END: Final = "\x1b[?2026l"
"""What stands between them is shown all at once."""

SURE: Final = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u024f\u0370-\u0373\u0384-\u0482\u2010-\u2027\u2030-\u205e"
    "\u2190-\u22ff\u2500-\u25ff\u2800-\u28ff]*"
)
"""Text of which all terminals agree that every character takes one cell, from left to right."""

BRIDGE: Final = 4
"""Bytes of cells that stay as they are and are written all the same: a way round takes as many."""


class Row:
    """A line of cells.

    Attributes:
        chars: what each cell holds: a character with all that belongs to it, or nothing in the
            second cell of a wide one.
        styles: the parameters of the SGR sequences of each.
    """

    __slots__ = ("chars", "styles")

    def __init__(self, chars: Sequence[str] = (), styles: Sequence[str] = ()) -> None:
        """Begin with some cells."""
        self.chars, self.styles = list(chars), list(styles)

    def put(self, at: int, cells: Sequence[str], style: str) -> None:
        """Write over some cells; of a wide character that is cut, a blank remains."""
        chars, end = self.chars, at + len(cells)
        if (missing := at - len(chars)) > 0:
            chars += missing * [" "]
            self.styles += missing * [PLAIN]
        if at < len(chars) and not chars[at]:
            chars[at - 1] = " "
        if end < len(chars) and not chars[end]:
            chars[end] = " "
        chars[at:end] = cells
        self.styles[at:end] = len(cells) * [style]

    def crop(self, width: int) -> None:
        """Forget the cells from a column on."""
        del self.chars[width:], self.styles[width:]

    def copy(self) -> Row:
        """Return a row of the same cells."""
        return Row(self.chars, self.styles)

    def is_sure(self) -> bool:
        """Return whether every terminal puts each character into the cell that is meant."""
        return SURE.fullmatch("".join(self.chars)) is not None


class Picture:
    """A screen as it is to be, and as far as it is known on the terminal.

    Attributes:
        changed: whether anything was drawn since the last frame.
    """

    def __init__(self) -> None:
        """Begin before there is a screen to draw on."""
        self.changed = False
        self._wanted: dict[int, Row] = {}
        self._shown: dict[int, Row] = {}
        self._drawn: set[int] = set()
        self._on = self._at_once = False
        self._style = PLAIN
        self._x = self._y = 0
        self._size = (0, 0)

    def draw(self, text: str) -> str:
        """Draw what an app writes; return what of it is no picture, and goes to the terminal."""
        words = []
        for found in TOKEN.finditer(text):
            chars, style, row, column, line_end, frame, word = found.groups()
            if chars:
                self._put(chars)
            elif style is not None:
                self._style = joined(self._style, style)
            elif row:
                self._y, self._x = int(row) - 1, int(column) - 1
            elif line_end:
                self._y, self._x = self._y + 1, 0
            elif frame:
                self._at_once = True  # which is only asked of a terminal that can do it
            else:
                words.append(word)
                self._heed(word)
        return "".join(words)

    def _put(self, text: str) -> None:
        if self._on and (cells := cells_of(text)):
            self._wanted.setdefault(self._y, Row()).put(self._x, cells, self._style)
            self._x += len(cells)
            self._drawn.add(self._y)
            self.changed = True

    def _heed(self, word: str) -> None:
        """Begin and end with the screen of programs."""
        if word in (ENTER, LEAVE):
            self._on, self._at_once, self._style = word == ENTER, False, PLAIN
            self._wanted.clear()
            self.forget()

    def resize(self, width: int, height: int) -> None:
        """Take it that the terminal had another size, and may have moved all that it shows.

        The app draws all anew, unless the size is what it was before.
        """
        came_back, self._size = self._size == (width, height), (width, height)
        self._wanted = {y: row for y, row in self._wanted.items() if y < height}
        for row in self._wanted.values():
            row.crop(width)
        self.forget()
        self.changed &= came_back

    def forget(self) -> None:
        """Take it that nothing is known of what the terminal shows."""
        self._shown.clear()
        self._drawn = set(self._wanted)
        self.changed = bool(self._drawn)

    def frame(self) -> str:
        """Return what makes the terminal show all that is wanted; nothing if it does already."""
        brush = Brush()
        for y in sorted(self._drawn):
            wanted, shown = self._wanted[y], self._shown.get(y)
            if spans := list(differences(shown, wanted)):
                for start, end in spans:
                    brush.paint(y, start, wanted.chars[start:end], wanted.styles[start:end])
                self._shown[y] = wanted.copy()
        self._drawn.clear()
        self.changed = False
        text = brush.finish(self._y, self._x)
        return f"{BEGIN}{text}{END}" if text and self._at_once else text


class Brush:
    """Writes cells with few sequences, each style once; it begins and ends in the plain style."""

    def __init__(self) -> None:
        """Begin anywhere."""
        self._runs: dict[str, list[tuple[int, int, str]]] = {}
        self._parts: list[str] = []
        self._style, self._place = PLAIN, (-1, -1)

    def paint(self, y: int, x: int, chars: Sequence[str], styles: Sequence[str]) -> None:
        """Write some cells of a line, at the end or before."""
        if SURE.fullmatch("".join(chars)):
            for start, end, style in runs(chars, styles):
                text = "".join(chars[start:end])
                self._runs.setdefault(style, []).append((y, x + start, text))
            return
        for at, (char, style) in enumerate(zip(chars, styles, strict=True), x):
            if char:
                self._write(y, at, char, style)
                if not SURE.fullmatch(char):
                    self._place = (-1, -1)

    def _write(self, y: int, x: int, text: str, style: str) -> None:
        place, self._place = self._place, (y, x + len(text))
        if place[0] == y and place[1] < x:
            self._parts.append(f"\x1b[{x - place[1]}C")
        elif place != (y, x):
            self._parts.append(f"\x1b[{y + 1};{x + 1}H")
        self._parts += change(self._style, style), text
        self._style = style

    def finish(self, y: int, x: int) -> str:
        """Leave the cursor at a place; return all that is to be written, nothing if no cell is."""
        for style, places in self._runs.items():
            for place in places:
                self._write(*place, style)
        if self._parts:
            self._write(y, x, "", PLAIN)
        return "".join(self._parts)


def runs(chars: Sequence[str], styles: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where cells of one style begin and end; blanks join those beside them if they can."""
    start, style, blank = 0, styles[0], True
    for at, (char, wanted) in enumerate(zip(chars, styles, strict=True)):
        if wanted != style and not (char == " " and of_blank(wanted) == of_blank(style)):
            if not (blank and of_blank(wanted) == of_blank(style)):
                yield start, at, style
                start = at
            style, blank = wanted, True
        blank = blank and char == " "
    yield start, len(chars), style


def differences(shown: Row | None, wanted: Row) -> Iterator[tuple[int, int]]:
    """Yield the spans of a line that have to be written: the first cell, and the one behind.

    Where terminals may disagree about the width of a character, that is the whole line.
    """
    end = len(wanted.chars)
    if shown is None:
        yield 0, end
        return
    if shown.chars == wanted.chars and shown.styles == wanted.styles:
        return
    spans = list(_joined_spans(shown, wanted))
    if spans and not (shown.is_sure() and wanted.is_sure()):
        spans = [(0, end)]
    yield from spans


def _joined_spans(shown: Row, wanted: Row) -> Iterator[tuple[int, int]]:
    """Yield the spans that look different; those with little between them are one."""
    start = end = -1
    for at in _different(shown, wanted):
        if start < 0:
            start = at
        elif at > end and not _is_short_way(wanted, end, at):
            yield start, end
            start = at
        end = at + 1
    if start >= 0:
        yield start, end


def _different(shown: Row, wanted: Row) -> Iterator[int]:
    """Yield the columns whose cells look different."""
    cells = zip(shown.chars, wanted.chars, shown.styles, wanted.styles, strict=False)
    for at, (old, new, before, after) in enumerate(cells):
        if old != new or (before != after and (new != " " or of_blank(before) != of_blank(after))):
            yield at
    yield from range(len(shown.chars), len(wanted.chars))


def _is_short_way(row: Row, start: int, end: int) -> bool:
    """Return whether the cells between two spans are as soon written as passed."""
    if end - start > BRIDGE:
        return False
    styles = row.styles[start - 1 : end + 1]
    is_one_style = styles.count(styles[0]) == len(styles)
    return is_one_style and len("".join(row.chars[start:end]).encode()) <= BRIDGE


@lru_cache(4096)
def cells_of(text: str) -> tuple[str, ...]:
    """Return what each cell of a text holds; see `Row`."""
    if SURE.fullmatch(text):
        return tuple(text)
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        if width:  # without one is only what stands on nothing, which `safe` lets nobody write
            cells += [text[start:end], *(width - 1) * [""]]
    return tuple(cells)
