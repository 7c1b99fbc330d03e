"""Lines of text out of curves: the one file that imports plotext.

plotext is told what part each curve plays by a number in place of a colour; the number comes back
in its text and is turned into the part again. What style a part has is the widget's business.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from textual.geometry import Size

from tui_charrnn.runs.thinning import Floats
from tui_charrnn.widgets.chart_names import AXIS

Line = list[tuple[str, str]]
"""The parts of one line and their texts, in order; '' is what plays no part."""

Tick = tuple[float, str]
"""A position on an axis and what stands there."""

GUTTER = 6
"""Cells left of the curves, always as many, so that nothing jumps when a number gets longer."""

COLOUR = re.compile("\x1b\\[([0-9;]*)m")


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in their order, (n,) each.

    Attributes:
        part: what the curve is.
        marker: one character, or `hd` (quarter blocks) or `braille` (dots) for finer ones.
        x: positions on the horizontal axis.
        y: positions on the vertical one.
        joined: whether a line goes from every point to the next one.
        breaks: indices of points to which no line goes from the one before.
    """

    part: str
    marker: str
    x: Floats
    y: Floats
    joined: bool = True
    breaks: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that stands between the axes; what comes later covers what was there.

    Attributes:
        x_limits: positions of the left and the right end.
        y_limits: positions of the bottom and the top.
        x_ticks: what is named below.
        y_ticks: what is named at the left, in texts shorter than `GUTTER`.
        curves: in the order of drawing.
    """

    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    curves: Sequence[Curve]

    def level(self, part: str, marker: str, y: float) -> Curve:
        """Return a line that spans the drawing at one height."""
        return Curve(part, marker, np.array(self.x_limits), np.full(2, y))

    def upright(self, part: str, marker: str, x: float) -> Curve:
        """Return a line that spans the drawing from bottom to top."""
        return Curve(part, marker, np.full(2, x), np.array(self.y_limits))


def render(drawing: Drawing, room: Size) -> list[Line]:
    """Return the drawing in lines of `room.width` cells, as many as `room` is high."""
    parts = list(dict.fromkeys([AXIS, *(curve.part for curve in drawing.curves)]))
    return [list(_pieces(line, parts)) for line in _build(drawing, room, parts)]


@cache
def load_plotext() -> Any:
    """Load what draws, and return it; without this, the first drawing would wait for it."""
    import plotext  # noqa: PLC0415 - the app starts sooner without it

    with suppress(ImportError, AttributeError):  # another version may be made otherwise, and slower
        _keep_the_interpreter()
    return plotext


def _keep_the_interpreter() -> None:
    """Let plotext's functions in C run without handing the interpreter over.

    A chart takes thousands of them, well below a microsecond each. Beside a trainer it took four
    times as long while each of them let the interpreter go and waited to have it back.
    """
    from plotext._kernel import tools  # noqa: PLC0415 - see load_plotext

    keeping = ctypes.PyDLL(tools.kernel_file_path)
    for name, function in list(vars(tools.clink).items()):
        if isinstance(function, tools.kernel._FuncPtr):
            kept = getattr(keeping, function.__name__)
            kept.argtypes, kept.restype = function.argtypes, function.restype
            setattr(tools.clink, name, kept)


def _build(drawing: Drawing, room: Size, parts: list[str]) -> list[str]:
    """Let plotext draw; return its lines, in which colour numbers name the parts."""
    plotext = load_plotext()
    figure = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear()
    figure.plot_size(room.width, room.height)
    figure.theme("colorless")
    _set_axes(figure, drawing, _pixel(AXIS, parts))
    for curve in drawing.curves:
        if len(curve.x):
            figure.draw(_signal(plotext, curve, parts))
    return str(figure.build()).rstrip("\n").split("\n")


def _pixel(part: str, parts: list[str]) -> int:
    return parts.index(part) + 1


def _set_axes(figure: Any, drawing: Drawing, pixel: int) -> None:
    horizontal, vertical = figure.ruler("x", "lower"), figure.ruler("y", "left")
    horizontal.lim(*drawing.x_limits)
    vertical.lim(*drawing.y_limits)
    horizontal.ticks(*_unzip(drawing.x_ticks))
    positions, labels = _unzip(drawing.y_ticks)
    vertical.ticks(positions, [label.rjust(GUTTER - 1) for label in labels])
    figure.axes(False, axis="both", side=1)
    figure.axes(True, pixel=pixel, axis="both", side=0)
    horizontal.pixel(pixel)
    vertical.pixel(pixel)


def _unzip(ticks: Sequence[Tick]) -> tuple[list[float], list[str]]:
    return [position for position, _ in ticks], [label for _, label in ticks]


def _signal(plotext: Any, curve: Curve, parts: list[str]) -> Any:
    mark = plotext.marker(curve.marker, plotext.pixel(_pixel(curve.part, parts)))
    signal = plotext.figure.signal(curve.x.tolist(), curve.y.tolist(), marker=mark)
    signal.lines(curve.joined)
    for index in curve.breaks:
        signal.line(index, False)
    # every point would be asked for its colour, so that curves without one get another
    signal._get_unique_pixels = list
    return signal


def _pieces(line: str, parts: list[str]) -> Iterator[tuple[str, str]]:
    part = ""
    for index, text in enumerate(COLOUR.split(line)):
        if index % 2 == 0:
            if text:
                yield part, text
        elif text == "0":
            part = ""
        elif text.startswith("38;5;"):
            part = parts[int(text.removeprefix("38;5;")) - 1]
