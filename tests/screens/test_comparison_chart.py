"""The chart of several runs: every figure is right, and every run can be told from the others."""

from __future__ import annotations

import math
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.geometry import Size

from tests.screens.support import rate_change, steps, validation
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.thinning import Axis
from tui_charrnn.widgets.chart_axes import make_axis, roomy, x_ticks
from tui_charrnn.widgets.chart_names import AXIS
from tui_charrnn.widgets.comparison_chart import ComparisonChart, drawing_of
from tui_charrnn.widgets.comparison_scene import make_comparison, shared_unit
from tui_charrnn.widgets.plot import render
from tui_charrnn.widgets.run_legend import Entry, legend
from tui_charrnn.widgets.run_marks import COLOURS, mark_of, part_of, point_mark_of

SIZES = [(30, 8), (78, 20), (118, 36), (198, 58)]


def history(
    count: int = 1000,
    seq_length: int = 50,
    worse: float = 0.0,
    pace: float = 1.0,
    entropy: float | None = None,
) -> LossHistory:
    """Return a run whose loss lies `worse` bits higher, and that takes `pace` times as long."""
    run = LossHistory(seq_length, entropy)
    for step in steps(TrainConfig(seq_length=seq_length), 0, count):
        nats = worse * seq_length * math.log(2)
        run.add(
            replace(
                step,
                loss=step.loss + nats,
                smooth_loss=step.smooth_loss + nats,
                elapsed=step.elapsed * pace,
            )
        )
    return run


def two() -> list[tuple[str, LossHistory]]:
    runs = [("RNN", history(entropy=1.2)), ("GRU", history(pace=3, worse=0.3, entropy=1.2))]
    for (_, run), bits in zip(runs, (2.5, 2.75), strict=True):
        run.add(replace(validation(999, bits), elapsed=float(run.elapsed[-1])))
    return runs


def scene_of(runs, unit="bits", x_unit="iterations", log_x=False, columns=200):
    return make_comparison(runs, unit, x_unit, log_x, columns)


class ChartApp(App[None]):
    def __init__(self, **options) -> None:
        super().__init__()
        self.chart = ComparisonChart(**options)

    def compose(self) -> ComposeResult:
        yield self.chart

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def lines(self) -> list[str]:
        height = self.chart.content_size.height
        return [self.chart.render_line(y).text for y in range(height)]


# what is worked out


def test_nothing_is_drawn_of_runs_without_points() -> None:
    assert scene_of([("a", LossHistory(5)), ("b", LossHistory(6))]) is None


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("x_unit", ["iterations", "characters", "seconds"])
def test_every_run_lies_where_it_was(x_unit, log_x: bool) -> None:
    runs = two()
    scene = scene_of(runs, x_unit=x_unit, log_x=log_x)
    for trace, (label, run) in zip(scene.traces, runs, strict=True):
        assert trace.label == label
        assert trace.smooth.high[-1] == run.smooth_loss[-1] * run.bits_per_nat
        at = run.x(x_unit)[-1:]
        assert trace.smooth.x[-1] == scene.axis.positions(at)[0]
        assert trace.validation[0].tolist() == scene.axis.positions(at).tolist()
    assert [trace.validation[1].tolist() for trace in scene.traces] == [[2.5], [2.75]]


def test_the_slower_run_lies_further_right_in_seconds_alone() -> None:
    for x_unit, ratio in (("iterations", 1), ("characters", 1), ("seconds", 3)):
        fast, slow = scene_of(two(), x_unit=x_unit).traces
        assert slow.smooth.x[-1] == pytest.approx(ratio * fast.smooth.x[-1])


def test_nats_turn_into_bits_where_sequences_differ() -> None:
    runs = [("short", history(seq_length=20)), ("long", history(seq_length=50))]
    assert shared_unit(runs, "nats") == "bits"
    assert scene_of(runs, "nats").unit == "bits"
    assert shared_unit(runs[:1], "nats") == "nats"
    short, long = scene_of(runs, "nats").traces
    np.testing.assert_allclose(short.smooth.high, long.smooth.high)
    nats = scene_of(runs[:1], "nats").traces[0].smooth.high
    np.testing.assert_allclose(nats / (20 * math.log(2)), short.smooth.high)


def test_single_losses_are_drawn_of_a_single_run_only() -> None:
    assert scene_of(two()[:1]).raw is not None
    assert scene_of(two()).raw is None


def test_the_floor_is_drawn_if_all_share_it_and_it_is_near() -> None:
    near = scene_of(two())
    assert (near.floor, near.floor_shown) == (1.2, True)
    far = [("a", history(entropy=-50.0)), ("b", history(entropy=-50.0))]
    assert (scene_of(far).floor, scene_of(far).floor_shown) == (-50.0, False)
    assert scene_of([("a", history(entropy=0.9)), ("b", history(entropy=1.0))]).floor is None
    assert scene_of([("a", history(entropy=0.9)), ("b", history())]).floor is None


def test_a_run_that_diverged_does_not_flatten_the_rest() -> None:
    wild = history()
    wild.add(replace(steps(TrainConfig(seq_length=50), 1000, 1001)[0], smooth_loss=1e9))
    alone, both = scene_of([("a", history())]), scene_of([("a", history()), ("wild", wild)])
    assert both.high < 2 * alone.high
    assert [trace.leaves(both.high) for trace in both.traces] == [False, True]


def test_a_validation_that_is_not_finite_is_left_out() -> None:
    run = history()
    run.add(validation(500, math.inf))
    run.add(validation(900, 2.5))
    assert scene_of([("a", run)]).traces[0].validation[1].tolist() == [2.5]


def test_the_newest_of_many_validations_stays() -> None:
    run = history()
    for at in range(1000):
        run.add(validation(at, 3 + at / 1000))
    trace = scene_of([("a", run)], columns=200).traces[0]
    assert 10 <= len(trace.validation[1]) <= 20
    assert trace.validation[1][-1] == 3.999


# axes


@pytest.mark.parametrize("unit", ["iterations", "characters", "seconds"])
@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("last", [0.0, 0.004, 0.7, 1, 9, 59, 61, 3000, 9e3, 2e5, 3e6, 1e9])
def test_ticks_are_few_in_range_and_differ(unit, last: float, log_x: bool) -> None:
    run = LossHistory(50)
    step = steps(TrainConfig(seq_length=50), 0, 1)[0]
    run.add(replace(step, characters=1, elapsed=min(last, 0.002)))
    run.add(replace(step, iteration=int(last), characters=1 + int(last), elapsed=last))
    axis = make_axis([run], unit, log_x, 100)
    assert axis.last > last
    for most in (2, 6, 14):
        ticks = x_ticks(axis, unit, most)
        assert 1 <= len(ticks) <= most
        positions, labels = zip(*ticks, strict=True)
        assert len(set(labels)) == len(labels)
        assert all(np.diff(positions) > 0)
        assert axis.position(axis.first) <= positions[0]
        assert positions[-1] <= axis.position(axis.last)
        assert max(map(len, labels)) < 14


def test_how_ticks_are_written() -> None:
    def labels(last: float, unit, log: bool = False, first: float = 0) -> list[str]:
        return [text for _, text in x_ticks(Axis(first, last, 10, log, shift=0), unit, 6)]

    assert labels(2.5, "seconds") == ["0s", "0.5s", "1s", "1.5s", "2s", "2.5s"]
    assert labels(600, "seconds") == ["0:00", "2:00", "4:00", "6:00", "8:00", "10:00"]
    assert labels(7200, "seconds") == ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00"]
    assert labels(3e6, "characters") == ["0", "1M", "2M", "3M"]
    assert labels(3e6, "characters", True, 10) == ["10", "100", "1k", "10k", "100k", "1M"]
    assert labels(4000, "seconds", True, 0.1) == ["0.1s", "1s", "10s", "1:00", "10:00", "1:00:00"]
    assert (
        labels(3 * 86_400, "seconds")
        == ["0:00", "12:00:00", "1d", "1d 12:00:00", "2d", "2d 12:00:00", "3d"][::2]
    )


def test_the_axis_grows_by_steps() -> None:
    ends = [roomy(last / 10, 1) for last in range(1000)]
    assert all(end > last / 10 for last, end in enumerate(ends))
    assert len({round(end, 9) for end in ends}) < 40


# how it is drawn


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_drawing_is_as_large_as_asked_and_shows_every_run(width: int, height: int) -> None:
    runs = [(f"run {i}", history(worse=i, entropy=0.9)) for i in range(COLOURS)]
    runs[3][1].add(rate_change(500, 0.001, 0.002))
    for _, run in runs:
        run.add(validation(600, 2.0))
    drawing = render(drawing_of(scene_of(runs), Size(width, height)), Size(width, height))
    lines = ["".join(text for _, text in line) for line in drawing]
    assert [len(line) for line in lines] == [width] * height
    drawn = {part for line in drawing for part, _ in line if part}
    assert drawn == {AXIS, "floor", *(part_of(index) for index in range(COLOURS))}
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_runs_that_lie_on_one_another_are_all_seen(count: int) -> None:
    runs = [(f"run {i}", history()) for i in range(count)]
    for _, run in runs:
        for at in range(99, 1000, 100):
            run.add(validation(at, 2.0))
    drawing = render(drawing_of(scene_of(runs), Size(118, 30)), Size(118, 30))
    for index in range(count):
        seen = "".join(text for line in drawing for part, text in line if part == part_of(index))
        assert point_mark_of(index) in seen
        assert index < 2 or mark_of(index) in seen
        curve = [sign for sign in seen if sign not in (point_mark_of(index), mark_of(index), " ")]
        assert len(curve) >= 3


def test_no_two_of_64_runs_look_the_same() -> None:
    looks = {(part_of(index), mark_of(index)) for index in range(64)}
    assert len(looks) == 64
    assert len({mark_of(index) for index in range(COLOURS)}) == COLOURS
    assert len({point_mark_of(index) for index in range(COLOURS)}) == COLOURS


def test_a_thinned_curve_is_the_same_picture_to_half_a_cell() -> None:
    """Level pieces are drawn by their ends: that must not move them."""
    runs, room = two()[:1], Size(118, 30)
    scene = scene_of(runs, columns=2 * (room.width - 6))
    drawing = drawing_of(scene, room)
    (curve,) = [curve for curve in drawing.curves if curve.marker == "hd"]
    smooth = scene.traces[0].smooth
    assert len(curve.x) < len(smooth.x)
    cell = (scene.high - scene.low) / room.height
    np.testing.assert_allclose(np.interp(smooth.x, curve.x, curve.y), smooth.high, atol=cell / 2)


# the legend


def entries(count: int) -> list[Entry]:
    return [Entry(i, f"run-{i}", (f"{i}.1234", f"◆ {i}.5678")) for i in range(count)]


@pytest.mark.parametrize("count", [1, 2, 8, 30])
@pytest.mark.parametrize("most_lines", [1, 3])
@pytest.mark.parametrize("width", [*range(0, 60, 7), 80, 120, 300])
def test_no_number_of_the_legend_is_cut(width: int, most_lines: int, count: int) -> None:
    lines = legend(entries(count), width, most_lines, [("floor", " · floor 0.4400 ")])
    assert len(lines) <= most_lines
    texts = ["".join(text for _, text in line) for line in lines]
    assert all(len(text) <= width for text in texts)
    text = " ".join(texts)
    for number in re.findall(r"\d+\.\d*", text):
        assert re.fullmatch(r"\d+\.(1234|5678|4400)", number)
    named = len(re.findall(r"\.1234", text))
    left_out = re.findall(r"and (\d+) more", text)
    assert named + sum(map(int, left_out)) == count or not text


def test_the_legend_prefers_names_to_second_figures() -> None:
    (line,) = legend(entries(3), 50, 1, [])
    text = "".join(text for _, text in line)
    assert text == " ▚ run-0 0.1234  ⣿ run-1 1.1234  x run-2 2.1234 "


def test_a_hostile_or_wide_label_does_no_harm() -> None:
    label = "\x1b[31m猫头鹰\n" * 20
    (line,) = legend([Entry(0, label, ("1.2345",))], 40, 1, [])
    text = "".join(text for _, text in line)
    assert "\x1b" not in text
    assert "\n" not in text
    assert text.endswith("… 1.2345 ")


# the widget


async def test_figures_are_those_of_the_status_to_the_digit() -> None:
    app = ChartApp()
    async with app.run_test(size=(120, 40)) as pilot:
        runs = two()
        app.chart.show(runs)
        await pilot.pause()
        for name, run in runs:
            (shown,) = re.findall(rf"{name} ([\d.]+)", app.lines[0])
            assert shown == wording.bits(run.smooth_loss[-1] * run.bits_per_nat)
        assert re.findall(r"[◆◇] ([\d.]+)", app.lines[0]) == ["2.5000", "2.7500"]
        assert "floor 1.2000" in app.lines[0]


async def test_titles_name_unit_and_axis() -> None:
    app = ChartApp()
    async with app.run_test() as pilot:
        app.chart.show(two())
        assert app.chart.border_title == "Smooth loss · bits per character"
        assert app.chart.border_subtitle == "iterations, linear"
        app.chart.unit, app.chart.x_unit, app.chart.log_x = "nats", "seconds", True
        await pilot.pause()
        assert app.chart.border_title == "Smooth loss · nats a sequence"
        assert app.chart.border_subtitle == "seconds of training, logarithmic"
        app.chart.show([("a", history(seq_length=20)), ("b", history())])
        assert app.chart.border_title == (
            "Smooth loss · bits per character (nats do not compare: seq_length differs)"
        )


async def test_what_to_do_is_said_while_there_is_nothing_to_draw() -> None:
    app = ChartApp(empty="Mark runs in the table with space to compare them here.")
    async with app.run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        said = " ".join(app.text.split())
        assert said == "Mark runs in the table with space to compare them here."
        app.chart.show([("a", LossHistory(5))])
        assert " ".join(app.text.split()) == "No update has been made yet."
        app.chart.show([])
        assert "Mark runs" in app.text


async def test_a_run_without_an_update_is_named() -> None:
    app = ChartApp()
    async with app.run_test(size=(80, 24)):
        app.chart.show([*two(), ("late", LossHistory(50))])
        assert "late no update yet" in app.text


@pytest.mark.parametrize("size", [(1, 1), (10, 4), (25, 30), (80, 7), (80, 9), (200, 60)])
async def test_every_size_is_survived_and_nothing_reaches_over_it(size: tuple[int, int]) -> None:
    app = ChartApp()
    async with app.run_test(size=size) as pilot:
        app.chart.show([(f"run {i}", history(50)) for i in range(9)])
        await pilot.pause()
        width, height = app.chart.content_size
        assert all(app.chart.render_line(y).cell_length <= width for y in range(height))
        assert len(app.chart._lines) <= max(height, 1)


async def test_only_changed_lines_are_sent_while_a_run_grows(monkeypatch) -> None:
    app = ChartApp()
    async with app.run_test(size=(120, 40)) as pilot:
        grown = history(2000)
        app.chart.show([("a", grown), ("b", history(2400))])
        await pilot.pause()
        sent: list[int] = []
        monkeypatch.setattr(app.chart, "repaint", lambda *regions: sent.append(len(regions)))
        for step in steps(TrainConfig(seq_length=50), 2000, 2030):
            grown.add(step)
        app.chart.redraw()
        app.chart.redraw()
        assert len(sent) == 1
        assert 1 <= sent[0] <= 6


def test_two_long_runs_are_drawn_within_a_frame() -> None:
    count = 100_000
    points = np.zeros(
        count,
        [(name, "<f8") for name in ("iteration", "elapsed", "loss", "smooth_loss", "characters")],
    )
    points["iteration"] = np.arange(count)
    points["elapsed"], points["characters"] = points["iteration"] / 97, points["iteration"] * 200
    runs = []
    for name, slope in (("RNN", 2e4), ("GRU", 3e4)):
        points["smooth_loss"] = 200 + 600 * np.exp(-points["iteration"] / slope)
        points["loss"] = points["smooth_loss"]
        runs.append((name, LossHistory.from_points(200, points)))
    chart = ComparisonChart()
    chart._runs, chart._lines = runs, []
    taken = []
    for _ in range(5):
        start = time.process_time()
        chart.draw_lines(Size(118, 36))
        taken.append(time.process_time() - start)
    assert min(taken) < 0.015
