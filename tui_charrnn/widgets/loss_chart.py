"""The loss chart: the only module that draws with plotext.

A chart is made in three steps. `make_scene` says what is to be seen, in the units of the axes.
`build` lets plotext draw it; the colours that it is given are only the numbers of roles (raw loss,
floor, ...), so that `pieces` can tell from plotext's text which part plays which role. The widget
styles roles by its component classes: the colours are those of the theme, ANSI ones included.
Series differ in their markers too: braille dots for the raw loss, blocks for the smooth one,
diamonds for validations, dotted lines for floor and changes of the rate.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from textual.content import Content, Span
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.thinning import Axis, Band, Floats

Unit = Literal["bits", "nats"]
Piece = tuple[str, str]
"""A role and the text that plays it."""

UNITS = {"bits": "bits/char", "nats": "nats/sequence"}

ROLES = ("", "raw", "smooth", "run-2", "run-3", "run-4", "validation", "floor", "rate", "axis")
"""What a part of the drawing is; the index is its colour in plotext, 0 being none."""

RUNS = (("smooth", "hd", "▀▀"), ("run-2", "braille", "⣀⡠"), ("run-3", "•", "••"), ("run-4", "+", "++"))
"""Role, marker in plotext and look in the legend of the smooth loss of each of several runs."""

LEAST = Size(26, 7)
"""Panes with less room show the newest value alone."""

GUTTER = 5
"""Cells left for the numbers of the vertical axis, always the same so that nothing jumps."""

OUTLYING = 5
"""Percent of the columns that may leave the chart at its top if that doubles the resolution."""


class LossChart(Widget, can_focus=True):
    """Draws the loss of a run, or of several, against the iterations.

    Attributes:
        unit: of the vertical axis, bits per character or nats a sequence.
        log_x: whether the iterations are on a logarithmic axis.
        hint: what is said while there is nothing to draw.
    """

    HELP = """
    # Loss

    The **blocks** are the smooth loss (a running mean over about 1,000 updates), the fine **dots**
    behind them every update, from the least to the greatest, **◆** the validations on held-out
    text. A curve still falling has more to learn; validations that rise while the smooth loss falls
    mean that the net learns the text by heart; a jump upwards asks for a lower rate.
    The dotted **floor** is the entropy of a generated text: no model can do better on average. A
    dotted upright is a change of the learning rate. **↑** marks what lies above the chart.
    """

    DEFAULT_CSS = """
    LossChart {
        width: 1fr;
        height: 1fr;
        border: round $primary;
        text-wrap: nowrap;
        text-overflow: clip;

        &:focus { border: round $accent; }

        .loss--smooth { color: $text-accent; text-style: bold; }
        .loss--raw { color: $primary 70%; }
        .loss--validation { color: $text-success; text-style: bold; }
        .loss--floor { color: $text-error; }
        .loss--rate { color: $text-warning; }
        .loss--axis { color: $foreground 60%; }
        .loss--run-2 { color: $text-primary; }
        .loss--run-3 { color: $text-success; }
        .loss--run-4 { color: $text-error; }

        &:ansi {
            .loss--smooth { color: ansi_yellow; }
            .loss--raw { color: ansi_blue; }
            .loss--validation { color: ansi_green; }
            .loss--floor { color: ansi_red; }
            .loss--rate { color: ansi_magenta; }
            .loss--axis { color: ansi_default; }
        }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"loss--{role}" for role in ROLES if role}

    unit: reactive[Unit] = reactive[Unit]("bits")
    log_x = reactive(False)

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id, classes=classes)
        self.hint = "press space to start training"
        self.border_title = "Loss"
        self._histories: tuple[LossHistory, ...] = ()
        self._drawn: tuple[object, Content] = (None, Content(""))
        self._version = 0
        self._subtitle = ""
        self._describe(None)

    def show(self, histories: Sequence[LossHistory]) -> None:
        """Draw these runs instead of what was drawn before; with one, its raw loss too."""
        self._histories = tuple(histories)
        self.redraw()

    def redraw(self) -> None:
        """Draw anew at the next frame: the runs have gained points."""
        self._version += 1
        self.refresh()

    def render(self) -> Content:
        """Return the chart, exactly as large as the pane; drawn only if something has changed."""
        key = (self._version, self.size, self.unit, self.log_x, self.hint)
        if self._drawn[0] != key:
            self._drawn = (key, _content(self._draw(self.size), self.size))
        return self._drawn[1]

    def _draw(self, size: Size) -> list[list[Piece]]:
        runs = [history for history in self._histories if history.span]
        columns = 2 * max(1, size.width - GUTTER - 1)  # half a cell, as fine as blocks and braille
        scene = make_scene(runs, self.unit, self.log_x, columns) if runs else None
        self.call_later(self._describe, scene)
        if scene is None:
            return centred(textwrap.wrap(self.hint, max(1, size.width)), size)
        if size.width < LEAST.width or size.height < LEAST.height:
            return centred([newest_text(scene, size.width)], size)
        return [legend_line(scene, size.width), *pieces(build(scene, size - (0, 1)))]

    def _describe(self, scene: Scene | None) -> None:
        """Say in the border what the axes are and what is not seen."""
        scale = "log" if self.log_x else "linear"
        parts = [UNITS[self.unit], f"{scale} iterations"]
        if scene and scene.above:
            parts.append(f"↑ {wording.count(scene.above)} above {scene.high:.3g}")
        if scene and scene.not_finite:
            parts.append(f"{wording.count(scene.not_finite)} not finite")
        subtitle = " · ".join(parts)
        if subtitle != self._subtitle:  # setting it repaints
            self._subtitle = self.border_subtitle = subtitle

    def watch_unit(self) -> None:
        """Name the axis anew."""
        self._describe(None)

    def watch_log_x(self) -> None:
        """Name the axis anew."""
        self._describe(None)


# What is to be seen


@dataclass(frozen=True, slots=True)
class Series:
    """One run, thinned, in the unit of the chart."""

    label: str
    raw: Band
    smooth: Band
    validation: Band
    floor: float | None
    factor: float
    history: LossHistory


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a chart shows.

    Attributes:
        axis: that of the iterations.
        unit: that of the values.
        series: one for each run.
        low: the bottom of the chart.
        high: its top.
        above: updates and validations that lie above the top.
        not_finite: updates that cannot be drawn.
        rates: iteration and new value of each change of the learning rate.
    """

    axis: Axis
    unit: Unit
    series: list[Series]
    low: float
    high: float
    above: int
    not_finite: int
    rates: list[tuple[int, float]]

    @property
    def floors(self) -> list[float]:
        """The different true entropies, in the unit of the chart."""
        return sorted({run.floor for run in self.series if run.floor is not None})


def make_scene(runs: Sequence[LossHistory], unit: Unit, log_x: bool, columns: int) -> Scene:
    """Thin runs to the columns of a chart and choose its range; every run has a span."""
    spans = [run.span for run in runs if run.span]
    axis = Axis(min(first for first, _ in spans), max(last for _, last in spans), columns, log_x)
    series = [_series(run, axis, unit) for run in runs]
    low, high = _range(series)
    above = sum(_count_above(run, high) for run in series)
    rates = [(at, new) for run in runs for at, _, new in run.rate_changes if at <= axis.last]
    return Scene(axis, unit, series, low, high, above, sum(run.not_finite for run in runs), rates)


def _series(run: LossHistory, axis: Axis, unit: Unit) -> Series:
    factor = run.bits_per_nat if unit == "bits" else 1.0
    bits = factor / run.bits_per_nat
    marks = [mark for mark in run.validations if math.isfinite(mark[1])]
    at, values = np.array(marks, np.float64).reshape(-1, 2).T
    validation = Band(axis.positions(at.astype(np.int64)), values * bits, values * bits)
    return Series(
        label=run.label,
        raw=_times(run.thin_loss(axis), factor),
        smooth=_times(run.thin_smooth_loss(axis), factor),
        validation=validation,
        floor=None if run.entropy is None else run.entropy * bits,
        factor=factor,
        history=run,
    )


def _times(band: Band, factor: float) -> Band:
    return Band(band.x, band.low * factor, band.high * factor)


def _range(series: list[Series]) -> tuple[float, float]:
    """Return bottom and top: all values, or all but a few columns that would flatten the rest."""
    bands = [band for run in series for band in (run.raw, run.smooth, run.validation)]
    floors = [run.floor for run in series if run.floor is not None]
    highs = np.concatenate([band.high for band in bands])
    low = min([*np.concatenate([band.low for band in bands]), *floors], default=0.0)
    high = max([*highs, *floors], default=1.0)
    newest = [band.high[-1] for band in bands[1:] if len(band.high)]
    usual = max([_usual(run.raw.high) for run in series] + newest + floors, default=high)
    if high - low > 2 * (usual - low):
        high = usual
    margin = 0.03 * (high - low) or 0.05 * abs(high) or 0.5
    return float(low - margin), float(high + margin)


def _usual(values: Floats) -> float:
    return float(np.percentile(values, 100 - OUTLYING)) if len(values) else -math.inf


def _count_above(run: Series, high: float) -> int:
    loss = run.history.loss
    return int(np.count_nonzero(loss * run.factor > high) + np.count_nonzero(run.validation.low > high))
