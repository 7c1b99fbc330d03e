"""The vanilla (Elman) recurrent cell.

    h_t = tanh(Wxh x_t + Whh h_{t-1} + bh)

Backpropagation through time, with dh_t the whole derivative of the loss by h_t:

    da_t     = dh_t * (1 - h_t^2)
    dh_{t-1} = dLoss/dh_{t-1} directly + Whh^T da_t
    dWxh     = sum_t da_t x_t^T     dWhh = sum_t da_t h_{t-1}^T     dbh = sum_t da_t

Source: Elman, Finding structure in time (1990); Karpathy, min-char-rnn (2015).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tui_charrnn.engine.cell import (
    Scan,
    blocks_back,
    flat_rows,
    input_table,
    look_up,
    recurrent_factor,
    sum_input_gradients,
)
from tui_charrnn.engine.parameters import Array, FlatArrays, Shape


class RNN:
    """Vanilla cell: `Wxh (H,V) Whh (H,H) bh (H,)`, kept as an embedding table, `Whh` and a bias."""

    name: ClassVar[str] = "rnn"
    activations: ClassVar[int] = 3

    @staticmethod
    def layout(hidden: int, vocab: int) -> dict[str, Shape]:
        """Return the inner arrays: `embed` is Wxh transposed, so that a character is a row."""
        return {"Whh": (hidden, hidden), "embed": (1, vocab, hidden), "bias": (1, hidden)}

    @staticmethod
    def canonical(arrays: FlatArrays) -> dict[str, Array]:
        """Return views named and shaped as in the equations."""
        return {"Wxh": arrays["embed"][0].T, "Whh": arrays["Whh"], "bh": arrays["bias"][0]}

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape (T,) or (T, B)."""
        return RNNScan(hidden, lead, dtype)

    @staticmethod
    def step(weights: FlatArrays, identifier: int, state: Array) -> Array:
        """Return the state (H,) after one more character."""
        after: Array = weights["embed"][0, identifier] + weights["bias"][0]
        after += np.dot(weights["Whh"], state)
        return np.tanh(after, out=after)


class RNNScan:
    """Forward and backward pass of the vanilla cell over one window."""

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = np.zeros((steps + 1, *row), dtype)
        self._inputs: Array = np.zeros(lead, np.intp)
        self._d_raw: Array = np.empty((steps, *row), dtype)
        self._step: Array = np.empty(row, dtype)
        self._transposed = np.empty((hidden, hidden), dtype) if streams else None
        self._hidden_rows = list(self.hidden)
        self._d_raw_rows = list(self._d_raw)
        self._blocks = blocks_back(steps, self._step.size)

    def forward(self, weights: FlatArrays, inputs: Array, state: Array) -> Array:
        """Read the window; return the states after each character, (T, [B,] H)."""
        np.copyto(self._inputs, inputs)
        after = self.hidden[1:]
        self.hidden[0] = state
        look_up(input_table(weights), inputs, after[np.newaxis])
        self._recur(recurrent_factor(weights["Whh"], self._transposed))
        return after

    def _recur(self, factor: Array) -> None:
        dot, add, tanh, step = np.dot, np.add, np.tanh, self._step
        before = self._hidden_rows[0]
        for row in self._hidden_rows[1:]:
            dot(before, factor, out=step)
            add(row, step, out=row)
            tanh(row, out=row)
            before = row

    def backward(self, weights: FlatArrays, gradients: FlatArrays | None, d_hidden: Array) -> None:
        """Fill the gradients of `embed`, `Whh` and `bias` from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = list(d_hidden)
        self._step.fill(0)
        for steps in self._blocks:
            self._local_derivatives(steps)
            self._recur_back(weights["Whh"], d_hidden_rows[steps], self._d_raw_rows[steps])
        if gradients is not None:
            self._sum_gradients(gradients)

    def _sum_gradients(self, gradients: FlatArrays) -> None:
        np.dot(flat_rows(self._d_raw).T, flat_rows(self.hidden[:-1]), out=gradients["Whh"])
        sum_input_gradients(gradients, self._d_raw[np.newaxis], self._inputs)

    def _local_derivatives(self, steps: slice) -> None:
        """Put 1 - h^2 into the gradient buffer, which the backward loop multiplies by dh."""
        hidden, d_raw = self.hidden[1:][steps], self._d_raw[steps]
        np.multiply(hidden, hidden, out=d_raw)
        np.subtract(1, d_raw, out=d_raw)

    def _recur_back(self, factor: Array, d_hidden: list[Array], d_raw_rows: list[Array]) -> None:
        """Go back through some steps; `_step` holds what the future adds to their last dh."""
        dot, add, multiply, future = np.dot, np.add, np.multiply, self._step
        for d_h, d_raw in zip(reversed(d_hidden), reversed(d_raw_rows), strict=True):
            add(d_h, future, out=d_h)
            multiply(d_raw, d_h, out=d_raw)
            dot(d_raw, factor, out=future)
