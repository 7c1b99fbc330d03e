"""What every recurrent cell offers to the model, and the little that all cells share.

Shapes: T characters a window, B streams, H hidden units, V distinct characters. With one stream
the axis B is absent, so that the recurrence is made of matrix-vector products. What a cell reads
is no business of its own: a layer hands it W x + b, be x a character or the layer below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, Protocol

import numpy as np

from tui_charrnn.engine.parameters import Array, Shape, Weights, aligned_zeros

FEW = 2_500_000
"""Multiplications of a product with one-hot rows that takes no longer than to sort the rows."""

MANY = 32
"""Places of an id from which on its rows are summed alone."""

BLOCK = 32_768
"""Elements of an array that are prepared at a time for the backward loop: they stay in cache."""


class Scan(Protocol):
    """The buffers of one window shape, with the passes of a cell over them.

    `raw` are the K arrays (T, [B,] H) that the layer fills with W x + b of each part of the cell
    before the forward pass, which overwrites them; `d_raw` (K, T, [B,] H) is what the backward
    pass leaves: dLoss/d(W x + b).
    `hidden` is (T+1, [B,] H): the hidden state before the first character, then after each one.
    """

    hidden: Array
    raw: Sequence[Array]
    d_raw: Array

    @property
    def gates(self) -> Mapping[str, Array]:
        """The gates of the last forward pass, (T, [B,] H) each, by their names."""
        ...

    @property
    def cells(self) -> Array | None:
        """The cell state as `hidden` is laid out; None where a cell has none."""
        ...

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw` from a state ([B,] P*H); `hidden` holds what comes of it."""
        ...

    def last_state(self) -> Array:
        """Return a copy of the state after the window, ([B,] P*H)."""
        ...

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw`, and the recurrent gradients, from dLoss/dh of the window, (T, [B,] H).

        `d_hidden` is overwritten with the whole derivative, the future's share included. Where
        `gradients` is None, none are filled.
        """
        ...

    def d_state(self, d_hidden: Array) -> Array:
        """Return the derivative by every state, (T, [B,] P*H), after the backward pass."""
        ...


class Cell(Protocol):
    """A recurrent cell: its parameters, and the scans that run it over a window."""

    name: ClassVar[str]
    activations: ClassVar[int]
    """Arrays of shape (T, B, H) for the memory estimate: those kept, and one for look-ups.

    What is kept of a block alone counts as one more.
    """

    STATE_PARTS: ClassVar[int]
    """P, the vectors (H,) that its state is made of, end to end; the first is the hidden state."""

    INITIAL_BIASES: ClassVar[Mapping[str, float]]
    """The biases that do not start at 0, by their canonical names."""

    @staticmethod
    def layout(hidden: int, inputs: int) -> dict[str, Shape]:
        """Return the inner arrays, fused and transposed as speed wants.

        Among them are `embed` (K, inputs, H), the K input matrices transposed, and `bias` (K, H).
        """
        ...

    @staticmethod
    def canonical(arrays: Weights) -> dict[str, Array]:
        """Return views of the inner arrays under the names and shapes that the field uses."""
        ...

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape `lead`, which is (T,) or (T, B)."""
        ...

    @staticmethod
    def stepper(weights: Weights, state: Array) -> Callable[[Array], None]:
        """Return what changes `state` (P*H,) to the one after an input, given its W x + b (K*H,).

        What sampling needs: all buffers are allocated here. W x + b is only read.
        """
        ...


def beside(parts: int, lead: Shape, hidden: int, dtype: np.dtype[np.floating]) -> Array:
    """Allocate (parts, T, [B,] H) so that one call can serve all parts of a step.

    With one stream, the parts of a step are neighbours in memory. With B streams, each is a block
    of its own: calls are few then, and rows of H elements with gaps between them would be slow.
    """
    if len(lead) == 1:
        return aligned_zeros((*lead, parts, hidden), dtype).swapaxes(0, 1)
    return aligned_zeros((parts, *lead, hidden), dtype)


def add_rows_by_id(rows: Array, ids: Array, out: Array) -> None:
    """Set out[k, v] to the sum of the rows k whose id is v: gradients of embedding tables.

    Args:
        rows: (K, N, H) gradients of the looked-up rows, laid out as `beside` does.
        ids: (N,) which row of the tables each one came from.
        out: (K, V, H), overwritten.
    """
    parts, count, hidden = rows.shape
    counts = np.bincount(ids, minlength=out.shape[1])
    present = np.flatnonzero(counts)
    sums_of: Callable[[Array], Array]
    if len(present) * rows.size <= FEW:
        sums_of = (present[:, np.newaxis] == ids).astype(rows.dtype).dot
    else:
        sums_of = partial(_group_sums, _groups(ids, present, counts[present], rows.dtype))
    out.fill(0)
    steps = rows.swapaxes(0, 1)
    if steps.flags.c_contiguous:  # one stream: the parts of a step are one row
        sums = sums_of(steps.reshape(count, parts * hidden))
        out[:, present] = sums.reshape(-1, parts, hidden).swapaxes(0, 1)
    else:
        for table, part in zip(out, rows, strict=True):
            table[present] = sums_of(part)


def _groups(
    ids: Array, present: Array, counts: Array, dtype: np.dtype[np.floating]
) -> list[tuple[Array, Array]]:
    """Cut the ids that there are, ascending, into groups of neighbours.

    A group is where its ids stand (n,), and a one-hot matrix that tells which id stands there.
    Ids that are rare share one, so that there are few; those of `MANY` places have their own.
    """
    order, stops = np.argsort(ids, kind="stable"), np.cumsum(counts)
    starts, alone = stops - counts, counts >= MANY
    begins = (np.diff(starts // MANY) > 0) | alone[1:] | alone[:-1]
    firsts = np.flatnonzero(np.append(True, begins)).tolist()
    groups = []
    for first, stop in zip(firsts, [*firsts[1:], len(present)], strict=True):
        places = order[starts[first] : stops[stop - 1]]
        one_hot = present[first:stop, np.newaxis] == ids[places]
        groups.append((places, one_hot.astype(dtype)))
    return groups


def _group_sums(groups: list[tuple[Array, Array]], rows: Array) -> Array:
    """Return the sum of the rows (N, H) of each id that there is, (U, H)."""
    most = max(len(places) for places, _ in groups)
    gathered = np.empty((most, rows.shape[1]), rows.dtype)
    length = sum(len(one_hot) for _, one_hot in groups)
    sums, first = np.empty((length, rows.shape[1]), rows.dtype), 0
    for places, one_hot in groups:
        found, stop = gathered[: len(places)], first + len(one_hot)
        rows.take(places, 0, found, "clip")
        one_hot.dot(found, sums[first:stop])
        first = stop
    return sums


class RowViews:
    """The rows of an array, each a view; to make them takes a while, and the same array returns."""

    def __init__(self) -> None:
        """Have none yet."""
        self._array: Array | None = None
        self._rows: list[Array] = []

    def of(self, array: Array) -> list[Array]:
        """Return the rows, made anew only for another array than the last time."""
        if array is not self._array:
            self._array, self._rows = array, list(array)
        return self._rows


def blocks_back(steps: int, row_size: int) -> list[slice]:
    """Cut T steps of `row_size` elements into blocks that fit the cache, last block first."""
    length = max(1, BLOCK // row_size)
    return [slice(start, start + length) for start in range(0, steps, length)][::-1]


def flat_rows(array: Array) -> Array:
    """View (T, [B,] K) as the matrix (T*B, K) that one matrix product can take."""
    return array.reshape(-1, array.shape[-1])
