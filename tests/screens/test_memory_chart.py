"""The chart of gradient memory: norms against lags, and how far they reach."""

from __future__ import annotations

import math

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.geometry import Size

from tui_charrnn.engine import Corpus, TrainConfig, build_model
from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.widgets.memory_chart import (
    MemoryChart,
    decades,
    drawing_of,
    reach,
    reach_text,
)
from tui_charrnn.widgets.plot import render


def memory(*norms: float) -> GradientMemory:
    return GradientMemory(iteration=9, norms=norms, windows=16)


def falling(factor: float, count: int = 200) -> GradientMemory:
    return memory(*(factor**k for k in range(count)))


class ChartApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.chart = MemoryChart("Press g to measure.")

    def compose(self) -> ComposeResult:
        yield self.chart

    @property
    def text(self) -> str:
        height = self.chart.content_size.height
        return "\n".join(self.chart.render_line(y).text.rstrip() for y in range(height))


def test_the_reach_is_the_first_lag_below_one_percent() -> None:
    assert reach(memory(2.0, 0.5, 0.02, 0.0199, 1.0)) == 3
    assert reach(memory(2.0, 0.5, 0.02)) is None
    assert reach(falling(0.5)) == 7
    assert reach_text(falling(0.5)) == "1 % after 7 characters"
    assert reach_text(memory(1.0, 0.0)) == "1 % after 1 character"
    assert reach_text(falling(0.99)) == "over 1 % at all 199 lags"
    assert reach_text(falling(2.0)) == "over 1 % at all 199 lags"


@pytest.mark.parametrize("norms", [(), (0.0, 0.0), (math.nan, 1.0), (math.inf, 1.0)])
def test_without_a_gradient_at_lag_0_that_is_said(norms: tuple[float, ...]) -> None:
    assert reach_text(memory(*norms)) == "no gradient"
    assert render(drawing_of([memory(*norms)], Size(60, 20)), Size(60, 20))


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        ((1.0, 0.5), (-1, 0)),
        ((3.0, 0.02), (-2, 1)),
        ((1.0, 1e-30, 0.0), (-12, 0)),
        ((1.0, math.nan, 1e-3), (-3, 0)),
        ((1.0, 1e80, math.inf), (0, 12)),
        ((1e-40, 1e-50), (-12, -11)),
        ((1e40, 1e50), (11, 12)),
        ((0.0,), (-1, 0)),
    ],
)
def test_the_axis_spans_whole_decades_within_bounds(norms, expected) -> None:
    assert decades([memory(*norms)]) == expected


def test_a_line_ends_where_it_leaves_the_chart() -> None:
    drawing = drawing_of([falling(0.09, 30), falling(0.5, 30)], Size(118, 30))
    steep, flat = drawing.curves[:2]
    assert drawing.y_limits == (-12, 0)
    assert drawing.x_limits == (0, 29)
    assert steep.x[-1] == 12
    assert flat.x[-1] == 29
    assert flat.y[-1] == pytest.approx(29 * math.log10(0.5))
    assert steep.y.min() == -12


def test_a_line_that_comes_back_is_drawn_to_its_end() -> None:
    drawing = drawing_of([memory(1.0, 1e-20, 1e-20, 0.1, 0.0, 0.0)], Size(60, 20))
    assert (drawing.curves[0].x[-1], drawing.curves[0].y[-1]) == (4, -12)


def test_the_marks_stand_at_the_reach() -> None:
    memories = [falling(0.5), falling(0.9), falling(0.999)]
    drawing = drawing_of(memories, Size(118, 30))
    marks = {curve.marker: curve for curve in reversed(drawing.curves) if not curve.joined}
    assert [marks[mark].x.tolist() for mark in "◆◇▲"] == [[7], [44], []]
    assert marks["◆"].y[0] == pytest.approx(7 * math.log10(0.5))


@pytest.mark.parametrize(("width", "height"), [(30, 8), (76, 20), (118, 30), (198, 50)])
def test_decades_are_the_ticks_and_all_fits(width: int, height: int) -> None:
    drawing = drawing_of([falling(0.5), falling(0.9)], Size(width, height))
    labels = [label for _, label in drawing.y_ticks]
    assert labels == ["1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "0.01", "1"]
    lines = ["".join(t for _, t in line) for line in render(drawing, Size(width, height))]
    assert [len(line) for line in lines] == [width] * height
    assert all(any(label in line for line in lines) for label in ("1e-12", "1"))


async def test_a_measured_net_is_shown_with_its_reach() -> None:
    corpus = Corpus.from_text("the owl saw the fox and the fox saw the owl. " * 40)
    app = ChartApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.text.strip() == "Press g to measure."
        measured = []
        for cell in ("rnn", "gru"):
            config = TrainConfig(cell=cell, hidden_size=8, seq_length=30)
            model = build_model(config, corpus.vocab_size)
            measured.append((cell.upper(), measure(model, corpus.ids)))
        app.chart.show(measured)
        await pilot.pause()
        for label, event in measured:
            assert f"{label} {reach_text(event)}" in app.text
            norms = np.array(event.norms)
            at = reach(event)
            assert norms[at] < 0.01 * norms[0] <= norms[at - 1]
        assert app.chart.border_subtitle == (
            "lag k in characters; below 1e-12 nothing is drawn"
        )  # untrained nets forget within a few characters
        app.chart.show([("flat", falling(0.99))])
        assert app.chart.border_subtitle == "lag k in characters"
