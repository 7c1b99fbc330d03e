"""What a chart of several runs shows, worked out before anything is drawn.

All values are in the unit of the chart, all x are positions on its axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tui_charrnn.runs.history import LossHistory, XUnit
from tui_charrnn.runs.thinning import Axis, Band, Floats
from tui_charrnn.widgets.chart_axes import make_axis, round_range
from tui_charrnn.widgets.chart_names import Unit
from tui_charrnn.widgets.chart_scene import (
    factors,
    rates,
    scaled,
    validations,
    value_range,
)

Runs = Sequence[tuple[str, LossHistory]]
"""Each with a short label."""

DIVERGED = 1.5
"""How many times as high as the highest start of a run its loss may rise on the chart."""

FAR_BELOW = 0.5
"""How many times as high the floor may make the chart, above 1, before it is left out."""

MARK_COLUMNS = 12
"""Columns, of half a cell, for each mark of a validation."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One run, thinned to the columns of a chart.

    Attributes:
        label: its name.
        smooth: smooth loss at the end of each column.
        validation: x and value of the validations whose marks do not touch one another.
        rates: where the learning rate changed.
    """

    label: str
    smooth: Band
    validation: tuple[Floats, Floats]
    rates: list[float]

    @property
    def values(self) -> list[float]:
        """All that is to be seen."""
        return [*self.smooth.high.tolist(), *self.validation[1].tolist()]

    def leaves(self, top: float) -> bool:
        """Return whether some of it lies above the top of the chart."""
        return max(self.values, default=top) > top


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several runs on one chart.

    Attributes:
        axis: on which they all lie.
        x_unit: of the axis.
        unit: of all values.
        traces: in the order given.
        raw: least and greatest loss of each column, if there is but one run.
        floor: true entropy of the text, None where it is not known or not the same for all.
        low: bottom of the chart.
        high: its top.
    """

    axis: Axis
    x_unit: XUnit
    unit: Unit
    traces: list[Trace]
    raw: Band | None
    floor: float | None
    low: float
    high: float

    @property
    def floor_shown(self) -> bool:
        """Whether the floor lies on the chart."""
        return self.floor is not None and self.floor >= self.low


def shared_unit(runs: Runs, unit: Unit) -> Unit:
    """Return the unit in which the runs compare: nats only if their sequences are equally long."""
    return unit if len({history.seq_length for _, history in runs}) <= 1 else "bits"


def make_comparison(
    runs: Runs, unit: Unit, x_unit: XUnit, log_x: bool, columns: int
) -> Comparison | None:
    """Thin runs to `columns`; None if none of them has a point yet."""
    axis = make_axis((history for _, history in runs), x_unit, log_x, columns)
    if axis is None:
        return None
    unit = shared_unit(runs, unit)
    traces = [_trace(label, history, axis, unit, x_unit) for label, history in runs]
    raw = _raw(runs[0][1], axis, unit, x_unit) if len(runs) == 1 else None
    floor = _floor(runs, unit)
    low, high = _range(traces, floor, raw)
    return Comparison(axis, x_unit, unit, traces, raw, floor, low, high)


def _trace(label: str, history: LossHistory, axis: Axis, unit: Unit, x_unit: XUnit) -> Trace:
    factor, per_bit = factors(history, unit)
    return Trace(
        label,
        scaled(history.thin_smooth_loss(axis, x_unit), factor),
        _thinned(validations(history, axis, per_bit, x_unit), axis),
        [at for at, _ in rates(history, axis, x_unit)],
    )


def _thinned(points: tuple[Floats, Floats], axis: Axis) -> tuple[Floats, Floats]:
    """Return the last of the marks that would touch one another."""
    x, values = points
    low, high = axis.position(axis.first), axis.position(axis.last)
    stretches = (x - low) / (high - low) * axis.columns // MARK_COLUMNS
    last = len(x) - 1 - np.unique(stretches[::-1], return_index=True)[1]
    return x[last], values[last]


def _raw(history: LossHistory, axis: Axis, unit: Unit, x_unit: XUnit) -> Band:
    return scaled(history.thin_loss(axis, x_unit), factors(history, unit)[0])


def _floor(runs: Runs, unit: Unit) -> float | None:
    history = runs[0][1]
    if history.entropy is None or len({each.entropy for _, each in runs}) > 1:
        return None
    return history.entropy * factors(history, unit)[1]


def _range(traces: list[Trace], floor: float | None, raw: Band | None) -> tuple[float, float]:
    """Return bottom and top.

    A run that diverged leaves the chart rather than flatten the rest, and so does a floor far below
    all runs: what counts is how they differ.
    """
    values = np.array([value for trace in traces for value in trace.values])
    starts = [trace.smooth.high[0] for trace in traces if len(trace.smooth.high)]
    if starts:
        values = values[values <= DIVERGED * max(starts)]
    if not len(values):
        return 0.0, 1.0
    shown, low, high = values.tolist(), float(values.min()), float(values.max())
    if floor is not None and low - floor <= FAR_BELOW * (high - low):
        shown.append(floor)
    return round_range(min(shown), max(shown)) if raw is None else value_range(raw, shown)
