"""The loss chart: what is drawn is what was measured."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from tests.screens.support import loaded, rate_change, send, started, status, steps, validation
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.widgets.chart_axes import round_values, x_ticks
from tui_charrnn.widgets.chart_scene import make_scene
from tui_charrnn.widgets.loss_chart import PARTS
from tui_charrnn.widgets.loss_picture import Newest, drawing_of, legend
from tui_charrnn.widgets.plot import load_plotext, render

CONFIG = TrainConfig(seq_length=50)

KEEPS_THE_INTERPRETER = 0x4
"""What ctypes marks functions with that it calls as those of Python's own C interface."""


def history(count: int = 1000, entropy: float | None = 1.0, spikes: dict[int, float] | None = None):
    run = LossHistory(CONFIG.seq_length, entropy)
    for step in steps(CONFIG, 0, count):
        run.add(replace(step, loss=(spikes or {}).get(step.iteration, step.loss)))
    return run


def test_nothing_is_drawn_of_a_run_without_points() -> None:
    assert make_scene(LossHistory(50), "bits", False, 100) is None


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("spike_at", [0, 1, 437, 998, 999])
def test_a_single_spike_stays_however_many_points_share_its_column(
    spike_at: int, log_x: bool
) -> None:
    run = history(spikes={spike_at: 200.0})
    scene = make_scene(run, "nats", log_x, 20)
    assert scene.raw.high.max() == 200.0
    low_run = history(spikes={spike_at: 0.001})
    assert make_scene(low_run, "nats", log_x, 20).raw.low.min() == 0.001


def test_the_unit_changes_every_curve_alike() -> None:
    run = history()
    run.add(validation(999, 2.5))
    bits, nats = make_scene(run, "bits", False, 50), make_scene(run, "nats", False, 50)
    factor = CONFIG.seq_length * math.log(2)
    for in_bits, in_nats in (
        (bits.raw.high, nats.raw.high),
        (bits.smooth.high, nats.smooth.high),
        (bits.validation[1], nats.validation[1]),
        ([bits.floor], [nats.floor]),
    ):
        assert [value * factor for value in in_bits] == pytest.approx(list(in_nats))
    assert bits.validation[1].tolist() == [2.5]
    assert bits.floor == 1.0


def test_a_rare_spike_leaves_the_chart_and_is_counted() -> None:
    run = history(spikes={300: 1e6, 700: 2e6})
    scene = make_scene(run, "nats", False, 100)
    assert scene.high < 1000
    assert scene.above == 2
    assert ("raw", " ↑ 2 higher ") in list(legend(Newest.of(run, "nats", scene.above), 100))


def test_smooth_loss_validation_and_floor_are_never_hidden() -> None:
    run = history(entropy=0.01)
    run.add(validation(500, 90.0))
    scene = make_scene(run, "bits", False, 100)
    assert scene.low < 0.01
    assert scene.high > 90


def test_a_validation_that_is_not_finite_is_left_out() -> None:
    run = history()
    run.add(validation(500, math.inf))
    assert not len(make_scene(run, "bits", False, 100).validation[1])


@given(
    low=st.floats(-1e6, 1e6), span=st.floats(1e-6, 1e6), most=st.integers(1, 12)
)  # as wide as losses and iterations ever are
def test_round_values_are_few_in_range_and_evenly_spaced(low, span, most) -> None:
    high = low + span
    if not high > low:
        return
    values = round_values(low, high, most)
    assert len(values) <= most + 1
    slack = 1e-9 * max(abs(low), abs(high))  # of rounding
    assert all(low - slack <= value <= high + slack for value in values)


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("last", [1, 2, 7, 30, 500, 10_000, 1_000_000])
def test_iteration_ticks_are_whole_and_fit(last: int, log_x: bool) -> None:
    run = LossHistory(50)
    for step in steps(CONFIG, 0, 2):
        run.add(step)
    run.add(validation(last, 1.0))
    ticks = x_ticks(make_scene(run, "bits", log_x, 100).axis, "iterations", 6)
    assert 1 <= len(ticks) <= 6
    assert all(re.fullmatch(r"[\d,]+", label) for _, label in ticks)


@pytest.mark.parametrize(("width", "height"), [(30, 8), (76, 10), (118, 30), (198, 50)])
def test_the_drawing_is_as_large_as_asked_and_shows_every_part(width: int, height: int) -> None:
    run = history()
    run.add(validation(600, 2.0))
    run.add(rate_change(500, 0.001, 0.002))
    scene = make_scene(run, "bits", False, 2 * width)
    drawing = render(drawing_of(scene, width), Size(width, height))
    lines = ["".join(text for _, text in line) for line in drawing]
    drawn = [piece for line in drawing for piece in line]
    assert [len(line) for line in lines] == [width] * height
    assert {part for part, _ in drawn if part} == set(PARTS)
    assert "◆" in "".join(text for part, text in drawn if part == "validation")
    assert "\x1b" not in "".join(lines)


def test_one_point_is_enough() -> None:
    scene = make_scene(history(1), "bits", True, 100)
    lines = render(drawing_of(scene, 60), Size(60, 12))
    assert any(part == "smooth" for line in lines for part, _ in line)


def chart_text(app) -> str:
    chart = app.main_screen.panes.chart
    return "\n".join(chart.render_line(y).text for y in range(chart.content_size.height))


async def test_chart_and_status_agree_to_the_digit(app) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 777), validation(776, 2.3456789))
        drawing = chart_text(app)
        figures = status(app)[1]
        for chart_name, status_name in (("smooth", "smooth"), ("valid", "valid")):
            (drawn,) = re.findall(rf"{chart_name} ([\d.]+)", drawing)
            (said,) = re.findall(rf"{status_name} ([\d.]+)", figures)
            assert drawn == said
        await send(pilot, rate_change(777, 0.001, 0.05))
        assert "rate 0.05" in chart_text(app)
        assert "rate 0.05" in status(app)[1]


@pytest.mark.parametrize("width", range(0, 80, 7))
def test_no_number_of_the_legend_is_cut(width: int) -> None:
    run = history()
    run.add(validation(600, 2.0))
    run.add(rate_change(500, 0.001, 0.002))
    scene = make_scene(run, "bits", False, 100)
    newest = Newest.of(run, "bits", scene.above)
    whole = "".join(text for _, text in legend(newest, 200))
    shown = "".join(text for _, text in legend(newest, width))
    assert len(shown) <= width
    assert whole.startswith(shown)
    assert whole[len(shown) :].startswith((" ▚", " ◆", " ·", " ┊", " ⣿")) or shown == whole


def test_a_drawing_does_not_hand_the_interpreter_over_at_every_call() -> None:
    """Beside a trainer each of its thousands of calls would wait for the interpreter."""
    load_plotext()
    from plotext._kernel.clink import clink

    functions = {name: each for name, each in vars(clink).items() if name != "last_function"}
    assert len(functions) > 100
    assert all(type(each)._flags_ & KEEPS_THE_INTERPRETER for each in functions.values())


def test_another_plotext_is_slower_but_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    from plotext._kernel import tools

    monkeypatch.delattr(tools, "kernel_file_path")
    load_plotext.cache_clear()
    scene = make_scene(history(), "bits", False, 100)
    assert len(render(drawing_of(scene, 60), Size(60, 12))) == 12
    load_plotext.cache_clear()
