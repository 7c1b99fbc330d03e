"""The spectral radius of a matrix, between two bounds that are made to meet.

For every n, with H rows and A^n made of eigenvalues to the n-th power,

    (|trace A^n| / H)^(1/n)  <=  rho(A)  <=  ||A^n||_F^(1/n)

The trace is the sum of H eigenvalues of A^n, none larger than rho^n; no norm of a power is smaller
than rho^n. Squaring again and again doubles n, and both bounds draw near to rho, also where the
largest eigenvalues are a complex pair or several at once: a trace that cancels out for one n does
not for 2n. Each square is divided by its norm, whose logarithm is kept, so that nothing overflows.
Eleven products of matrices do where `numpy.linalg.eigvals` takes two to seven times as long.

Source: Gelfand, Normierte Ringe (1941), for the limit of the norms.
"""

from __future__ import annotations

import math

import numpy as np

from tui_charrnn.engine.parameters import Array

WIDEST = 0.0099
"""How far apart the bounds may be, as a logarithm: what lies midway is within 0.5 %."""

MOST_SQUARINGS = 40
"""Enough for one Jordan block of 16,000 rows. Where rounding has spoilt a power, none is enough."""


def spectral_radius(matrix: Array) -> float:
    """Return the largest absolute value of the eigenvalues of a square matrix (H, H).

    It is within 0.5 % of the exact one. A matrix whose powers come to nothing has 0; where they do
    so only up to rounding (a nilpotent matrix in another basis), the result is as small and as
    arbitrary as that of `numpy.linalg.eigvals`. A matrix that is not finite has nan.
    """
    largest = float(np.abs(matrix).max())
    if not 0 < largest < math.inf:
        return 0.0 if largest == 0 else math.nan
    power = matrix.astype(np.float64) / largest
    offset, rows = math.log(largest), len(power)
    low, high = -math.inf, math.inf  # logarithms of the bounds, without the offset
    log_norm, exponent = 0.0, 1.0  # power * exp(log_norm * exponent) is the matrix to the exponent
    for _ in range(MOST_SQUARINGS):
        norm = float(np.linalg.norm(power))
        if norm == 0:
            return 0.0
        power /= norm
        log_norm += math.log(norm) / exponent
        high = min(high, log_norm)
        trace = abs(float(np.trace(power)))
        if trace > 0:
            low = max(low, log_norm + math.log(trace / rows) / exponent)
        if high - low <= WIDEST:
            return math.exp(offset + (low + high) / 2)
        power = np.dot(power, power)
        exponent *= 2
    return math.exp(offset + high)
