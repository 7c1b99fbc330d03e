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

BLOCK = 32_768
"""Elements of an array that are prepared at a time for the backward loop: they stay in cache."""


class Scan(Protocol):
    """The buffers of one window shape, with the passes over them.

    `hidden` is (T+1, [B,] H): the state before the first character, then after each one.
    """

    hidden: Array

    def forward(self, weights: FlatArrays, inputs: Array, state: Array) -> Array:
        """Read `inputs` (T, [B]) from `state` ([B,] H); return the states after, (T, [B,] H)."""
        ...

    def backward(self, weights: FlatArrays, gradients: FlatArrays | None, d_hidden: Array) -> None:
        """Fill the cell's gradients from dLoss/dh of the last forward pass, (T, [B,] H).

        `d_hidden` is overwritten with the whole derivative, the future's share included. Where
        `gradients` is None, that is all.
        """
        ...


class Cell(Protocol):
    """A recurrent cell: its parameters, and the scans that run it over a window."""

    name: ClassVar[str]
    activations: ClassVar[int]
    """Arrays of shape (T, B, H) for the memory estimate: those kept, and one for look-ups."""

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


def beside(parts: int, lead: Shape, hidden: int, dtype: np.dtype[np.floating]) -> Array:
    """Allocate (parts, T, [B,] H) so that one call can serve all parts of a step.

    With one stream, the parts of a step are neighbours in memory. With B streams, each is a block
    of its own: calls are few then, and rows of H elements with gaps between them would be slow.
    """
    if len(lead) == 1:
        return np.empty((*lead, parts, hidden), dtype).swapaxes(0, 1)
    return np.empty((parts, *lead, hidden), dtype)


def input_table(weights: FlatArrays) -> Array:
    """Return W x + b of every character x, for all K input matrices: (K, V, H)."""
    table: Array = weights["embed"] + weights["bias"][:, np.newaxis]
    return table


def look_up(table: Array, ids: Array, out: Array) -> None:
    """Set out[k] (T, [B,] H) to the rows `ids` (T, [B]) of table[k] (V, H), for all k."""
    for rows, result in zip(table, out, strict=True):
        np.take(rows, ids, axis=0, out=result, mode="clip")


def sum_input_gradients(gradients: FlatArrays, d_raw: Array, ids: Array) -> None:
    """Fill the gradients of `embed` and `bias` from dLoss/d(W x + b), (K, T, [B,] H).

    Every character is one row of the table, so the rows' gradients add up to the bias' one.
    """
    rows = d_raw.reshape(len(d_raw), -1, d_raw.shape[-1])
    add_rows_by_id(rows, ids.ravel(), gradients["embed"])
    np.sum(gradients["embed"], axis=1, out=gradients["bias"])


def add_rows_by_id(rows: Array, ids: Array, out: Array) -> None:
    """Set out[k, v] to the sum of the rows k whose id is v: gradients of embedding tables.

    Args:
        rows: (K, N, H) gradients of the looked-up rows.
        ids: (N,) which row of the tables each one came from.
        out: (K, V, H), overwritten.
    """
    if out.shape[1] <= ONE_HOT_LIMIT:
        one_hot = np.zeros((len(ids), out.shape[1]), rows.dtype)
        one_hot[np.arange(len(ids)), ids] = 1
        np.matmul(one_hot.T, rows, out=out)
        return
    order = np.argsort(ids, kind="stable")
    present, starts = np.unique(ids[order], return_index=True)
    out.fill(0)
    for sums, table_rows in zip(out, rows, strict=True):
        sums[present] = np.add.reduceat(table_rows[order], starts, axis=0)


def blocks_back(steps: int, row_size: int) -> list[slice]:
    """Cut T steps of `row_size` elements into blocks that fit the cache, last block first."""
    length = max(1, BLOCK // row_size)
    return [slice(start, start + length) for start in range(0, steps, length)][::-1]


def flat_rows(array: Array) -> Array:
    """View (T, [B,] K) as the matrix (T*B, K) that one matrix product can take."""
    return array.reshape(-1, array.shape[-1])


def recurrent_factor(matrix: Array, scratch: Array | None) -> Array:
    """Return the transpose of ([K,] H, H) that a row vector or a (B, H) matrix is multiplied with.

    A matrix product with B rows runs faster on a transposed copy, which pays for itself over
    T steps; for a single row the view is as fast. `scratch` has the shape of the matrix, or is
    None for a single row.
    """
    if scratch is None:
        return flat_rows(matrix).T
    np.copyto(scratch, matrix.swapaxes(-1, -2))
    return scratch
