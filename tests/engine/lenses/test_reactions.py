"""What units may react to: features of a text, and expressions of strangers that match it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.strangers import ANY_TEXT, STEADY, assert_one_sentence
from tui_charrnn.engine.lenses import matching
from tui_charrnn.engine.lenses.matching import spans
from tui_charrnn.engine.lenses.reactions import (
    ANY,
    FEATURES,
    after_a_vowel,
    inside_quotes,
    line_position,
    matched,
    measured,
    title_of,
    upper_case,
)

SLOW = r"(a+)+$"
"""Takes longer than the world lasts, on `A_LONG_TIME`."""

A_LONG_TIME = "a" * 60 + "b"

QUOTED = st.text("\"'“”‘’„«» \n\\a.s", max_size=40)
"""Texts in which marks stand where nobody would put them."""


def drawn(values: np.ndarray) -> str:
    """One sign a character: # inside, . outside."""
    assert set(values.tolist()) <= {0.0, 1.0}
    return "".join("#" if value else "." for value in values)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('He said "go" now', "........###....."),
        ("it's the owls' own, owl's", "." * 25),
        ("he said 'it's gone' twice", "........##########......."),
        ("'tis so\nand 'go' too", "............###....."),
        ("“a” „b“ „c” «d» ‘e’s’", "##..##..##..##..####."),
        ("rock ‘n roll\nx ’", "." * 16),
        ('fox," said he. "I know"', "...............#######."),
        ('a 5" nail. "x"', "...........##."),
        ('f(a="x", b=\'y\\\'s\', c="\\\\")', "....##.....#####.....###.."),
        ('"no end\n\nnext "x"', "#######.......##."),
        ('"goes on\nto here" x', "################..."),
        ('"and so on', "##########"),
        ('"""a "b"\n\nc""" d', "###########....."),
        ("'''it's'''", "#######..."),
        ('""', "#."),
        ('"', "#"),
        ("'", "."),
        ("", ""),
        ("_'x'", "...."),
        ("\\'x'", "...."),
    ],
)  # fmt: skip
def test_what_is_inside_quotes(text: str, inside: str) -> None:
    assert drawn(inside_quotes(text)) == inside


def double_quotes_by_hand(text: str) -> str:
    """Go through a text of straight double quotes and letters, one character at a time."""
    inside, shown = False, ""
    for place, char in enumerate(text):
        if char == '"':
            before = text[place - 1] if place else " "
            inside = not inside and not (before.isalnum() or before in ".,;:!?")
        elif char == "\n" and re.match(r"\n[ \t]*\n", text[place:]):
            inside = False
        shown += "#" if inside else "."
    return shown


@STEADY
@given(st.text('"ab.,? \n', max_size=40).filter(lambda text: '""' not in text))
def test_straight_quotes_are_those_of_a_plain_loop(text: str) -> None:
    assert drawn(inside_quotes(text)) == double_quotes_by_hand(text)


@STEADY
@given(QUOTED)
def test_a_closing_mark_is_outside_and_there_is_a_mark_where_something_begins(text: str) -> None:
    inside = inside_quotes(text)
    rises = [i for i, value in enumerate(inside) if value and not (i and inside[i - 1])]
    assert all(text[place] in "\"'“„«‘" for place in rises)
    falls = [i for i, value in enumerate(inside) if not value and i and inside[i - 1]]
    assert all(text[place] in "\"'“”’»\n" for place in falls)


@STEADY
@given(ANY_TEXT)
def test_features_are_those_of_plain_loops(text: str) -> None:
    position, positions, before, vowels = 0, [], "", []
    for char in text:
        position = 0 if char == "\n" else position + 1
        positions.append(position)
        vowels.append(bool(before) and unicodedata.normalize("NFD", before)[0] in "aeiouAEIOU")
        before = char
    assert line_position(text).tolist() == positions
    assert after_a_vowel(text).tolist() == vowels
    assert upper_case(text).tolist() == [char.isupper() for char in text]


def test_vowels() -> None:
    assert after_a_vowel("eéÅyzx").tolist() == [0, 1, 1, 1, 0, 0]


def test_upper_case_is_that_of_every_script() -> None:
    assert upper_case("aAéÉжЖ1ß").tolist() == [0, 1, 0, 1, 0, 1, 0, 0]


@STEADY
@given(ANY_TEXT)
def test_every_feature_has_a_number_for_every_character(text: str) -> None:
    found = measured(text, ANY)
    assert list(found) == list(FEATURES) == ["quotes", "line", "upper", "vowel"]
    for values in found.values():
        assert values.shape == (len(text),)
        assert values.dtype == np.float64
        assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("word", "text"), [("quotes", "it's"), ("line", "\n\n"), ("upper", "ABC"), ("vowel", "xya")]
)
def test_a_text_without_the_feature_is_one_sentence(word: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^In this text .*\.$"):
        measured(text, word)
    assert measured(text + ' A e "b"\n', word)[word].any()


@pytest.mark.parametrize("pattern", ["o.", "[aeiou]+", "(?<=s)aw|x*", "(?i)THE", "\\ud83d|l", "\n"])
def test_an_expression_covers_what_it_matches(pattern: str) -> None:
    text = "the owl saw\nthe \ud83dox"
    covered = [0.0] * len(text)
    for match in re.finditer(pattern, text):
        for place in range(match.start(), match.end()):
            covered[place] = 1.0
    assert measured(text, pattern) == {pattern: pytest.approx(np.array(covered))}


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "The regular expression '(' cannot be used: missing ), unterminated subpattern"),
        ("a{99999999999999}", "cannot be used: the repetition number is too large"),
        ("(?P<a>x)(?P<a>y)", "cannot be used: redefinition of group name"),
        ("[[a]", "matches nothing in this text"),  # Python warns of it, which is nobody's business
        ("owl.", "matches nothing in this text"),
        ("x*", "matches nothing in this text"),
        (".", "matches every character of this text"),
        ("x" * 201, "must have at most 200 characters, not 201"),
        ("(" * 200, "((((((((((((((((((((((((((((((((((((((((…' cannot be used"),
    ],
)
def test_an_expression_of_no_use_is_one_sentence(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        matched(pattern, "the owl")
    assert_one_sentence(str(caught.value))


def test_an_expression_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "PATIENCE", 0.4)
    begun = time.monotonic()
    with pytest.raises(ValueError, match=re.escape(f"{SLOW!r} takes longer than 0.4 seconds on")):
        spans(SLOW, A_LONG_TIME)
    assert time.monotonic() - begun < 5
    assert spans(SLOW, "baaa") == [(1, 4)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs bounds of a process")
def test_a_process_that_nobody_ends_comes_to_its_end() -> None:
    question = json.dumps({"pattern": SLOW, "text": A_LONG_TIME, "seconds": 0})
    command = [sys.executable, "-I", "-S", matching.__file__]
    done = subprocess.run(
        command, input=question.encode(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode < 0
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("reacts_to", "title"), [("quotes", "inside quotes"), ("line", "line position"), ("a+", "/a+/")]
)
def test_titles(reacts_to: str, title: str) -> None:
    assert title_of(reacts_to) == title
