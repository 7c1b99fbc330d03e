"""Thinning a long series to the columns of a chart, so that no spike is lost.

An axis of iterations is linear, or logarithmic in `iteration + 1`. It is cut into columns of equal
width; a series keeps its lowest and highest value in each, or its last. Since iterations rise, the
columns' first points are found by bisection and a million points cost about a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Axis:
    """The iterations `first` to `last` on a linear or logarithmic axis, in `columns` columns."""

    first: int
    last: int
    columns: int
    log: bool = False

    def positions(self, iterations: Integers) -> Floats:
        """Return where iterations lie on the axis: themselves, or ln(iteration + 1)."""
        return np.log1p(iterations) if self.log else iterations.astype(np.float64)

    def position(self, iteration: int) -> float:
        """Return where one iteration lies on the axis."""
        return float(np.log1p(iteration)) if self.log else float(iteration)

    def edges(self) -> Floats:
        """Return the iterations, with fractions, at which the columns begin: (columns,)."""
        low, high = self.position(self.first), self.position(self.last)
        edges = low + (high - low) / self.columns * np.arange(self.columns)
        return np.expm1(edges) if self.log else edges  # type: ignore[no-any-return, return-value, unused-ignore]

    def starts(self, iterations: Integers) -> Integers:
        """Return the index of the first point of every column that has any, in order.

        Args:
            iterations: rising, all within `first` and `last`, at least one.
        """
        starts = np.searchsorted(iterations, self.edges())
        starts[0] = 0  # the first edge may be rounded to just above the first point
        return np.unique(starts[starts < len(iterations)])


@dataclass(frozen=True, slots=True)
class Band:
    """What is left of a series: where on the axis, and the least and greatest value there.

    All three have one entry a column that holds a value.
    """

    x: Floats
    low: Floats
    high: Floats


def extremes(axis: Axis, iterations: Integers, values: Floats) -> Band:
    """Return the least and greatest value of every column of the axis.

    Args:
        axis: on which the columns lie.
        iterations: of the points, rising, (n,).
        values: of the points, (n,), all finite.
    """
    if not len(iterations):
        return Band(*np.empty((3, 0)))
    starts = axis.starts(iterations)
    ends = np.append(starts[1:], len(iterations)) - 1
    x = (axis.positions(iterations[starts]) + axis.positions(iterations[ends])) / 2
    return Band(x, np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts))


def lasts(axis: Axis, iterations: Integers, values: Floats) -> Band:
    """Return the last value of every column; arguments as of `extremes`."""
    if not len(iterations):
        return Band(*np.empty((3, 0)))
    ends = np.append(axis.starts(iterations)[1:], len(iterations)) - 1
    return Band(axis.positions(iterations[ends]), values[ends], values[ends])
