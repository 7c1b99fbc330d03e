"""However a picture came about, and whatever was left out on the way, the terminal shows it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.strangers import STEADY
from tests.terminal.styled_screen import StyledScreen
from tui_charrnn.terminal.picture import BEGIN, END, ENTER, LEAVE, Picture, Row, cells_of

ROWS, COLUMNS = 4, 12

TEXTS = st.text("ab  ─⣿é日👍🏽e\u0301", min_size=1, max_size=8)

STYLES = st.lists(
    st.sampled_from(
        ["1", "2", "3", "4", "7", "9", "31", "96", "42", "107", "38;5;9", "38;2;1;2;3",
         "48;5;17", "48;2;0;0;0"]
    ), max_size=4,
).map(";".join)  # fmt: skip


@st.composite
def draws(draw: st.DrawFn) -> str:
    """What Textual writes of a part of a line: a place, and texts with their styles."""
    y, x = draw(st.integers(1, ROWS)), draw(st.integers(1, COLUMNS))
    parts, room = [f"\x1b[{y};{x}H"], COLUMNS - x + 1
    for style, text in draw(st.lists(st.tuples(STYLES, TEXTS), max_size=3)):
        if (room := room - len(cells_of(text))) < 0:
            break
        parts.append(f"\x1b[{style}m{text}\x1b[0m" if style else text)
    return "".join(parts)


def screens() -> tuple[StyledScreen, StyledScreen, Picture]:
    """Return one that is written to directly, one that gets the frames, and what makes them."""
    picture = Picture()
    picture.draw(ENTER)
    return StyledScreen(ROWS, COLUMNS), StyledScreen(ROWS, COLUMNS), picture


@STEADY
@given(st.lists(st.lists(draws(), min_size=1, max_size=6), min_size=1, max_size=6), st.data())
def test_frames_show_what_was_drawn_however_many_are_left_out(batches, data) -> None:
    direct, framed, picture = screens()
    for batch in batches:
        for drawn in batch:
            direct.feed(drawn.encode())
            assert picture.draw(drawn) == ""
        if data.draw(st.integers(0, 4)) == 0:
            picture.forget()
        framed.feed(picture.frame().encode())
        assert framed.looks() == direct.looks()
        assert framed.pen == {}
        assert picture.frame() == ""


@STEADY
@given(st.lists(draws(), min_size=1, max_size=6))
def test_what_is_drawn_twice_is_written_once(batch) -> None:
    picture = screens()[2]
    picture.draw("".join(batch))
    assert bool(picture.frame()) == any(cells_of(text) for text in texts(picture))
    picture.draw("".join(batch))
    assert picture.frame() == ""


def texts(picture: Picture) -> list[str]:
    return ["".join(row.chars) for row in picture._wanted.values()]


def test_only_cells_that_differ_are_written() -> None:
    picture = screens()[2]
    picture.draw("\x1b[2;1H\x1b[1;38;2;10;20;30mloss 1.234 at rest 90\x1b[0m")
    picture.frame()
    picture.draw("\x1b[2;1H\x1b[1;38;2;10;20;30mloss 1.334 at rest 91\x1b[0m")
    assert picture.frame() == "\x1b[2;8H\x1b[1;38;2;10;20;30m3\x1b[12C1\x1b[m"


def test_a_line_whose_widths_are_not_sure_is_written_whole_and_each_part_has_a_place() -> None:
    picture = screens()[2]
    picture.draw("\x1b[1;1Hab日c")
    picture.frame()
    picture.draw("\x1b[1;1Hxb日c")
    assert picture.frame() == "\x1b[1;1Hxb日\x1b[1;5Hc"


def test_what_is_no_picture_goes_to_the_terminal_in_order() -> None:
    picture = Picture()
    words = "\x1b[?1003h\x1b]52;c;Zg==\x07\x1b[>25u\x07"
    assert picture.draw(ENTER + "\x1b[1;1H" + words + "a\n") == ENTER + words
    assert picture.frame() == "\x1b[1;1Ha\x1b[2;1H"


def test_frames_are_shown_at_once_where_the_terminal_can_do_it() -> None:
    picture = screens()[2]
    picture.draw(f"{BEGIN}\x1b[1;1Ha{END}")
    frame = picture.frame()
    assert (frame[: len(BEGIN)], frame[-len(END) :]) == (BEGIN, END)
    assert picture.frame() == ""


def test_nothing_is_drawn_before_there_is_a_screen_and_after_it() -> None:
    picture = Picture()
    picture.draw("\x1b[1;1Hbefore")
    assert not picture.changed
    picture.draw(f"{ENTER}\x1b[1;1Hon it")
    picture.draw(LEAVE)
    picture.draw("\x1b[1;1Hafter")
    assert not picture.changed
    assert picture.frame() == ""


def test_a_screen_that_shrank_is_not_written_beside() -> None:
    picture = screens()[2]
    picture.resize(COLUMNS, ROWS)
    picture.draw(f"\x1b[{ROWS};1Hlast\x1b[1;1H{'x' * COLUMNS}")
    picture.frame()
    picture.resize(COLUMNS - 2, ROWS - 1)
    assert not picture.changed  # Textual draws it anew
    picture.draw("\x1b[1;1Ha")
    assert picture.frame() == f"\x1b[1;1Ha{'x' * (COLUMNS - 3)}\x1b[1;2H"


def test_a_size_that_came_back_is_drawn_anew_since_textual_does_not() -> None:
    picture = screens()[2]
    picture.resize(COLUMNS, ROWS)
    picture.draw("\x1b[1;1Ha")
    picture.frame()
    picture.resize(COLUMNS, ROWS)
    assert picture.changed
    assert picture.frame() == "\x1b[1;1Ha"


def test_half_a_wide_character_leaves_a_blank() -> None:
    row = Row()
    row.put(0, cells_of("日本"), "")
    row.put(1, ("x",), "")
    assert row.chars == [" ", "x", "本", ""]
    row.put(2, ("y",), "")
    assert row.chars == [" ", "x", "y", " "]
