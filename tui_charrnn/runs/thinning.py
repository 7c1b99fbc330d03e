"""Thinning a long series to the columns of a chart, so that no spike is lost.

A series lies along iterations, characters or seconds: anything that never falls. Its axis is
linear or logarithmic and is cut into columns of equal width; a series keeps its lowest and highest
value in each, or its last. Since the x rise, the columns' first points are found by bisection and a
million points cost about a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rising = Integers | Floats
"""Values that never fall; neighbours may be equal."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The x from `first` to `last` on a linear or logarithmic axis, in `columns` columns.

    Attributes:
        first: where it begins; on a logarithmic axis `first + shift` must be above 0.
        last: where it ends.
        columns: into which it is cut.
        log: whether it is logarithmic, in `x + shift`.
        shift: 1 for what is counted from 0, as iterations are. What lies before `first` on a
            logarithmic axis is drawn at its beginning.
    """

    first: float
    last: float
    columns: int
    log: bool = False
    shift: float = 1.0

    def positions(self, x: Rising) -> Floats:
        """Return where x lie on the axis: at themselves, or at ln(x + shift)."""
        place = x.astype(np.float64)
        if self.log:
            np.log(np.maximum(place, self.first) + self.shift, out=place)
        return place

    def position(self, x: float) -> float:
        """Return where one x lies on the axis."""
        return float(self.positions(np.array([x]))[0])

    def edges(self) -> Floats:
        """Return the x, with fractions, at which the columns begin: (columns,)."""
        low, high = self.position(self.first), self.position(self.last)
        edges: Floats = np.linspace(low, high, self.columns, endpoint=False, dtype=np.float64)
        if self.log:
            np.subtract(np.exp(edges), self.shift, out=edges)
        return edges

    def starts(self, x: Rising) -> Integers:
        """Return the index of the first point of every column that has any, in order.

        Args:
            x: rising, none after `last`, at least one.
        """
        starts = np.searchsorted(x, self.edges())
        starts[0] = 0  # the first edge may be rounded to just above the first point
        return np.unique(starts[starts < len(x)])


@dataclass(frozen=True, slots=True)
class Band:
    """What is left of a series: where on the axis, and the least and greatest value there.

    All three have one entry a column that holds a value.
    """

    x: Floats
    low: Floats
    high: Floats


def extremes(axis: Axis, x: Rising, low: Floats, high: Floats) -> Band:
    """Return the least and greatest value of every column of the axis.

    Args:
        axis: on which the columns lie.
        x: of the points, rising, (n,).
        low: least value of each point, (n,), all finite.
        high: greatest value of each point, (n,), all finite.
    """
    if not len(x):
        return Band(*np.empty((3, 0)))
    starts = axis.starts(x)
    ends = np.append(starts[1:], len(x)) - 1
    middle = (axis.positions(x[starts]) + axis.positions(x[ends])) / 2
    return Band(middle, np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts))


def lasts(axis: Axis, x: Rising, values: Floats) -> Band:
    """Return the last value of every column.

    Args:
        axis: on which the columns lie.
        x: of the points, rising, (n,).
        values: of the points, (n,).
    """
    if not len(x):
        return Band(*np.empty((3, 0)))
    ends = np.append(axis.starts(x)[1:], len(x)) - 1
    return Band(axis.positions(x[ends]), values[ends], values[ends])


def outermost(axis: Axis, x: Rising, values: Floats) -> Integers:
    """Return which points of a column hide all others of it: the least, the greatest, the last.

    Args:
        axis: on which the columns lie.
        x: of the points, rising, (n,).
        values: of the points, (n,).

    Returns:
        Their indices, rising: at most three a column.
    """
    if not len(x):
        return np.empty(0, np.int64)
    starts = axis.starts(x)
    ends = np.append(starts[1:], len(x)) - 1
    column = np.searchsorted(starts, np.arange(len(x)), "right")
    by_value = np.lexsort((values, column))
    return np.unique(np.concatenate([by_value[starts], by_value[ends], ends]))
