"""How fast a time grows: the exponent at the upper end, and the curve that is drawn.

Small sizes are dominated by what every update costs anyway. So the exponent that counts is the one
between the two largest sizes, where time has the least choice:

    k = ln(t_n / t_(n-1)) / ln(x_n / x_(n-1))

taken within each round of a measurement, so that a slow spell of the machine changes both times.
The curve that is drawn, t = a + b x^k with a, b >= 0, has the least squares of relative errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

TOLERANCE: Final = 0.1
"""By how much an exponent may be above that of the mathematics: a time that doubles is known to
within some 7 % here, caches of different speeds included."""

EXPONENTS: Final = np.linspace(0, 3, 301)
"""Among which the best curve is looked for."""


@dataclass(frozen=True)
class Curve:
    """Times of one thing at several sizes.

    Attributes:
        axis: what grows: H, T, B, V or text.
        label: what is timed.
        sizes: (n,) in ascending order.
        rounds: (R, n) seconds.
        mathematics: the exponent that the number of operations has at large sizes.
    """

    axis: str
    label: str
    sizes: np.ndarray
    rounds: np.ndarray
    mathematics: float

    @property
    def times(self) -> np.ndarray:
        """Return the median seconds at each size, (n,)."""
        return np.asarray(np.median(self.rounds, axis=0))

    def exponents(self) -> np.ndarray:
        """Return the exponent between the two largest sizes, (R,)."""
        grown = np.log(self.rounds[:, -1] / self.rounds[:, -2])
        return np.asarray(grown / np.log(self.sizes[-1] / self.sizes[-2]))

    @property
    def exponent(self) -> float:
        """Return the median exponent between the two largest sizes."""
        return float(np.median(self.exponents()))

    @property
    def is_kept(self) -> bool:
        """Whether it grows no faster than its mathematics."""
        return self.exponent <= self.mathematics + TOLERANCE


@dataclass(frozen=True)
class Fit:
    """The curve t = a + b x^k."""

    a: float
    b: float
    k: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return seconds."""
        return np.asarray(self.a + self.b * x**self.k)

    def __str__(self) -> str:
        """Return it as a formula, in ms."""
        if self.b == 0 or self.k == 0:
            return f"{(self.a + self.b) * 1e3:.3g} ms"
        return f"{self.a * 1e3:.3g} + {self.b * 1e3:.2g} x^{self.k:.2f} ms"


def fit(sizes: np.ndarray, times: np.ndarray) -> Fit:
    """Return the curve with the least squares of relative errors.

    Args:
        sizes: (n,) positive.
        times: (n,) in seconds, positive.
    """
    candidates = [_with_exponent(sizes, times, float(k)) for k in EXPONENTS]
    return min(candidates, key=lambda each: _error(each, sizes, times))


def _with_exponent(sizes: np.ndarray, times: np.ndarray, k: float) -> Fit:
    """Return the best curve of one exponent; where a coefficient would be negative, it is 0."""
    powers = sizes**k
    columns = np.stack([1 / times, powers / times], axis=1)
    (a, b), *_ = np.linalg.lstsq(columns, np.ones(len(times)), rcond=None)
    if a < 0 or b < 0:
        alone = [
            columns[:, i] @ np.ones(len(times)) / (columns[:, i] @ columns[:, i]) for i in (0, 1)
        ]
        options = [Fit(float(alone[0]), 0.0, k), Fit(0.0, float(alone[1]), k)]
        return min(options, key=lambda each: _error(each, sizes, times))
    return Fit(float(a), float(b), k)


def _error(curve: Fit, sizes: np.ndarray, times: np.ndarray) -> float:
    return float(np.sum((curve(sizes) / times - 1) ** 2))
