"""A text in the colours of a unit: every character and every mark in its place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.hostile.strangers import NASTY_TEXT, PAYLOADS, STEADY, is_harmless
from tests.screens.lenses.neurons_support import KNOWS_QUOTES, gru, net
from tests.screens.lenses.support import TEXT
from tui_charrnn.engine.lenses.neurons import compute, looking_at, neurons
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.trace import trace
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses.neurons_picture import COLOURS, coloured, mark_of, picture


def plain(text: str, activation: list[float], width: int = 40, **options: object) -> list[str]:
    return [line.plain for line in coloured(text, np.array(activation), width, **options)]


@pytest.mark.parametrize(
    ("activation", "mark"),
    [(1, "#"), (0.6, "#"), (0.59, "+"), (0.2, "+"), (0.19, " "), (0, " "), (-0.19, " "),
     (-0.2, "-"), (-0.59, "-"), (-0.6, "="), (-1, "="), (math.nan, "?")],
)  # fmt: skip
def test_marks(activation: float, mark: str) -> None:
    assert mark_of(activation) == mark


def test_marks_stand_below_their_characters() -> None:
    assert plain("owl\nab", [1, 0.3, 0, -0.3, -1, 0]) == ["owl␤", "#+ -", "ab", "= "]
    assert plain("owl", [1, 1, 1], marks=False) == ["owl"]


def test_lines_end_after_spaces_and_long_words_where_they_must() -> None:
    text = "the owl saw abcdefghijkl x"
    shown = plain(text, [0] * len(text), width=8, marks=False)
    assert shown == ["the owl ", "saw ", "abcdefgh", "ijkl x"]


def test_wide_characters_have_wide_marks_and_accents_belong_to_their_letter() -> None:
    assert plain("猫x\N{COMBINING ACUTE ACCENT}y", [1, -1, 0.3, 0]) == [
        "猫x\N{COMBINING ACUTE ACCENT}y", "##+ "
    ]  # fmt: skip
    assert plain("a猫b", [1, -1, 1], width=2) == ["a", "#", "猫", "==", "b", "#"]


@STEADY
@given(NASTY_TEXT, st.integers(2, 30))
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    values = np.linspace(-1, 1, len(text))
    lines = [line.plain for line in coloured(text, values, width)]
    assert "".join(lines[::2]) == safe_line(text)
    for words, marks in zip(lines[::2], lines[1::2], strict=True):
        assert cell_len(words) <= max(width, 2)
        assert cell_len(words) == cell_len(marks)
        assert is_harmless(words)


@pytest.mark.parametrize("dark", [True, False])
def test_the_colours_are_those_of_the_activation(dark: bool) -> None:
    values = np.array([1, 0.5, 0.25, 0, -0.25, -0.5, -1, math.nan])
    (line,) = coloured("abcdefgh", values, 40, marks=False, dark=dark)
    grounds = [line.get_style_at_offset(_console(), at).bgcolor for at in range(8)]
    wanted = [COLOURS[dark][shade][1] for shade in (4, 2, 1)]
    below = [COLOURS[dark][shade][1] for shade in (-1, -2, -4)]
    assert [ground and ground.name for ground in grounds] == [*wanted, None, *below, None]


def _console():
    from rich.console import Console

    return Console()


@pytest.mark.parametrize("dark", [True, False])
def test_the_letters_can_be_read_on_every_colour(dark: bool) -> None:
    for ink, ground in COLOURS[dark].values():
        high, low = sorted((_luminance(ink), _luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG 2, AA


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_picture_tells_unit_text_and_the_best() -> None:
    found = compute(gru(), TEXT, LensOptions(reacts_to="quotes"))
    lines = [line.plain for line in picture([("gru-7", found)], 70)]
    assert f"unit {KNOWS_QUOTES}, h, r = +0." in lines[2]
    assert lines[2].endswith("with inside quotes")
    assert 'there?" asked the owl. "A fox," said the fox, "and I am cold."␤' in lines
    assert "best of 24 units by inside quotes:" in lines
    assert sum(line.startswith("  unit ") for line in lines) == 8
    assert all(cell_len(line) <= 70 for line in lines)


def test_nets_stand_above_each_other_each_with_its_unit() -> None:
    first = compute(gru(), TEXT, LensOptions(reacts_to="quotes"))
    other = compute(net("lstm", layers=2), TEXT, LensOptions(reacts_to="upper", layer=2))
    lines = [line.plain for line in picture([("gru-7", first), ("lstm-3", other)], 60)]
    (place,) = (at for at, line in enumerate(lines) if line.startswith("lstm-3"))
    assert f"layer 2, unit {other.unit}, h" in lines[place]
    assert lines[place - 1] == ""


def test_a_unit_without_a_correlation_says_so() -> None:
    subject = net("rnn")
    found = neurons(trace(subject.model, subject.vocabulary.encode("owl")), "owl", {})
    lines = [line.plain for line in picture([("x", looking_at(found, 1, 4))], 60)]
    assert lines[2] == "x  unit 4, h, no correlation"
    assert not any(line.startswith("best") for line in lines)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_and_expressions_are_harmless(payload: str) -> None:
    subject = net("rnn")
    traced = trace(subject.model, subject.vocabulary.encode("owl"))
    features = {payload: np.array([0.0, 1, 0])}
    for line in picture([(payload, neurons(traced, "owl", features, payload))], 50):
        assert is_harmless(line.plain)
        assert cell_len(line.plain) <= 50
