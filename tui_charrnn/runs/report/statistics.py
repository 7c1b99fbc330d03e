"""Means, spreads and differences of a few seeds: pure functions over numbers.

The spread of two groups of seeds is judged by Welch's t interval (Welch, The generalization of
Student's problem when several different population variances are involved, 1947).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONFIDENCE = 95
"""Per cent, of the intervals."""

T_QUANTILES = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Student's t at 97.5 %, by 1 to 30 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The same measure of several seeds, at least one."""

    values: tuple[float, ...]

    @property
    def n(self) -> int:
        """The number of seeds."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return math.fsum(self.values) / self.n

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation (divided by n - 1), None for a single seed."""
        return math.sqrt(self.variance) if self.n > 1 else None

    @property
    def variance(self) -> float:
        """The sample variance (divided by n - 1); there must be two seeds or more."""
        mean = self.mean
        return math.fsum((value - mean) ** 2 for value in self.values) / (self.n - 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the mean of one group lies above that of another.

    Attributes:
        mean: of the first group minus that of the second.
        half_width: of its 95 % interval, None where a group has a single seed.
    """

    mean: float
    half_width: float | None

    @property
    def beyond_spread(self) -> bool | None:
        """Whether the interval leaves out 0; None if one seed says nothing of the spread."""
        return None if self.half_width is None else abs(self.mean) > self.half_width


def difference(first: Summary, second: Summary) -> Difference:
    """Return the difference of two means and the half width of Welch's interval around it."""
    mean = first.mean - second.mean
    if first.n < 2 or second.n < 2:
        return Difference(mean, None)
    shares = [group.variance / group.n for group in (first, second)]
    if not sum(shares):
        return Difference(mean, 0.0)
    freedom = sum(shares) ** 2 / sum(
        share**2 / (group.n - 1) for share, group in zip(shares, (first, second), strict=True)
    )
    return Difference(mean, t_quantile(freedom) * math.sqrt(sum(shares)))


def t_quantile(freedom: float) -> float:
    """Return Student's t at 97.5 %, for the next lower whole number of degrees of freedom.

    Rounding down, and 30 for all that is more, makes an interval a little too wide, never too
    narrow.
    """
    # the sum of shares that are equal may be rounded to just below a whole number
    return T_QUANTILES[min(max(math.floor(freedom + 1e-9), 1), len(T_QUANTILES)) - 1]


def value_at(places: Floats, values: Floats, place: float) -> float | None:
    """Return the value at a place between two points, on the line through them.

    Args:
        places: (n,), rising.
        values: (n,), at those places.
        place: where it is asked for; outside of the points nothing is known.
    """
    if not len(places) or not places[0] <= place <= places[-1]:
        return None
    return float(np.interp(place, places, values))


def first_reached(places: Floats, values: Floats, level: float) -> float | None:
    """Return the first place at which the value is at the level or below, None if nowhere."""
    reached = np.flatnonzero(values <= level)
    return float(places[reached[0]]) if len(reached) else None


def first_below(values: Sequence[float], level: float) -> int | None:
    """Return the index of the first value below the level, None if there is none."""
    return next((index for index, value in enumerate(values) if value < level), None)


def round_step(width: float) -> float:
    """Return the greatest of 1, 2 or 5 times a power of ten that is not above `width` > 0."""
    width *= 1 + 1e-9  # the difference of round numbers may be rounded to just below one
    power: float = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= width)


def round_levels(ends: Sequence[float], start: float, most: int = 4) -> list[float]:
    """Return a few round levels that the best of several falling series reaches, falling.

    They are as far apart as the ends of the series, so that the best and the worst differ in them.

    Args:
        ends: where each series ends.
        start: where all of them begin.
        most: levels at the most.
    """
    lowest = min(ends)
    if start <= lowest:
        return []
    step = round_step(max(max(ends) - lowest, (start - lowest) / 20))
    first = math.ceil(lowest / step - 1e-9)
    levels = [round((first + index) * step, 10) for index in range(most)]
    return [level for level in levels[::-1] if lowest <= level < start]
