"""The vanilla (Elman) recurrent cell.

    h_t = tanh(Wxh x_t + Whh h_{t-1} + bh)

Backpropagation through time, with dh_t the whole derivative of the loss by h_t:

    da_t     = dh_t * (1 - h_t^2)
    dh_{t-1} = dLoss/dh_{t-1} directly + Whh^T da_t
    dWxh     = sum_t da_t x_t^T     dWhh = sum_t da_t h_{t-1}^T     dbh = sum_t da_t

Source: Elman, Finding structure in time (1990); Karpathy, min-char-rnn (2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from tui_charrnn.engine.cell import Scan, blocks_back, flat_rows, recurrent_factor
from tui_charrnn.engine.parameters import Array, Shape, Weights


class RNN:
    """Vanilla cell: `Wxh (H,V) Whh (H,H) bh (H,)`, kept as an embedding table, `Whh` and a bias."""

    name: ClassVar[str] = "rnn"
    activations: ClassVar[int] = 3
    STATE_PARTS: ClassVar[int] = 1
    INPUT_SCALE: ClassVar[tuple[float, ...]] = (1.0,)
    INITIAL_BIASES: ClassVar[Mapping[str, float]] = {}

    @staticmethod
    def layout(hidden: int, inputs: int) -> dict[str, Shape]:
        """Return the inner arrays: `embed` is Wxh transposed, so that a character is a row."""
        return {"Whh": (hidden, hidden), "embed": (1, inputs, hidden), "bias": (1, hidden)}

    @staticmethod
    def canonical(arrays: Weights) -> dict[str, Array]:
        """Return views named and shaped as in the equations."""
        return {"Wxh": arrays["embed"][0].T, "Whh": arrays["Whh"], "bh": arrays["bias"][0]}

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape (T,) or (T, B)."""
        return RNNScan(hidden, lead, dtype)

    @staticmethod
    def step(weights: Weights, raw: Array, state: Array) -> Array:
        """Return the state (H,) after one more input."""
        after: Array = raw[0]
        after += np.dot(weights["Whh"], state)
        return np.tanh(after, out=after)


class RNNScan:
    """Forward and backward pass of the vanilla cell over one window."""

    gates: Mapping[str, Array] = {}
    cells = None

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = np.zeros((steps + 1, *row), dtype)
        self.raw: Sequence[Array] = (self.hidden[1:],)
        self.d_raw: Array = np.empty((1, steps, *row), dtype)
        self._step: Array = np.empty(row, dtype)
        self._transposed = np.empty((hidden, hidden), dtype) if streams else None
        self._hidden_rows = list(self.hidden)
        self._d_raw_rows = list(self.d_raw[0])
        self._blocks = blocks_back(steps, self._step.size)

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw`, which becomes the hidden states, from a state ([B,] H)."""
        self.hidden[0] = state
        self._recur(recurrent_factor(weights["Whh"], self._transposed))

    def last_state(self) -> Array:
        """Return a copy of the hidden state after the window, ([B,] H)."""
        after: Array = self.hidden[-1].copy()
        return after

    def _recur(self, factor: Array) -> None:
        dot, add, tanh, step = np.dot, np.add, np.tanh, self._step
        before = self._hidden_rows[0]
        for row in self._hidden_rows[1:]:
            dot(before, factor, out=step)
            add(row, step, out=row)
            tanh(row, out=row)
            before = row

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw` and the gradient of `Whh` from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = list(d_hidden)
        self._step.fill(0)
        for steps in self._blocks:
            self._local_derivatives(steps)
            self._recur_back(weights["Whh"], d_hidden_rows[steps], self._d_raw_rows[steps])
        if gradients is not None:
            d_raw, before = flat_rows(self.d_raw[0]), flat_rows(self.hidden[:-1])
            np.dot(d_raw.T, before, out=gradients["Whh"])

    def d_state(self, d_hidden: Array) -> Array:
        """Return the derivative by every hidden state, which is all of the state."""
        return d_hidden

    def _local_derivatives(self, steps: slice) -> None:
        """Put 1 - h^2 into the gradient buffer, which the backward loop multiplies by dh."""
        hidden, d_raw = self.hidden[1:][steps], self.d_raw[0, steps]
        np.multiply(hidden, hidden, out=d_raw)
        np.subtract(1, d_raw, out=d_raw)

    def _recur_back(self, factor: Array, d_hidden: list[Array], d_raw_rows: list[Array]) -> None:
        """Go back through some steps; `_step` holds what the future adds to their last dh."""
        dot, add, multiply, future = np.dot, np.add, np.multiply, self._step
        for d_h, d_raw in zip(reversed(d_hidden), reversed(d_raw_rows), strict=True):
            add(d_h, future, out=d_h)
            multiply(d_raw, d_h, out=d_raw)
            dot(d_raw, factor, out=future)
