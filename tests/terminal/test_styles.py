"""The way from one style to another, against a terminal that takes each at its word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.strangers import STEADY
from tests.terminal.styled_screen import StyledScreen
from tui_charrnn.terminal.styles import PLAIN, change, joined, look

CODES = ("1", "2", "3", "4", "5", "7", "8", "9", "21", "53", "30", "97", "40", "107", "38;5;1",
         "38;2;1;2;3", "48;5;1", "48;2;0;5;9", "22", "24", "27", "39", "49", "0")  # fmt: skip

STYLES = st.lists(st.sampled_from(CODES), max_size=5).map(";".join)


def pen_after(*sequences: str) -> dict[object, object]:
    screen = StyledScreen(1, 1)
    screen.feed("".join(sequences).encode())
    return screen.pen


def sequence(style: str) -> str:
    return f"\x1b[{style}m" if style else ""


@STEADY
@given(STYLES, STYLES)
def test_a_change_leads_to_the_other_style_and_is_never_longer_than_beginning_anew(
    before, after
) -> None:
    step = change(before, after)
    assert pen_after(sequence(before), step) == pen_after(sequence(after))
    assert len(step) <= len("\x1b[0;m" + after)
    assert bool(step) == (pen_after(sequence(before)) != pen_after(sequence(after)))


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("1;38;2;1;2;3;48;2;9;9;9", "38;2;1;2;3;48;2;9;9;9", "\x1b[22m"),
        ("38;2;1;2;3;48;2;9;9;9", "38;2;4;5;6;48;2;9;9;9", "\x1b[38;2;4;5;6m"),
        ("1;2;38;2;1;2;3", "2;38;2;1;2;3", "\x1b[22;2m"),
        ("1;4;38;5;7", PLAIN, "\x1b[m"),
        (PLAIN, "31", "\x1b[31m"),
    ],
)
def test_only_what_differs_is_changed(before, after, step) -> None:
    assert change(before, after) == step


def test_a_reset_begins_anew() -> None:
    assert joined("1;31", "0") == joined("1;31", "") == PLAIN
    assert joined("1", "31") == "1;31"
    assert look("1;0;31") == look("31")
