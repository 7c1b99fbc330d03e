"""The vanilla (Elman) recurrent cell.

    h_t = tanh(Wxh x_t + Whh h_{t-1} + bh)

Backpropagation through time, with dh_t the whole derivative of the loss by h_t:

    da_t     = dh_t * (1 - h_t^2)
    dh_{t-1} = dLoss/dh_{t-1} directly + Whh^T da_t
    dWxh     = sum_t da_t x_t^T     dWhh = sum_t da_t h_{t-1}^T     dbh = sum_t da_t

Source: Elman, Finding structure in time (1990); Karpathy, min-char-rnn (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np

from tui_charrnn.engine.cell import RowViews, Scan, blocks_back, flat_rows
from tui_charrnn.engine.parameters import Array, Shape, Weights, aligned_zeros
from tui_charrnn.engine.products import Product, Products


class RNN:
    """Vanilla cell: `Wxh (H,V) Whh (H,H) bh (H,)`, kept as an embedding table, `Whh` and a bias."""

    name: ClassVar[str] = "rnn"
    activations: ClassVar[int] = 3
    STATE_PARTS: ClassVar[int] = 1
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
    def stepper(weights: Weights, state: Array) -> Callable[[Array], None]:
        """Return what changes the state (H,) to the one after an input, given its W x + b."""
        add, tanh = np.add, np.tanh
        recurrent, after = weights["Whh"].dot, np.empty_like(state)

        def step(raw: Array) -> None:
            recurrent(state, after)
            add(raw, after, after)
            tanh(after, state)

        return step


class RNNScan:
    """Forward and backward pass of the vanilla cell over one window."""

    gates: Mapping[str, Array] = {}
    cells = None

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = aligned_zeros((steps + 1, *row), dtype)
        self.raw: Sequence[Array] = (self.hidden[1:],)
        self.d_raw: Array = aligned_zeros((1, steps, *row), dtype)
        self._product = Products(1, row, dtype)
        self._blocks = blocks_back(steps, self._product.result.size)
        self._d_hidden_rows = RowViews()
        self._forward_rows = list(
            zip(map(self._product.each, self.hidden[:-1]), self.hidden[1:], strict=True)
        )
        self._backward_rows = list(
            zip(self.d_raw[0], map(self._product.each, self.d_raw[0]), strict=True)
        )

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw`, which becomes the hidden states, from a state ([B,] H)."""
        self.hidden[0] = state
        self._recur(self._product.transposed(weights["Whh"]))

    def last_state(self) -> Array:
        """Return a copy of the hidden state after the window, ([B,] H)."""
        after: Array = self.hidden[-1].copy()
        return after

    def _recur(self, factor: Array) -> None:
        add, tanh, (step,), out = np.add, np.tanh, self._product.result, self._product.out
        for times, row in self._forward_rows:
            times(factor, out)
            add(row, step, row)
            tanh(row, row)

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw` and the gradient of `Whh` from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = self._d_hidden_rows.of(d_hidden)
        factor = self._product.straight(weights["Whh"])
        self._product.result.fill(0)
        for steps in self._blocks:
            self._local_derivatives(steps)
            self._recur_back(factor, d_hidden_rows[steps], self._backward_rows[steps])
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

    def _recur_back(
        self, factor: Array, d_hidden: list[Array], rows: list[tuple[Array, Product]]
    ) -> None:
        """Go back through some steps; the last product is what the future adds to the next dh."""
        add, multiply, (future,), out = np.add, np.multiply, self._product.result, self._product.out
        for d_h, (d_raw, times) in zip(reversed(d_hidden), reversed(rows), strict=True):
            add(d_h, future, d_h)
            multiply(d_raw, d_h, d_raw)
            times(factor, out)
