"""The loss chart of one run.

Parts differ by their marks as well as by colour: blocks are the smooth loss, fine dots the raw one,
diamonds validations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from textual.geometry import Size
from textual.reactive import reactive

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.thinning import Band
from tui_charrnn.widgets.chart_axes import ticks_for, value_ticks, x_ticks
from tui_charrnn.widgets.chart_scene import UNITS, Scene, Unit, make_scene, value_text
from tui_charrnn.widgets.line_canvas import LineCanvas
from tui_charrnn.widgets.plot import AXIS, GUTTER, Curve, Drawing, Line, render

PARTS = ("raw", "smooth", "validation", "floor", "rate", AXIS)
"""What a piece of the drawing is."""

LEAST = Size(30, 8)
"""With less room there is the line of figures alone."""

WELCOME = """
  space  start training
  m      change the cell: RNN, GRU or LSTM
  e      edit the hyperparameters
  c      choose a text
  ?      see all keys, and what the panes show"""


class LossChart(LineCanvas):
    """Loss of a run against its iterations."""

    HELP = """
    # Loss

    **▚** is the smooth loss, a running mean over about 1,000 updates. The fine dots **⣿** behind it
    reach from the least to the greatest loss of single windows. **◆** are validations, on text that
    the net was not trained on; where they rise while the smooth loss falls, the net learns its text
    by heart. **·** is the floor: the true entropy of a generated text, which no net can beat. **┊**
    marks a change of the learning rate. **↑** says how many losses lie above the top; in a long run
    those of neighbouring windows count as one.

    `u` switches between bits per character and nats a sequence (of `seq_length` characters), `l`
    between a linear and a logarithmic axis of iterations.
    """

    PREFIX = "loss"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"loss--{part}" for part in PARTS}

    unit: reactive[Unit] = reactive[Unit]("bits")
    log_x = reactive(False)

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self._history: LossHistory | None = None

    def show(self, history: LossHistory) -> None:
        """Draw this run from now on."""
        self._history = history
        self.redraw()

    def watch_unit(self) -> None:
        """Say what is drawn, and draw it."""
        self.border_title = f"Loss · {UNITS[self.unit]}"
        self.redraw()

    def watch_log_x(self) -> None:
        """Say how the iterations run, and draw them so."""
        self.border_subtitle = f"iterations, {'logarithmic' if self.log_x else 'linear'}"
        self.redraw()

    def draw_lines(self, size: Size) -> list[Line]:
        """Return the chart as lines, or what to do while there is nothing to draw."""
        columns = 2 * max(1, size.width - GUTTER)  # the finest marks are half a cell wide
        history = self._history
        scene = make_scene(history, self.unit, self.log_x, columns) if history else None
        if scene is None:
            return [[("", line)] for line in WELCOME.split("\n")]
        lines = [list(legend(scene, size.width))]
        if size.width >= LEAST.width and size.height >= LEAST.height:
            room = Size(size.width, size.height - 1)
            lines += render(drawing_of(scene, room.width), room)
        return lines


def legend(scene: Scene, width: int) -> Iterator[tuple[str, str]]:
    """Yield the parts of the line above the chart: every mark with its newest figure.

    A figure that does not fit is left out: half a number would be another number.
    """
    for part, text in _figures(scene):
        width -= len(text)
        if width < 0:
            return
        yield part, text


def _figures(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield all of them, the chief ones first."""
    if len(scene.smooth.high):
        yield "smooth", f" ▚ smooth {value_text(scene.smooth.high[-1], scene.unit)} "
    if len(scene.validation[1]):
        yield "validation", f" ◆ valid {value_text(scene.validation[1][-1], scene.unit)} "
    if scene.floor is not None:
        yield "floor", f" · floor {value_text(scene.floor, scene.unit)} "
    if scene.rates:
        yield "rate", f" ┊ rate {wording.rate(scene.rates[-1][1])} "
    if scene.above:
        yield "raw", f" ↑ {wording.count(scene.above)} higher "
    if len(scene.raw.high):
        yield "raw", " ⣿ loss "


def drawing_of(scene: Scene, width: int) -> Drawing:
    """Return what stands below the legend, on a chart `width` cells wide."""
    axis = scene.axis
    frame = Drawing(
        (axis.position(axis.first), axis.position(axis.last)),
        (scene.low, scene.high),
        x_ticks(axis, "iterations", ticks_for(width)),
        value_ticks(scene.low, scene.high),
        (),
    )
    return replace(frame, curves=list(_curves(scene, frame)))


def _curves(scene: Scene, frame: Drawing) -> Iterator[Curve]:
    if scene.floor is not None:
        yield frame.level("floor", "·", scene.floor)
    for x, _ in scene.rates:
        yield frame.upright("rate", "┊", x)
    yield raw_band("raw", scene.raw, scene.high)
    yield Curve("smooth", "hd", scene.smooth.x, scene.smooth.high)
    yield Curve("validation", "◆", *scene.validation, joined=False)


def raw_band(part: str, band: Band, top: float) -> Curve:
    """Return an upright for each column, from the least to the greatest loss in it."""
    values = np.minimum(np.stack([band.low, band.high], axis=1), top)
    return Curve(
        part, "braille", np.repeat(band.x, 2), values.ravel(), breaks=range(2, values.size, 2)
    )
