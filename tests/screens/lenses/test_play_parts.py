"""The parts of Play: what stands at the side, its picture, the numbers, the prompt."""

from __future__ import annotations

import math

import pytest
from rich.cells import cell_len

from tests.screens.lenses.play_support import CHARS, drawn, hostile
from tests.screens.lenses.support import both
from tui_charrnn.engine import SampleRequest
from tui_charrnn.screens.lenses import play_numbers
from tui_charrnn.screens.lenses.play import opening
from tui_charrnn.widgets.lenses import play_panel
from tui_charrnn.widgets.lenses.play_picture import picture


def test_panels_keep_to_their_width() -> None:
    drawing = drawn(hostile(), "".join(CHARS), 60, temperature=1.5)
    drawing.choose("永", SampleRequest(top_k=1))
    for width in range(20, 60):
        for place in range(len(drawing.prompt) + 62):
            for instead in (None, 4):
                rows = play_panel.bars(drawing, place, SampleRequest(), instead, width)
                assert len(rows) == play_panel.BARS + 2
                assert max(row.cell_len for row in rows) <= width
        found = [play_panel.Setting("temperature", "0.25", "+ -")]
        assert [cell_len(row.plain) for row in play_panel.settings(found, width)] == [width]


def test_the_picture_of_several_nets() -> None:
    nets = [drawn(net, "The owl", 30, temperature=0.5) for net in both()]
    lines = [line.plain for line in picture([(each.subject.name, each) for each in nets], 60)]
    assert lines[0] == "RNN  30 characters at temperature 0.5"
    assert "GRU  30 characters at temperature 0.5" in lines
    for drawing in nets:
        bits = [-math.log2(each.probability) for each in drawing.drawn]
        digits = "".join("·" if b < 1 else str(int(b)) if b < 10 else "+" for b in bits)
        assert any((" " * 7 + digits).startswith(line.rstrip()) and line.strip() for line in lines)


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("", ""),
        ("ab cd", "ab cd"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 40),
        (
            "Once upon a time there was a queen of the north",
            "Once upon a time there was a queen of",
        ),
        (" " + "x" * 60, " " + "x" * 39),
    ],
)
def test_the_first_words_of_a_passage_are_the_prompt(text: str, prompt: str) -> None:
    assert opening(text) == prompt


TEMPERATURES = [
    (1.0, True, 1.1), (1.0, False, 0.9), (0.85, True, 0.9), (0.85, False, 0.8), (0.05, False, 0.0),
    (0.0, False, 0.0), (0.1, False, 0.0), (100.0, True, 100.0), (0.3, True, 0.4), (2.9, True, 3.0),
]  # fmt: skip


@pytest.mark.parametrize(("before", "up", "after"), TEMPERATURES)
def test_temperature_goes_by_tenths(before: float, up: bool, after: float) -> None:
    request = play_numbers.with_temperature(SampleRequest(temperature=before), up)
    assert request.temperature == after


LIKELIEST = [
    (0, False, 40, 100), (0, False, 20, 40), (0, True, 0, 100), (40, True, 0, 100),
    (1, False, 1, 100), (7, False, 5, 100), (7, True, 10, 100), (60, False, 40, 100),
    (60, True, 0, 100), (60, False, 20, 30), (2, False, 1, 2), (1, True, 0, 2), (0, False, 1, 2),
]  # fmt: skip


@pytest.mark.parametrize(("before", "up", "after", "vocab"), LIKELIEST)
def test_top_k_goes_by_stops_that_mean_something(before, up, after, vocab) -> None:
    request = SampleRequest(top_k=before)
    assert play_numbers.with_top_k(request, up, vocab).top_k == after


@pytest.mark.parametrize(
    ("before", "up", "after"),
    [(1.0, False, 0.99), (1.0, True, 1.0), (0.1, False, 0.1), (0.05, True, 0.1), (0.6, False, 0.5)],
)
def test_top_p_goes_by_stops(before: float, up: bool, after: float) -> None:
    assert play_numbers.with_top_p(SampleRequest(top_p=before), up).top_p == after
