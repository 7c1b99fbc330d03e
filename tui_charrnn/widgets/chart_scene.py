"""What a loss chart shows, worked out before anything is drawn: range, ticks, thinned curves.

All values are in the unit of the chart, all x are positions on the axis of iterations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.thinning import Axis, Band, Floats

Unit = Literal["bits", "nats"]
Tick = tuple[float, str]
"""A position on an axis and what stands there."""

VALUE_TICKS = 6
"""The most values that are named at the vertical axis."""

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
        validation: x and value of every validation.
        floor: true entropy of the text, None where it is not known.
        rates: position and new value of every change of the learning rate.
        low: bottom of the chart.
        high: its top.
        above: updates whose loss lies above the top.
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

    def value_text(self, value: float) -> str:
        """Write a loss as everywhere else: bits with four digits, nats with two."""
        return wording.bits(value) if self.unit == "bits" else wording.nats(value)

    @property
    def value_ticks(self) -> list[Tick]:
        """Round values for the vertical axis."""
        return [
            (value, _shortest(value)) for value in round_values(self.low, self.high, VALUE_TICKS)
        ]

    def iteration_ticks(self, most: int) -> list[Tick]:
        """Return round iterations for the horizontal axis, at most `most` of them."""
        first, last = self.axis.first, self.axis.last
        values = _decades(last) if self.axis.log else round_values(first, last, most)
        whole = sorted({round(value) for value in values if first <= round(value) <= last})
        step = math.ceil(len(whole) / most)
        return [(self.axis.position(value), wording.count(value)) for value in whole[::step]]


def make_scene(history: LossHistory, unit: Unit, log_x: bool, columns: int) -> Scene | None:
    """Thin a run to `columns`; None if it has no points yet."""
    span = history.span
    if span is None:
        return None
    axis = Axis(span[0], _roomy(span[1]), columns, log_x)
    factor = history.bits_per_nat if unit == "bits" else 1.0
    per_bit = factor / history.bits_per_nat
    raw = _scaled(history.thin_loss(axis), factor)
    smooth = _scaled(history.thin_smooth_loss(axis), factor)
    validation = _validations(history, axis, per_bit)
    floor = None if history.entropy is None else history.entropy * per_bit
    never_hidden = [*smooth.high, *validation[1], *([] if floor is None else [floor])]
    low, high = _value_range(raw, never_hidden)
    # a change comes before the iteration that it is for: until then its place is the last one
    rates = [(axis.position(min(at, span[1])), new) for at, _, new in history.rate_changes]
    above = 0
    if len(raw.high) and raw.high.max() > high:  # seldom: it looks at every update
        above = int(np.count_nonzero(history.loss > high / factor))
    return Scene(axis, unit, raw, smooth, validation, floor, rates, low, high, above)


def _scaled(band: Band, factor: float) -> Band:
    return Band(band.x, band.low * factor, band.high * factor)


def _validations(history: LossHistory, axis: Axis, per_bit: float) -> tuple[Floats, Floats]:
    finite = [point for point in history.validations if math.isfinite(point[1])]
    at, bits = np.array(finite, np.float64).reshape(-1, 2).T
    return axis.positions(at.astype(np.int64)), bits * per_bit


def _value_range(raw: Band, never_hidden: list[float]) -> tuple[float, float]:
    """Return bottom and top: of all values, or without a few spikes that would dwarf the rest."""
    low = min([*raw.low, *never_hidden], default=0.0)
    high = max([*raw.high, *never_hidden], default=1.0)
    if len(raw.high):
        usual = max([float(np.percentile(raw.high, 100 - OUTLYING)), *never_hidden])
        high = usual if high - low > OUTSHINING * (usual - low) else high
    quantum = _step(low, high, VALUE_TICKS) / 4 if high > low else abs(high) / 20 or 0.5
    return quantum * (math.ceil(low / quantum) - 1), quantum * (math.floor(high / quantum) + 1)


def _roomy(last: int) -> int:
    """Return a round iteration at or after `last`: the axis grows by steps, not at every frame.

    Between two steps most of the drawing stays as it is, and little has to be sent to the terminal.
    """
    power = int(10 ** max(1, len(str(last)) - 1))
    leading = last / power
    step = power // 5 if leading < 2 else power // 2 if leading < 5 else power
    return step * (last // step + 1)


def _step(low: float, high: float, most: int) -> float:
    """Return the smallest of 1, 2, 5, 10, ... that cuts a range into at most `most` pieces."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` values from low to high, the multiples of 1, 2 or 5 times a power."""
    step = _step(low, high, most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [index * step for index in range(first, last + 1)]


def _decades(last: int) -> list[float]:
    """Return iterations for a logarithmic axis: powers of ten, with 2 and 5 between if few."""
    decades = [10**power for power in range(len(str(last)))]
    between = (1,) if len(decades) > 3 else (1, 2, 5)
    return [0, *(factor * decade for decade in decades for factor in between)]


def _shortest(value: float) -> str:
    """Write a round value without the digits that rounding left: `2.5`, `1,200`."""
    return f"{value:,.10g}"
