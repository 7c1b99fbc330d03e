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

The sigmoid is computed as (1 + tanh(x/2)) / 2, which no finite x overflows. The two gates are
stacked: for one stream they are one vector, and both cost one matrix-vector product a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np

from tui_charrnn.engine.cell import Scan, beside, blocks_back, flat_rows, recurrent_factor
from tui_charrnn.engine.parameters import Array, Shape, Weights

GATES = slice(1, 3)
"""Where z and r stand among the three parts c, z, r of what is kept for each."""


class GRU:
    """GRU cell: `Wxz Wxr Wxh (H,V) Whz Whr Whh (H,H) bz br bh (H,)`, kept in stacks."""

    name: ClassVar[str] = "gru"
    activations: ClassVar[int] = 11
    STATE_PARTS: ClassVar[int] = 1
    INPUT_SCALE: ClassVar[tuple[float, ...]] = (1.0, 0.5, 0.5)
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
    def step(weights: Weights, raw: Array, state: Array) -> Array:
        """Return the state (H,) after one more input."""
        candidate, gates = raw[0], raw[GATES]
        gates += np.dot(flat_rows(weights["Wh_gates"]), state).reshape(gates.shape)
        gates *= 0.5
        update, reset = 0.5 + 0.5 * np.tanh(gates)
        candidate += np.dot(weights["Whh"], reset * state)
        result: Array = state + update * (np.tanh(candidate) - state)
        return result


class GRUScan:
    """Forward and backward pass of the GRU over one window."""

    cells = None

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = np.zeros((steps + 1, *row), dtype)
        self._gates: Array = beside(2, lead, hidden, dtype)
        self._candidate, self._change, self._reset_hidden, self._keep = np.empty(
            (4, steps, *row), dtype
        )
        self.raw: Sequence[Array] = (self._candidate, *self._gates)
        self.d_raw: Array = beside(3, lead, hidden, dtype)
        self._step: Array = np.empty(row, dtype)
        self._future: Array = np.empty(row, dtype)
        self._gates_step: Array = np.empty((2, *row), dtype)
        self._single = not streams
        self._transposed = np.empty((hidden, hidden), dtype) if streams else None
        self._gates_transposed = np.empty((2, hidden, hidden), dtype) if streams else None
        self._blocks = blocks_back(steps, self._step.size)
        self._list_rows()

    def _list_rows(self) -> None:
        gates, d_gates = self._gates.swapaxes(0, 1), self.d_raw[GATES].swapaxes(0, 1)
        self._forward_rows = list(
            zip(
                gates, self._gates[0], self._gates[1], self._reset_hidden,
                self._candidate, self._change, self.hidden[1:],
                strict=True,
            )
        )  # fmt: skip
        if self._single:  # z and r are one vector
            d_gates = d_gates.reshape(len(d_gates), -1)
        self._backward_rows = list(
            zip(*self.d_raw, d_gates, self._gates[1], self._keep, strict=True)
        )

    @property
    def gates(self) -> Mapping[str, Array]:
        """The gates of the last forward pass, (T, [B,] H)."""
        return {"update": self._gates[0], "reset": self._gates[1]}

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw`, which becomes candidates and gates, from a state ([B,] H)."""
        self.hidden[0] = state
        self._recur(
            recurrent_factor(0.5 * weights["Wh_gates"], self._gates_transposed),
            recurrent_factor(weights["Whh"], self._transposed),
        )

    def last_state(self) -> Array:
        """Return a copy of the hidden state after the window, ([B,] H)."""
        after: Array = self.hidden[-1].copy()
        return after

    def _recur(self, gate_factor: Array, factor: Array) -> None:
        add, multiply, subtract, tanh = np.add, np.multiply, np.subtract, np.tanh
        dot, step, gates_step = np.dot, self._step, self._gates_step
        gate_product: Callable[..., Array] = dot if self._single else np.matmul
        product = gates_step.reshape(-1) if self._single else gates_step
        half, before = np.full((), 0.5, step.dtype), self.hidden[0]
        for gates, update, reset, reset_hidden, candidate, change, after in self._forward_rows:
            gate_product(before, gate_factor, out=product)
            add(gates, gates_step, out=gates)
            tanh(gates, out=gates)
            multiply(gates, half, out=gates)
            add(gates, half, out=gates)
            multiply(reset, before, out=reset_hidden)
            dot(reset_hidden, factor, out=step)
            add(candidate, step, out=candidate)
            tanh(candidate, out=candidate)
            subtract(candidate, before, out=change)
            multiply(update, change, out=after)
            add(after, before, out=after)
            before = after

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw` and the recurrent gradients from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = list(d_hidden)
        self._future.fill(0)
        for steps in self._blocks:
            self._local_derivatives(steps)
            self._recur_back(weights, d_hidden_rows[steps], self._backward_rows[steps])
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
        update, reset = self._gates[:, steps]
        candidate = self._candidate[steps]
        keep = self._keep[steps]
        d_candidate, d_update, d_reset = self.d_raw[:, steps]
        np.subtract(1, update, out=keep)
        np.multiply(candidate, candidate, out=d_candidate)
        np.subtract(1, d_candidate, out=d_candidate)
        d_candidate *= update
        np.multiply(self._change[steps], update, out=d_update)
        d_update *= keep
        np.subtract(1, reset, out=d_reset)
        d_reset *= reset
        d_reset *= self.hidden[:-1][steps]

    def _recur_back(
        self, weights: Weights, d_hidden: list[Array], rows: list[tuple[Array, ...]]
    ) -> None:
        """Go back through some steps; `_future` holds what the steps after add to dh."""
        dot, add, multiply = np.dot, np.add, np.multiply
        future, step, factor = self._future, self._step, weights["Whh"]
        gate_factor, through_gates = weights["Wh_gates"], self._through_gates
        if self._single:
            gate_factor = flat_rows(gate_factor)
        for d_h, row in zip(reversed(d_hidden), reversed(rows), strict=True):
            d_candidate, d_update, d_reset, d_gates, reset, keep = row
            add(d_h, future, out=d_h)
            multiply(d_candidate, d_h, out=d_candidate)
            multiply(d_update, d_h, out=d_update)
            dot(d_candidate, factor, out=step)
            multiply(d_reset, step, out=d_reset)
            multiply(d_h, keep, out=future)
            multiply(step, reset, out=step)
            add(future, step, out=future)
            add(future, through_gates(d_gates, gate_factor), out=future)

    def _through_gates(self, d_gates: Array, factor: Array) -> Array:
        """Return Whz^T dz_raw + Whr^T dr_raw, ([B,] H)."""
        if self._single:
            np.dot(d_gates, factor, out=self._step)
        else:
            through_update, through_reset = np.matmul(d_gates, factor, out=self._gates_step)
            np.add(through_update, through_reset, out=self._step)
        return self._step
