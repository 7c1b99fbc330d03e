"""The chart on which runs are compared: the smooth loss of each, and its validations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
from textual.geometry import Size
from textual.reactive import reactive

from tui_charrnn.runs.history import LossHistory, XUnit
from tui_charrnn.widgets.chart_axes import ticks_for, value_ticks, x_ticks
from tui_charrnn.widgets.chart_names import UNITS, Unit
from tui_charrnn.widgets.chart_scene import (
    newest_smooth,
    newest_validation,
    value_text,
)
from tui_charrnn.widgets.comparison_scene import (
    Comparison,
    Runs,
    make_comparison,
    shared_unit,
)
from tui_charrnn.widgets.loss_picture import raw_band
from tui_charrnn.widgets.overlay_chart import OverlayChart
from tui_charrnn.widgets.plot import Curve, Drawing, Line
from tui_charrnn.widgets.run_legend import Entry
from tui_charrnn.widgets.run_marks import Points, dotted, overlaid, part_of, point_mark_of

X_UNITS: tuple[XUnit, ...] = get_args(XUnit)
"""In the order in which a key goes through them."""

X_TITLES: dict[XUnit, str] = {
    "iterations": "iterations",
    "characters": "characters read",
    "seconds": "seconds of training",
}


class ComparisonChart(OverlayChart):
    """Smooth loss and validations of any number of runs, against the axis of one's choice."""

    HELP = """
    # Comparison

    Every curve is the smooth loss of a run, a running mean over about 1,000 updates: the first in
    blocks **▚**, the second in fine dots **⣿**, the others with a sign of their own on the line,
    as the legend above says. **◆ ◇ ▲ △** are validations, on text that the net was not trained on.
    The legend has the newest figure of each. **·** is the floor: the true entropy of a generated
    text, which no net can beat; **↓** if it lies far below the chart. **┊** marks a change of the
    learning rate, **↑** a run that has left the chart at its top. Curves that lie on one another
    take turns, as a line of dashes.

    Which net leads depends on the axis: against **iterations** or **characters** the one that
    learns more from the same text, against **seconds** the one that learns more in the same time.
    A net that needs longer for an update is further left there. Losses of nets whose sequences
    differ in length compare in bits per character only.
    """

    unit: reactive[Unit] = reactive[Unit]("bits")
    x_unit: reactive[XUnit] = reactive[XUnit]("iterations")
    log_x = reactive(False)

    _runs: Runs = ()
    _scene: Comparison | None = None
    _legend_lines = 0

    def show(self, runs: Runs) -> None:
        """Draw these runs from now on, each under its label."""
        self._runs = list(runs)
        self._entitle()
        self.redraw()

    def next_x_unit(self) -> None:
        """Draw against the next of iterations, characters, seconds."""
        self.x_unit = X_UNITS[(X_UNITS.index(self.x_unit) + 1) % len(X_UNITS)]

    def watch_unit(self) -> None:
        """Say what is drawn, and draw it."""
        self._entitle()
        self.redraw()

    def watch_x_unit(self) -> None:
        """Say against what, and draw it so."""
        self._entitle()
        self.redraw()

    def watch_log_x(self) -> None:
        """Say how the axis runs, and draw it so."""
        self._entitle()
        self.redraw()

    def _entitle(self) -> None:
        unit = shared_unit(self._runs, self.unit)
        why = "" if unit == self.unit else " (nats do not compare: seq_length differs)"
        self.border_title = f"Smooth loss · {UNITS[unit]}{why}"
        scale = "logarithmic" if self.log_x else "linear"
        self.border_subtitle = f"{X_TITLES[self.x_unit]}, {scale}"

    def draw_lines(self, size: Size) -> list[Line]:
        """Return the chart as lines, or what to do while there is nothing to draw."""
        self._scene, self._legend_lines = None, 0
        if not self._runs:
            return self.nothing(self.empty, size)
        columns = self.columns(size)
        scene = make_comparison(self._runs, self.unit, self.x_unit, self.log_x, columns)
        if scene is None:
            return self.nothing("No update has been made yet.", size)
        entries = self._entries(scene)
        self._scene = scene
        self._legend_lines = len(self.legend_of(entries, _floor(scene), size))
        return self.laid_out(entries, _floor(scene), drawing_of(scene, size), size)

    def figures(self, size: Size) -> list[Line] | None:
        """Return the legend with the newest figures; None if it takes more or less room by now."""
        if self._scene is None:
            return None
        lines = self.legend_of(self._entries(self._scene), _floor(self._scene), size)
        return lines if len(lines) == self._legend_lines else None

    def _entries(self, scene: Comparison) -> list[Entry]:
        """Return what the legend says of every run."""
        return [
            _entry(index, label, history, scene)
            for index, (label, history) in enumerate(self._runs)
        ]


def _entry(index: int, label: str, history: LossHistory, scene: Comparison) -> Entry:
    """Return what the legend says of a run, the smooth loss first; where it has left the chart."""
    unit, left = scene.unit, scene.traces[index].leaves(scene.high)
    smooth, valid = newest_smooth(history, unit), newest_validation(history, unit)
    figures = ["no update yet"]
    if smooth is not None:
        figures = [value_text(smooth, unit) + (" ↑" if left else "")]
    if valid is not None:
        figures.append(f"{point_mark_of(index)} {value_text(valid, unit)}")
    return Entry(index, label, tuple(figures))


def _floor(scene: Comparison) -> Line:
    if scene.floor is None:
        return []
    below = "" if scene.floor_shown else " ↓"
    return [("floor", f" · floor {value_text(scene.floor, scene.unit)}{below} ")]


def drawing_of(scene: Comparison, room: Size) -> Drawing:
    """Return what stands below the legend, on a chart of about so many cells."""
    axis = scene.axis
    frame = Drawing(
        (axis.position(axis.first), axis.position(axis.last)),
        (scene.low, scene.high),
        x_ticks(axis, scene.x_unit, ticks_for(room.width)),
        value_ticks(scene.low, scene.high),
        (),
    )
    return replace(frame, curves=list(_curves(scene, frame, room)))


def _curves(scene: Comparison, frame: Drawing, room: Size) -> Iterator[Curve]:
    """Yield the rules, then what was measured."""
    if scene.floor is not None and scene.floor_shown:
        yield frame.level("floor", "·", scene.floor)
    if scene.raw is not None:
        yield raw_band("raw", scene.raw, scene.high)
    for index, trace in enumerate(scene.traces):
        for place in trace.rates:
            yield frame.upright(part_of(index), "┊", place)
    smooth = [(trace.smooth.x, trace.smooth.high) for trace in scene.traces]
    yield from overlaid(_below(smooth, scene.high), frame, room)
    yield from dotted(_below([trace.validation for trace in scene.traces], scene.high))


def _below(runs: Sequence[Points], top: float) -> list[Points]:
    """Return the runs with what lies above the top at the top."""
    return [(x, np.minimum(values, top)) for x, values in runs]
