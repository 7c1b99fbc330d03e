"""Making text from strangers harmless to a terminal.

Corpora and what a net makes of them may hold escape sequences, control characters or characters
that reorder or hide others. Each of those is shown as one visible stand-in; letters, signs, wide
characters and emoji with their modifiers stay as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

STAND_IN = "\N{REPLACEMENT CHARACTER}"

MOST_MARKS = 2
"""Combining marks that one letter may carry: more would pile up over the lines above."""

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of controls, formats, surrogates, private and unassigned code points."""


def safe(text: str) -> str:
    """Return the text with every dangerous character replaced; newlines and tabs stay.

    C0 controls become their control pictures (an escape becomes U+241B). All other characters that
    are invisible, unassigned or change the direction of text become U+FFFD, and so do combining
    marks that have no letter to stand on or are piled up: variation selectors after a symbol are
    among them, since terminals disagree about the width of what they make.
    """
    text = text.translate(_VISIBLE)
    return text if text.isascii() else "".join(_with_few_marks(text))


def safe_line(text: str) -> str:
    """Return the text as `safe` does, but on one line: newlines and tabs become pictures too."""
    return safe(text).replace("\n", "\N{SYMBOL FOR NEWLINE}").replace("\t", " ")


class _Visible(dict[int, str]):
    """A translation table that is filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = result = _visible(chr(code))
        return result


def _visible(char: str) -> str:
    if char in "\n\t":
        return char
    if char < " ":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\N{SYMBOL FOR DELETE}"
    return STAND_IN if unicodedata.category(char) in INVISIBLE else char


_VISIBLE = _Visible()


def _with_few_marks(text: str) -> Iterator[str]:
    room = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            yield char if room > 0 else STAND_IN
            room -= 1
        else:
            yield char
            if category != "Mc":  # a vowel sign beside its letter: marks go on counting from there
                room = MOST_MARKS if char.isalnum() else 0
