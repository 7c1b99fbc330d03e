"""Making text from strangers harmless to a terminal.

Corpora and what a net makes of them may hold escape sequences, control characters or characters
that reorder or hide others. Each of those is shown as one visible stand-in; letters, signs, wide
characters and emoji with their modifiers stay as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import chain
from typing import Final

STAND_IN = "\N{REPLACEMENT CHARACTER}"

MOST_MARKS = 2
"""Combining marks that one letter may carry: more would pile up over the lines above."""

MOST_SIGNS = 2
"""Vowel signs and parts of a syllable that one letter may carry.

Programs say that they have no width, terminals often give them one: a long row of them would run
out of its line.
"""

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of controls, formats, surrogates, private and unassigned code points."""

BLANK: Final = frozenset(
    map(chr, chain(
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),  # joiner, fillers, vowels
        range(0x180B, 0x1810),  # selectors of Mongolian
        range(0xFE00, 0xFE10),  # variation selectors
        range(0xE0100, 0xE01F0),  # and more of them
    ))
)  # fmt: skip
"""Letters and marks that show nothing: text could be hidden in them."""

SYLLABLES: Final = frozenset(map(chr, chain(range(0x1161, 0x1200), range(0xD7B0, 0xD7FC))))
"""Vowels and finals of Hangul: they are drawn into the letter before them."""

TONES: Final = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
"""Modifiers that colour the emoji before them."""

FIRST_EMOJI: Final = "\u2600"


def safe(text: str) -> str:
    """Return the text with every dangerous character replaced; newlines and tabs stay.

    C0 controls become their control pictures (an escape becomes U+241B). All other characters that
    are invisible, unassigned or change the direction of text become U+FFFD, variation selectors
    and fillers among them. So does what has nothing to stand on or is piled up: combining marks,
    vowel signs, parts of syllables and the modifiers of emoji.
    """
    text = text.translate(_VISIBLE)
    return text if text.isascii() else "".join(_without_piles(text))


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
    return STAND_IN if unicodedata.category(char) in INVISIBLE or char in BLANK else char


_VISIBLE = _Visible()

MARK, SIGN, TONE = "mark", "sign", "tone"
"""What stands on a character before it."""


class _Kinds(dict[str, str]):
    """Which of these a character is, filled as characters turn up; empty if it stands alone."""

    def __missing__(self, char: str) -> str:
        self[char] = result = _kind(char)
        return result


def _kind(char: str) -> str:
    if char in TONES:
        return TONE
    if char in SYLLABLES:
        return SIGN
    return {"Mn": MARK, "Me": MARK, "Mc": SIGN}.get(unicodedata.category(char), "")


_KINDS = _Kinds()


def stands_on_another(char: str) -> bool:
    """Whether a character belongs to the one before it, as an accent does."""
    return bool(_KINDS[char])


def last_start(text: str) -> int:
    """Return the place of the last character that stands on none before it; 0 without one."""
    places = range(len(text) - 1, -1, -1)
    return next((place for place in places if not stands_on_another(text[place])), 0)


def _room(char: str) -> dict[str, int]:
    """Return how many of each kind a character may carry that stands alone."""
    if char.isalnum():
        return {MARK: MOST_MARKS, SIGN: MOST_SIGNS, TONE: 0}
    # not the pictures that stand for controls, nor other signs of the terminals of old
    is_emoji = char >= FIRST_EMOJI and char != STAND_IN and unicodedata.category(char) == "So"
    return {MARK: 0, SIGN: 0, TONE: 1 if is_emoji else 0}


def _without_piles(text: str) -> Iterator[str]:
    before, room = "\n", dict[str, int]()
    for char in text:
        kind = _KINDS[char]
        if not kind:
            before, room = char, {}
            yield char
            continue
        room = room or _room(before)  # few characters carry anything
        if room[kind] > 0:
            room[kind] -= 1
            yield char
        else:
            before, room = STAND_IN, {}
            yield STAND_IN
