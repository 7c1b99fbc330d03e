"""A chart of a very long run costs no more than one of a short run, and shows what counts."""

from __future__ import annotations

import numpy as np
import pytest

from tests.screens.support import rate_change, validation
from tests.screens.test_comparison_chart import scene_of
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.widgets.chart_scene import make_scene

COUNT = 300_000
COLUMNS = 100

FIELDS = ("iteration", "elapsed", "loss", "smooth_loss", "characters")


def long_run() -> LossHistory:
    points = np.zeros(COUNT, [(name, "<f8") for name in FIELDS])
    points["iteration"] = np.arange(COUNT)
    points["elapsed"], points["characters"] = points["iteration"] / 97, 50 * points["iteration"]
    points["loss"] = 100 + points["iteration"] % 7
    points["smooth_loss"] = 100
    points["loss"][[123_456, 234_567]] = 1e6, 2e6
    return LossHistory.from_points(50, points)


def marked_run() -> LossHistory:
    run = long_run()
    for iteration in range(49, COUNT, 50):
        bits = 9.0 if iteration == 149_999 else 2.0 + iteration % 7 / 10
        run.add(validation(iteration, bits))
        run.add(rate_change(iteration, 0.1, 0.2 if iteration < COUNT - 1 else 0.3))
    return run


@pytest.mark.parametrize("log_x", [False, True])
def test_marks_without_number_are_drawn_once_a_column(log_x: bool) -> None:
    scene = make_scene(marked_run(), "bits", log_x, COLUMNS)
    x, bits = scene.validation
    assert 0 < len(x) <= 3 * COLUMNS
    assert bits.max() == 9.0
    assert bits.min() == 2.0
    assert x[-1] == scene.axis.position(COUNT - 1)
    assert bits[-1] == 2.0 + (COUNT - 1) % 7 / 10
    assert 0 < len(scene.rates) <= COLUMNS
    assert scene.rates[-1] == (scene.axis.position(COUNT - 1), 0.3)


def test_the_comparison_draws_as_few() -> None:
    scene = scene_of([("a", marked_run()), ("b", marked_run())], columns=COLUMNS)
    for trace in scene.traces:
        assert 0 < len(trace.rates) <= COLUMNS
        assert 0 < len(trace.validation[0]) <= COLUMNS


def test_spikes_of_a_long_run_leave_the_chart_and_are_counted() -> None:
    scene = make_scene(long_run(), "nats", False, COLUMNS)
    assert scene.high < 1000
    assert scene.raw.high.max() == 2e6
    assert scene.above == 2
