"""Products of the recurrence: the rows of one step after the other, times the same matrices.

A single row times (H, H) takes as long as the matrix needs to come from the cache; no other way to
store it is faster.

B rows are another matter. OpenBLAS copies a matrix into an order of its own at every product,
unless the product is small: up to `SMALL` multiplications, its kernels for AVX-512 read both sides
where they lie. So (B, H) times (H, H) is cut into blocks of columns that are small, and one call
multiplies with all of them. Each block is stored in one piece, since rows 4096 bytes apart would
drive each other out of the cache; that copy is made once for all T steps.

Source: OpenBLAS, kernel/x86_64/sgemm_small_kernel_permit_skylakex.c.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from tui_charrnn.engine.parameters import Array, Shape, aligned_zeros

SMALL = 100**3
"""Multiplications up to which OpenBLAS copies nothing."""

NARROWEST = 8
"""Columns of a block: with fewer, most of a vector register would be empty."""

NONE = slice(0)

Product = Callable[[Array, Array], Array]
"""Multiplies the rows of one step with the factor given first, and writes to the second array."""


@cache
def has_small_kernels() -> bool:
    """Return whether NumPy multiplies with an OpenBLAS that has such kernels for this processor."""
    found = np.show_config(mode="dicts")
    features = found["SIMD Extensions"]["found"]
    is_openblas = "openblas" in found["Build Dependencies"]["blas"]["name"]
    return is_openblas and ("X86_V4" in features or "AVX512_SKX" in features)


def block_width(streams: int, hidden: int) -> int:
    """Return how many of H columns a block has: the most that make it small, or else all."""
    most = SMALL // (streams * hidden)
    if most >= hidden or not has_small_kernels():
        return hidden
    return next((n for n in range(most, NARROWEST - 1, -1) if hidden % n == 0), hidden)


class Products:
    """Products of rows ([B,] H) with K matrices (H, H) that stay the same for many steps.

    Attributes:
        result: (K, [B,] H), where the products with each matrix are found.
        out: the same numbers in the shape that the products want to write to.
    """

    def __init__(
        self, parts: int, row: Shape, dtype: np.dtype[np.floating], negated: slice = NONE
    ) -> None:
        """Allocate.

        Args:
            parts: K.
            row: ([B,] H).
            dtype: float32 or float64.
            negated: which of the matrices are multiplied by -1 before they are transposed.
        """
        *streams, hidden = row
        self._single, self._negated = not streams, negated
        self._shape = parts, hidden, hidden
        width = block_width(streams[0], hidden) if streams else hidden
        self._blocked = parts, hidden // width, hidden, width
        self._is_plain = self._blocked[:2] == (1, 1)
        self._copy: Array = aligned_zeros(self._blocked if streams or negated != NONE else 0, dtype)
        self.result: Array = aligned_zeros((parts, *row), dtype)
        self.out: Array
        if self._single:
            self.out = self.result.reshape(-1)
        elif self._is_plain:
            self.out = self.result[0]
        else:
            self.out = self.result.reshape(parts, *streams, -1, width).swapaxes(1, 2)

    def transposed(self, matrices: Array) -> Array:
        """Return the factor for rows times the transposes of ([K,] H, H); maybe a view of them."""
        parts, blocks, hidden, width = self._blocked
        if self._single:
            if self._negated != NONE:
                np.copyto(self._copy[:, 0], matrices)
                self._negate()
                matrices = self._copy
            return matrices.reshape(-1, hidden).T
        np.copyto(self._copy, matrices.reshape(parts, blocks, width, hidden).swapaxes(2, 3))
        self._negate()
        return self._factor(self._copy)

    def _negate(self) -> None:
        negated = self._copy[self._negated]
        np.negative(negated, out=negated)

    def straight(self, matrices: Array) -> Array:
        """Return the factor for rows times ([K,] H, H); maybe a view of them."""
        parts, blocks, hidden, width = self._blocked
        if self._single:
            return matrices.reshape(-1, hidden)
        columns = matrices.reshape(parts, hidden, blocks, width).swapaxes(1, 2)
        if blocks == 1:
            return self._factor(columns)
        np.copyto(self._copy, columns)
        return self._factor(self._copy)

    def _factor(self, blocks: Array) -> Array:
        return blocks[0, 0] if self._is_plain else blocks

    def each(self, row: Array) -> Product:
        """Return what multiplies one `row` ([B,] H) with each matrix; it writes to `out`.

        The method of an array costs less to call than the function of the same name.
        """
        return row.dot if self._single or self._is_plain else partial(np.matmul, row)

    def sum(self, rows: Array) -> Product:
        """Return what multiplies `rows` (K, [B,] H) with one matrix each, and adds that up.

        It writes to an array ([B,] H). With one stream, the rows have to be neighbours.
        """
        if self._single:
            return rows.reshape(-1).dot
        return partial(self._sum, rows[:, np.newaxis])

    def _sum(self, rows: Array, factor: Array, out: Array) -> Array:
        np.matmul(rows, factor, self.out)
        first, second, *others = self.result
        np.add(first, second, out)
        for other in others:
            np.add(out, other, out)
        return out
