"""What hidden units may react to: numbers that tell, of each character of a text, what it is.

A feature is an array (T,) of float64, one number a character. It is compared with the state of the
net after that character was read, so a feature that something switches on is 1 at the character
that does so: the opening mark of a quote is inside it, its closing mark is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_charrnn.engine.lenses.matching import named, spans
from tui_charrnn.engine.parameters import Array

ANY: Final = ""
"""Stands for all features that are known by a word."""

VOWELS: Final = frozenset("aeiou")
"""Of the Latin alphabet; with an accent they are vowels too."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that units may react to.

    Attributes:
        word: what it is called by.
        title: what it is, as a title says it.
        lacking: the sentence on a text in which it is the same everywhere.
        measure: returns it, (T,), for a text.
    """

    word: str
    title: str
    lacking: str
    measure: Callable[[str], Array]


OPENING: Final = re.compile(
    r"""(?<![\w.,;:!?…)\\])(?:\"{3}|'{3}|"|')"""  # straight ones: not after a word or a sentence
    r"""|[“„«‘]"""
)
"""The marks that open a quote, where none is open."""

CLOSING: Final[Mapping[str, re.Pattern[str]]] = {
    mark: re.compile(pattern)
    for mark, pattern in {
        '"': r'(?<!\\)(?:\\\\)*(")',
        "'": r"(?<!\\)(?:\\\\)*(')(?!\w)",
        '"' * 3: r"(\"{3})",
        "'" * 3: r"('{3})",
        "“": "(”)",
        "„": "([“”])",
        "«": "(»)",
        "‘": r"(’)(?!\w)",
    }.items()
}
"""What closes a quote that such a mark has opened."""

MAY_BE_APOSTROPHES: Final = ("'", "‘")
"""Marks that open a quote only if it is closed on the same line."""

PARAGRAPH: Final = re.compile(r"\n[ \t]*\n")
"""Where a quote ends that nothing closes."""


def inside_quotes(text: str) -> Array:
    """Return 1 from the opening mark of a quote to the last character before its closing one.

    Quotes are "straight", 'single', “typographic”, „German“, «French» and ‘curly’ ones, and the
    triple ones of Python. They do not nest.

    - A straight mark opens a quote unless it stands after a letter, a digit, an underscore, a
      backslash or one of . , ; : ! ? … ) - so the apostrophes of owl's and owls' open none.
    - ' and ’ close one unless a letter, a digit or an underscore follows: so do not those of owl's.
    - A quote that ' or ‘ seems to open is none if it is not closed on the same line, as in 'tis.
    - After a backslash, a straight mark neither opens nor closes anything.
    - Any other quote that nothing closes ends with its paragraph, which an empty line ends, or with
      the text; that between triple marks does not end with a paragraph.

    A text that begins inside a quote is taken to begin outside.
    """
    result, place = np.zeros(len(text)), 0
    while opened := OPENING.search(text, place):
        mark, place = opened[0], opened.end()
        end = _end_of_room(text, mark, place)
        closed = CLOSING[mark].search(text, place, end)
        if closed is None and mark in MAY_BE_APOSTROPHES:
            continue
        result[opened.start() : end if closed is None else closed.start(1)] = 1
        place = end if closed is None else closed.end()
    return result


def _end_of_room(text: str, mark: str, place: int) -> int:
    """Return how far a quote reaches at the most."""
    if mark in MAY_BE_APOSTROPHES:
        line = text.find("\n", place)
        return len(text) if line < 0 else line
    paragraph = None if len(mark) > 1 else PARAGRAPH.search(text, place)
    return len(text) if paragraph is None else paragraph.start()


def line_position(text: str) -> Array:
    """Return how many characters of its line were read so far, this one included; a newline is 0.

    The text is taken to begin with a line.
    """
    places = np.arange(1, len(text) + 1)
    ends = np.array([place if char == "\n" else 0 for place, char in enumerate(text, 1)], np.intp)
    result: Array = (places - np.maximum.accumulate(ends)).astype(np.float64)
    return result


def upper_case(text: str) -> Array:
    """Return 1 where a character is an upper-case letter, of any script, else 0."""
    return np.array([char.isupper() for char in text], np.float64)


def after_a_vowel(text: str) -> Array:
    """Return 1 where the character before is one of a, e, i, o, u, else 0.

    Upper case and accents make no difference; y is no vowel.
    """
    return np.array([_is_vowel(before) for before in ("\n" + text)[:-1]], np.float64)


def _is_vowel(char: str) -> bool:
    return unicodedata.normalize("NFD", char)[0].lower() in VOWELS


def matched(pattern: str, text: str) -> Array:
    """Return 1 where a character is part of a match of a regular expression, else 0.

    Raises:
        ValueError: if the expression cannot be used, takes too long, or matches nothing or all.
    """
    result = np.zeros(len(text))
    for first, end in spans(pattern, text):
        result[first:end] = 1
    if not result.any():
        raise ValueError(f"{named(pattern)} matches nothing in this text.")
    if result.all():
        raise ValueError(f"{named(pattern)} matches every character of this text.")
    return result


FEATURES: Final[Mapping[str, Feature]] = {
    feature.word: feature
    for feature in (
        Feature(
            "quotes", "inside quotes",
            "In this text no quote begins or ends.", inside_quotes,
        ),
        Feature(
            "line", "line position",
            "In this text all characters have the same position in their line.", line_position,
        ),
        Feature(
            "upper", "upper case",
            "In this text all characters are upper case, or none is.", upper_case,
        ),
        Feature(
            "vowel", "after a vowel",
            "In this text no character stands after a vowel.", after_a_vowel,
        ),
    )
}  # fmt: skip
"""What is known by a word, in the order in which a key goes through it."""


def title_of(reacts_to: str) -> str:
    """Return how a feature is called: `inside quotes`, `/[0-9]+/`. It is shown through `safe`."""
    return FEATURES[reacts_to].title if reacts_to in FEATURES else f"/{reacts_to}/"


def measured(text: str, reacts_to: str) -> dict[str, Array]:
    """Return the features that are asked for, (T,) each, under what they are called by.

    Args:
        text: of T characters.
        reacts_to: a word of `FEATURES`, or else a regular expression; `ANY` for all that have one.

    Raises:
        ValueError: if a text is the same everywhere in what was asked for, or the regular
            expression is of no use.
    """
    if reacts_to == ANY:
        return {word: feature.measure(text) for word, feature in FEATURES.items()}
    if reacts_to not in FEATURES:
        return {reacts_to: matched(reacts_to, text)}
    feature = FEATURES[reacts_to]
    values = feature.measure(text)
    if (values == values[:1]).all():
        raise ValueError(feature.lacking)
    return {reacts_to: values}
