"""The gated recurrent unit, with the reset gate applied before the recurrent product.

    z_t = sigmoid(Wxz x_t + Whz h_{t-1} + bz)             update gate
    r_t = sigmoid(Wxr x_t + Whr h_{t-1} + br)             reset gate
    c_t = tanh(Wxh x_t + Whh (r_t * h_{t-1}) + bh)        candidate
    h_t = (1 - z_t) * h_{t-1} + z_t * c_t

Backpropagation through time, with dh_t the whole derivative of the loss by h_t:

    dc_raw   = dh_t * z_t * (1 - c_t^2)
    dz_raw   = dh_t * (c_t - h_{t-1}) * z_t * (1 - z_t)
    drh      = Whh^T dc_raw
    dr_raw   = drh * h_{t-1} * r_t * (1 - r_t)
    dh_{t-1} = dLoss/dh_{t-1} directly + dh_t * (1 - z_t) + drh * r_t + Whz^T dz_raw + Whr^T dr_raw

Source: Cho et al., Learning phrase representations using RNN encoder-decoder (2014), whose z and
1 - z are exchanged here as in Chung et al. (2014).

What is kept of a gate is its reciprocal, 1 + exp(-x): a product with the gate is then a division,
which takes no more calls, and the sigmoid takes fewer. Where exp(-x) overflows to infinity, the
division gives the 0 that it should. The two gates are stacked: for one stream they are one vector,
and both cost one matrix-vector product a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tui_charrnn.engine.cell import RowViews, Scan, beside, blocks_back, flat_rows
from tui_charrnn.engine.parameters import Array, Shape, Weights, aligned_zeros
from tui_charrnn.engine.products import Products

GATES = slice(1, 3)
"""Where z and r stand among the three parts c, z, r of what is kept for each."""


class GRU:
    """GRU cell: `Wxz Wxr Wxh (H,V) Whz Whr Whh (H,H) bz br bh (H,)`, kept in stacks."""

    name: ClassVar[str] = "gru"
    activations: ClassVar[int] = 10
    STATE_PARTS: ClassVar[int] = 1
    INITIAL_BIASES: ClassVar[Mapping[str, float]] = {}

    @staticmethod
    def layout(hidden: int, inputs: int) -> dict[str, Shape]:
        """Return the inner arrays: stacks of candidate, z, r; in `embed` characters are rows."""
        return {
            "Whh": (hidden, hidden),
            "Wh_gates": (2, hidden, hidden),
            "embed": (3, inputs, hidden),
            "bias": (3, hidden),
        }

    @staticmethod
    def canonical(arrays: Weights) -> dict[str, Array]:
        """Return views named and shaped as in the equations."""
        embed, gates, bias = arrays["embed"], arrays["Wh_gates"], arrays["bias"]
        return {
            "Wxz": embed[1].T, "Whz": gates[0], "bz": bias[1],
            "Wxr": embed[2].T, "Whr": gates[1], "br": bias[2],
            "Wxh": embed[0].T, "Whh": arrays["Whh"], "bh": bias[0],
        }  # fmt: skip

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape (T,) or (T, B)."""
        return GRUScan(hidden, lead, dtype)

    @staticmethod
    def stepper(weights: Weights, state: Array) -> Callable[[Array], None]:
        """Return what changes the state (H,) to the one after an input, given its W x + b (3H,)."""
        add, subtract, negative, divide = np.add, np.subtract, np.negative, np.divide
        tanh, exp = np.tanh, np.exp
        to_gates, recurrent = flat_rows(weights["Wh_gates"]).dot, weights["Whh"].dot
        size, one = len(state), np.ones((), state.dtype)
        gates, candidate = np.empty(2 * size, state.dtype), np.empty_like(state)
        update, reset = gates[:size], gates[size:]

        def step(raw: Array) -> None:
            to_gates(state, gates)
            add(raw[size:], gates, gates)
            negative(gates, gates)
            exp(gates, gates)
            add(gates, one, gates)
            divide(state, reset, reset)
            recurrent(reset, candidate)
            add(raw[:size], candidate, candidate)
            tanh(candidate, candidate)
            subtract(candidate, state, candidate)
            divide(candidate, update, candidate)
            add(state, candidate, state)

        return step


class GRUScan:
    """Forward and backward pass of the GRU over one window."""

    cells = None

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = aligned_zeros((steps + 1, *row), dtype)
        self._reciprocals: Array = beside(2, lead, hidden, dtype)
        self._candidate, self._reset_hidden = aligned_zeros((2, steps, *row), dtype)
        self.raw: Sequence[Array] = (self._candidate, *self._reciprocals)
        self.d_raw: Array = beside(3, lead, hidden, dtype)
        self._future: Array = aligned_zeros(row, dtype)
        self._product = Products(1, row, dtype)
        self._gate_product = Products(2, row, dtype, negated=slice(0, 2))
        self._blocks = blocks_back(steps, self._future.size)
        self._d_hidden_rows = RowViews()
        longest = min(steps, self._blocks[-1].stop)
        self._gates: Array = aligned_zeros((2, longest, *row), dtype)  # 1 - z, and r, of a block
        self._list_rows()

    def _list_rows(self) -> None:
        before, d_gates = self.hidden[:-1], self.d_raw[GATES].swapaxes(0, 1)
        self._forward_rows = list(
            zip(
                map(self._gate_product.each, before), before, self._reciprocals.swapaxes(0, 1),
                *self._reciprocals, map(self._product.each, self._reset_hidden),
                self._reset_hidden, self._candidate, self.hidden[1:],
                strict=True,
            )
        )  # fmt: skip
        self._backward_rows = list(
            zip(
                *self.d_raw, map(self._product.each, self.d_raw[0]),
                map(self._gate_product.sum, d_gates),
                strict=True,
            )
        )  # fmt: skip
        self._gate_rows = list(zip(*self._gates, strict=True))

    @property
    def gates(self) -> Mapping[str, Array]:
        """The gates of the last forward pass, (T, [B,] H)."""
        update, reset = 1 / self._reciprocals
        return {"update": update, "reset": reset}

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw`, from a state ([B,] H).

        `raw` becomes candidates and reciprocals of the gates.
        """
        self.hidden[0] = state
        self._recur(
            self._gate_product.transposed(weights["Wh_gates"]),
            self._product.transposed(weights["Whh"]),
        )

    def last_state(self) -> Array:
        """Return a copy of the hidden state after the window, ([B,] H)."""
        after: Array = self.hidden[-1].copy()
        return after

    def _recur(self, gate_factor: Array, factor: Array) -> None:
        add, subtract, divide, tanh, exp = np.add, np.subtract, np.divide, np.tanh, np.exp
        gates_step, gates_out = self._gate_product.result, self._gate_product.out
        (step,), out = self._product.result, self._product.out
        one = np.ones((), step.dtype)
        for (
            times_gates, before, gates, update, reset, times, reset_hidden, candidate, after,
        ) in self._forward_rows:  # fmt: skip
            times_gates(gate_factor, gates_out)
            subtract(gates_step, gates, gates)
            exp(gates, gates)
            add(gates, one, gates)
            divide(before, reset, reset_hidden)
            times(factor, out)
            add(candidate, step, candidate)
            tanh(candidate, candidate)
            subtract(candidate, before, after)
            divide(after, update, after)
            add(after, before, after)

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw` and the recurrent gradients from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = self._d_hidden_rows.of(d_hidden)
        self._future.fill(0)
        factor = self._product.straight(weights["Whh"])
        gate_factor = self._gate_product.straight(weights["Wh_gates"])
        for steps in self._blocks:
            self._local_derivatives(steps)
            rows = self._backward_rows[steps]
            self._recur_back(
                factor, gate_factor, d_hidden_rows[steps], rows, self._gate_rows[: len(rows)]
            )
        if gradients is not None:
            self._sum_gradients(gradients)

    def _sum_gradients(self, gradients: Weights) -> None:
        d_raw = self.d_raw
        d_gates = d_raw[GATES].reshape(2, -1, d_raw.shape[-1])
        np.matmul(d_gates.swapaxes(1, 2), flat_rows(self.hidden[:-1]), out=gradients["Wh_gates"])
        np.dot(flat_rows(d_raw[0]).T, flat_rows(self._reset_hidden), out=gradients["Whh"])

    def d_state(self, d_hidden: Array) -> Array:
        """Return the derivative by every hidden state, which is all of the state."""
        return d_hidden

    def _local_derivatives(self, steps: slice) -> None:
        """Put into the gradient buffers what the backward loop multiplies each by."""
        candidate, before = self._candidate[steps], self.hidden[:-1][steps]
        d_candidate, d_update, d_reset = self.d_raw[:, steps]
        update, reset = gates = self._gates[:, : len(candidate)]
        np.reciprocal(self._reciprocals[:, steps], out=gates)
        np.subtract(candidate, before, out=d_update)
        d_update *= update
        np.multiply(candidate, candidate, out=d_candidate)
        np.subtract(1, d_candidate, out=d_candidate)
        d_candidate *= update
        keep = np.subtract(1, update, out=update)  # nothing else is asked of the update gate
        d_update *= keep
        np.subtract(1, reset, out=d_reset)
        d_reset *= self._reset_hidden[steps]

    def _recur_back(
        self,
        factor: Array,
        gate_factor: Array,
        d_hidden: list[Array],
        rows: list[tuple[Any, ...]],
        gate_rows: list[tuple[Array, Array]],
    ) -> None:
        """Go back through some steps; `_future` holds what the steps after add to dh."""
        add, multiply, future = np.add, np.multiply, self._future
        (step,), out = self._product.result, self._product.out
        for d_h, row, (keep, reset) in zip(
            reversed(d_hidden), reversed(rows), reversed(gate_rows), strict=True
        ):
            d_candidate, d_update, d_reset, times, sum_gates = row
            add(d_h, future, d_h)
            multiply(d_candidate, d_h, d_candidate)
            multiply(d_update, d_h, d_update)
            multiply(d_h, keep, future)
            times(factor, out)
            multiply(d_reset, step, d_reset)
            multiply(step, reset, step)
            add(future, step, future)
            sum_gates(gate_factor, step)
            add(future, step, future)
