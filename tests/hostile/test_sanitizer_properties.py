"""`safe` and `safe_line` on any text at all."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from tests.hostile.strangers import ANY_TEXT, NASTY_TEXT, PAYLOADS, STEADY, is_harmless
from tui_charrnn.safe_text import BLANK, MOST_MARKS, MOST_SIGNS, STAND_IN, safe, safe_line

MOST_WIDTHLESS = MOST_MARKS + MOST_SIGNS
"""Characters without a width of their own that may stand on one that has one."""

UNSAFE_CODES = (
    *range(0x00, 0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0),  # C0, DEL, C1
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070),  # hidden, direction
    *range(0xD800, 0xE000), *range(0xE0000, 0xE0200),  # surrogates, tags, selectors
    0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x180E, 0x2028, 0x2029, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0,
)  # fmt: skip


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_nothing_that_acts_or_hides_is_left(text: str) -> None:
    shown = safe(text)
    assert is_harmless(shown)
    assert not BLANK.intersection(shown)
    assert shown.encode().decode() == shown


@pytest.mark.parametrize("shift", ["", "a", "\u0915", "\U0001f44d", "a\u0301"])
def test_every_unsafe_code_point_is_replaced_whatever_is_before_it(shift: str) -> None:
    for code in UNSAFE_CODES:
        shown = safe(shift + chr(code))
        assert shown[:-1] == shift
        assert shown[-1] != chr(code)
        assert unicodedata.category(shown[-1]) == "So"


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_each_character_becomes_one_or_stays(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    pictures = {STAND_IN, "\N{SYMBOL FOR DELETE}", *map(chr, range(0x2400, 0x2420))}
    assert all(
        after == before or after in pictures for before, after in zip(text, shown, strict=True)
    )


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
@example("z" + "\u0301" * 3 + "\u093e")  # a sign behind a stand-in has no letter either
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)
    assert safe_line(safe_line(text)) == safe_line(text)


@STEADY
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("\n\t")))
def test_printable_ascii_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_a_line_is_one_line_without_tabs(text: str) -> None:
    shown = safe_line(text)
    assert len(shown) == len(text)
    assert len(shown.splitlines()) <= 1
    assert not any(char in shown for char in "\n\t\r\x0b\x0c\x85\u2028\u2029")
    assert is_harmless(shown)


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_a_prefix_is_shown_as_in_the_whole(text: str) -> None:
    """So that the place of a cursor can be told from what is before it."""
    for end in range(min(len(text), 20)):
        assert safe(text)[:end] == safe(text[:end])


@STEADY
@given(
    st.text(st.sampled_from("aक\u1112\U0001f44d🏽 \u0301\u0489\u093e\u1161\u11a8\U0001f3fd\x1b"))
    | NASTY_TEXT
)
def test_no_more_than_a_few_stand_on_one_character(text: str) -> None:
    """Programs count them as nothing and terminals as columns, so rows of them break the layout."""
    run = 0
    for char in safe(text).replace("\n", " ").replace("\t", " "):
        run = 0 if get_character_cell_size(char) else run + 1
        assert run <= MOST_WIDTHLESS


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_text_takes_room_in_proportion_to_its_length(text: str) -> None:
    shown = safe_line(text)
    assert len(shown) <= (1 + MOST_WIDTHLESS) * cell_len(shown)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_never_comes_through(payload: str) -> None:
    for text in (payload, payload * 50, f"\u4e2d{payload}\n"):
        shown = safe(text)
        assert is_harmless(shown)
        if not payload.isprintable():
            assert payload not in shown


def test_a_million_characters_on_one_line() -> None:
    for piece in ("x", "\x1b[", "z\u0301\u0301\u0301", "\u4e2d\u202e"):
        text = piece * (1_000_000 // len(piece))
        assert safe(text) == safe(piece) * (1_000_000 // len(piece))


def test_every_code_point_there_is() -> None:
    text = "".join(map(chr, range(0x110000)))
    shown = safe(text)
    assert len(shown) == len(text)
    assert is_harmless(shown)
    assert safe(shown) == shown
