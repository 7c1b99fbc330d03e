"""Axes of charts: round values, room to grow, and what is written at the ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory, XUnit
from tui_charrnn.runs.thinning import Axis
from tui_charrnn.widgets.plot import Tick

VALUE_TICKS = 6
"""The most values that are named at a vertical axis."""

TICK_ROOM = 14
"""Cells of a horizontal axis for each value that is named there."""

LEAST_SECONDS = 0.001
"""Where a logarithmic axis of seconds begins at the earliest."""

MINUTE, HOUR, DAY = 60, 3600, 86_400


def make_axis(
    histories: Iterable[LossHistory], unit: XUnit, log: bool, columns: int
) -> Axis | None:
    """Return an axis on which all the runs fit, with room to grow; None if nothing has a point."""
    spans = [span for history in histories if (span := history.span_of(unit)) is not None]
    if not spans:
        return None
    first, last = min(first for first, _ in spans), max(last for _, last in spans)
    match unit:
        case "iterations":
            return Axis(first, roomy(last, 10), columns, log)
        case "characters":
            return Axis(max(1, first), roomy(last, 10), columns, log, shift=0)
        case "seconds":
            first = max(LEAST_SECONDS, first) if log else 0.0
            return Axis(first, roomy(last, 1), columns, log, shift=0)


def roomy(last: float, least: int) -> float:
    """Return a round value after `last`: the axis grows by steps, not at every frame.

    Between two steps most of the drawing stays as it is, and little has to be sent to the terminal.

    Args:
        last: 0 or more.
        least: a power of ten, whose fifths are the smallest steps.
    """
    power = least
    while power * 10 <= last:
        power *= 10
    leading = last / power
    step = power / 5 if leading < 2 else power / 2 if leading < 5 else power
    return step * (math.floor(last / step) + 1)


def round_range(low: float, high: float) -> tuple[float, float]:
    """Return somewhat rounder values below `low` and above `high` for the ends of an axis."""
    quantum = step_of(low, high, VALUE_TICKS) / 4 if high > low else abs(high) / 20 or 0.5
    return quantum * (math.ceil(low / quantum) - 1), quantum * (math.floor(high / quantum) + 1)


def step_of(low: float, high: float, most: int) -> float:
    """Return the smallest of 1, 2, 5, 10, ... that cuts a range into at most `most` pieces."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` values from low to high, the multiples of 1, 2 or 5 times a power."""
    return _multiples(low, high, step_of(low, high, most))


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step), math.floor(high / step)
    return [index * step for index in range(first, last + 1)]


def value_ticks(low: float, high: float) -> list[Tick]:
    """Return round values for a vertical axis."""
    return [(value, shortest(value)) for value in round_values(low, high, VALUE_TICKS)]


def shortest(value: float) -> str:
    """Write a round value without the digits that rounding left: `2.5`, `1,200`."""
    return f"{value:,.10g}"


def ticks_for(width: int) -> int:
    """Return how many values there is room to name below a chart of so many cells."""
    return max(2, width // TICK_ROOM)


def x_ticks(axis: Axis, unit: XUnit, most: int) -> list[Tick]:
    """Return round iterations, characters or times for a horizontal axis, at most `most`."""
    values = _times(axis, most) if unit == "seconds" else _whole(axis, most)
    write = {"iterations": _iteration, "characters": _characters, "seconds": _time_of(axis)}[unit]
    inside = [value for value in values if axis.first <= value <= axis.last]
    step = math.ceil(len(inside) / most) or 1
    return [(axis.position(value), write(value)) for value in inside[::step]]


def _whole(axis: Axis, most: int) -> list[float]:
    values = _decades(axis.last) if axis.log else round_values(axis.first, axis.last, most)
    return sorted({round(value) for value in values})


def _decades(last: float) -> list[float]:
    """Return counts for a logarithmic axis: powers of ten, with 2 and 5 between if few."""
    decades = [10**power for power in range(len(str(int(last))))]
    between = (1,) if len(decades) > 3 else (1, 2, 5)
    return [0, *(factor * decade for decade in decades for factor in between)]


def _times(axis: Axis, most: int) -> list[float]:
    """Return times in seconds: of powers of ten up to ten seconds, of round hours and days."""
    if axis.log:
        return [0.001, 0.01, 0.1, 1, 10, 60, 600, HOUR, 10 * HOUR, 100 * HOUR, 1000 * HOUR]
    rough = (axis.last - axis.first) / most
    if rough <= 5 or rough > DAY:
        scale = DAY if rough > DAY else 1
        step = scale * step_of(axis.first / scale, axis.last / scale, most)
    else:
        minutes = (10, 15, 30, 60, 120, 300, 600, 900, 1800)
        hours = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY)
        step = next(step for step in (*minutes, *hours) if step >= rough)
    return _multiples(axis.first, axis.last, step)


def _time_of(axis: Axis) -> Callable[[float], str]:
    """Return what writes times: `0.5s` on an axis of seconds, `2:30` on a longer one, `3d`."""

    def write(value: float) -> str:
        if axis.last < MINUTE or (axis.log and value < MINUTE):
            return f"{value:.4g}s"
        days, rest = divmod(value, DAY)
        return f"{days:.0f}d" if days and not rest else wording.duration(value)

    return write


def _iteration(value: float) -> str:
    return wording.count(int(value))


def _characters(value: float) -> str:
    """Write a round number of characters: `500`, `20k`, `1.5M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.6g}{letter}"
    return f"{value:.0f}"
