"""What every recurrent cell offers to the model, and the little that all cells share.

Shapes: T characters a window, B streams, H hidden units, V distinct characters. With one stream
the axis B is absent, so that the recurrence is made of matrix-vector products.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np

from tui_charrnn.engine.parameters import Array, FlatArrays, Shape

ONE_HOT_LIMIT = 256
"""Up to this vocabulary a product with one-hot rows sums gradients faster than sorting does."""


class Scan(Protocol):
    """The buffers of one window shape, with the passes over them.

    `hidden` is (T+1, [B,] H): the state before the first character, then after each one.
    """

    hidden: Array

    def forward(self, weights: FlatArrays, inputs: Array, state: Array) -> Array:
        """Read `inputs` (T, [B]) from `state` ([B,] H); return the states after, (T, [B,] H)."""
        ...

    def backward(self, weights: FlatArrays, gradients: FlatArrays, d_hidden: Array) -> None:
        """Fill the cell's gradients from dLoss/dh of the last forward pass, (T, [B,] H).

        `d_hidden` is overwritten with the whole derivative, the future's share included.
        """
        ...


class Cell(Protocol):
    """A recurrent cell: its parameters, and the scans that run it over a window."""

    name: ClassVar[str]
    activations: ClassVar[int]
    """Arrays of shape (T, B, H) that a scan keeps, for the memory estimate."""

    @staticmethod
    def layout(hidden: int, vocab: int) -> dict[str, Shape]:
        """Return the inner arrays, fused and transposed as speed wants."""
        ...

    @staticmethod
    def canonical(arrays: FlatArrays) -> dict[str, Array]:
        """Return views of the inner arrays under the names and shapes that the field uses."""
        ...

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape `lead`, which is (T,) or (T, B)."""
        ...

    @staticmethod
    def step(weights: FlatArrays, identifier: int, state: Array) -> Array:
        """Return the state (H,) after one more character: what sampling needs."""
        ...


def add_rows_by_id(rows: Array, ids: Array, out: Array) -> None:
    """Set out[v] to the sum of the rows whose id is v: the gradient of an embedding table.

    Args:
        rows: (N, K) gradients of the looked-up rows.
        ids: (N,) which row of the table each one came from.
        out: (V, K), overwritten.
    """
    if out.shape[0] <= ONE_HOT_LIMIT:
        one_hot = np.zeros((len(ids), out.shape[0]), rows.dtype)
        one_hot[np.arange(len(ids)), ids] = 1
        np.dot(one_hot.T, rows, out=out)
        return
    order = np.argsort(ids, kind="stable")
    present, starts = np.unique(ids[order], return_index=True)
    out.fill(0)
    out[present] = np.add.reduceat(rows[order], starts, axis=0)


def flat_rows(array: Array) -> Array:
    """View (T, [B,] K) as the matrix (T*B, K) that one matrix product can take."""
    return array.reshape(-1, array.shape[-1])


def recurrent_factor(matrix: Array, scratch: Array | None) -> Array:
    """Return the transpose of (K, H) that a row vector or a (B, H) matrix is multiplied with.

    A matrix product with B rows runs faster on a transposed copy, which pays for itself over
    T steps; for a single row the view is as fast. `scratch` is (H, K), or None for a single row.
    """
    if scratch is None:
        return matrix.T
    np.copyto(scratch, matrix.T)
    return scratch
