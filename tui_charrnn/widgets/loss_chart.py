"""The loss chart: the one file that imports plotext.

plotext is told what part each signal plays by a number in place of a colour; the number comes back
in its text and is turned into a style of the theme. Parts differ by their marks as well: without
colour, blocks are the smooth loss, fine dots the raw one, diamonds validations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.widgets.chart_scene import Scene, Unit, make_scene

PARTS = ("raw", "smooth", "validation", "floor", "rate", "axis")
"""What a piece of the drawing is; its number for plotext is the index plus 1."""

Line = list[tuple[str, str]]
"""The parts of one line and their texts, in order; '' is what plays no part."""

UNITS = {"bits": "bits per character", "nats": "nats a sequence"}

LEAST = Size(30, 8)
"""With less room there is the line of figures alone."""

GUTTER = 6
"""Cells left of the curves, always as many, so that nothing jumps when a number gets longer."""

WELCOME = """
  space  start training
  m      change the cell: RNN or GRU
  e      edit the hyperparameters
  c      choose a text
  ?      see all keys, and what the panes show"""

COLOUR = re.compile("\x1b\\[([0-9;]*)m")


class LossChart(Widget, can_focus=True):
    """Loss of a run against its iterations."""

    HELP = """
    # Loss

    **▚** is the smooth loss, a running mean over about 1,000 updates. The fine dots **⣿** behind it
    reach from the least to the greatest loss of single windows. **◆** are validations, on text that
    the net was not trained on; where they rise while the smooth loss falls, the net learns its text
    by heart. **·** is the floor: the true entropy of a generated text, which no net can beat. **┊**
    marks a change of the learning rate. **↑** says how many single losses lie above the top.

    `u` switches between bits per character and nats a sequence (of `seq_length` characters), `l`
    between a linear and a logarithmic axis of iterations.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"loss--{part}" for part in PARTS}

    unit: reactive[Unit] = reactive[Unit]("bits")
    log_x = reactive(False)

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self._history: LossHistory | None = None
        self._lines: list[Line] = []

    def show(self, history: LossHistory) -> None:
        """Draw this run from now on."""
        self._history = history
        self.redraw()

    def redraw(self) -> None:
        """Draw anew, and send to the terminal only the lines that have changed."""
        before, self._lines = self._lines, self._draw(self.content_size)
        if len(before) != len(self._lines):
            self.refresh()
            return
        changed = [y for y, line in enumerate(self._lines) if line != before[y]]
        if changed:
            self.refresh(*(Region(0, y, self.content_size.width, 1) for y in changed))

    def watch_unit(self) -> None:
        """Say what is drawn, and draw it."""
        self.border_title = f"Loss · {UNITS[self.unit]}"
        self.redraw()

    def watch_log_x(self) -> None:
        """Say how the iterations run, and draw them so."""
        self.border_subtitle = f"iterations, {'logarithmic' if self.log_x else 'linear'}"
        self.redraw()

    def on_resize(self) -> None:
        """Fill the new room."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Return a line in the styles of the theme."""
        if y >= len(self._lines):
            return Strip([])
        return Strip([Segment(text, self._style(part)) for part, text in self._lines[y]])

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"loss--{part}") if part else self.rich_style

    def _draw(self, size: Size) -> list[Line]:
        """Return the chart as lines, or what to do while there is nothing to draw."""
        columns = 2 * max(1, size.width - GUTTER)  # the finest marks are half a cell wide
        history = self._history
        scene = make_scene(history, self.unit, self.log_x, columns) if history else None
        if scene is None:
            return [[("", line)] for line in WELCOME.split("\n")]
        lines = [list(legend(scene, size.width))]
        if size.width >= LEAST.width and size.height >= LEAST.height:
            lines += pieces(draw(scene, Size(size.width, size.height - 1)))
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
        yield "smooth", f" ▚ smooth {scene.value_text(scene.smooth.high[-1])} "
    if len(scene.validation[1]):
        yield "validation", f" ◆ valid {scene.value_text(scene.validation[1][-1])} "
    if scene.floor is not None:
        yield "floor", f" · floor {scene.value_text(scene.floor)} "
    if scene.rates:
        yield "rate", f" ┊ rate {wording.rate(scene.rates[-1][1])} "
    if scene.above:
        yield "raw", f" ↑ {wording.count(scene.above)} higher "
    if len(scene.raw.high):
        yield "raw", " ⣿ loss "


def draw(scene: Scene, room: Size) -> str:
    """Let plotext draw; return its text, in which colour numbers name the parts."""
    import plotext  # noqa: PLC0415 - the app starts sooner without it

    figure = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear()
    figure.plot_size(room.width, room.height)
    figure.theme("colorless")
    _draw_axes(figure, scene, room)
    _draw_rules(figure, scene)
    _draw_raw(figure, scene)
    _draw_line(figure, scene.smooth.x, scene.smooth.high, "hd", "smooth")
    _draw_points(figure, *scene.validation, "◆", "validation")
    return str(figure.build())


def _pixel(part: str) -> int:
    return PARTS.index(part) + 1


def _draw_axes(figure: Any, scene: Scene, room: Size) -> None:
    axis = scene.axis
    horizontal, vertical = figure.ruler("x", "lower"), figure.ruler("y", "left")
    horizontal.lim(axis.position(axis.first), axis.position(axis.last))
    vertical.lim(scene.low, scene.high)
    horizontal.ticks(*_unzip(scene.iteration_ticks(max(2, room.width // 14))))
    positions, labels = _unzip(scene.value_ticks)
    vertical.ticks(positions, [label.rjust(GUTTER - 1) for label in labels])
    figure.axes(False, axis="both", side=1)
    figure.axes(True, pixel=_pixel("axis"), axis="both", side=0)
    horizontal.pixel(_pixel("axis"))
    vertical.pixel(_pixel("axis"))


def _unzip(ticks: list[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [position for position, _ in ticks], [label for _, label in ticks]


def _draw_rules(figure: Any, scene: Scene) -> None:
    """Draw what spans the chart: the floor, and where the learning rate changed."""
    axis = scene.axis
    if scene.floor is not None:
        ends = [axis.position(axis.first), axis.position(axis.last)]
        _draw_line(figure, np.array(ends), np.full(2, scene.floor), "·", "floor")
    for x, _ in scene.rates:
        _draw_line(figure, np.full(2, x), np.array([scene.low, scene.high]), "┊", "rate")


def _draw_raw(figure: Any, scene: Scene) -> None:
    """Draw an upright for each column, from the least to the greatest loss in it."""
    band = scene.raw
    values = np.minimum(np.stack([band.low, band.high], axis=1), scene.high)
    signal = _signal(figure, np.repeat(band.x, 2), values.ravel(), "braille", "raw")
    for index in range(1, 2 * len(band.x), 2):
        signal.line(index)
    figure.draw(signal)


def _draw_line(figure: Any, x: np.ndarray, y: np.ndarray, marker: str, part: str) -> None:
    figure.draw(_signal(figure, x, y, marker, part).lines())


def _draw_points(figure: Any, x: np.ndarray, y: np.ndarray, marker: str, part: str) -> None:
    if len(x):
        figure.draw(_signal(figure, x, y, marker, part))


def _signal(figure: Any, x: np.ndarray, y: np.ndarray, marker: str, part: str) -> Any:
    import plotext  # noqa: PLC0415 - see draw

    mark = plotext.marker(marker, plotext.pixel(_pixel(part)))
    return figure.signal(x.tolist(), y.tolist(), marker=mark)


def pieces(drawing: str) -> Iterator[Line]:
    """Yield the lines of a drawing."""
    for line in drawing.rstrip("\n").split("\n"):
        yield list(_pieces_of(line))


def _pieces_of(line: str) -> Iterator[tuple[str, str]]:
    part = ""
    for index, text in enumerate(COLOUR.split(line)):
        if index % 2 == 0:
            if text:
                yield part, text
        elif text == "0":
            part = ""
        elif text.startswith("38;5;"):
            part = PARTS[int(text.removeprefix("38;5;")) - 1]
