"""A small terminal: what its screen shows of the bytes that were written to it, and its answers."""

from __future__ import annotations

import codecs
import re
from typing import Final

from rich.cells import split_graphemes

TOKEN: Final = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<row>\d*)(?:;(?P<column>\d*))?H"
    r"|\x1b\[(?P<right>\d*)C"
    r"|\x1b\[(?P<ask>[?\d]+(?:\$p|n))"
    r"|\x1b\[\?1049[hl](?P<clear>)"
    r"|(?P<line>\n)|(?P<start>\r)"
    r"|\x1b\[[^@-~]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[\]]|.",
    re.DOTALL,
)

NARROW: Final = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u2500-\u25ff\u2800-\u28ff]*")
"""Text of one cell a character, as nearly all is."""

UNFINISHED: Final = re.compile(r"\x1b(?:\[[^@-~]*|\][^\x07\x1b]*\x1b?)?\Z")
"""A sequence that the next bytes will end."""

ANSWERS: Final = {
    "5n": "\x1b[0n",
    "?2026$p": "\x1b[?2026;2$y",  # what is to be shown at once can be
    "?2048$p": "\x1b[?2048;0$y",
}
"""What it says when it is asked; of its cursor it tells the place."""


class Screen:
    """What a terminal of a fixed size shows.

    Attributes:
        written: bytes so far.
        touched: by row, how many bytes had come when something was last written there.
    """

    def __init__(self, rows: int, columns: int) -> None:
        """Begin with an empty screen."""
        self.rows, self.columns = rows, columns
        self.written = 0
        self.touched = [0] * rows
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._tail = ""
        self._clear()

    def _clear(self) -> None:
        self._cells = [[" "] * self.columns for _ in range(self.rows)]
        self.y = self.x = 0

    def lines(self) -> list[str]:
        """Return the rows of the screen."""
        return ["".join(row) for row in self._cells]

    def shows(self, words: str, since: int = -1) -> bool:
        """Return whether a row holds some words, one that was written to after so many bytes."""
        rows = zip(self._cells, self.touched, strict=True)
        return any(touched > since and words in "".join(row) for row, touched in rows)

    def feed(self, data: bytes) -> bytes:
        """Take what is written; return what the terminal answers."""
        self.written += len(data)
        text = self._tail + self._decode(data)
        unfinished = UNFINISHED.search(text)
        self._tail = unfinished[0] if unfinished else ""
        answers = [self._take(found) for found in TOKEN.finditer(text.removesuffix(self._tail))]
        return "".join(answers).encode()

    def _take(self, found: re.Match[str]) -> str:
        """Do what a piece says; return the answer to it."""
        if found["text"]:
            self.put(found["text"])
        elif found["row"] is not None:
            self.y = min(int(found["row"] or 1), self.rows) - 1
            self.x = min(int(found["column"] or 1), self.columns) - 1
        elif found["right"] is not None:
            self.x = min(self.x + int(found["right"] or 1), self.columns - 1)
        elif found["ask"]:
            place = f"\x1b[{self.y + 1};{self.x + 1}R"
            return place if found["ask"] == "6n" else ANSWERS.get(found["ask"], "")
        elif found["line"]:
            self._end_line()
        elif found["start"]:
            self.x = 0
        elif found["clear"] is not None:
            self._clear()
        return ""

    def _end_line(self) -> None:
        self.y += 1
        if self.y == self.rows:
            self.y -= 1
            self._cells = [*self._cells[1:], [" "] * self.columns]
            self.touched = [self.written] * self.rows

    def put(self, text: str) -> None:
        """Write a text where the cursor stands; what has no room is lost, as the app wants it."""
        self.touched[self.y] = self.written
        if NARROW.fullmatch(text):
            spans = [(at, at + 1, 1) for at in range(len(text))]
        else:
            spans = split_graphemes(text)[0]
        for start, end, width in spans:
            if 0 < width <= self.columns - self.x:
                self._put_one(text[start:end], width)

    def _put_one(self, char: str, width: int) -> None:
        """Write a character; of wide ones that it is written over, a blank remains."""
        row, end = self._cells[self.y], self.x + width
        if not row[self.x]:
            row[self.x - 1] = " "
        if end < self.columns and not row[end]:
            row[end] = " "
        row[self.x : end] = [char, *[""] * (width - 1)]
        self.x = end
