"""The picture of a loss chart: the losses of one run as lines of text, with their figures above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from textual.geometry import Size

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.thinning import Band
from tui_charrnn.widgets.chart_axes import ticks_for, value_ticks, x_ticks
from tui_charrnn.widgets.chart_names import Unit
from tui_charrnn.widgets.chart_scene import (
    Scene,
    floor_of,
    make_scene,
    newest_smooth,
    newest_validation,
    value_text,
)
from tui_charrnn.widgets.plot import GUTTER, Curve, Drawing, Line, render

LEAST = Size(30, 8)
"""With less room there is the line of figures alone."""


def scene_of(history: LossHistory, unit: Unit, log_x: bool, size: Size) -> Scene | None:
    """Return what a chart as large as `size` shows, None while there is nothing to draw."""
    columns = 2 * max(1, size.width - GUTTER)  # the finest marks are half a cell wide
    return make_scene(history, unit, log_x, columns)


def below_figures(scene: Scene, size: Size) -> list[Line]:
    """Return the lines below the first of a chart as large as `size`."""
    if size.width < LEAST.width or size.height < LEAST.height:
        return []
    room = Size(size.width, size.height - 1)
    return render(drawing_of(scene, room.width), room)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest figures of a run, None where there is no such.

    Attributes:
        unit: of the losses.
        smooth: smooth loss after the last update.
        validation: the last one.
        floor: true entropy of the text.
        rate: what the learning rate was last changed to.
        above: points that have a loss above the top of the chart, when that was drawn.
    """

    unit: Unit
    smooth: float | None
    validation: float | None
    floor: float | None
    rate: float | None
    above: int

    @classmethod
    def of(cls, history: LossHistory, unit: Unit, above: int) -> Newest:
        """Return those of a run."""
        return cls(
            unit,
            newest_smooth(history, unit),
            newest_validation(history, unit),
            floor_of(history, unit),
            history.newest_rate,
            above,
        )


def legend(newest: Newest, width: int) -> Iterator[tuple[str, str]]:
    """Yield the parts of the line above the chart: every mark with its newest figure.

    A figure that does not fit is left out: half a number would be another number.
    """
    for part, text in _figures(newest):
        width -= len(text)
        if width < 0:
            return
        yield part, text


def _figures(newest: Newest) -> Iterator[tuple[str, str]]:
    """Yield all of them, the chief ones first."""
    unit = newest.unit
    if newest.smooth is not None:
        yield "smooth", f" ▚ smooth {value_text(newest.smooth, unit)} "
    if newest.validation is not None:
        yield "validation", f" ◆ valid {value_text(newest.validation, unit)} "
    if newest.floor is not None:
        yield "floor", f" · floor {value_text(newest.floor, unit)} "
    if newest.rate is not None:
        yield "rate", f" ┊ rate {wording.rate(newest.rate)} "
    if newest.above:
        yield "raw", f" ↑ {wording.count(newest.above)} higher "
    if newest.smooth is not None:
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
