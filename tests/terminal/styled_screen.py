"""A terminal that knows the style of each of its cells, whichever way that was written."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.screen import Screen

SGR = re.compile(r"\x1b\[([\d;]*)m\Z")

Style = dict[str, Any]


class StyledScreen(Screen):
    """A screen whose cells can be compared, as they look."""

    def __init__(self, rows: int, columns: int) -> None:
        self.pen: Style = {}
        super().__init__(rows, columns)

    def _clear(self) -> None:
        super()._clear()
        self._styles: list[list[Style]] = [[{}] * self.columns for _ in range(self.rows)]

    def _take(self, found: re.Match[str]) -> str:
        if sequence := SGR.match(found[0]):
            self._set([int(word or 0) for word in sequence[1].split(";")])
        return super()._take(found)

    def _set(self, codes: list[int]) -> None:
        pen = dict(self.pen)
        while codes:
            code = codes.pop(0)
            if code == 0:
                pen = {}
            elif code in (38, 48):
                length = {5: 2, 2: 4}[codes[0]]
                pen[{38: "front", 48: "back"}[code]] = tuple(codes[:length])
                del codes[:length]
            elif code in (39, 49):
                pen.pop({39: "front", 49: "back"}[code], None)
            elif code in (*range(30, 38), *range(90, 98)):
                pen["front"] = code
            elif code in (*range(40, 48), *range(100, 108)):
                pen["back"] = code
            elif code == 22:
                pen = {name: on for name, on in pen.items() if name not in (1, 2)}
            elif 22 < code < 30:
                pen.pop(code - 20, None)
            else:
                pen[code] = True
        self.pen = pen

    def _put_one(self, char: str, width: int) -> None:
        self._styles[self.y][self.x : self.x + width] = [self.pen] * width
        super()._put_one(char, width)

    def looks(self) -> list[list[tuple[str, Style]]]:
        """Return what is seen in each cell: of a blank, what is behind it and drawn through it."""
        rows = zip(self._cells, self._styles, strict=True)
        return [list(map(_seen, cells, styles)) for cells, styles in rows]


def _seen(char: str, style: Style) -> tuple[str, Style]:
    if char != " " or style.keys() & {4, 7, 9}:
        return char, style
    return char, {name: value for name, value in style.items() if name == "back"}
