"""What a loss chart shows, worked out before anything is drawn: range, ticks, thinned curves.

All values are in the unit of the chart, all x are positions on the axis of iterations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory, XUnit
from tui_charrnn.runs.thinning import Axis, Band, Floats, lasts, outermost
from tui_charrnn.widgets.chart_axes import make_axis, round_range
from tui_charrnn.widgets.chart_names import Unit

OUTLYING = 5
"""Percent of the columns whose highest losses may leave the chart at its top."""

OUTSHINING = 2.0
"""How many times as high those must make the chart before they are left out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One run, thinned to the columns of a chart.

    Attributes:
        axis: of the iterations.
        unit: of all values: bits per character, or nats a sequence.
        raw: least and greatest loss of each column.
        smooth: smooth loss at the end of each column.
        validation: x and value of the validations; of many in a column, the outermost and the last.
        floor: true entropy of the text, None where it is not known.
        rates: position and new value of the changes of the learning rate, the last of each column.
        low: bottom of the chart.
        high: its top.
        above: points of the history that have a loss above the top.
    """

    axis: Axis
    unit: Unit
    raw: Band
    smooth: Band
    validation: tuple[Floats, Floats]
    floor: float | None
    rates: list[tuple[float, float]]
    low: float
    high: float
    above: int


def value_text(value: float, unit: Unit) -> str:
    """Write a loss as everywhere else: bits with four digits, nats with two."""
    return wording.bits(value) if unit == "bits" else wording.nats(value)


def factors(history: LossHistory, unit: Unit) -> tuple[float, float]:
    """Return what turns nats a sequence, and what turns bits per character, into the unit."""
    factor = history.bits_per_nat if unit == "bits" else 1.0
    return factor, factor / history.bits_per_nat


def newest_smooth(history: LossHistory, unit: Unit) -> float | None:
    """Return the smooth loss after the last update, None before the first."""
    losses = history.smooth_loss
    return losses[-1].item() * factors(history, unit)[0] if len(losses) else None


def newest_validation(history: LossHistory, unit: Unit) -> float | None:
    """Return the last validation that came to a finite value, None without any."""
    bits = history.newest_validation
    return None if bits is None else bits * factors(history, unit)[1]


def floor_of(history: LossHistory, unit: Unit) -> float | None:
    """Return the true entropy of the text, None where it is not known."""
    return None if history.entropy is None else history.entropy * factors(history, unit)[1]


def make_scene(history: LossHistory, unit: Unit, log_x: bool, columns: int) -> Scene | None:
    """Thin a run to `columns`; None if it has no points yet."""
    axis = make_axis([history], "iterations", log_x, columns)
    if axis is None:
        return None
    factor, per_bit = factors(history, unit)
    raw = scaled(history.thin_loss(axis), factor)
    smooth = scaled(history.thin_smooth_loss(axis), factor)
    validation = validations(history, axis, per_bit)
    floor = floor_of(history, unit)
    never_hidden = [*smooth.high, *validation[1], *([] if floor is None else [floor])]
    low, high = value_range(raw, never_hidden)
    above = 0
    if len(raw.high) and raw.high.max() > high:  # seldom: it looks at every point
        above = int(np.count_nonzero(history.loss[1] > high / factor))
    return Scene(axis, unit, raw, smooth, validation, floor, rates(history, axis), low, high, above)


def scaled(band: Band, factor: float) -> Band:
    """Return the band in another unit."""
    return Band(band.x, band.low * factor, band.high * factor)


def validations(
    history: LossHistory, axis: Axis, per_bit: float, x_unit: XUnit = "iterations"
) -> tuple[Floats, Floats]:
    """Return positions and values of the validations that came to a finite value, as in a scene."""
    bits = np.array([value for _, value in history.validations], np.float64)
    finite = np.isfinite(bits)
    x, bits = history.validation_x(x_unit)[finite], bits[finite]
    seen = outermost(axis, x, bits)
    return axis.positions(x[seen]), bits[seen] * per_bit


def rates(
    history: LossHistory, axis: Axis, x_unit: XUnit = "iterations"
) -> list[tuple[float, float]]:
    """Return where on the axis the learning rate changed, and to what, once a column.

    A change comes before the iteration that it is for: until then its place is the last one.
    """
    span = history.span_of(x_unit)
    new = np.array([rate for _, rate in history.rate_changes], np.float64)
    if span is None or not len(new):
        return []
    band = lasts(axis, np.minimum(history.rate_change_x(x_unit), span[1]), new)
    return list(zip(band.x.tolist(), band.high.tolist(), strict=True))


def value_range(raw: Band, never_hidden: list[float]) -> tuple[float, float]:
    """Return bottom and top: of all values, or without a few spikes that would dwarf the rest."""
    low = min([*raw.low, *never_hidden], default=0.0)
    high = max([*raw.high, *never_hidden], default=1.0)
    if len(raw.high):
        usual = max([float(np.percentile(raw.high, 100 - OUTLYING)), *never_hidden])
        high = usual if high - low > OUTSHINING * (usual - low) else high
    return round_range(low, high)
