"""What comes from a terminal, made harmless to the program that reads it.

Bytes that are no text would end the reader, and controls in a pasted text would pass for keys.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final

from tui_charrnn.safe_text import safe

BEGIN: Final = "\x1b[200~"
END: Final = "\x1b[201~"
"""Between them a terminal sends what is pasted."""

CONTROLS: Final = {
    code: safe(chr(code))
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\t\n\r"
}
"""What stands for each control; a tab stays one."""


class Typed:
    """Turns bytes into text, in pieces that may end anywhere."""

    def __init__(self) -> None:
        """Begin outside of a paste."""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pasting = False
        self._tail = ""  # what a mark may have begun with

    def decode(self, data: bytes) -> str:
        """Return the text of some bytes: keys as they are, pasted text without controls.

        Nothing of what is typed is held back: an escape may be a key of its own.
        """
        return "".join(self._parts(self._decode(data)))

    def _parts(self, text: str) -> Iterator[str]:
        while text:
            part, text = self._pasted(text) if self._pasting else self._keys(text)
            yield part

    def _keys(self, text: str) -> tuple[str, str]:
        """Return what was typed up to the begin of a paste, and the rest."""
        seen = self._tail + text
        _, mark, rest = seen.partition(BEGIN)
        self._pasting = bool(mark)
        self._tail = "" if mark else seen[1 - len(BEGIN) :]
        return text[: len(text) - len(rest)], rest

    def _pasted(self, text: str) -> tuple[str, str]:
        """Return what was pasted up to its end, and the rest."""
        pasted, mark, rest = (self._tail + text).partition(END)
        self._pasting, self._tail = not mark, ""
        if not mark:
            self._tail = _begun(pasted)
            pasted = pasted.removesuffix(self._tail)
        return pasted.translate(CONTROLS) + mark, rest


def _begun(text: str) -> str:
    """Return how much of the mark that ends a paste stands at the end of a text."""
    lengths = range(len(END) - 1, 0, -1)
    return next((END[:length] for length in lengths if text.endswith(END[:length])), "")
