"""The picture of surprise: cells, lines, digits, bars, whatever is in the text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.screens.lenses.support import TEXT, both, subject
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.surprise import Reading, compute
from tui_charrnn.widgets.lenses import surprise_lines as lines
from tui_charrnn.widgets.lenses.surprise_bars import HEIGHT, bars, columns, shown
from tui_charrnn.widgets.lenses.surprise_picture import gutters, picture, shortened


def read(text: str = TEXT) -> list[tuple[str, Reading]]:
    return [(each.name, compute(each, text, LensOptions())) for each in both()]


def plain(found) -> list[str]:
    return [line.plain.rstrip() for line in found]


# lines


@given(st.text(max_size=60), st.integers(2, 30))
def test_every_character_has_its_cell_on_one_line(text: str, width: int) -> None:
    cells = lines.cells_of(text)
    assert len(cells) == len(text) + 1
    assert all(1 <= cell_len(cell) <= 2 for cell in cells)
    found = lines.lines_of(text, cells, width)
    assert [place for line in found for place in line] == list(range(len(cells)))
    assert all(sum(cell_len(cells[place]) for place in line) <= width for line in found)
    for line in found[:-1]:  # no line goes on behind a newline
        assert "\n" not in text[line.start : line.stop - 1]


def test_lines_break_at_spaces() -> None:
    text = "the owl saw unbelievabilities\nx"
    found = lines.lines_of(text, lines.cells_of(text), 12)
    assert [text[line.start : line.stop] for line in found] == [
        "the owl saw ",
        "unbelievabil",
        "ities\n",
        "x",
    ]


def test_what_is_dangerous_or_invisible_has_a_stand_in() -> None:
    assert lines.cells_of("\x1b\n\t\u202ee\u0301") == ["␛", "↵", "⇥", "�", "e", "◌\u0301", " "]


def test_digits_are_whole_bits() -> None:
    told = [math.nan, 0, 0.99, 1, 4.7, 9.99, 10, math.inf]
    assert "".join(map(lines.digit_of, told)) == " ··149++"
    classes = [lines.class_of(bits) for bits in told]
    assert classes == [0, 0, 0, 1, 4, 7, 7, 7]


@pytest.mark.parametrize("dark", [True, False])
def test_the_legend_has_every_colour(dark: bool) -> None:
    found = lines.legend(dark)
    assert found.plain.split() == ["bits", "<1", "1", "2", "3", "4", "5-6", "7-8", "9+"]
    styles = [span.style for span in found.spans if span.style]
    assert styles == [each for each in lines.styles_of(dark) if each]
    assert len({style.bgcolor for style in styles}) == len(styles)


# bars


def test_bars_tell_what_was_expected_and_what_came() -> None:
    name, reading = read("owl")[1]
    found = plain(bars(name, reading, 1, 60))
    assert len(found) == HEIGHT
    bits = reading.surprise.bits[1]
    assert found[0] == f"GRU  w cost {bits:.2f} bits, rank 1"
    char, chance = reading.expected(1)[0]
    assert found[1].split()[:2] == [f"▸{char}", f"{chance:.1%}"] == ["▸w", f"{2**-bits:.1%}"]
    assert found[1].count("█") == pytest.approx(chance * (60 - 16), abs=1 / 16)
    assert [line[0] for line in found[2:6]] == [" "] * 4
    assert [line.split()[0] for line in found[2:6]] == [
        shown(char) for char, _ in reading.expected(1)[1:]
    ]


def test_what_came_is_told_even_if_nobody_expected_it() -> None:
    name, reading = read("o\n")[1]
    found, rank = plain(bars(name, reading, 1, 40)), reading.surprise.ranks[1]
    assert rank > 5
    assert found[0].endswith(f"newline cost {reading.surprise.bits[1]:.2f} bits, rank {rank}")
    assert found[-1].startswith("▸newline ")
    assert float(found[-1].split()[1].rstrip("%")) < 1


def test_bars_before_the_first_and_behind_the_last_character() -> None:
    name, reading = read("owl")[0]
    assert plain(bars(name, reading, 0, 60)) == [
        "RNN  o comes first: nothing was expected", *[""] * 6
    ]  # fmt: skip
    found = plain(bars(name, reading, 3, 60))
    assert found[0] == "RNN  what it expects after the end"
    assert not any(line.startswith("▸") for line in found)
    assert found[1].split()[0] == shown(reading.expected(3)[0][0])


def test_narrow_bars_say_no_more_than_the_bits() -> None:
    _, reading = read("owl")[1]
    bits = f"{reading.surprise.bits[1]:.2f} bits"
    assert plain(bars("a long name of a run", reading, 1, 20))[0] == f"a lo… run  {bits}"
    assert plain(bars("gru-1", reading, 1, 20))[0] == f"gru-1  {bits}"


@pytest.mark.parametrize("width", [20, 41, 80, 200])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_bars_beside_each_other_fit(width: int, count: int) -> None:
    found = columns((read("owl") * 2)[:count], 2, width)
    assert len(found) == HEIGHT
    assert max(cell_len(line.plain) for line in found) <= width


# the picture


def test_nets_stand_above_each_other_over_the_same_text() -> None:
    found = plain(picture(read(TEXT[:60]), 40))
    assert found[0].startswith("RNN  ")
    assert "bits per character over 59" in found[0]
    rows = found[3 : found.index("", 3)]
    assert [row[:4] for row in rows] == ["RNN ", "    ", "GRU ", "    "]
    assert rows[0][4:] == rows[2][4:] == TEXT[:35].rstrip()
    assert rows[1][4] == " "  # the first character cost nothing
    bits = read(TEXT[:60])[0][1].surprise.bits[1:4]
    assert rows[1][5:8] == "".join(map(lines.digit_of, bits))
    assert found[-1].startswith("below each line: whole bits")


def test_nets_with_texts_of_their_own_follow_each_other() -> None:
    found = plain(picture([*read("owl"), *read("fox")], 40))
    assert sum("owl" in line for line in found) == sum("fox" in line for line in found) == 2


def test_one_net_needs_no_name_before_its_lines() -> None:
    found = plain(picture(read("owl")[:1], 40))
    assert found[2].startswith("owl")


@given(st.text(max_size=30), st.integers(3, 30))
def test_names_are_shortened_in_the_middle(name: str, width: int) -> None:
    short = shortened(name, width)
    assert cell_len(short) <= width
    assert short == name or "…" in short


def test_names_before_the_lines() -> None:
    assert gutters(["gru-1"]) == [""]
    assert gutters(["gru-1", "猫"]) == ["gru-1 ", "猫    "]
    assert gutters(["a\x1b", "a very long name of 1"]) == ["a␛           ", "a very… of 1 "]


def test_hostile_names_and_texts_are_harmless_in_the_picture() -> None:
    hostile = subject("\x1b]0;x\x07[b]", "rnn")
    for width in (3, 40, 100):
        found = picture([(hostile.name, compute(hostile, "owl\n", LensOptions()))] * 2, width)
        assert all(cell_len(line.plain) <= width for line in found)
        assert not any("\x1b" in line.plain or "\n" in line.plain for line in found)
