"""Named arrays that live in one flat buffer.

The optimizer, the clipping and the checks touch every parameter in the same way. Kept end to end
in one buffer, all of them are served by a handful of NumPy calls on a vector, however many arrays
a cell has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Shape = tuple[int, ...]
Weights = Mapping[str, Array]
"""The inner arrays of one layer by name: views of the flat vectors of a model."""

CACHE_LINE = 64
"""Bytes."""


class FlatArrays:
    """Arrays by name, each a view into `flat`, a vector that holds them in the layout's order."""

    def __init__(
        self, layout: Mapping[str, Shape], dtype: npt.DTypeLike, flat: Array | None = None
    ) -> None:
        """Allocate the buffer, filled with zeros.

        Args:
            layout: the shape of each array, by name.
            dtype: float32 or float64.
            flat: a buffer to use as it is, in place of a new one.
        """
        self.flat: Array = aligned_zeros(count(layout), np.dtype(dtype)) if flat is None else flat
        self._views: dict[str, Array] = {}
        start = 0
        for name, shape in layout.items():
            stop = start + math.prod(shape)
            self._views[name] = self.flat[start:stop].reshape(shape)
            start = stop

    def __getitem__(self, name: str) -> Array:
        """Return the named view; writing to it writes to `flat`."""
        return self._views[name]


def count(layout: Mapping[str, Shape]) -> int:
    """Return the number of elements of all arrays together."""
    return sum(math.prod(shape) for shape in layout.values())


def aligned_zeros(shape: int | Shape, dtype: np.dtype[Any]) -> Array:
    """Return zeros that begin at a cache line, which NumPy promises for no array of its own.

    A large one lies 16 bytes beside; then every vector register that is filled from it takes two
    lines, and a product of a row with (256, 256) a fifth longer.
    """
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    raw = np.zeros(size * dtype.itemsize + CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + size * dtype.itemsize].view(dtype).reshape(shape)


@lru_cache(maxsize=16)
def ones(length: int, dtype: np.dtype[Any]) -> Array:
    """Return a vector of ones, to add up rows by a product with it: always the same, to be read."""
    vector = np.ones(length, dtype)
    vector.flags.writeable = False
    return vector
