"""Text from strangers cannot do anything to a terminal, and stays readable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_charrnn.safe_text import INVISIBLE, MOST_MARKS, MOST_SIGNS, STAND_IN, safe, safe_line

ANY_TEXT = st.text(st.characters(exclude_categories=()))

NASTY = st.text("a\x1b[]0;m\x07\x9b\x9d\u202e\u2066\u200b\u0301\u0489\u2028\ud800\ufeff\n\t\r é")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x1b]52;c;cm0gLXJm\x1b\\", "␛]52;c;cm0gLXJm␛\\"),
        ("\x9b31m", f"{STAND_IN}31m"),  # one-character CSI
        ("a\rb\x08c\x0bd\x00e\x7f", "a␍b␈c␋d␀e␡"),
        ("\x85\x90\x9d", STAND_IN * 3),
    ],
)
def test_escape_sequences_lose_their_escape(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_every_control_character_is_replaced_by_one_that_shows(code: int) -> None:
    shown = safe(chr(code))
    if chr(code) in "\n\t":
        assert shown == chr(code)
    else:
        assert len(shown) == 1
        assert unicodedata.category(shown) == "So"


@pytest.mark.parametrize(
    "char",
    [
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",  # direction
        *"\u200b\u2060\ufeff\u00ad\u2028\u2029\U000e0001\U000e0041",  # nothing to see
        *"\u034f\u115f\u1160\u17b4\u180b\u3164\ufe0f\uffa0\U000e0100",  # nor here
        *"\ud800\udfff",  # lone surrogates
        *"\ue000\U0010fffd\uffff\U0001ffff\u0378",  # private, or no character at all
    ],
)
def test_what_hides_or_reorders_is_replaced(char: str) -> None:
    assert safe(f"a{char}b") == f"a{STAND_IN}b"


@pytest.mark.parametrize(
    "text",
    [
        "plain ASCII, 100% [/b] [red]not markup[/red]\n\tand so on\n",
        "Señor Müller, Ωμέγα, Привет, ไทย, עברית, العربية",
        "中文 日本語 한국어",
        "∑ x² ⋅ ⊗ ∂ − ≠ …",
        "🙏🏻 👍🏽 🎉",  # skin tones
        "🇦🇷🇯🇵",  # flags
        "e\u0301 n\u0303 a\u0308\u0301",  # decomposed accents
        "\u1112\u1161\u11ab\u1100\u1173\u11af",  # decomposed syllables
        "\u00a0\u3000",
        STAND_IN,
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_marks_do_not_pile_up() -> None:
    pile = "z" + "\u0301" * 50
    assert safe(pile) == "z" + "\u0301" * MOST_MARKS + STAND_IN * (50 - MOST_MARKS)
    assert safe(pile + "a\u0301").endswith("a\u0301")  # the next letter has room of its own


@pytest.mark.parametrize("char", ["\u093e", "\u1161", "\u11ab"])
def test_vowel_signs_and_parts_of_syllables_do_not_pile_up(char: str) -> None:
    pile = "\u0915" + char * 50
    assert safe(pile) == "\u0915" + char * MOST_SIGNS + STAND_IN * (50 - MOST_SIGNS)


def test_an_emoji_has_one_tone_and_nothing_else_has_any() -> None:
    assert safe("👍🏽🏽") == f"👍🏽{STAND_IN}"
    assert safe("a🏽 🏿") == f"a{STAND_IN} {STAND_IN}"


@pytest.mark.parametrize("before", ["", " ", "\n", "\x1b", "\u202e"])
@pytest.mark.parametrize("char", ["\u0301", "\u093e", "\u1161", "\U0001f3fd"])
def test_what_stands_on_a_letter_needs_one(before: str, char: str) -> None:
    assert safe(f"{before}{char}") == f"{safe(before)}{STAND_IN}"


@settings(deadline=None, max_examples=300)
@given(ANY_TEXT | NASTY)
def test_nothing_dangerous_is_left_of_any_text(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in INVISIBLE and c not in "\n\t"]
    assert safe(shown) == shown
    shown.encode("utf-8")
    for char, stand_in in zip(text, shown, strict=True):
        assert stand_in in (char, STAND_IN, "␡") or stand_in == chr(0x2400 + ord(char))


@settings(deadline=None, max_examples=300)
@given(ANY_TEXT | NASTY)
def test_a_line_is_one_line(text: str) -> None:
    shown = safe_line(text)
    assert len(shown.splitlines()) <= 1
    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in INVISIBLE]


def test_a_line_shows_where_its_lines_ended() -> None:
    assert safe_line("a\nb\tc\r\n") == "a␤b c␍␤"


def test_letters_with_vowel_signs_and_marks_stay_as_they_are() -> None:
    assert safe("हिंदी नहीं") == "हिंदी नहीं"
